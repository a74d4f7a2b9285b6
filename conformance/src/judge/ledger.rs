//! Where the money of a case went, by the answers and by the wallets, and the sum over cases.

use spec::{Contract, Meaning, OperationId, Pesewas};

use crate::history::{Answer, CaseRecord, Response};
use crate::judge::scene::{Scene, Seen};
use crate::judge::verdict::Ledger;
use crate::order::reading::{self, Amount};

/// The ledger of one case.
#[must_use]
pub(super) fn of(scene: &Scene<'_>) -> Ledger {
    // Each answer was read once already.
    let said = |at: usize, _: &Response| {
        let created = scene.created.iter().find(|it| it.exchange == at)?;
        created.summary.total.as_ref().and_then(Amount::pesewas)
    };
    let mut ledger = count(scene.contract, scene.case, said);
    let lost = scene.seen.iter().filter(|it| it.is_order() && matches!(it.exchange.answer, Answer::Lost(_)));
    let most = |it: &Seen<'_>| {
        let cost = it.facts.as_ref().and_then(|it| it.exact_cost());
        // A server at fault may have charged what was set aside for it.
        it.exchange.reserved.or(cost).unwrap_or_default()
    };
    ledger.unknown_most = lost.map(most).sum::<Pesewas>();
    ledger
}

/// The same by the answers alone.
pub(super) fn of_answers(contract: &Contract, case: &CaseRecord) -> Ledger {
    let said = |_, response: &Response| reading::total(contract, response);
    let mut ledger = count(contract, case, said);
    let lost = case.exchanges.iter().filter(|it| matches!(it.answer, Answer::Lost(_)));
    ledger.unknown_most = lost.filter_map(|it| it.reserved).sum();
    ledger
}

/// Counts with what the answer of an accepted exchange says was charged.
fn count(
    contract: &Contract,
    case: &CaseRecord,
    said: impl Fn(usize, &Response) -> Option<Pesewas>,
) -> Ledger {
    let mut ledger = Ledger::default();
    let accepted = contract.status(Meaning::Accepted);
    let mut opening: Vec<Option<Pesewas>> =
        case.accounts.iter().map(|it| it.balance.filter(|_| it.fresh)).collect();
    let mut closing: Vec<Option<Pesewas>> = vec![None; case.accounts.len()];
    let mut since: Vec<Pesewas> = vec![Pesewas::ZERO; case.accounts.len()];
    let mut until: Vec<Pesewas> = since.clone();
    let mut murky = false;
    for (at, exchange) in case.exchanges.iter().enumerate() {
        let Some(actor) = exchange.actor.filter(|it| *it < case.accounts.len()) else { continue };
        let wallet = case.wallet_of(actor);
        match (exchange.operation, &exchange.answer) {
            (OperationId::BuyBulk, Answer::Response(response)) => {
                ledger.orders += 1;
                if response.status == accepted {
                    ledger.accepted += 1;
                    let total = said(at, response).unwrap_or_default();
                    ledger.charged += total;
                    since[wallet] += total;
                }
            }
            (OperationId::BuyBulk, Answer::Lost(_)) => {
                ledger.orders += 1;
                ledger.unknown += 1;
                murky = true;
            }
            (OperationId::Wallet, Answer::Response(response)) => {
                let read = reading::available(contract, response);
                if opening[wallet].is_none() {
                    opening[wallet] = read;
                    since[wallet] = Pesewas::ZERO;
                } else if read.is_some() && exchange.wave.is_none() {
                    closing[wallet] = read;
                    until[wallet] = since[wallet];
                }
            }
            _ => {}
        }
    }
    for wallet in 0..case.accounts.len() {
        if let (Some(opening), Some(closing)) = (opening[wallet], closing[wallet]) {
            let left = opening - closing;
            let explained = if murky { left } else { until[wallet] };
            *ledger.wallet_difference.get_or_insert_default() += left;
            *ledger.unexplained.get_or_insert_default() += left - explained;
        }
    }
    ledger
}

/// Adds a case to the sum.
pub(super) fn add(sum: &mut Ledger, case: &Ledger) {
    sum.orders += case.orders;
    sum.accepted += case.accepted;
    sum.unknown += case.unknown;
    sum.charged += case.charged;
    sum.unknown_most += case.unknown_most;
    for (sum, case) in
        [(&mut sum.wallet_difference, case.wallet_difference), (&mut sum.unexplained, case.unexplained)]
    {
        if let Some(case) = case {
            *sum.get_or_insert_default() += case;
        }
    }
}
