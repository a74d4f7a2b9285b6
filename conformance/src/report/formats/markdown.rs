//! The report as a Markdown summary, for a pull request or the summary page of a pipeline step.

use crate::history::End;
use crate::judge::verdict::Outcome;
use crate::report::text::count;
use crate::report::view::{
    FindingView, NO_PAGE, OUTCOMES, View, end_name, money_rows, money_sentence, outcome_name, sent_sentence,
};

/// The length in bytes at which findings stop, since comments on GitHub end at 65,536 characters.
const ROOM: usize = 48_000;

/// Renders the summary.
#[must_use]
pub fn render(view: &View) -> String {
    let mut out = format!("## Conformance: {}\n\n{}.\n\n", view.verdict_label(), escape(&view.headline));
    run(view, &mut out);
    money(view, &mut out);
    findings(view, &mut out);
    requirements(view, &mut out);
    questions(view, &mut out);
    out
}

fn run(view: &View, out: &mut String) {
    let run = &view.run;
    let digest: String = run.spec_digest.chars().take(12).collect();
    let shard = run.shard.map(|(part, of)| format!(", part {part} of {of}")).unwrap_or_default();
    let end = if run.end == End::Complete { String::new() } else { format!("; {}", end_name(run.end)) };
    *out += "| run | |\n|---|---|\n";
    for (name, value) in [
        // Inside a table, a vertical bar ends the cell even within a code span.
        ("target", code(&run.target).replace('|', "\\|")),
        ("contract", format!("revision {}, digest {}", escape(&run.spec_revision), code(&digest))),
        ("seed", format!("{}, tier {}{shard}", run.seed, run.tier.name())),
        ("as", escape(&view.environment.summary)),
        ("sent", format!("{}{end}", sent_sentence(run.cases, run.smaller, run.requests))),
    ] {
        *out += &format!("| {name} | {value} |\n");
    }
    for note in &view.notes {
        *out += &format!("\n> {}\n", escape(note));
    }
    for (case, message) in &view.own_faults {
        *out += &format!("\n> **internal error** in {}: {}\n", code(case), escape(message));
    }
}

fn money(view: &View, out: &mut String) {
    *out += "\n| money | GHS |\n|---|---:|\n";
    for (name, amount) in money_rows(&view.budget, &view.ledger) {
        *out += &format!("| {name} | {amount} |\n");
    }
    *out += &format!("\n{}.\n", money_sentence(&view.budget, &view.ledger));
}

fn findings(view: &View, out: &mut String) {
    if view.findings.is_empty() {
        return;
    }
    *out += "\n### Findings\n";
    for (at, one) in view.findings.iter().enumerate() {
        let block = finding(one);
        if out.len() + block.len() > ROOM {
            *out += &format!("\n… and {} more in the full report.\n", view.findings.len() - at);
            break;
        }
        *out += &block;
    }
}

fn finding(finding: &FindingView) -> String {
    let seen = count(finding.occurrences, "time", "times");
    let known = finding.known.as_deref().map(|ticket| format!(" ({})", escape(ticket))).unwrap_or_default();
    let mut out = format!(
        "\n#### {}{known}: {} {}\n\n{} Seen {seen}, as {}.\n\n",
        outcome_name(finding.outcome),
        finding.requirement,
        escape(&finding.summary),
        escape(&finding.statement),
        code(&finding.id)
    );
    match (&finding.says, finding.outcome) {
        (Some(says), _) => {
            let address = format!("{}:{}", says.place.file, says.place.line);
            out += &format!("- says “{}” ({})\n", escape(&says.text), code(&address));
        }
        (None, Outcome::Warning) => out += &format!("- {NO_PAGE}\n"),
        (None, _) => {}
    }
    for expected in &finding.expected {
        let because: Vec<_> = expected.because.iter().map(|(id, _)| id.as_str()).collect();
        out += &format!("- expected {} ({})\n", escape(&expected.what), because.join(", "));
    }
    out += &format!("- received {}\n", escape(&finding.actual));
    for line in &finding.detail {
        out += &format!("  - {}\n", code(line));
    }
    let places: Vec<_> =
        finding.places.iter().map(|place| code(&format!("{}:{}", place.file, place.line))).collect();
    if !places.is_empty() {
        out += &format!("- stated in {}\n", places.join(", "));
    }
    out += "\n<details><summary>Send it again</summary>\n\n";
    if let Some(example) = &finding.example {
        out += &format!("Answer: {}\n", escape(&example.answer));
        if let Some(body) = example.body.as_deref().filter(|body| !body.is_empty()) {
            out += &format!("\n{}\n", fenced("text", body));
        }
        out += &format!("\nBy {}", escape(&example.sender));
        let (sent, notes) = match &example.at_once {
            Some(at_once) => (&at_once.script, &at_once.notes),
            None => (&example.request.line, &example.request.notes),
        };
        if let Some(at_once) = &example.at_once {
            out += &format!("; {} were sent at once", count(at_once.orders, "order", "orders"));
        }
        for note in notes {
            out += &format!("; {}", escape(note));
        }
        if let Some(trace) = &example.trace {
            out += &format!("; in the server's logs as trace {}", code(&trace.trace_id));
        }
        out += &format!(":\n\n{}\n\n", fenced("sh", sent));
    }
    out += &format!("{}\n\n</details>\n", fenced("sh", &finding.replay));
    out
}

fn requirements(view: &View, out: &mut String) {
    let seen: Vec<_> = OUTCOMES.into_iter().filter(|outcome| view.total(*outcome) > 0).collect();
    let names: Vec<_> = seen.iter().map(|outcome| outcome_name(*outcome)).collect();
    *out += &format!(
        "\n### Requirements\n\n| group | {} |\n|---|{}\n",
        names.join(" | "),
        "---:|".repeat(seen.len())
    );
    for group in &view.groups {
        let counts: Vec<_> = seen
            .iter()
            .map(|outcome| group.counts.get(outcome).map(u64::to_string).unwrap_or_default())
            .collect();
        *out += &format!("| {} | {} |\n", group.name, counts.join(" | "));
    }
    for outcome in [Outcome::Inconclusive, Outcome::NotExercised, Outcome::NotApplicable] {
        for (at, requirement) in view.with(outcome).enumerate() {
            if at == 0 {
                *out += &format!("\n**{}**\n\n", outcome_name(outcome));
            }
            let reason = requirement.verdict.reason.as_deref().unwrap_or("no reason was recorded");
            *out += &format!("- {}: {}\n", requirement.verdict.id, escape(reason));
        }
    }
}

fn questions(view: &View, out: &mut String) {
    let mut lines = Vec::new();
    for ambiguity in view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty()) {
        let seen =
            ambiguity.choices.iter().map(|(choice, number, _)| format!("{} ({number})", escape(choice)));
        let seen = seen.collect::<Vec<_>>().join(", ");
        lines.push(format!("- {} Seen: {seen}. ({})\n", escape(&ambiguity.question), ambiguity.id));
    }
    lines.extend(view.precedence_question().map(|question| format!("- {}\n", escape(&question))));
    if !lines.is_empty() {
        *out += &format!("\n### Questions for the API's team\n\n{}", lines.concat());
    }
}

/// Escapes a text, so that it has no markup, mentions nobody and links to nothing.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An empty comment after the character prevents a mention or reference.
            '@' | '#' => out.extend([&character.to_string(), "<!-- -->"]),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '!' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out
}

/// Returns a code span of any text.
pub(crate) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Returns a code block of any text.
fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}
