//! What an order showed that was read again in a later case than the one that placed it: the facts by which the run as a
//! whole tells that a server has lost or changed it meanwhile.

use spec::{Meaning, OperationId, Pesewas};

use super::place::Place;
use super::scene::{Created, Scene, Seen};
use crate::order::path::names;
use crate::order::reading::{Amount, Order, is_throttle};

/// A reading of an order that an earlier case placed.
#[derive(Debug)]
pub(crate) struct Again {
    /// The reading.
    pub(crate) at: Place,
    /// The order's id.
    pub(crate) id: String,
    /// What was answered.
    pub(crate) shown: Shown,
}

/// What was answered when an order was read again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// This status, with no order.
    Status(u16),
    /// The order.
    Order {
        /// Its amount, if one is shown.
        amount: Option<Pesewas>,
        /// Its reference, if one is shown.
        reference: Option<String>,
        /// The number of its recipients, if some are recognised.
        recipients: Option<usize>,
    },
}

/// Collects the readings of orders that an earlier case placed with the same account.
#[must_use]
pub(super) fn again(scene: &Scene<'_>) -> Vec<Again> {
    scene.seen.iter().filter_map(|seen| of(scene, seen)).collect()
}

fn of(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Again> {
    let contract = scene.contract;
    let exchange = seen.exchange;
    if !matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus)
        || !seen.authorised(scene.case)
    {
        return None;
    }
    let account = scene.case.accounts.get(exchange.actor?)?;
    let id = account.earlier.as_ref()?.read.iter().find(|id| names(&exchange.request.path, id))?;
    let response = seen.response()?;
    // A refused key, a throttle and a breakdown say nothing about the order.
    let other = response.status == contract.status(Meaning::Unauthorized)
        || is_throttle(contract, response.status)
        || response.status >= 500;
    let shown = match seen.order(contract) {
        Some(order) => Shown::Order {
            amount: order.amount.as_ref().and_then(Amount::pesewas),
            recipients: count(&order),
            reference: order.reference,
        },
        None if seen.is_ok(contract) || other => return None,
        None => Shown::Status(response.status),
    };
    Some(Again { at: (scene.case.id.clone(), scene.case.index, seen.at), id: id.clone(), shown })
}

fn count(order: &Order) -> Option<usize> {
    order.recipients.as_ref().map(Vec::len)
}

/// Returns the number of recipients that the last reading of an order in its own case showed.
#[must_use]
pub(super) fn recipients(scene: &Scene<'_>, created: &Created) -> Option<usize> {
    let reads = scene.seen.iter().rev().filter(|it| scene.asks_for(it.exchange, created));
    reads.filter_map(|it| it.order(scene.contract)).find_map(|it| count(&it))
}
