//! Computes the money that a case spent, according to the answers and to the wallets, and the sum over cases.

use spec::{Contract, OperationId, Pesewas};

use crate::history::{Answer, CaseRecord, Exchange, Response};
use crate::judge::scene::Scene;
use crate::judge::verdict::Ledger;
use crate::order::door::{self, Made};
use crate::order::reading::{self, Charge};

/// Returns the ledger of one case.
#[must_use]
pub(super) fn of(scene: &Scene<'_>) -> Ledger {
    // The totals of the answers have been read already.
    let said = |at: usize, _: &Response| {
        let created = scene.created.iter().find(|it| it.exchange == at)?;
        created.summary.pesewas()
    };
    let most = |at: usize, exchange: &Exchange| {
        let cost = || scene.seen[at].facts.as_ref().and_then(|it| it.exact_cost());
        // A faulty server may have charged all that was reserved for the order.
        exchange.reserved.or_else(cost).unwrap_or_default()
    };
    count(scene.contract, scene.case, said, most)
}

/// Returns the ledger of one case from the answers alone.
pub(super) fn of_answers(contract: &Contract, case: &CaseRecord) -> Ledger {
    let said = |_, response: &Response| reading::total(contract, response);
    count(contract, case, said, |_, exchange| exchange.reserved.unwrap_or_default())
}

/// Counts the charges: what the answer to an accepted order says, or, where the charge is unknown (the answer was lost,
/// can't be read, names no total, or is neither a success nor a refusal), the most that the order may have cost.
fn count(
    contract: &Contract,
    case: &CaseRecord,
    said: impl Fn(usize, &Response) -> Option<Pesewas>,
    most: impl Fn(usize, &Exchange) -> Pesewas,
) -> Ledger {
    let mut ledger = Ledger::default();
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
                let made = door::made(contract, &exchange.request, response);
                if door::bought_nothing(contract, &exchange.request, response) {
                    continue;
                }
                ledger.accepted += u64::from(made == Made::Yes);
                match reading::charge(response, || said(at, response)) {
                    Charge::Nothing => {}
                    Charge::Said(total) => {
                        ledger.charged += total;
                        since[wallet] += total;
                    }
                    Charge::Unknown => {
                        ledger.unknown += 1;
                        ledger.unknown_most += most(at, exchange);
                        // After a server error the wallet shows whether it was charged; an accepted order may have cost
                        // any amount.
                        murky |= reading::is_success(response.status);
                    }
                }
            }
            (OperationId::BuyBulk, Answer::Lost(_)) => {
                ledger.orders += 1;
                ledger.unknown += 1;
                ledger.unknown_most += most(at, exchange);
                murky = true;
            }
            (OperationId::Wallet, Answer::Response(response)) => {
                let read = reading::available(contract, response);
                if opening[wallet].is_none() {
                    opening[wallet] = read;
                    since[wallet] = Pesewas::ZERO;
                } else if read.is_some() && exchange.batch.is_none() {
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
            compare(&mut ledger, left, explained);
        }
    }
    ledger
}

/// Records what left a wallet, compared with what the answers say was charged to it.
fn compare(ledger: &mut Ledger, left: Pesewas, charged: Pesewas) {
    let beyond = left - charged;
    *ledger.wallet_difference.get_or_insert_default() += left;
    *ledger.unexplained.get_or_insert_default() += beyond.max(Pesewas::ZERO);
    ledger.returned += (Pesewas::ZERO - beyond).max(Pesewas::ZERO);
}

/// Adds the ledger of a case to the sum.
pub(super) fn add(sum: &mut Ledger, case: &Ledger) {
    sum.orders += case.orders;
    sum.accepted += case.accepted;
    sum.unknown += case.unknown;
    sum.charged += case.charged;
    sum.unknown_most += case.unknown_most;
    sum.returned += case.returned;
    for (sum, case) in
        [(&mut sum.wallet_difference, case.wallet_difference), (&mut sum.unexplained, case.unexplained)]
    {
        if let Some(case) = case {
            *sum.get_or_insert_default() += case;
        }
    }
}
