//! The report for a terminal.

use std::fmt::Write as _;

use super::view::{Cause, Row, View, outcome_name};
use crate::client::judge::Outcome;
use crate::report::look::{BAD, CAUTION, FAINT, GOOD, Look, STRONG, Verbosity};
use crate::report::text::{count, visible};

/// The width of labels, in columns.
const LABEL: usize = 10;
/// The largest number of scenarios that are named for a cause.
const NAMED: usize = 4;

/// Renders the whole report, with a newline at its end.
#[must_use]
pub(crate) fn render(view: &View, look: &Look) -> String {
    let mut out = String::new();
    let style = if view.conforms { GOOD } else { BAD };
    _ = writeln!(out, "{}", look.paint(style, &view.headline));
    if look.verbosity == Verbosity::Quiet {
        for cause in &view.causes {
            _ = writeln!(out, "  {}  {}  {}", word(cause), cause.id, visible(&cause.summary));
        }
        return out;
    }
    for (number, cause) in view.causes.iter().enumerate() {
        out.push('\n');
        out += &shown(number + 1, cause, look);
    }
    _ = writeln!(out, "\n{}", look.paint(STRONG, "Scenarios"));
    for group in groups(&view.scenarios) {
        out += &scenarios(&group, look);
    }
    _ = writeln!(out, "\n{}", visible(&view.certificate));
    out
}

fn word(cause: &Cause) -> &'static str {
    if cause.fails { "FAIL" } else { "warning" }
}

/// Renders one cause, with a newline at its end.
#[must_use]
pub(crate) fn shown(number: usize, cause: &Cause, look: &Look) -> String {
    let mut out = String::new();
    let style = if cause.fails { BAD } else { CAUTION };
    let head = format!("{} {}", look.paint(style, word(cause)), look.paint(STRONG, &cause.id));
    _ = writeln!(out, "{number:>3}. {head} {}", visible(&cause.summary));
    let mut line = |label: &str, text: &str| {
        let options = textwrap::Options::new(look.width.saturating_sub(5 + LABEL).max(20)).break_words(true);
        for (at, piece) in textwrap::wrap(text, options).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            _ = writeln!(out, "     {label:<LABEL$}{}", piece.trim_end());
        }
    };
    line("rule", &cause.statement);
    for said in cause.says.iter().take(if look.verbosity == Verbosity::Verbose { usize::MAX } else { 1 }) {
        line("says", &format!("\"{}\" ({})", said.text, said.at));
    }
    if cause.says.is_empty() {
        line("says", "good practice: no page says it, so it only warns");
    }
    line("expected", &visible(&cause.expected));
    line("received", &visible(&cause.received));
    let rest = cause.scenarios.len().saturating_sub(NAMED);
    let named = cause.scenarios.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    line(
        "seen in",
        &format!("{}: {named}{more}", count(cause.scenarios.len() as u64, "scenario", "scenarios")),
    );
    if let Some(first) = cause.scenarios.first() {
        line("first", &format!("{first}: {}", cause.about));
    }
    if let Some(again) = &cause.again {
        line("again", again);
    }
    for moment in &cause.timeline {
        let mark = if moment.shown { ">" } else { " " };
        let text = format!("{mark} {:>6} ms  {:<8}{}", moment.millis, moment.who, visible(&moment.what));
        let room = look.width.saturating_sub(5);
        let cut: String = text.chars().take(room.max(40)).collect();
        _ = writeln!(out, "     {}", if moment.shown { cut } else { look.paint(FAINT, &cut) });
    }
    out
}

/// Groups scenarios by the part of their names before the slash, in their order.
fn groups(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|it| it.first().is_some_and(|first| group(first) == group(row))) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn group(row: &Row) -> &str {
    row.name.split('/').next().unwrap_or_default()
}

fn scenarios(rows: &[&Row], look: &Look) -> String {
    let mut out = String::new();
    let bad = |row: &&&Row| matches!(row.outcome, Outcome::Fail | Outcome::Warning);
    let name = rows.first().map(|it| group(it)).unwrap_or_default();
    let counts = [Outcome::Fail, Outcome::Warning, Outcome::Pass, Outcome::NotOffered].map(|outcome| {
        let number = rows.iter().filter(|it| it.outcome == outcome).count();
        (number > 0).then(|| format!("{number} {}", outcome_name(outcome)))
    });
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    _ = writeln!(out, "  {name:<11} {}", counts.join(", "));
    let all = look.verbosity == Verbosity::Verbose;
    for row in rows.iter().filter(|row| all || bad(row)) {
        let style = match row.outcome {
            Outcome::Fail => BAD,
            Outcome::Warning => CAUTION,
            _ => FAINT,
        };
        let ids = if row.ids.is_empty() { outcome_name(row.outcome).to_owned() } else { row.ids.join(", ") };
        _ = writeln!(out, "    {:<28} {}", visible(&row.name), look.paint(style, &ids));
    }
    out
}
