//! Writes the result in each format: for a terminal, a program, the lines of a pull request, and the changelog of a
//! release.

use std::fmt::Write as _;

use serde_json::json;
use spec::diff::{Change, Impact};

use super::Report;
use super::waiver::Waiver;
use crate::Error;

/// Format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a program.
    Json,
    /// Workflow commands, which a pull request shows at the lines concerned.
    Github,
    /// An entry of a changelog.
    Md,
}

const LEVELS: [Impact; 3] = [Impact::Breaking, Impact::Dangerous, Impact::Harmless];

/// Writes a report in a format.
///
/// # Errors
/// The JSON can't be written, which is a bug of this program.
pub fn render(report: &Report, format: Format) -> Result<String, Error> {
    Ok(match format {
        Format::Text => text(report),
        Format::Json => json(report)?,
        Format::Github => github(report),
        Format::Md => markdown(report),
    })
}

/// Returns a line with what was compared and the counts: `1 breaking, 0 dangerous, 2 harmless, 1 waived`.
fn summary(report: &Report) -> String {
    let counts = LEVELS.map(|level| format!("{} {level}", report.count(level)));
    let waived = report.changes.iter().filter(|(_, waiver)| waiver.is_some()).count();
    let waived = if waived > 0 { format!(", {waived} waived") } else { String::new() };
    let (versions, files) = (&report.versions, &report.files);
    format!(
        "from {} ({}) to {} ({}): {}{waived}",
        files.0,
        versions.0,
        files.1,
        versions.1,
        counts.join(", ")
    )
}

fn waived(waiver: &Waiver) -> String {
    let ticket = waiver.ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
    format!("waived until {}: {}{ticket}", waiver.expires, waiver.reason)
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for (change, waiver) in &report.changes {
        let _ = writeln!(out, "{change}");
        if let Some(waiver) = waiver {
            let _ = writeln!(out, "  {}", self::waived(waiver));
        }
        out.push('\n');
    }
    out + &summary(report) + "\n"
}

fn json(report: &Report) -> Result<String, Error> {
    let changes: Vec<_> = report
        .changes
        .iter()
        .map(|(change, waiver)| {
            json!({
                "rule": change.rule.id,
                "impact": change.rule.impact.to_string(),
                "direction": change.rule.direction.to_string(),
                "pointer": change.pointer,
                "file": change.place.file,
                "line": change.place.line,
                "detail": change.detail,
                "why": change.rule.why,
                "reaches": change.reaches,
                "requirements": change.requirements,
                "waived": waiver.as_ref().map(waived),
            })
        })
        .collect();
    let counts: serde_json::Map<_, _> =
        LEVELS.iter().map(|level| (level.to_string(), json!(report.count(*level)))).collect();
    let whole = json!({
        "base": report.versions.0,
        "baseFile": report.files.0,
        "spec": report.versions.1,
        "specFile": report.files.1,
        "counts": counts,
        "changes": changes,
        "waiverProblems": report.complaints.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&whole).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// Escapes a value for a workflow command: the characters that would end a line or a property.
fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

fn github(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |command: &str, file: &str, line: usize, title: &str, message: &str| {
        let (file, title) = (escape(file, true), escape(title, true));
        let _ =
            writeln!(out, "::{command} file={file},line={line},title={title}::{}", escape(message, false));
    };
    for (change, waiver) in &report.changes {
        let command = match (change.rule.impact, waiver) {
            (Impact::Breaking, None) => "error",
            (Impact::Dangerous, None) => "warning",
            _ => "notice",
        };
        let mut message = format!("{}\n{}\n{}", change.pointer, change.detail, change.rule.why);
        for note in [listed("touches", change), waiver.as_ref().map(waived)].into_iter().flatten() {
            let _ = write!(message, "\n{note}");
        }
        let title = format!("{} ({})", change.rule.id, change.rule.impact);
        line(command, &change.nearest.file, change.nearest.line, &title, &message);
    }
    for problem in &report.complaints {
        line("error", &problem.file, problem.line, "waiver", &problem.message);
    }
    out + &summary(report) + "\n"
}

fn listed(word: &str, change: &Change) -> Option<String> {
    let ids: Vec<&str> = change.requirements.iter().map(String::as_str).collect();
    (!ids.is_empty()).then(|| format!("{word} {}", ids.join(", ")))
}

/// Writes a pointer for a person: `BuyBulkRequest.items.maxItems`, `POST /api/v1/x 402`.
fn spoken(pointer: &str) -> String {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match steps.as_slice() {
        ["components", _, rest @ ..] => {
            rest.iter().copied().filter(|step| *step != "properties").collect::<Vec<_>>().join(".")
        }
        ["paths", path, method, rest @ ..] => {
            let rest: Vec<_> = rest.iter().copied().filter(|step| *step != "responses").collect();
            format!("{} {path} {}", method.to_uppercase(), rest.join(".")).trim_end().to_owned()
        }
        [list @ ("requirements" | "ambiguities"), ..] => (*list).to_owned(),
        rest => rest.join("."),
    }
}

fn markdown(report: &Report) -> String {
    let (base, new) = &report.versions;
    // The heading is the revision; changes under an unchanged version number are not released.
    let heading = if base == new { "Unreleased" } else { new };
    let mut out = format!("## {heading}\n\nCompared with {base}.\n");
    let listed_changes: Vec<_> =
        report.changes.iter().filter(|(change, _)| change.rule.id != "version-changed").collect();
    for level in LEVELS {
        let of_level = listed_changes.iter().filter(|(change, _)| change.rule.impact == level);
        let mut lines = Vec::new();
        for (change, waiver) in of_level {
            let mut line = format!(
                "- `{}`: {}; {}",
                spoken(&change.pointer),
                change.detail.trim_end_matches('.'),
                change.rule.why
            );
            if let Some(touched) = listed("touches", change) {
                let _ = write!(line, " ({touched})");
            }
            line.push('.');
            if let Some(waiver) = waiver {
                let _ = write!(line, " **{}**", capital(&waived(waiver)));
            }
            lines.push(line);
        }
        if !lines.is_empty() {
            let _ = write!(out, "\n### {}\n\n{}\n", capital(&level.to_string()), lines.join("\n"));
        }
    }
    if listed_changes.is_empty() {
        out.push_str("\nNothing changed.\n");
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
