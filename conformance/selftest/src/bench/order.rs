//! The orders that all contenders send: one that is refused, so that the server's state does not change, and one that
//! is accepted, so that the server does all its work.

use conformance::history::Cost;
use conformance::plan::case::{Actor, Case, Outgoing, Step, Turn};
use conformance::run::session::Prepared;
use serde::Serialize;
use spec::{Contract, Pesewas};

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

    fn items(self, contract: &Contract) -> usize {
        let least = contract.limits.min_items;
        if self == Self::Refused { least.saturating_sub(1) } else { least }
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
    prepared: &Prepared,
    way: Way,
    accounts: u64,
) -> Result<Vec<Case>, NothingToSell> {
    let role = buyer(contract);
    let mut orders = prepared.orders(&role, way.items(contract));
    (0..accounts)
        .map(|index| {
            let orders: Vec<Outgoing> = orders.by_ref().take(ORDERS).collect();
            if orders.is_empty() {
                return Err(NothingToSell);
            }
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
                actors: vec![Actor::Fresh { role: role.clone(), balance: WEALTH, revoked: false }],
                steps: orders.into_iter().map(Step::Order).collect(),
                cost,
                draft: None,
            })
        })
        .collect()
}
