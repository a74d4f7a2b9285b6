//! Faults of what happens to the money of an order afterwards: what is held is settled, and failed recipients are refunded.

use spec::{OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{memory, slot};
use crate::exchange::Exchange;
use crate::json::{Json, Object};
use crate::progress::State;
use crate::rules::Rules;
use crate::store::wallet::Wallet;

const GROUP: &str = "settle";
const HELD: &[&str] = &["WALLET-CONSISTENT", "PROFILE-CONSISTENT"];
const REFUNDED: &[&str] = &["MONEY-DEBIT", "ORDER-RETRY", "WALLET-CONSISTENT", "PROFILE-CONSISTENT"];
const OF_HELD: &[Need] = &[Need::Wallet, Need::Order, Need::Variation];
const OF_REFUNDS: &[Need] = &[Need::Wallet, Need::Order, Need::FailingRecipient, Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "settle-held-twice",
        group: GROUP,
        wrong: "twice the cost of an order is held for it, of which half never was in the wallet",
        breaks: HELD,
        needs: OF_HELD,
        plant: |rules| {
            rules.freedoms.wallet.hold = true;
            rules.steps.wallet = |_, wallet| Wallet { held: wallet.held * 2, ..wallet };
        },
    },
    Fault {
        id: "settle-held-below-zero",
        group: GROUP,
        wrong: "what is held for an order is taken off twice at its end",
        breaks: HELD,
        needs: OF_HELD,
        plant: |rules| {
            rules.freedoms.wallet.hold = true;
            rules.steps.wallet = |exchange, wallet| {
                let most = most_held(exchange, wallet);
                let held = if wallet.held == Pesewas::ZERO { -most } else { wallet.held };
                Wallet { held, ..wallet }
            };
        },
    },
    Fault {
        id: "settle-refund-in-part",
        group: GROUP,
        wrong: "a failed recipient is paid back ten pesewas less than it cost",
        breaks: REFUNDED,
        needs: OF_REFUNDS,
        plant: |rules| refund(rules, |_, price| price - Pesewas::new(10)),
    },
    Fault {
        id: "settle-refund-of-the-order",
        group: GROUP,
        wrong: "the whole order is paid back if one recipient fails",
        breaks: REFUNDED,
        needs: OF_REFUNDS,
        plant: |rules| refund(rules, |total, _| total),
    },
    Fault {
        id: "settle-refund-twice",
        group: GROUP,
        wrong: "a failed recipient is paid back twice",
        breaks: REFUNDED,
        needs: OF_REFUNDS,
        plant: |rules| refund(rules, |_, price| price * 2),
    },
];

/// Returns the most that any read of the caller's wallet showed as held.
fn most_held(exchange: &Exchange, wallet: Wallet) -> Pesewas {
    let Some(account) = &exchange.account else { return wallet.held };
    let mut memory = memory(&exchange.app);
    let known = memory.entry(slot(account, "most held")).or_insert_with(|| Pesewas::ZERO.into());
    let most = known.money().unwrap_or_default().max(wallet.held);
    *known = most.into();
    most
}

/// Refunds the first recipient that a read of an order shows to have failed, by an amount from the order's total and the
/// recipient's price.
fn refund(rules: &mut Rules, amount: fn(Pesewas, Pesewas) -> Pesewas) {
    for operation in [OperationId::Order, OperationId::OrderStatus] {
        rules.data(operation, move |exchange, order| {
            let Some(account) = &exchange.account else { return };
            let total = order.get(&exchange.app.contract.fields.order_read.amount).and_then(Json::money);
            if let Some((total, price)) = total.zip(failed(exchange, order)) {
                let key = slot(account, "refunded");
                memory(&exchange.app).entry(key).or_insert_with(|| amount(total, price).into());
            }
        });
    }
    rules.steps.wallet = |exchange, mut wallet| {
        let slot = exchange.account.as_ref().map(|account| slot(account, "refunded"));
        let memory = memory(&exchange.app);
        wallet.available += slot.and_then(|it| memory.get(&it)?.money()).unwrap_or_default();
        wallet
    };
}

/// Returns the price of the first recipient of an order that failed.
fn failed(exchange: &Exchange, order: &mut Object) -> Option<Pesewas> {
    let names = &exchange.app.contract.fields;
    let mut recipients =
        order.get_mut(&names.order_read.recipients)?.list()?.iter_mut().filter_map(Json::object);
    let first = recipients
        .find(|it| it.get(&names.recipient.state).and_then(Json::text) == Some(State::Failed.name()))?;
    first.get(&names.recipient.amount).and_then(Json::money)
}
