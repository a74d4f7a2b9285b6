//! Faults of what is read back: several orders, orders that have ended, pages and filters.

use spec::{OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{memory, shift, slot};
use crate::exchange::Exchange;
use crate::json::{Json, Object};
use crate::rules::Rules;

const GROUP: &str = "content";
const ORDER: &[Need] = &[Need::Order, Need::Variation];
const LIST: &[Need] = &[Need::Orders, Need::Sequence, Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "content-recipients-of-the-latest",
        group: GROUP,
        wrong: "once an order is shown, an older one of as many recipients is shown with its numbers",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: ORDER,
        plant: |rules| {
            on_read(rules, |exchange, order| {
                let Some(account) = &exchange.account else { return };
                let names = &exchange.app.contract.fields;
                let created = number(order.get(&names.order_read.created));
                let Some(list) = order.get_mut(&names.order_read.recipients).and_then(Json::list) else {
                    return;
                };
                let mut memory = memory(&exchange.app);
                let key = slot(account, "shown");
                if let Some(Json::List(latest)) = memory.get(&key)
                    && number(latest.first()) > created
                    && latest.len() == list.len() + 1
                {
                    for (recipient, number) in list.iter_mut().zip(&latest[1..]) {
                        if let Some(recipient) = recipient.object() {
                            recipient.set(&names.recipient.msisdn, number.clone());
                        }
                    }
                    return;
                }
                let msisdn = |it: &mut Json| it.object()?.get(&names.recipient.msisdn).cloned();
                let numbers = list.iter_mut().filter_map(msisdn);
                let shown = std::iter::once(Json::from(created)).chain(numbers).collect();
                memory.insert(key, Json::List(shown));
            });
        },
    },
    Fault {
        id: "content-recipients-amounts-off",
        group: GROUP,
        wrong: "each recipient is shown with a pesewa more than was paid for it",
        breaks: &["ORDER-RECIPIENTS"],
        needs: ORDER,
        plant: |rules| {
            on_read(rules, |exchange, order| {
                let names = &exchange.app.contract.fields;
                let list = order.get_mut(&names.order_read.recipients).and_then(Json::list);
                for recipient in list.into_iter().flatten().filter_map(Json::object) {
                    shift(recipient, &names.recipient.amount, 1);
                }
            });
        },
    },
    Fault {
        id: "content-state-filter-ignored",
        group: GROUP,
        wrong: "a list of orders in one state has those in every state",
        breaks: &["ORDER-LIST"],
        needs: LIST,
        plant: |rules| rules.receive(|call| call.query.retain(|(name, _)| name != "state")),
    },
    Fault {
        id: "content-state-filter-loses-cursor",
        group: GROUP,
        wrong: "under a filter by state each page is the first",
        breaks: &["ORDER-LIST"],
        needs: LIST,
        plant: |rules| {
            rules.receive(|call| {
                if call.query.iter().any(|(name, _)| name == "state") {
                    call.query.retain(|(name, _)| name != "cursor");
                }
            });
        },
    },
    Fault {
        id: "content-full-page-cut",
        group: GROUP,
        wrong: "the last of three orders and more is lost where they fill their page exactly",
        breaks: &["ORDER-LIST"],
        needs: LIST,
        plant: |rules| {
            on_page(rules, |exchange, page| {
                let names = &exchange.app.contract.fields.page;
                let limit = exchange.call.query(&exchange.app.contract, "limit");
                let limit = limit.and_then(|it| it.parse::<usize>().ok());
                let done = matches!(page.get(&names.done), Some(Json::Bool(true)));
                let Some(orders) = page.get_mut(&names.orders).and_then(Json::list) else { return };
                if done && orders.len() > 2 && limit == Some(orders.len()) {
                    orders.pop();
                }
            });
        },
    },
    Fault {
        id: "content-cursor-of-another",
        group: GROUP,
        wrong: "with another account's cursor a list shows that account's orders",
        breaks: &["ORDER-PRIVATE", "ORDER-LIST"],
        needs: &[Need::Orders, Need::TwoAccounts, Need::Variation],
        plant: |rules| {
            on_page(rules, |exchange, page| {
                let Some(account) = &exchange.account else { return };
                let names = &exchange.app.contract.fields.page;
                let given =
                    exchange.call.query(&exchange.app.contract, "cursor").unwrap_or_default().to_owned();
                let next = page.get(&names.cursor).and_then(Json::text).unwrap_or_default().to_owned();
                let Some(orders) = page.get_mut(&names.orders).and_then(Json::list) else { return };
                let mut memory = memory(&exchange.app);
                if let Some(Json::List(theirs)) = memory.get(&format!("page {given}"))
                    && theirs.first().and_then(Json::text) != Some(&account.profile_id)
                {
                    orders.extend(theirs[1..].iter().cloned());
                } else if !next.is_empty() {
                    let owner = std::iter::once(account.profile_id.as_str().into());
                    let own = Json::List(owner.chain(orders.iter().cloned()).collect());
                    memory.insert(format!("page {next}"), own);
                }
            });
        },
    },
    Fault {
        id: "content-list-state-stays",
        group: GROUP,
        wrong: "the list shows every order as it was at first",
        breaks: &["ORDER-LIST", "ORDER-PROGRESS"],
        needs: &[Need::Orders, Need::Order, Need::Variation],
        plant: |rules| {
            on_page(rules, |exchange, page| {
                let names = &exchange.app.contract.fields;
                let first = (exchange.app.contract.states.next.keys())
                    .find(|state| !exchange.app.contract.states.next.values().any(|it| it.contains(*state)));
                let first = first.cloned().unwrap_or_default();
                let orders = page.get_mut(&names.page.orders).and_then(Json::list);
                for order in orders.into_iter().flatten().filter_map(Json::object) {
                    order.set(&names.order_read.state, first.as_str());
                }
            });
        },
    },
    Fault {
        id: "content-moves-when-read-again",
        group: GROUP,
        wrong: "from the third time on that a completed order is read it is processing",
        breaks: &["ORDER-PROGRESS", "ORDER-SAME", "ORDER-LIST"],
        needs: ORDER,
        plant: |rules| {
            on_read(rules, |exchange, order| {
                let name = &exchange.app.contract.fields.order_read.state;
                let completed = crate::progress::State::Completed.name();
                if order.get(name).and_then(Json::text) == Some(completed) {
                    let key = format!("read {}", exchange.call.param(0));
                    let mut memory = memory(&exchange.app);
                    let before = number(memory.get(&key));
                    memory.insert(key, Json::from(before + 1));
                    if before > 1 {
                        order.set(name, crate::progress::State::Processing.name());
                    }
                }
            });
        },
    },
    Fault {
        id: "content-dear-amount-cut",
        group: GROUP,
        wrong: "orders past a hundred cedis are read back without their pesewas",
        breaks: &["ORDER-STATUS", "ORDER-SAME", "ORDER-LIST"],
        needs: ORDER,
        plant: |rules| {
            on_read(rules, |exchange, order| {
                let name = &exchange.app.contract.fields.order_read.amount;
                if let Some(amount) = order.get(name).and_then(Json::money)
                    && amount > Pesewas::new(10_000)
                {
                    order.set(name, Pesewas::new(amount.get() / 100 * 100));
                }
            });
        },
    },
];

fn number(json: Option<&Json>) -> i64 {
    match json {
        Some(Json::Int(number)) => *number,
        _ => 0,
    }
}

fn on_read(rules: &mut Rules, change: fn(&Exchange, &mut Object)) {
    for operation in [OperationId::Order, OperationId::OrderStatus] {
        rules.data(operation, change);
    }
}

fn on_page(rules: &mut Rules, change: fn(&Exchange, &mut Object)) {
    rules.data(OperationId::Orders, change);
}
