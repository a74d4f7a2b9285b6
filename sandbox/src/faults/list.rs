//! Faults of the order list and its pages.

use spec::OperationId;

use super::fault::{Fault, Need};
use super::tools::{memory, shift};
use crate::exchange::Exchange;
use crate::json::{Json, Object};
use crate::rules::Rules;
use crate::rules::freedoms::LastCursor;

const GROUP: &str = "list";
const NEEDS: &[Need] = &[Need::Orders];
const LIST: &[&str] = &["ORDER-LIST"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "list-without-newest",
        group: GROUP,
        wrong: "the newest order is not listed yet",
        breaks: LIST,
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.page = Some(|exchange, limit, before| {
                if *before == i64::MAX {
                    // One order more is requested, and the first one is dropped later.
                    *limit += 1;
                    memory(&exchange.app).insert(exchange.call.serial.to_string(), Json::Null);
                }
            });
            on_orders(rules, |exchange, orders| {
                if memory(&exchange.app).remove(&exchange.call.serial.to_string()).is_some()
                    && !orders.is_empty()
                {
                    orders.remove(0);
                }
            });
        },
    },
    Fault {
        id: "list-not-bulk",
        group: GROUP,
        wrong: "bulk orders are not listed as such",
        breaks: LIST,
        needs: NEEDS,
        plant: |rules| {
            on_order(rules, |exchange, order| order.set(&exchange.app.contract.fields.order_read.bulk, false))
        },
    },
    Fault {
        id: "list-wrong-amount",
        group: GROUP,
        wrong: "the listed amount is a pesewa too low",
        breaks: LIST,
        needs: NEEDS,
        plant: |rules| {
            on_order(rules, |exchange, order| {
                shift(order, &exchange.app.contract.fields.order_read.amount, -1)
            });
        },
    },
    Fault {
        id: "list-wrong-reference",
        group: GROUP,
        wrong: "the listed reference is the order's id",
        breaks: LIST,
        needs: NEEDS,
        plant: |rules| {
            on_order(rules, |exchange, order| {
                let names = &exchange.app.contract.fields.order_read;
                let id = order.get(&names.id).cloned();
                order.set(&names.reference, id.unwrap_or(Json::Null));
            });
        },
    },
    Fault {
        id: "list-page-skips-one",
        group: GROUP,
        wrong: "an order between two pages is on neither",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| {
            rules.hooks.page = Some(|_, _, before| {
                if *before != i64::MAX {
                    *before -= 1;
                }
            });
        },
    },
    Fault {
        id: "list-page-repeats-one",
        group: GROUP,
        wrong: "the last order of a page is the first of the next",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| {
            rules.hooks.page = Some(|_, limit, before| {
                if *before != i64::MAX {
                    *before += 1;
                    // With a limit of one, the page would repeat for ever.
                    *limit += 1;
                }
            });
        },
    },
    Fault {
        id: "list-done-too-early",
        group: GROUP,
        wrong: "every page says that it is the last",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| {
            rules.data(OperationId::Orders, |exchange, page| {
                page.set(&exchange.app.contract.fields.page.done, true);
            });
        },
    },
    Fault {
        id: "list-never-done",
        group: GROUP,
        wrong: "no page says that it is the last, and an empty one leads to itself",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| {
            rules.freedoms.shown.last_cursor = LastCursor::Given;
            rules.data(OperationId::Orders, |exchange, page| {
                let contract = &exchange.app.contract;
                let names = &contract.fields.page;
                page.set(&names.done, false);
                let empty = page.get_mut(&names.orders).and_then(Json::list).is_some_and(|it| it.is_empty());
                if let (true, Some(asked)) = (empty, exchange.call.query(contract, "cursor")) {
                    page.set(&names.cursor, asked);
                }
            });
        },
    },
    Fault {
        id: "list-leads-nowhere",
        group: GROUP,
        wrong: "a page that is not the last has no cursor",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| {
            rules.data(OperationId::Orders, |exchange, page| {
                page.set(&exchange.app.contract.fields.page.cursor, Json::Null);
            });
        },
    },
    Fault {
        id: "list-limit-ignored",
        group: GROUP,
        wrong: "a page has more orders than asked for",
        breaks: LIST,
        needs: &[Need::Orders, Need::Sequence],
        plant: |rules| rules.hooks.page = Some(|_, limit, _| *limit += 5),
    },
    Fault {
        id: "list-shows-others",
        group: GROUP,
        wrong: "the newest order of another account is listed too",
        breaks: &["ORDER-PRIVATE", "ORDER-LIST"],
        needs: &[Need::Orders, Need::TwoAccounts],
        plant: |rules| {
            on_orders(rules, |exchange, orders| {
                let owner = exchange.account.as_ref().map_or(0, |account| account.profile).to_string();
                let mut memory = memory(&exchange.app);
                let others = memory.iter().filter(|(key, _)| key.as_str() != owner).map(|(_, it)| it.clone());
                let others: Vec<Json> = others.collect();
                if let Some(own) = orders.first() {
                    memory.insert(owner, own.clone());
                }
                orders.extend(others);
            });
        },
    },
];

fn on_orders(rules: &mut Rules, change: fn(&Exchange, &mut Vec<Json>)) {
    rules.data(OperationId::Orders, move |exchange, page| {
        let orders = page.get_mut(&exchange.app.contract.fields.page.orders);
        if let Some(orders) = orders.and_then(Json::list) {
            change(exchange, orders);
        }
    });
}

fn on_order(rules: &mut Rules, change: fn(&Exchange, &mut Object)) {
    rules.data(OperationId::Orders, move |exchange, page| {
        let orders = page.get_mut(&exchange.app.contract.fields.page.orders);
        for order in orders.and_then(Json::list).into_iter().flatten().filter_map(Json::object) {
            change(exchange, order);
        }
    });
}
