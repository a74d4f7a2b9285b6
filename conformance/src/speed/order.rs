//! What all contenders send: an order that is refused, so that the server stays as it is, or one that is accepted, so that
//! it does all its work.

use serde::Serialize;
use spec::{Contract, Pesewas};

use crate::history::{Tier, World};
use crate::plan::case::{Actor, Case, Cost, Outgoing, Step, Turn};
use crate::plan::draft::Draft;
use crate::plan::planner::Planner;

/// Orders of a case, all by one account: its making is a request as well, which nobody counts, so it must not weigh.
const ORDERS: usize = 8;

/// Enough for every order of a measurement.
pub(crate) const WEALTH: Pesewas = Pesewas::new(1_000_000_000_000);

/// A sandbox that no order can be made for.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox has nothing to sell")]
pub(crate) struct NothingToSell;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// One item too few.
    Refused,
    /// As few items as may be.
    Accepted,
}

impl Way {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Refused, Self::Accepted];

    /// What it is called.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "accepted",
        }
    }

    fn draft(self, contract: &Contract) -> Draft {
        let least = contract.limits.min_items;
        let count = if self == Self::Refused { least.saturating_sub(1) } else { least };
        Draft::good(&buyer(contract), count)
    }
}

/// Role of the account.
#[must_use]
pub(crate) fn buyer(contract: &Contract) -> String {
    contract.roles.buyers.first().cloned().unwrap_or_default()
}

/// Order after order by that many accounts, without any reads.
///
/// # Errors
/// The sandbox has nothing to sell.
pub(crate) fn cases(
    contract: &Contract,
    world: &World,
    way: Way,
    accounts: u64,
) -> Result<Vec<Case>, NothingToSell> {
    let mut planner = Planner::new(contract, world, crate::checks::rules(), Tier::Standard, 1);
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
