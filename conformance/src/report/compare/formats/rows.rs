//! The content that every format of a comparison shows: figures side by side, and lines about what changed.

use crate::judge::verdict::Outcome;
use crate::report::compare::{Comparison, Moved, Slower};
use crate::report::text::{duration, grouped};
use crate::report::view::outcome_name;

/// Returns the figures side by side, as rows of name, older and newer value.
pub(super) fn figures(it: &Comparison) -> Vec<[String; 3]> {
    let (old, new) = (&it.old, &it.new);
    let or =
        |amount: Option<spec::Pesewas>| amount.map_or_else(|| "not known".to_owned(), |it| it.to_string());
    let row = |name: &str, old: String, new: String| [name.to_owned(), old, new];
    vec![
        row("verdict", old.verdict.replace('-', " "), new.verdict.replace('-', " ")),
        row("started", old.run.started.clone(), new.run.started.clone()),
        row("seed", old.run.seed.to_string(), new.run.seed.to_string()),
        row("tier", old.run.tier.name().to_owned(), new.run.tier.name().to_owned()),
        row("took", duration(old.run.elapsed_us), duration(new.run.elapsed_us)),
        row("cases", grouped(old.run.cases), grouped(new.run.cases)),
        row("requests", grouped(old.run.requests), grouped(new.run.requests)),
        row("charged, in GHS", old.ledger.charged.to_string(), new.ledger.charged.to_string()),
        row("unexplained, in GHS", or(old.ledger.unexplained), or(new.ledger.unexplained)),
    ]
}

/// Returns a line such as `COUNT-HIGH: pass before, not exercised now`.
pub(super) fn moved(it: &Moved) -> String {
    let name = |outcome: Option<Outcome>| outcome.map_or("not in the contract", outcome_name);
    format!("{}: {} before, {} now", it.id, name(it.old), name(it.new))
}

/// Returns a line such as `buyBulk 200: median 12 ms before, 31 ms now; 99 of 100 within 20 ms before, 50 ms now`.
pub(super) fn slower(it: &Slower) -> String {
    format!(
        "{} {}: median {} before, {} now; 99 of 100 within {} before, {} now",
        it.operation,
        it.status,
        duration(it.old_us),
        duration(it.new_us),
        duration(it.old_p99_us),
        duration(it.new_p99_us)
    )
}

/// Returns the other changes as lists, each with a heading and its lines.
pub(super) fn lists(it: &Comparison) -> Vec<(&'static str, Vec<String>)> {
    let questions = it.questions.iter().map(|it| format!("{}: {} before, {} now", it.about, it.old, it.new));
    let lists = vec![
        ("No longer exercised", it.dropped.iter().map(moved).collect()),
        ("Requirements that moved", it.moved.iter().map(moved).collect()),
        ("Latency", it.latency.iter().map(slower).collect()),
        ("Shapes", it.shapes.clone()),
        ("What the pages leave open", questions.collect::<Vec<_>>()),
        ("Notes", it.notes.clone()),
    ];
    lists.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}
