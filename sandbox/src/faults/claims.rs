//! Faults of a server that believes undocumented properties of an order: a price, a total, a count or a role.

use serde_json::Value;
use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{WRONG_TOTAL, items, sent, sent_field, sum};
use crate::answer::Cause;
use crate::exchange::Exchange;

const GROUP: &str = "claims";
const NEEDS: &[Need] = &[Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "claims-price-of-an-item",
        group: GROUP,
        wrong: "an item that brings a price of its own costs that",
        breaks: WRONG_TOTAL,
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let name = &exchange.app.contract.fields.package_read.price;
                let mut order = sent(exchange);
                let items = items(exchange, &mut order).cloned().unwrap_or_default();
                for (line, item) in lines.iter_mut().zip(&items) {
                    line.price = item.get(name).and_then(pesewas).unwrap_or(line.price);
                }
            });
        },
    },
    Fault {
        id: "claims-total-of-the-order",
        group: GROUP,
        wrong: "an order that brings a total of its own costs that",
        breaks: WRONG_TOTAL,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.total = |exchange, lines| {
                let name = &exchange.app.contract.fields.summary.total;
                pesewas(&sent_field(exchange, name)).unwrap_or_else(|| sum(lines))
            };
        },
    },
    Fault {
        id: "claims-role-that-may-buy",
        group: GROUP,
        wrong: "who names a role that may buy in the order may buy",
        breaks: &["ROLE-OTHER"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| cause == Cause::Role && claimed_role(exchange).is_some());
        },
    },
    Fault {
        id: "claims-role-of-the-price",
        group: GROUP,
        wrong: "an order that names a role pays the prices of that role",
        breaks: WRONG_TOTAL,
        needs: &[Need::Variation, Need::EachBuyer],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let Some(role) = claimed_role(exchange) else { return };
                for line in lines {
                    if let Some(package) = exchange.app.catalog().packages.get(&line.package) {
                        line.price = package.price(&role);
                    }
                }
            });
        },
    },
];

/// Returns the role that may buy which an order claims for its sender.
fn claimed_role(exchange: &Exchange) -> Option<String> {
    let contract = &exchange.app.contract;
    let claimed = sent_field(exchange, &contract.fields.role);
    claimed.as_str().filter(|it| contract.roles.may_buy(it)).map(str::to_owned)
}

/// Returns an amount that was sent as a number of GHS.
fn pesewas(value: &Value) -> Option<Pesewas> {
    Pesewas::from_decimal(&value.as_number()?.to_string()).ok()
}
