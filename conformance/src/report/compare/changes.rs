//! Matches the failures of two runs and decides what became of each.

use std::collections::BTreeSet;

use serde::Serialize;

use super::side::{FindingPart, Side};
use crate::judge::verdict::Outcome;

/// What became of a failure from the older run to the newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The older run does not have the failure.
    New,
    /// It fails in further ways, which the older run tried without seeing a failure.
    Widened,
    /// The requirement failed before, for another cause that is no longer seen.
    Changed,
    /// Both runs have the failure.
    Still,
    /// The newer run tried it and did not see the failure.
    Fixed,
    /// The newer run did not try enough to tell.
    NotTried,
}

impl State {
    /// Every state, the most important first.
    pub(crate) const ALL: [Self; 6] =
        [Self::New, Self::Widened, Self::Changed, Self::Still, Self::Fixed, Self::NotTried];

    /// Returns the name of the state as it follows a number.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Widened => "failing in more ways",
            Self::Changed => "with another cause",
            Self::Still => "still failing",
            Self::Fixed => "fixed",
            Self::NotTried => "no longer exercised",
        }
    }
}

/// A failure, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What became of the failure.
    pub state: State,
    /// The finding's id in the newer run; if only the older run has it, the id there.
    pub id: String,
    /// The id of the requirement.
    pub requirement: String,
    /// What is wrong, in one line.
    pub summary: String,
    /// The number of occurrences in the older run.
    pub old: u64,
    /// The number of occurrences in the newer run.
    pub new: u64,
    /// Whether a baseline knows the failure.
    pub known: bool,
    /// The id of the finding that explains it, if any.
    pub under: Option<String>,
    /// A further line: more ways in which it fails, or the earlier cause.
    pub note: Option<String>,
    /// The command that sends the case of the finding again.
    pub replay: String,
}

impl Change {
    fn of(state: State, finding: &FindingPart) -> Self {
        Self {
            state,
            id: finding.id.clone(),
            requirement: finding.requirement.clone(),
            summary: finding.summary.clone(),
            old: 0,
            new: finding.occurrences,
            known: finding.outcome == Outcome::Known,
            under: finding.under.clone(),
            note: None,
            replay: finding.replay.clone(),
        }
    }
}

/// Returns every failure of both runs, the most important first.
pub(super) fn changes(old: &Side, new: &Side) -> Vec<Change> {
    let in_old = |id: &str| old.failures().find(|it| it.id == id);
    let in_new = |id: &str| new.failures().any(|it| it.id == id);
    let mut gone: Vec<&FindingPart> = old.failures().filter(|it| !in_new(&it.id)).collect();
    let mut all = Vec::new();
    for finding in new.failures() {
        all.push(match in_old(&finding.id) {
            Some(before) => both(old, new, before, finding),
            None => one(old, finding, &mut gone),
        });
    }
    let outcomes = new.outcomes();
    for finding in gone {
        let outcome = outcomes.get(finding.requirement.as_str()).copied();
        let open = matches!(
            outcome,
            None | Some(Outcome::NotExercised | Outcome::NotApplicable | Outcome::Inconclusive)
        );
        let state = if open || !new.tries_as_much_as(old) { State::NotTried } else { State::Fixed };
        all.push(Change { old: finding.occurrences, new: 0, known: false, ..Change::of(state, finding) });
    }
    all.sort_by_key(|it| it.state);
    all
}

/// Compares a failure that both runs have.
fn both(old: &Side, new: &Side, before: &FindingPart, after: &FindingPart) -> Change {
    let known: BTreeSet<&String> = before.ways.iter().collect();
    let more: Vec<&str> = after.ways.iter().filter(|it| !known.contains(it)).map(String::as_str).collect();
    // The older run could see these ways only if it tried them.
    let widened = !more.is_empty() && !before.ways.is_empty() && old.tries_as_much_as(new);
    let state = if widened { State::Widened } else { State::Still };
    let note = (!more.is_empty() && !before.ways.is_empty()).then(|| format!("also in {}", more.join(", ")));
    Change { old: before.occurrences, note, ..Change::of(state, after) }
}

/// Classifies a failure that only the newer run has: it is new, or it replaces one that is gone.
fn one(old: &Side, finding: &FindingPart, gone: &mut Vec<&FindingPart>) -> Change {
    if let Some(at) = gone.iter().position(|it| it.requirement == finding.requirement) {
        let before = gone.remove(at);
        let note = Some(format!("before: {} ({})", before.summary, before.id));
        return Change { old: before.occurrences, note, ..Change::of(State::Changed, finding) };
    }
    let untried = match old.outcomes().get(finding.requirement.as_str()) {
        None => Some("the older run's contract does not have the requirement"),
        Some(Outcome::NotExercised | Outcome::NotApplicable) => Some("the older run did not test it"),
        Some(_) => None,
    };
    Change { note: untried.map(str::to_owned), ..Change::of(State::New, finding) }
}
