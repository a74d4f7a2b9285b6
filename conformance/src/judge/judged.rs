//! What one case says: all that the judgement of a run needs of it, so that its record may rest on disk.

use super::case::Judge;
pub use super::guard::Panicked;
use super::guard::guarded;
use super::ledger;
use super::part::Part;
use super::verdict::{Ledger, Marks};
use crate::history::{CaseRecord, World};

/// A judged case.
#[derive(Debug)]
pub struct Judged {
    /// Position in the plan.
    pub(crate) index: u64,
    /// Its address.
    pub(crate) id: String,
    /// Role of the caller, where it is about one.
    pub(crate) role: Option<String>,
    /// Requests that it took.
    pub(crate) requests: u64,
    /// Whether some of them were sent at once.
    pub(crate) at_once: bool,
    /// Whether it was sent on the way to a smaller form.
    pub(crate) is_step: bool,
    /// Why it was not sent, or not to its end.
    pub(crate) skipped: Option<String>,
    /// What the checks say, or what one of them died of: our fault and no verdict on the server.
    pub marks: Result<Marks, Panicked>,
    /// What the run as a whole is judged by.
    pub(super) part: Part,
    /// Where its money went.
    pub(crate) ledger: Ledger,
}

impl Judged {
    /// Judges a case; a check that breaks down is told apart from what it says. A smaller form on the way to the smallest
    /// says where money went and nothing else: the case that it was made of has said it.
    #[must_use]
    pub fn of(judge: &Judge<'_>, world: &World, case: &CaseRecord) -> Self {
        let judged = Self::whole(judge, world, case);
        if case.is_step() {
            Self { marks: Ok(Marks::default()), part: Part::default(), ..judged }
        } else {
            judged
        }
    }

    /// Judges a case, whatever it was sent for.
    #[must_use]
    pub fn whole(judge: &Judge<'_>, world: &World, case: &CaseRecord) -> Self {
        let said = guarded(|| {
            let scene = judge.scene(world, case);
            (judge.marks(&scene), Part::of(&scene), ledger::of(&scene))
        });
        let (marks, part, ledger) = match said {
            Ok((marks, part, ledger)) => (Ok(marks), part, ledger),
            // What was spent was spent, whatever became of the judging.
            Err(panicked) => {
                let ledger = guarded(|| ledger::of_answers(judge.contract, case)).unwrap_or_default();
                (Err(panicked), Part::default(), ledger)
            }
        };
        let coordinates = case.coordinates.as_ref().map(|it| it.role.clone());
        Self {
            index: case.index,
            id: case.id.clone(),
            role: coordinates.or_else(|| case.accounts.first()?.role.clone()),
            requests: case.requests(),
            at_once: case.exchanges.iter().any(|it| it.wave.is_some()),
            is_step: case.is_step(),
            skipped: case.skipped.clone(),
            marks,
            part,
            ledger,
        }
    }
}
