//! Faults of orders that are read back, and of who may read them.

use axum::http::StatusCode;
use spec::{OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{crash, shift};
use crate::answer::{Answer, Cause, Refusal};
use crate::exchange::Exchange;
use crate::json::{Json, Object};

const GROUP: &str = "orders";
const NEEDS: &[Need] = &[Need::Order];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "order-status-missing",
        group: GROUP,
        wrong: "the status of a created order is not found",
        breaks: &["ORDER-STATUS", "ORDER-SAME", "ORDER-RECIPIENTS", "ORDER-PROGRESS"],
        needs: NEEDS,
        plant: |rules| {
            rules.instead(|exchange| exchange.is(OperationId::OrderStatus).then(|| not_found(exchange)));
        },
    },
    Fault {
        id: "order-status-wrong-amount",
        group: GROUP,
        wrong: "the status shows the price of one recipient as the amount",
        breaks: &["ORDER-STATUS", "ORDER-SAME"],
        needs: NEEDS,
        plant: |rules| {
            rules.data(OperationId::OrderStatus, |exchange, data| {
                let fields = &exchange.app.contract.fields;
                let list = data.get_mut(&fields.order_read.recipients).and_then(crate::json::Json::list);
                let first = list.and_then(|list| list.first_mut()).and_then(crate::json::Json::object);
                let price = first.and_then(|first| first.get(&fields.recipient.amount)).cloned();
                data.set(&fields.order_read.amount, price.unwrap_or(Pesewas::ZERO.into()));
            });
        },
    },
    Fault {
        id: "order-amount-a-pesewa-off",
        group: GROUP,
        wrong: "order and status show a pesewa too much",
        breaks: &["ORDER-SAME", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            both(rules, |exchange, data| shift(data, &exchange.app.contract.fields.order_read.amount, 1))
        },
    },
    Fault {
        id: "order-amount-in-pesewas",
        group: GROUP,
        wrong: "order and status show the amount in pesewas",
        breaks: &["ORDER-SAME", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            both(rules, |exchange, data| {
                let name = &exchange.app.contract.fields.order_read.amount;
                if let Some(amount) = data.get(name).and_then(crate::json::Json::money) {
                    data.set(name, amount.get());
                }
            });
        },
    },
    Fault {
        id: "order-reference-another",
        group: GROUP,
        wrong: "order and status show another reference",
        breaks: &["ORDER-SAME", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            both(rules, |exchange, data| {
                data.set(&exchange.app.contract.fields.order_read.reference, "100000")
            })
        },
    },
    Fault {
        id: "order-reference-differs",
        group: GROUP,
        wrong: "the order shows another reference than its status",
        breaks: &["ORDER-SAME", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            rules.data(OperationId::Order, |exchange, data| {
                data.set(&exchange.app.contract.fields.order_read.reference, "100000");
            });
        },
    },
    Fault {
        id: "order-amount-differs",
        group: GROUP,
        wrong: "the order shows a pesewa less than its status",
        breaks: &["ORDER-SAME", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            rules.data(OperationId::Order, |exchange, data| {
                shift(data, &exchange.app.contract.fields.order_read.amount, -1);
            });
        },
    },
    Fault {
        id: "order-state-unknown",
        group: GROUP,
        wrong: "the state is a word that the contract does not have",
        breaks: &["ORDER-PROGRESS", "ORDER-STATUS"],
        needs: NEEDS,
        plant: |rules| {
            both(rules, |exchange, data| data.set(&exchange.app.contract.fields.order_read.state, "done"))
        },
    },
    Fault {
        id: "order-visible-to-all",
        group: GROUP,
        wrong: "another account's order can be read",
        breaks: &["ORDER-PRIVATE"],
        needs: &[Need::Order, Need::TwoAccounts],
        plant: |rules| rules.steps.may_see = |_, _, _| true,
    },
    Fault {
        id: "order-status-visible-to-all",
        group: GROUP,
        wrong: "the status of another account's order can be read",
        breaks: &["ORDER-PRIVATE"],
        needs: &[Need::Order, Need::TwoAccounts],
        plant: |rules| {
            rules.steps.may_see =
                |exchange, account, owner| account.profile == owner || exchange.is(OperationId::OrderStatus);
        },
    },
    Fault {
        id: "order-visible-to-staff",
        group: GROUP,
        wrong: "the roles that may not buy can read the orders of every account",
        breaks: &["ORDER-PRIVATE"],
        needs: &[Need::Order, Need::OtherRole, Need::TwoAccounts],
        plant: |rules| {
            rules.steps.may_see = |exchange, account, owner| {
                account.profile == owner || !exchange.app.contract.roles.may_buy(&account.role)
            };
        },
    },
    Fault {
        id: "order-lost-after-ten",
        group: GROUP,
        wrong: "an order is not found any more once its account has made ten newer ones",
        breaks: &["ORDER-STATUS", "ORDER-SAME", "ORDER-RECIPIENTS", "ORDER-PROGRESS"],
        needs: &[Need::Order, Need::Sequence],
        plant: |rules| after_ten(rules, |exchange, answer| *answer = not_found(exchange)),
    },
    Fault {
        id: "order-recipients-lost-after-ten",
        group: GROUP,
        wrong: "an order is shown without its last recipient once its account has made ten newer ones",
        breaks: &["ORDER-RECIPIENTS"],
        needs: &[Need::Order, Need::Sequence],
        plant: |rules| {
            after_ten(rules, |exchange, answer| {
                let names = &exchange.app.contract.fields;
                let data = super::tools::data(exchange, answer);
                let list = data.and_then(|it| it.get_mut(&names.order_read.recipients)?.list());
                list.and_then(Vec::pop);
            });
        },
    },
    Fault {
        id: "order-of-another-forbidden",
        group: GROUP,
        wrong: "another account's order gets 403, which tells that it is there",
        breaks: &["ORDER-PRIVATE", "ERR-CODE", "STATUS-DOCUMENTED"],
        needs: &[Need::Order, Need::TwoAccounts],
        plant: |rules| {
            rules.steps.may_see = |_, _, _| true;
            rules.rewrite(|exchange, answer| {
                let name = &exchange.app.contract.fields.order_read.id;
                let order = [OperationId::Order, OperationId::OrderStatus].contains(&exchange.call.operation);
                let Some(account) = exchange.account.as_ref().filter(|_| order && answer.cause.is_none())
                else {
                    return;
                };
                let id = super::tools::data(exchange, answer)
                    .and_then(|data| data.get(name)?.text().map(str::to_owned));
                let own = super::tools::memory(&exchange.app)
                    .contains_key(&super::tools::slot(account, &id.unwrap_or_default()));
                if !own {
                    *answer = Answer { status: StatusCode::FORBIDDEN.as_u16(), ..not_found(exchange) };
                }
            });
            rules.created(|exchange, answer| {
                let name = &exchange.app.contract.fields.summary.order_id;
                let id = super::tools::data(exchange, answer)
                    .and_then(|data| data.get(name)?.text().map(str::to_owned));
                if let (Some(account), Some(id)) = (&exchange.account, id) {
                    super::tools::memory(&exchange.app).insert(super::tools::slot(account, &id), true.into());
                }
            });
        },
    },
    Fault {
        id: "order-unknown-empty",
        group: GROUP,
        wrong: "an unknown order is answered with nulls",
        breaks: &["ORDER-PRIVATE"],
        needs: NEEDS,
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if answer.cause == Some(Cause::NoOrder) {
                    let contract = &exchange.app.contract;
                    *answer = Answer::ok(contract, exchange.call.operation, crate::json::Json::Null);
                }
            });
        },
    },
    Fault {
        id: "order-unknown-crash",
        group: GROUP,
        wrong: "an unknown order gets 500",
        breaks: &["ORDER-PRIVATE", "STATUS-DOCUMENTED"],
        needs: NEEDS,
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if answer.cause == Some(Cause::NoOrder) {
                    *answer = crash(exchange);
                }
            });
        },
    },
];

