//! Faults with the same thing sent twice, spelt differently or by another caller.

use std::collections::BTreeSet;

use serde_json::Value;
use spec::{Meaning, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{WRONG_DEBIT, is_purchase, memory, pay_charge, sent, sent_number, slot, sum};
use crate::answer::{Answer, Cause};
use crate::exchange::Exchange;
use crate::ids;
use crate::json::Json;
use crate::store::orders::Line;

const GROUP: &str = "twice";
const NEEDS: &[Need] = &[Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "twice-spellings-merged",
        group: GROUP,
        wrong: "one number in two spellings is one recipient",
        breaks: &["RESP-COUNT", "RESP-TOTAL", "RESP-LINEAR", "ORDER-RECIPIENTS"],
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let again = respelled(exchange, lines);
                let mut at = 0;
                lines.retain(|_| {
                    at += 1;
                    !again.contains(&(at - 1))
                });
            });
        },
    },
    Fault {
        id: "twice-spellings-paid-once",
        group: GROUP,
        wrong: "one number in two spellings is paid for once",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance, Need::Variation],
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, lines, total| {
                let again = respelled(exchange, lines);
                total - sum(again.into_iter().filter_map(|at| lines.get(at)))
            };
        },
    },
    Fault {
        id: "twice-same-content-merged",
        group: GROUP,
        wrong: "an order for the same recipients as the one before, in another order, is not created anew",
        breaks: &["RESP-ORDER-ID", "MONEY-DEBIT", "MONEY-RACE", "BALANCE-SHORT", "WALLET-CONSISTENT"],
        needs: &[Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref().filter(|_| is_purchase(exchange))?;
                let memory = memory(&exchange.app);
                let (bytes, content) = (text(exchange), content(exchange));
                let before = memory.get(&slot(account, "content"))?.text()?;
                let other = memory.get(&slot(account, "bytes"))?.text()? != bytes;
                let body =
                    memory.get(&slot(account, "answer")).filter(|_| other && before == content)?.clone();
                let contract = &exchange.app.contract;
                let status = contract.status(Meaning::Accepted);
                Some(Answer { body, ..Answer::success(contract, status, Json::Null) })
            });
            rules.created(|exchange, answer| {
                if let Some(account) = &exchange.account {
                    let mut memory = memory(&exchange.app);
                    memory.insert(slot(account, "content"), content(exchange).into());
                    memory.insert(slot(account, "bytes"), text(exchange).into());
                    memory.insert(slot(account, "answer"), answer.body.clone());
                }
            });
        },
    },
    Fault {
        id: "twice-package-under-another-product",
        group: GROUP,
        wrong: "a package that the account has bought passes under another product",
        breaks: &["PRE-PACKAGE", "PRE-PRODUCT"],
        needs: &[Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                if let Some(account) = &exchange.account {
                    let mut memory = memory(&exchange.app);
                    for line in lines {
                        memory.insert(slot(account, &line.package), Json::Null);
                    }
                }
            });
            rules.skip_refusal(|exchange, cause| {
                let (Cause::PackageElsewhere(at), Some(account)) = (cause, &exchange.account) else {
                    return false;
                };
                let fields = &exchange.app.contract.fields;
                let order = sent(exchange);
                let package = order.get(&fields.order.items).and_then(|items| items.get(at));
                let package = package.and_then(|item| item.get(&fields.item.package)?.as_str());
                package.is_some_and(|id| memory(&exchange.app).contains_key(&slot(account, id)))
            });
        },
    },
    Fault {
        id: "twice-content-of-another-account",
        group: GROUP,
        wrong: "two accounts that order for the same recipients get the same order id",
        breaks: &[
            "RESP-ORDER-ID",
            "ORDER-STATUS",
            "ORDER-RECIPIENTS",
            "ORDER-PROGRESS",
            "ORDER-SAME",
            "ORDER-LIST",
            "ORDER-PRIVATE",
        ],
        needs: &[Need::TwoAccounts, Need::Variation],
        plant: |rules| {
            rules.steps.order_id = |app, purchase, seq| {
                let content: String =
                    purchase.lines.iter().map(|line| format!("{}{}", line.package, line.msisdn)).collect();
                let mut memory = memory(app);
                let own = Json::from(purchase.account.profile);
                let id = ids::opaque("kr7", seq);
                match memory.get(&content) {
                    Some(Json::List(known)) if known.first() != Some(&own) => {
                        known.get(1).and_then(Json::text).unwrap_or(&id).to_owned()
                    }
                    _ => {
                        memory.insert(content, Json::List(vec![own, id.clone().into()]));
                        id
                    }
                }
            };
        },
    },
    Fault {
        id: "twice-second-package-of-a-number-dearest",
        group: GROUP,
        wrong: "a number that stands twice with two packages is charged the dearer one twice",
        breaks: &["RESP-TOTAL", "RESP-LINEAR", "CATALOG-PRICE", "BALANCE-EXACT", "BALANCE-SHORT"],
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|_, lines| {
                for at in 0..lines.len() {
                    let own = &lines[at].msisdn;
                    let most: Option<Pesewas> =
                        lines.iter().filter(|line| line.msisdn == *own).map(|line| line.price).max();
                    lines[at].price = most.unwrap_or_default();
                }
            });
        },
    },
];

/// Returns the positions of numbers that occurred before in another spelling.
fn respelled(exchange: &Exchange, lines: &[Line]) -> BTreeSet<usize> {
    let twin = |at: &usize| {
        let same = |other: usize| {
            lines[other].msisdn == lines[*at].msisdn
                && sent_number(exchange, other) != sent_number(exchange, *at)
        };
        (0..*at).any(same)
    };
    (0..lines.len()).filter(twin).collect()
}

/// Returns the recipients that were sent, regardless of their order.
fn content(exchange: &Exchange) -> String {
    let order = sent(exchange);
    let items = order.get(&exchange.app.contract.fields.order.items).and_then(Value::as_array);
    let mut items: Vec<String> = items.into_iter().flatten().map(Value::to_string).collect();
    items.sort_unstable();
    items.concat()
}

fn text(exchange: &Exchange) -> String {
    String::from_utf8_lossy(exchange.call.body()).into_owned()
}
