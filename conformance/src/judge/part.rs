//! What one case adds to the judgement of the run as a whole: ids that were given out, totals, refusals, lost answers.
//!
//! Small facts and nothing of the record itself, so that records may rest on disk while the run goes on.

use std::collections::BTreeMap;

use spec::{Contract, Meaning, OperationId, Pesewas};

use super::scene::Scene;
use crate::history::{Answer, CaseRecord};
use crate::order::facts::{Facts, packages};
use crate::order::reading::Amount;

/// Where in a history something is: case, its index, exchange.
pub(crate) type Place = (String, u64, usize);

/// An accepted order whose total can be compared with others.
#[derive(Debug)]
pub(crate) struct Priced {
    /// The caller's role.
    pub(crate) role: String,
    /// Its packages, each as often as it was ordered.
    pub(crate) packages: BTreeMap<String, i64>,
    /// The total that the answer names.
    pub(crate) total: Pesewas,
}

/// What one case adds to the judgement of the run as a whole.
#[derive(Debug, Default)]
pub struct Part {
    /// Orders that were accepted.
    pub(crate) created: Vec<Created>,
    /// Valid orders that had their turn alone, with how they were answered.
    pub(crate) valid: Vec<ValidOrder>,
    /// The orders that were placed, and the answers that were lost.
    pub(crate) placed: Option<Placed>,
    /// Readings that were sent.
    pub(crate) reads: u64,
    /// Of those, how many got no answer.
    pub(crate) reads_lost: u64,
}

/// An order that was accepted.
#[derive(Debug)]
pub(crate) struct Created {
    /// The exchange that created it.
    pub(crate) at: Place,
    /// Its id, unless it is empty.
    pub(crate) id: Option<String>,
    /// Its short reference, unless it is empty.
    pub(crate) reference: Option<String>,
    /// What was paid for what, where the order was a valid one.
    pub(crate) priced: Option<Priced>,
}

/// The orders of a case.
#[derive(Debug)]
pub(crate) struct Placed {
    /// The case without its attempt.
    pub(crate) base: String,
    /// Orders that were sent.
    pub(crate) orders: u64,
    /// Of those, how many got no answer.
    pub(crate) lost: u64,
    /// The first that got none.
    pub(crate) lost_at: Option<Place>,
}

/// A valid order, in the features that a wrong refusal may hang on.
#[derive(Debug)]
pub(crate) struct ValidOrder {
    /// The caller's role, where it is known.
    pub(crate) role: Option<String>,
    /// Number of recipients.
    pub(crate) count: Option<usize>,
    /// Whether the wallet held exactly what the order costs.
    pub(crate) exact_balance: bool,
    /// The status that it was refused with, if it was.
    pub(crate) refused: Option<u16>,
}

impl ValidOrder {
    fn of(contract: &Contract, facts: &Facts, status: u16) -> Self {
        Self {
            role: facts.role.clone(),
            count: facts.count(),
            exact_balance: facts.wallet.exact().is_some() && facts.wallet.exact() == facts.exact_cost(),
            refused: Some(status).filter(|it| *it != contract.status(Meaning::Accepted)),
        }
    }
}

impl Part {
    /// Takes from a case what only the run as a whole can be judged by.
    #[must_use]
    pub fn of(scene: &Scene<'_>) -> Self {
        let mut part = Self::default();
        part.losses(scene.case);
        part.created(scene);
        for seen in scene.seen.iter().filter(|it| it.exchange.wave.is_none()) {
            if let (Some(facts), Some(allowed), Some(response)) =
                (&seen.facts, &seen.allowed, seen.response())
                && allowed.must_accept()
            {
                part.valid.push(ValidOrder::of(scene.contract, facts, response.status));
            }
        }
        part
    }

    fn created(&mut self, scene: &Scene<'_>) {
        for created in &scene.created {
            let sound = scene.seen[created.exchange].allowed.as_ref().is_some_and(|it| it.sure.is_empty());
            let total = created.summary.total.as_ref().and_then(Amount::pesewas).filter(|_| sound);
            let role = scene.case.accounts[created.actor].role.clone();
            let priced = || {
                let packages = packages(created.order.as_ref()?);
                let packages = packages.into_iter().map(|(id, times)| (id.to_owned(), times)).collect();
                Some(Priced { role: role?, packages, total: total? })
            };
            self.created.push(Created {
                at: (scene.case.id.clone(), scene.case.index, created.exchange),
                id: created.summary.order_id.clone().filter(|it| !it.is_empty()),
                reference: created.summary.reference.clone().filter(|it| !it.is_empty()),
                priced: priced(),
            });
        }
    }

    fn losses(&mut self, case: &CaseRecord) {
        for (at, exchange) in case.exchanges.iter().enumerate() {
            let lost = matches!(exchange.answer, Answer::Lost(_));
            if exchange.operation != OperationId::BuyBulk {
                self.reads += 1;
                self.reads_lost += u64::from(lost);
                continue;
            }
            let base = || case.id.split('#').next().unwrap_or(&case.id).to_owned();
            let placed =
                self.placed.get_or_insert_with(|| Placed { base: base(), orders: 0, lost: 0, lost_at: None });
            placed.orders += 1;
            placed.lost += u64::from(lost);
            if lost && placed.lost_at.is_none() {
                placed.lost_at = Some((case.id.clone(), case.index, at));
            }
        }
    }
}
