//! Faults of timestamps: other units, other moments.

use spec::OperationId;

use super::fault::{Fault, Need};
use super::tools::{memory, slot};
use crate::json::{Json, Object};
use crate::rules::Rules;

const GROUP: &str = "units";
const WALLET: &[&str] = &["WALLET-CONSISTENT"];
const NEEDS: &[Need] = &[Need::Wallet, Need::Variation];
const ORDER: &[Need] = &[Need::Order, Need::Variation];

/// The number of milliseconds in an hour.
const HOUR: i64 = 3_600_000;

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "units-updated-in-seconds",
        group: GROUP,
        wrong: "the wallet's time is in seconds",
        breaks: WALLET,
        needs: NEEDS,
        plant: |rules| updated(rules, |millis| millis / 1000),
    },
    Fault {
        id: "units-updated-in-nanoseconds",
        group: GROUP,
        wrong: "the wallet's time is in nanoseconds",
        breaks: WALLET,
        needs: NEEDS,
        plant: |rules| updated(rules, |millis| millis * 1_000_000),
    },
    Fault {
        id: "units-updated-in-another-zone",
        group: GROUP,
        wrong: "the wallet's time is an hour ahead",
        breaks: WALLET,
        needs: NEEDS,
        plant: |rules| updated(rules, |millis| millis + HOUR),
    },
    Fault {
        id: "units-updated-does-not-move",
        group: GROUP,
        wrong: "the wallet's time is that of its first reading",
        breaks: WALLET,
        needs: NEEDS,
        plant: |rules| {
            rules.data(OperationId::Wallet, |exchange, data| {
                let Some(account) = &exchange.account else { return };
                let name = &exchange.app.contract.fields.wallet.updated;
                let Some(now) = data.get(name).cloned() else { return };
                let first = memory(&exchange.app).entry(slot(account, "updated")).or_insert(now).clone();
                data.set(name, first);
            });
        },
    },
    Fault {
        id: "units-created-in-another-zone",
        group: GROUP,
        wrong: "orders were created an hour before they were",
        breaks: &["ORDER-STATUS", "ORDER-SAME", "ORDER-PROGRESS"],
        needs: ORDER,
        plant: |rules| {
            on_order(rules, |order, names| {
                for name in [&names.created, &names.submitted, &names.completed] {
                    shift(order, name, -HOUR);
                }
            });
        },
    },
    Fault {
        id: "units-created-tomorrow",
        group: GROUP,
        wrong: "orders are created a day ahead",
        breaks: &["ORDER-STATUS", "ORDER-SAME", "ORDER-PROGRESS"],
        needs: ORDER,
        plant: |rules| on_order(rules, |order, names| shift(order, &names.created, 24 * HOUR)),
    },
    Fault {
        id: "units-submitted-before-created",
        group: GROUP,
        wrong: "orders were submitted a second before they were created",
        breaks: &["ORDER-PROGRESS", "ORDER-STATUS", "ORDER-SAME"],
        needs: ORDER,
        plant: |rules| on_order(rules, |order, names| shift(order, &names.submitted, -1_000)),
    },
];

/// Changes the wallet's time, given in milliseconds.
fn updated(rules: &mut Rules, change: fn(i64) -> i64) {
    rules.data(OperationId::Wallet, move |exchange, data| {
        let name = &exchange.app.contract.fields.wallet.updated;
        if let Some(Json::Int(millis)) = data.get(name) {
            let other = change(*millis);
            data.set(name, other);
        }
    });
}

fn on_order(rules: &mut Rules, change: fn(&mut Object, &spec::fields::OrderReadNames)) {
    for operation in [OperationId::Order, OperationId::OrderStatus] {
        rules.data(operation, move |exchange, order| {
            change(order, &exchange.app.contract.fields.order_read);
        });
    }
}

fn shift(order: &mut Object, name: &str, millis: i64) {
    if let Some(Json::Int(at)) = order.get(name) {
        let other = at + millis;
        order.set(name, other);
    }
}
