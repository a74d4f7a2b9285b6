//! Compares two runs: which failures are new, which are fixed, and what else changed.
//!
//! Findings are matched by their ids, which stay the same across runs, seeds and revisions. A finding counts as fixed
//! only if the later run tried it: after a smaller tier, `--only`, a part of a plan or an early end this stays open.

mod changes;
pub mod formats;
mod latency;
mod side;

pub use self::changes::{Change, State};
pub(crate) use self::latency::Slower;
pub use self::side::Side;
pub(crate) use self::side::SideError;

use serde::Serialize;

use crate::judge::verdict::Outcome;
use crate::report::shape;
use crate::report::text::count;

/// The version of the comparison as JSON; it is increased by each change that a reader may not handle.
const FORMAT: u32 = 1;

/// Which findings make the command fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOn {
    /// A failure that the older run does not have.
    #[default]
    New,
    /// That, and a failure whose cause is another than before.
    Changed,
    /// Any failure of the newer run.
    Any,
    /// None.
    Never,
}

/// A requirement whose outcome changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The requirement's id.
    pub id: String,
    /// The outcome in the older run; `None` if its contract does not have the requirement.
    pub old: Option<Outcome>,
    /// The outcome in the newer run; `None` if its contract does not have the requirement.
    pub new: Option<Outcome>,
}

/// An open question that the server answered differently in the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The id of the open question, or `the order of errors`.
    pub about: String,
    /// What was seen in the older run.
    pub old: Vec<String>,
    /// What was seen in the newer run.
    pub new: Vec<String>,
}

/// The comparison of two runs.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The version of the format, [`FORMAT`].
    format: u32,
    /// The older run.
    pub(crate) old: Side,
    /// The newer run.
    pub(crate) new: Side,
    /// The failures of both runs, new ones first.
    pub changes: Vec<Change>,
    /// Requirements that are no longer exercised.
    pub dropped: Vec<Moved>,
    /// Other requirements whose outcome changed.
    pub moved: Vec<Moved>,
    /// Operations whose answers take clearly longer or shorter than before.
    pub latency: Vec<Slower>,
    /// Differences between the shapes of the answers.
    pub shapes: Vec<String>,
    /// Open questions, and the order of errors, that were answered differently.
    pub questions: Vec<Answered>,
    /// Reasons why the two runs can't be compared completely.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Compares an older run with a newer one.
    #[must_use]
    pub fn of(old: Side, new: Side) -> Self {
        let changes = changes::changes(&old, &new);
        let (dropped, moved) = requirements(&old, &new);
        // A report of an older version has no shapes, so there is nothing to compare.
        let observed = if old.shapes.is_empty() { &old.shapes } else { &new.shapes };
        let drift = shape::drift_of(&old.shapes, observed.iter().map(|(name, shape)| (name.clone(), shape)));
        Self {
            format: FORMAT,
            changes,
            dropped,
            moved,
            latency: latency::slower(&old.latency, &new.latency),
            shapes: drift.iter().map(|it| crate::report::text::visible(&it.to_string())).collect(),
            questions: questions(&old, &new),
            notes: notes(&old, &new),
            old,
            new,
        }
    }

    /// Returns the findings in a state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |it| it.state == state)
    }

    /// Returns true if the command must fail, so that a pipeline stops.
    #[must_use]
    pub(crate) fn fails(&self, on: FailOn) -> bool {
        let any = |states: &[State]| self.changes.iter().any(|it| states.contains(&it.state) && !it.known);
        match on {
            FailOn::New => any(&[State::New, State::Widened]),
            FailOn::Changed => any(&[State::New, State::Widened, State::Changed]),
            FailOn::Any => any(&[State::New, State::Widened, State::Changed, State::Still]),
            FailOn::Never => false,
        }
    }

    /// Returns the result in one sentence.
    #[must_use]
    pub(crate) fn headline(&self) -> String {
        let number = |state: State| self.in_state(state).count();
        let told: Vec<String> = State::ALL
            .into_iter()
            .filter(|state| number(*state) > 0)
            .map(|state| match (state, number(state)) {
                (State::New, number) => count(number as u64, "new failure", "new failures"),
                (_, number) => format!("{number} {}", state.name()),
            })
            .collect();
        let failures = if told.is_empty() { "no failure in either run".to_owned() } else { told.join(", ") };
        match self.dropped.len() as u64 {
            0 => failures,
            dropped => format!(
                "{failures}; {} not tested any more",
                count(dropped, "requirement is", "requirements are")
            ),
        }
    }
}

/// Returns the requirements that are no longer exercised, and the others whose outcome changed.
fn requirements(old: &Side, new: &Side) -> (Vec<Moved>, Vec<Moved>) {
    let (before, after) = (old.outcomes(), new.outcomes());
    let mut ids: Vec<&str> = before.keys().copied().collect();
    ids.extend(after.keys().filter(|id| !before.contains_key(*id)));
    let moved = ids.into_iter().filter_map(|id| {
        let (old, new) = (before.get(id).copied(), after.get(id).copied());
        (old != new).then(|| Moved { id: id.to_owned(), old, new })
    });
    let tried = |outcome: Option<Outcome>| {
        outcome.is_some_and(|it| !matches!(it, Outcome::NotExercised | Outcome::NotApplicable))
    };
    moved.partition(|it| tried(it.old) && !tried(it.new))
}

fn questions(old: &Side, new: &Side) -> Vec<Answered> {
    let mut all = Vec::new();
    for (id, before) in old.answers() {
        if let Some(after) = new.answers().get(&id).filter(|it| **it != before) {
            all.push(Answered { about: id, old: before, new: after.clone() });
        }
    }
    let (before, after) = (old.order_of_errors(), new.order_of_errors());
    if before != after && !before.is_empty() && !after.is_empty() {
        all.push(Answered { about: "the order of errors".to_owned(), old: vec![before], new: vec![after] });
    }
    all
}

fn notes(old: &Side, new: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    let mut differs = |what: &str, one: &str, other: &str| {
        if one != other {
            notes.push(format!("{what}: {one} before, {other} now"));
        }
    };
    differs("another target", &old.run.target, &new.run.target);
    differs("another revision of the contract", &old.run.spec_revision, &new.run.spec_revision);
    if old.run.spec_revision == new.run.spec_revision && old.run.spec_digest != new.run.spec_digest {
        notes.push("the contract was edited between the runs".to_owned());
    }
    if old.run.tier != new.run.tier {
        notes.push(format!("another tier: {} before, {} now", old.run.tier.name(), new.run.tier.name()));
    }
    for (name, side) in [("older", old), ("newer", new)] {
        if !side.is_whole() {
            notes.push(format!("the {name} run did not try everything of its tier"));
        }
    }
    for (name, side) in [("older", old), ("newer", new)] {
        if side.latency.is_empty() {
            notes.push(format!(
                "the {name} report is from a version without latency and shapes: those are not compared"
            ));
        }
    }
    notes
}
