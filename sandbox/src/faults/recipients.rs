//! Faults of the recipients in an order and of their progress.

use std::collections::BTreeSet;

use spec::OperationId;

use super::fault::{Fault, Need};
use crate::exchange::Exchange;
use crate::json::Json;
use crate::progress::State;
use crate::rules::Rules;

const GROUP: &str = "recipients";
const NEEDS: &[Need] = &[Need::Order];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "recipients-without-last",
        group: GROUP,
        wrong: "the last recipient is not shown",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            on_list(rules, |_, list| {
                list.pop();
            });
        },
    },
    Fault {
        id: "recipients-ten-at-most",
        group: GROUP,
        wrong: "recipients past the tenth are not shown",
        breaks: &["ORDER-RECIPIENTS"],
        needs: NEEDS,
        plant: |rules| on_list(rules, |_, list| list.truncate(10)),
    },
    Fault {
        id: "recipients-first-repeated",
        group: GROUP,
        wrong: "the first recipient is shown in everybody's place",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            on_list(rules, |_, list| {
                let first = list.first().cloned();
                list.iter_mut().for_each(|it| it.clone_from(first.as_ref().unwrap_or(&Json::Null)));
            });
        },
    },
    Fault {
        id: "recipients-packages-swapped",
        group: GROUP,
        wrong: "each recipient gets the package of the one before",
        breaks: &["ORDER-RECIPIENTS"],
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|_, lines| {
                let mut bought: Vec<_> =
                    lines.iter().map(|line| (line.package.clone(), line.price)).collect();
                bought.rotate_right(1);
                for (line, (package, price)) in lines.iter_mut().zip(bought) {
                    (line.package, line.price) = (package, price);
                }
            });
        },
    },
    Fault {
        id: "recipients-last-mistyped",
        group: GROUP,
        wrong: "the last recipient has another number than was sent",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|_, lines| {
                if let Some(last) = lines.last_mut() {
                    let end = if last.shown.ends_with('0') { '1' } else { '0' };
                    last.shown.pop();
                    last.shown.push(end);
                    last.msisdn.clone_from(&last.shown);
                }
            });
        },
    },
    Fault {
        id: "recipients-zeros-cut",
        group: GROUP,
        wrong: "the zeros at the end of a recipient's number are cut off",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| show(rules, |number| number.trim_end_matches('0').to_owned()),
    },
    Fault {
        id: "recipients-number-of-32-bits",
        group: GROUP,
        wrong: "numbers are stored in 32 bits, and shown as what is left of them",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            show(rules, |number| (number.parse::<u64>().unwrap_or_default() % (1 << 32)).to_string());
        },
    },
    Fault {
        id: "recipients-number-as-float",
        group: GROUP,
        wrong: "numbers are shown as a float is written: 2.3320e11",
        breaks: &["ORDER-RECIPIENTS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| show(rules, |number| format!("{:.4e}", number.parse::<u64>().unwrap_or_default())),
    },
    Fault {
        id: "recipients-twins-shown-once",
        group: GROUP,
        wrong: "a number that stands twice in an order is shown once",
        breaks: &["ORDER-RECIPIENTS"],
        needs: NEEDS,
        plant: |rules| {
            on_list(rules, |exchange, list| {
                let name = &exchange.app.contract.fields.recipient.msisdn;
                let mut seen = BTreeSet::new();
                list.retain_mut(|it| {
                    let number = it.object().and_then(|it| it.get(name)?.text());
                    number.is_none_or(|number| seen.insert(number.to_owned()))
                });
            });
        },
    },
    Fault {
        id: "recipients-state-unknown",
        group: GROUP,
        wrong: "a completed recipient's state is a word that the contract does not have",
        breaks: &["ORDER-RECIPIENTS", "ORDER-PROGRESS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            rules.freedoms.shown.state_name = |state| match state {
                State::Completed => "delivered".to_owned(),
                state => state.name().to_owned(),
            };
        },
    },
    Fault {
        id: "recipients-never-submitted",
        group: GROUP,
        wrong: "the last recipient of an order of the most items is never submitted, and the order completes",
        breaks: &["ORDER-PROGRESS"],
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            on_list(rules, |exchange, list| {
                let contract = &exchange.app.contract;
                let full = list.len() == contract.limits.max_items;
                let last = list.last_mut().and_then(Json::object).filter(|_| full);
                if let Some(last) = last {
                    last.set(&contract.fields.recipient.state, State::Pending.name());
                }
            });
        },
    },
    Fault {
        id: "recipients-back-to-pending",
        group: GROUP,
        wrong: "a recipient goes back to pending after it has completed, and so on in a circle",
        breaks: &["ORDER-PROGRESS", "ORDER-RETRY", "ORDER-SAME"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.recipient_state = |timeline, now| {
                let (submitted, ended) = timeline.moments();
                match timeline.state(now) {
                    State::Completed => match (now.0 - ended.0) / (ended.0 - submitted.0).max(1) % 3 {
                        0 => State::Completed,
                        1 => State::Pending,
                        _ => State::Processing,
                    },
                    state => state,
                }
            };
        },
    },
    Fault {
        id: "recipients-fail-after-completing",
        group: GROUP,
        wrong: "a completed recipient turns out to have failed a little later",
        breaks: &["ORDER-PROGRESS", "ORDER-RETRY"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.recipient_state = |timeline, now| {
                let (submitted, ended) = timeline.moments();
                match timeline.state(now) {
                    State::Completed if now.0 - ended.0 > (ended.0 - submitted.0) * 3 => State::Failed,
                    state => state,
                }
            };
        },
    },
    Fault {
        id: "recipients-differ-in-order",
        group: GROUP,
        wrong: "the order shows one recipient fewer than its status",
        breaks: &["ORDER-SAME", "ORDER-RECIPIENTS"],
        needs: NEEDS,
        plant: |rules| {
            rules.data(OperationId::Order, |exchange, data| {
                let list = data.get_mut(&exchange.app.contract.fields.order_read.recipients);
                list.and_then(Json::list).and_then(Vec::pop);
            });
        },
    },
];

/// Shows each recipient's number in another form.
fn show(rules: &mut Rules, form: fn(&str) -> String) {
    rules.lines(move |_, lines| lines.iter_mut().for_each(|line| line.shown = form(&line.msisdn)));
}

/// Changes the recipients in the responses of the order and its status.
fn on_list(rules: &mut Rules, change: fn(&Exchange, &mut Vec<Json>)) {
    for operation in [OperationId::Order, OperationId::OrderStatus] {
        rules.data(operation, move |exchange, data| {
            let list = data.get_mut(&exchange.app.contract.fields.order_read.recipients);
            if let Some(list) = list.and_then(Json::list) {
                change(exchange, list);
            }
        });
    }
}
