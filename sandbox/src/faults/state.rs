//! Faults that depend on earlier requests.

use std::sync::atomic::Ordering;

use spec::Pesewas;

use super::fault::{Fault, Need, ids, join};
use super::tools::{
    NOT_CREATED, REFUSED, WRONG_DEBIT, WRONG_TOTAL, crash, is_purchase, memory, pay_charge, slot, sum,
};
use crate::answer::{Answer, Cause, Refusal};
use crate::json::Json;

const GROUP: &str = "state";
/// The requirements that may be reported of an account that is refused whatever it orders.
const LOCKED: [&str; NOT_CREATED.len() + REFUSED.len()] = join(NOT_CREATED, REFUSED);

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "state-seventh-request-crash",
        group: GROUP,
        wrong: "every seventh request of the server gets 500",
        breaks: ids![NOT_CREATED, "BODY-JSON", "BODY-OBJECT", "COUNT-LOW", "COUNT-HIGH", "AUTH-UNKNOWN"],
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.instead(|exchange| {
                (is_purchase(exchange) && exchange.call.serial.is_multiple_of(7)).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "state-first-order-free",
        group: GROUP,
        wrong: "an account's first order is not paid for",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, _, total| match orders(exchange) {
                0 => Pesewas::ZERO,
                _ => total,
            };
        },
    },
    Fault {
        id: "state-second-order-free",
        group: GROUP,
        wrong: "an account's second order is not paid for",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance, Need::Sequence],
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, _, total| match orders(exchange) {
                1 => Pesewas::ZERO,
                _ => total,
            };
        },
    },
    Fault {
        id: "state-fifth-order-dearer",
        group: GROUP,
        wrong: "every fifth order of an account costs a pesewa more",
        breaks: WRONG_TOTAL,
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.steps.total =
                |exchange, lines| sum(lines) + Pesewas::new(i64::from(orders(exchange) % 5 == 4));
        },
    },
    Fault {
        id: "state-same-order-merged",
        group: GROUP,
        wrong: "the same order twice in a row is created once, and both answers tell of it",
        breaks: &["RESP-ORDER-ID", "MONEY-DEBIT", "MONEY-RACE", "BALANCE-SHORT", "WALLET-CONSISTENT"],
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref().filter(|_| is_purchase(exchange))?;
                let memory = memory(&exchange.app);
                let same = memory.get(&slot(account, "body"))?.text()? == text(exchange);
                let body = memory.get(&slot(account, "answer")).filter(|_| same)?.clone();
                let contract = &exchange.app.contract;
                let status = contract.status(spec::Meaning::Accepted);
                Some(Answer { body, ..Answer::success(contract, status, Json::Null) })
            });
            rules.created(|exchange, answer| {
                if let Some(account) = &exchange.account {
                    let mut memory = memory(&exchange.app);
                    memory.insert(slot(account, "body"), text(exchange).into());
                    memory.insert(slot(account, "answer"), answer.body.clone());
                }
            });
        },
    },
    Fault {
        id: "state-price-of-the-one-before",
        group: GROUP,
        wrong: "an order is priced for the role of the account that ordered before",
        breaks: WRONG_TOTAL,
        needs: &[Need::TwoAccounts, Need::EachBuyer],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let app = &exchange.app;
                let before = memory(app).insert("role".into(), exchange.role().into());
                let Some(role) = before.as_ref().and_then(Json::text) else { return };
                for line in lines {
                    if let Some(package) = app.catalog().packages.get(&line.package) {
                        line.price = package.price(role);
                    }
                }
            });
        },
    },
    Fault {
        id: "state-refused-once-short-forever",
        group: GROUP,
        wrong: "after an order that the wallet could not pay the account gets 402 for good",
        breaks: &[
            "MONEY-REJECT",
            "BALANCE-EXACT",
            "MONEY-RACE",
            "COUNT-RANGE",
            "ROLE-AGENT",
            "ROLE-SUPERAGENT",
        ],
        needs: &[Need::Sequence, Need::Balance],
        plant: |rules| {
            rules.hooks.force_refusal.push(Box::new(|exchange, _| {
                let account = exchange.account.as_ref()?;
                let short = memory(&exchange.app).contains_key(&slot(account, "short"));
                short.then(|| Refusal::new(Cause::Balance, "Insufficient wallet balance"))
            }));
            rules.refusal(|exchange, _, cause| {
                if let (Some(account), Cause::Balance) = (&exchange.account, cause) {
                    memory(&exchange.app).insert(slot(account, "short"), Json::Null);
                }
            });
        },
    },
    Fault {
        id: "state-refused-added-to-next",
        group: GROUP,
        wrong: "what a refused order would have cost is added to the account's next one",
        breaks: &[
            "RESP-TOTAL",
            "RESP-LINEAR",
            "CATALOG-PRICE",
            "BALANCE-EXACT",
            "BALANCE-SHORT",
            "MONEY-REJECT",
        ],
        needs: &[Need::Sequence, Need::Balance],
        plant: |rules| {
            rules.refusal(|exchange, _, cause| {
                if let (Some(account), true) =
                    (&exchange.account, cause == Cause::Balance || cause.position().is_some())
                {
                    memory(&exchange.app).insert(slot(account, "left"), Pesewas::new(10).into());
                }
            });
            rules.steps.total = |exchange, lines| {
                let account = exchange.account.as_ref();
                let left = account.and_then(|account| memory(&exchange.app).remove(&slot(account, "left")));
                sum(lines) + left.and_then(|left| left.money()).unwrap_or_default()
            };
        },
    },
    Fault {
        id: "state-locked-after-bad-orders",
        group: GROUP,
        wrong: "after three orders refused in a row an account gets 403",
        breaks: &LOCKED,
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref().filter(|_| is_purchase(exchange))?;
                let count = memory(&exchange.app).get(&slot(account, "refused")).cloned();
                let refusal = Refusal::new(Cause::Role, "This account is locked");
                matches!(count, Some(Json::Int(3..)))
                    .then(|| Answer::refusal(&exchange.app.contract, Some(exchange.call.operation), &refusal))
            });
            rules.rewrite(|exchange, answer| {
                let Some(account) = exchange.account.as_ref().filter(|_| is_purchase(exchange)) else {
                    return;
                };
                let mut memory = memory(&exchange.app);
                let count = match (memory.get(&slot(account, "refused")), answer.cause) {
                    (_, None) => 0,
                    (Some(Json::Int(count)), Some(_)) => count + 1,
                    (_, Some(_)) => 1,
                };
                memory.insert(slot(account, "refused"), count.into());
            });
        },
    },
];

/// Returns the number of orders that the account has made so far.
fn orders(exchange: &crate::exchange::Exchange) -> u64 {
    exchange.account.as_ref().map_or(0, |account| account.orders.load(Ordering::Relaxed))
}

fn text(exchange: &crate::exchange::Exchange) -> String {
    String::from_utf8_lossy(exchange.call.body()).into_owned()
}
