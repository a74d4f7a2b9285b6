//! Readings with unusual parameters that make a server crash.

use spec::OperationId;

use super::fault::{Fault, Need};
use super::tools::{crash, reset};
use crate::rules::Rules;

const GROUP: &str = "own";
const CRASH: &[&str] = &["STATUS-DOCUMENTED"];
const LIST: &[Need] = &[Need::Orders, Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "own-limit-no-number-crash",
        group: GROUP,
        wrong: "a limit that is no number gets 500",
        breaks: CRASH,
        needs: LIST,
        plant: |rules| on_query(rules, "limit", |limit| limit.parse::<u64>().is_err()),
    },
    Fault {
        id: "own-limit-huge-crash",
        group: GROUP,
        wrong: "a limit past 32 bits gets 500",
        breaks: CRASH,
        needs: LIST,
        plant: |rules| {
            on_query(rules, "limit", |limit| limit.parse::<u64>().is_ok_and(|it| it > u64::from(u32::MAX)))
        },
    },
    Fault {
        id: "own-cursor-broken-crash",
        group: GROUP,
        wrong: "a cursor that no page ended with gets 500",
        breaks: CRASH,
        needs: LIST,
        plant: |rules| {
            on_query(rules, "cursor", |cursor| {
                !cursor.is_empty() && crate::ids::from_cursor(cursor).is_none()
            });
        },
    },
    Fault {
        id: "own-state-unknown-crash",
        group: GROUP,
        wrong: "a state that there is not gets 500",
        breaks: CRASH,
        needs: LIST,
        plant: |rules| {
            rules.instead(|exchange| {
                let contract = &exchange.app.contract;
                let state = exchange.call.query(contract, "state");
                let unknown = state.is_some_and(|it| !contract.states.knows(&it.to_ascii_lowercase()));
                (exchange.is(OperationId::Orders) && unknown).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "own-long-id-reset",
        group: GROUP,
        wrong: "an id of a thousand letters breaks the connection off",
        breaks: CRASH,
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let one = [OperationId::Order, OperationId::OrderStatus, OperationId::Package];
                let long = exchange.call.param(0).len() > 999;
                (one.contains(&exchange.call.operation) && long).then(|| reset(exchange))
            });
        },
    },
];

fn on_query(rules: &mut Rules, mark: &'static str, such: fn(&str) -> bool) {
    rules.instead(move |exchange| {
        let value = exchange.call.query(&exchange.app.contract, mark);
        (exchange.is(OperationId::Orders) && value.is_some_and(such)).then(|| crash(exchange))
    });
}
