//! The result of judging one case: all that the verdict of a run needs, so that the record itself can stay on disk.

use super::case::Judge;
pub(crate) use super::guard::Panicked;
use super::guard::guarded;
use super::ledger;
use super::part::Part;
use super::verdict::{Ledger, Marks};
use crate::history::{CaseRecord, Environment};

/// A judged case.
#[derive(Debug)]
pub struct Judged {
    /// The position of the case in the plan.
    pub index: u64,
    /// The id of the case.
    pub id: String,
    /// The role of the caller, if the case is about one.
    pub(crate) role: Option<String>,
    /// The number of requests that the case sent.
    pub requests: u64,
    /// Whether some of the requests were sent at the same time.
    pub at_once: bool,
    /// Whether the case was an intermediate step of shrinking.
    pub(crate) is_step: bool,
    /// Why the case was not sent, or not to its end.
    pub(crate) skipped: Option<String>,
    /// What the checks say, or the panic of this program, which is no verdict on the server.
    pub marks: Result<Marks, Panicked>,
    /// What the case contributes to the judgement of the run as a whole.
    pub(super) part: Part,
    /// The money that the case spent.
    pub ledger: Ledger,
}

impl Judged {
    /// Returns true if something of the case was sent.
    #[must_use]
    pub(super) const fn was_sent(&self) -> bool {
        self.requests > 0 || self.skipped.is_none()
    }

    /// Judges a case. An intermediate step of shrinking contributes only its ledger, since the case that it was made
    /// from has already been judged.
    #[must_use]
    pub fn of(judge: &Judge<'_>, environment: &Environment, case: &CaseRecord) -> Self {
        let judged = Self::whole(judge, environment, case);
        if case.is_step() {
            Self { marks: Ok(Marks::default()), part: Part::default(), ..judged }
        } else {
            judged
        }
    }

    /// Judges a case, also one that is an intermediate step of shrinking.
    #[must_use]
    pub(crate) fn whole(judge: &Judge<'_>, environment: &Environment, case: &CaseRecord) -> Self {
        let said = guarded(|| {
            let scene = judge.scene(environment, case);
            (judge.marks(&scene), Part::of(&scene), ledger::of(&scene))
        });
        let (marks, part, ledger) = match said {
            Ok((marks, part, ledger)) => (Ok(marks), part, ledger),
            // The money was spent even if judging failed.
            Err(panicked) => {
                let ledger = guarded(|| ledger::of_answers(judge.contract, case)).unwrap_or_default();
                (Err(panicked), Part::default(), ledger)
            }
        };
        Self {
            index: case.index,
            id: case.id.clone(),
            role: role_of(case),
            requests: case.requests(),
            at_once: case.exchanges.iter().any(|it| it.batch.is_some()),
            is_step: case.is_step(),
            skipped: case.skipped.clone(),
            marks,
            part,
            ledger,
        }
    }
}

/// Returns the role that a case is about: that of its place on the map, or the one that all of its accounts have.
fn role_of(case: &CaseRecord) -> Option<String> {
    if let Some(coordinates) = &case.coordinates {
        return Some(coordinates.role.clone());
    }
    let mut roles = case.accounts.iter().map(|it| it.role.as_ref());
    let role = roles.next()??;
    roles.all(|it| it == Some(role)).then(|| role.clone())
}
