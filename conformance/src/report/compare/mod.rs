//! Two runs side by side: what failed anew, what is fixed, what else moved.
//!
//! Findings are told apart by their ids, which are the same from run to run, seed to seed and revision to revision. Nothing is
//! called fixed that the later run did not try: a smaller tier, `--only`, a part of a plan and an early end leave it open.

mod changes;
mod formats;
mod latency;
mod side;

pub use self::changes::{Change, State};
pub use self::formats::{html, json, markdown, terminal};
pub use self::latency::Slower;
pub use self::side::{Side, SideError};

use serde::Serialize;

use crate::judge::verdict::Outcome;
use crate::report::shape;

/// Version of the comparison as JSON; grows with each change that a reader could stumble over.
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

/// A requirement whose outcome moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its id.
    pub id: String,
    /// What the older run says; `None` where its contract does not have it.
    pub old: Option<Outcome>,
    /// What the newer run says; `None` where its contract does not have it.
    pub new: Option<Outcome>,
}

/// What the server was seen to do in each of two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The open question, or `precedence`.
    pub about: String,
    /// What was seen in the older run.
    pub old: String,
    /// What was seen in the newer run.
    pub new: String,
}

/// Two runs side by side.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// [`FORMAT`].
    format: u32,
    /// The older run.
    pub(crate) old: Side,
    /// The newer run.
    pub(crate) new: Side,
    /// Findings, the new ones first.
    pub changes: Vec<Change>,
    /// Requirements that are no longer exercised.
    pub dropped: Vec<Moved>,
    /// Other requirements whose outcome moved.
    pub moved: Vec<Moved>,
    /// Answers that take clearly longer or shorter than before.
    pub latency: Vec<Slower>,
    /// Differences of shape.
    pub shapes: Vec<String>,
    /// Open questions that are answered otherwise, and the order of errors.
    pub questions: Vec<Answered>,
    /// What keeps the two from being compared in full.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Compares an older run with a newer one.
    #[must_use]
    pub fn of(old: Side, new: Side) -> Self {
        let changes = changes::changes(&old, &new);
        let (dropped, moved) = requirements(&old, &new);
        // A report of an older version has no shapes, and says nothing of them.
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

    /// Findings in a state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |it| it.state == state)
    }

    /// Whether a pipeline is to stop.
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

    /// What came of it, in a sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let number = |state: State| self.in_state(state).count();
        let told: Vec<String> = State::ALL
            .into_iter()
            .filter(|state| number(*state) > 0)
            .map(|state| format!("{} {}", number(state), state.name()))
            .collect();
        if told.is_empty() { "no failure in either run".to_owned() } else { told.join(", ") }
    }
}

/// Requirements that are no longer exercised, and those whose outcome moved otherwise.
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
        all.push(Answered { about: "the order of errors".to_owned(), old: before, new: after });
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