/// Changes the readings of an order whose account has made ten newer ones.
fn after_ten(rules: &mut crate::rules::Rules, change: fn(&Exchange, &mut Answer)) {
    rules.rewrite(move |exchange, answer| {
        let names = &exchange.app.contract.fields;
        let made = super::tools::is_created(exchange, answer);
        let read = exchange.is(OperationId::Order) || exchange.is(OperationId::OrderStatus);
        let Some(account) = exchange.account.as_ref().filter(|_| made || read && answer.cause.is_none())
        else {
            return;
        };
        if made {
            let id = super::tools::data(exchange, answer)
                .and_then(|data| data.get(&names.summary.order_id)?.text().map(str::to_owned));
            let mut memory = super::tools::memory(&exchange.app);
            let all = memory.entry(super::tools::slot(account, "made")).or_insert(Json::List(Vec::new()));
            all.list().into_iter().for_each(|all| all.push(id.clone().unwrap_or_default().into()));
            return;
        }
        let newer = {
            let mut memory = super::tools::memory(&exchange.app);
            let all = memory.get_mut(&super::tools::slot(account, "made")).and_then(Json::list);
            let at = |all: &Vec<Json>| all.iter().position(|it| it.text() == Some(exchange.call.param(0)));
            all.and_then(|all| Some(all.len() - 1 - at(all)?)).unwrap_or_default()
        };
        if newer >= 10 {
            change(exchange, answer);
        }
    });
}

fn both(rules: &mut crate::rules::Rules, change: fn(&Exchange, &mut Object)) {
    rules.data(OperationId::Order, change);
    rules.data(OperationId::OrderStatus, change);
}

fn not_found(exchange: &Exchange) -> Answer {
    Answer::refusal(&exchange.app.contract, Some(exchange.call.operation), &Refusal::order_not_found())
}
