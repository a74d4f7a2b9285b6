//! The orders that all contenders send: one that is refused, so that the server's state does not change, and one that
//! is accepted, so that the server does all its work.

use serde::Serialize;
use spec::{Contract, Pesewas};

use crate::history::{Environment, Tier};
use crate::plan::case::{Actor, Case, Cost, Outgoing, Step, Turn};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

/// The number of orders of a case, all by one account. The request that creates the account is not counted, so it must
/// be rare.
const ORDERS: usize = 8;

/// A balance that is sufficient for every order of a measurement.
pub(crate) const WEALTH: Pesewas = Pesewas::new(1_000_000_000_000);

/// The sandbox has nothing that can be ordered.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox has nothing to sell")]
pub(crate) struct NothingToSell;

/// The intended result of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// It is refused, since it has one item too few.
    Refused,
    /// It is accepted, with the smallest number of items.
    Accepted,
}

impl Way {
    /// Both results.
    pub(crate) const ALL: [Self; 2] = [Self::Refused, Self::Accepted];

    /// Returns the name of the result.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "accepted",
        }
    }

    fn draft(self, contract: &Contract) -> OrderDraft {
        let least = contract.limits.min_items;
        let count = if self == Self::Refused { least.saturating_sub(1) } else { least };
        OrderDraft::good(&buyer(contract), count)
    }
}

/// Returns the role of the accounts.
#[must_use]
pub(crate) fn buyer(contract: &Contract) -> String {
    contract.roles.buyers.first().cloned().unwrap_or_default()
}

/// Returns cases of this number of accounts, which only place orders, one after the other.
///
/// # Errors
/// Returns an error if the sandbox has nothing to sell.
pub(crate) fn cases(
    contract: &Contract,
    environment: &Environment,
    way: Way,
    accounts: u64,
) -> Result<Vec<Case>, NothingToSell> {
    let mut planner = Planner::new(contract, environment, crate::checks::rules(), Tier::Standard, 1);
    let draft = way.draft(contract);
    let order = |planner: &mut Planner<'_>| planner.render(&draft, 0).ok_or(NothingToSell);
    (0..accounts)
        .map(|index| {
            let orders: Vec<Outgoing> = (0..ORDERS)
                .map(|_| order(&mut planner).map(|it| it.outgoing))
                .collect::<Result<_, NothingToSell>>()?;
            let cost: Cost = orders.iter().map(|it| it.cost).sum();
            Ok(Case {
                turn: Turn::Open,
                index,
                id: format!("speed/{}/{index}", way.name()),
                origin: "speed",
                varies: false,
                title: "order after order by one account".to_owned(),
                serves: Vec::new(),
                coordinates: None,
                actors: vec![Actor::Fresh { role: draft.role.clone(), balance: WEALTH, revoked: false }],
                steps: orders.into_iter().map(Step::Order).collect(),
                cost,
                draft: None,
            })
        })
        .collect()
}
