//! The content that every format of a comparison shows: figures side by side, and lines about what changed.

use crate::judge::verdict::Outcome;
use crate::report::compare::{Answered, Change, Comparison, Moved, Slower};
use crate::report::text::{count, duration, grouped};
use crate::report::view::outcome_name;

/// Returns the figures side by side, as rows of name, older and newer value.
pub(super) fn figures(it: &Comparison) -> Vec<[String; 3]> {
    let (old, new) = (&it.old, &it.new);
    let or =
        |amount: Option<spec::Pesewas>| amount.map_or_else(|| "not known".to_owned(), |it| it.to_string());
    let row = |name: &str, old: String, new: String| [name.to_owned(), old, new];
    vec![
        row("verdict", old.verdict.replace('-', " "), new.verdict.replace('-', " ")),
        row("started", started(&old.run.started), started(&new.run.started)),
        row("seed", old.run.seed.to_string(), new.run.seed.to_string()),
        row("tier", old.run.tier.name().to_owned(), new.run.tier.name().to_owned()),
        row("took", duration(old.run.elapsed_us), duration(new.run.elapsed_us)),
        row("cases", grouped(old.run.cases), grouped(new.run.cases)),
        row("requests", grouped(old.run.requests), grouped(new.run.requests)),
        row("charged, in GHS", old.ledger.charged.to_string(), new.ledger.charged.to_string()),
        row("unexplained, in GHS", or(old.ledger.unexplained), or(new.ledger.unexplained)),
    ]
}

/// Returns a time in RFC 3339 and UTC to the second, as people write it.
fn started(time: &str) -> String {
    match (time.get(..10), time.get(11..19)) {
        (Some(day), Some(second)) => format!("{day} {second} UTC"),
        _ => time.to_owned(),
    }
}

/// Returns a line such as `COUNT-HIGH passed before and is not exercised now`.
fn moved(it: &Moved) -> String {
    let before = match it.old {
        None => "was not in the contract",
        Some(Outcome::Fail) => "failed",
        Some(Outcome::Known) => "was a known failure",
        Some(Outcome::Warning) => "had a warning",
        Some(Outcome::Inconclusive) => "was inconclusive",
        Some(Outcome::Pass) => "passed",
        Some(Outcome::NotExercised) => "was not exercised",
        Some(Outcome::NotApplicable) => "was not applicable",
    };
    let now = match it.new {
        None => "is not in the contract",
        Some(Outcome::Fail) => "fails",
        Some(Outcome::Known) => "is a known failure",
        Some(Outcome::Warning) => "has a warning",
        Some(Outcome::Inconclusive) => "is inconclusive",
        Some(Outcome::Pass) => "passes",
        Some(Outcome::NotExercised) => "is not exercised",
        Some(Outcome::NotApplicable) => "is not applicable",
    };
    format!("{} {before} before and {now} now", it.id)
}

/// Returns a line about the median and the 99th percentile of an operation's answers.
fn slower(it: &Slower) -> String {
    format!(
        "{} {}: the median answer took {} before and takes {} now; 99 % of the answers took at most {} before and take \
         at most {} now",
        it.operation,
        it.status,
        duration(it.old_us),
        duration(it.new_us),
        duration(it.old_p99_us),
        duration(it.new_p99_us)
    )
}

/// Returns what was seen only in the older run and only in the newer one. If each has one thing, these are those.
fn only(it: &Answered) -> [String; 2] {
    let without = |these: &[String], others: &[String]| -> String {
        these.iter().filter(|it| !others.contains(it)).cloned().collect::<Vec<_>>().join("; ")
    };
    [without(&it.old, &it.new), without(&it.new, &it.old)]
}

/// Returns a line such as `AMB-CODE: only in the newer run: 400 with INVALID_REQUEST`.
fn answered(it: &Answered) -> String {
    let [old, new] = only(it);
    match (old.as_str(), new.as_str()) {
        ("", new) => format!("{}: only in the newer run: {new}", it.about),
        (old, "") => format!("{}: only in the older run: {old}", it.about),
        (old, new) => format!("{}: in the older run: {old}. In the newer run instead: {new}", it.about),
    }
}

/// A table of changes: its heading, the names of its columns, and its rows.
pub(super) struct Table {
    pub(super) heading: &'static str,
    pub(super) columns: [&'static str; 3],
    pub(super) rows: Vec<[String; 3]>,
}

const DROPPED: &str = "No longer exercised";
const MOVED: &str = "Requirements with another outcome";
const LATENCY: &str = "Latency";
const QUESTIONS: &str = "What the pages leave open";

/// Returns the other changes that have a value before and now, as tables.
pub(super) fn tables(it: &Comparison) -> Vec<Table> {
    let name = |outcome: Option<Outcome>| outcome.map_or("not in the contract", outcome_name).to_owned();
    let moved = |it: &Moved| [it.id.clone(), name(it.old), name(it.new)];
    let slower = |it: &Slower| {
        let row = |what: &str, old_us: u64, new_us: u64| {
            [format!("{} {}, {what}", it.operation, it.status), duration(old_us), duration(new_us)]
        };
        [row("median", it.old_us, it.new_us), row("99 % took at most", it.old_p99_us, it.new_p99_us)]
    };
    let answered = |it: &Answered| {
        let [old, new] = only(it);
        [it.about.clone(), old, new]
    };
    let outcomes = ["Requirement", "Before", "Now"];
    let tables = [
        Table { heading: DROPPED, columns: outcomes, rows: it.dropped.iter().map(moved).collect() },
        Table { heading: MOVED, columns: outcomes, rows: it.moved.iter().map(moved).collect() },
        Table {
            heading: LATENCY,
            columns: ["Answers", "Before", "Now"],
            rows: it.latency.iter().flat_map(slower).collect(),
        },
        Table {
            heading: QUESTIONS,
            columns: ["Question", "Only before", "Only now"],
            rows: it.questions.iter().map(answered).collect(),
        },
    ];
    tables.into_iter().filter(|it| !it.rows.is_empty()).collect()
}

/// Returns the other changes that are single lines, as lists, each with a heading.
pub(super) fn remarks(it: &Comparison) -> Vec<(&'static str, Vec<String>)> {
    let lists = [("Shapes", it.shapes.clone()), ("Notes", it.notes.clone())];
    lists.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

/// Returns the other changes as lists, each with a heading and its lines.
pub(super) fn lists(it: &Comparison) -> Vec<(&'static str, Vec<String>)> {
    let lists = [
        (DROPPED, it.dropped.iter().map(moved).collect()),
        (MOVED, it.moved.iter().map(moved).collect()),
        (LATENCY, it.latency.iter().map(slower).collect()),
        (QUESTIONS, it.questions.iter().map(answered).collect::<Vec<_>>()),
    ];
    lists.into_iter().filter(|(_, lines)| !lines.is_empty()).chain(remarks(it)).collect()
}

/// Returns how often a failure was seen in the two runs.
pub(super) fn seen(it: &Change) -> String {
    let times = |number: u64| count(number, "time", "times");
    match (it.old, it.new) {
        (0, now) => format!("seen {} now", times(now)),
        (before, 0) => format!("seen {} before", times(before)),
        (before, now) => format!("seen {} before and {} now", times(before), times(now)),
    }
}
