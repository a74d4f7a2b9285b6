//! Faults of the number of items.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::fault::{Fault, Need};
use super::tools::{is_buyer, items};
use crate::answer::Cause;

const GROUP: &str = "count";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "count-one-too-many",
        group: GROUP,
        wrong: "one item more than the most is accepted",
        breaks: &["COUNT-HIGH"],
        needs: &[],
        plant: |rules| rules.steps.limits.max_items += 1,
    },
    Fault {
        id: "count-most-refused",
        group: GROUP,
        wrong: "the most items are refused",
        breaks: &["COUNT-RANGE", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| rules.steps.limits.max_items -= 1,
    },
    Fault {
        id: "count-unbounded",
        group: GROUP,
        wrong: "any number of items from the least on is accepted",
        breaks: &["COUNT-HIGH"],
        needs: &[],
        plant: |rules| rules.steps.limits.max_items = usize::MAX,
    },
    Fault {
        id: "count-one-too-few",
        group: GROUP,
        wrong: "one item fewer than the least is accepted",
        breaks: &["COUNT-LOW"],
        needs: &[],
        plant: |rules| rules.steps.limits.min_items -= 1,
    },
    Fault {
        id: "count-none-accepted",
        group: GROUP,
        wrong: "an order of no items is accepted",
        breaks: &["COUNT-LOW"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause == Cause::Count(0)),
    },
    Fault {
        id: "count-least-refused",
        group: GROUP,
        wrong: "the least items are refused",
        breaks: &[
            "COUNT-RANGE",
            "RESP-LINEAR",
            "BALANCE-EXACT",
            "ROLE-AGENT",
            "ROLE-SUPERAGENT",
            "ROUTE-POST",
            "AUTH-HEADER",
            "MONEY-RACE",
        ],
        needs: &[],
        plant: |rules| rules.steps.limits.min_items += 1,
    },
    Fault {
        id: "count-thirteen-refused",
        group: GROUP,
        wrong: "thirteen items are refused",
        breaks: &["COUNT-RANGE", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| rules.force_refusal(Cause::Count(13), |_, lines| lines.len() == 13),
    },
    Fault {
        id: "count-seventeen-invalid",
        group: GROUP,
        wrong: "seventeen items are refused as if one were invalid",
        breaks: &["COUNT-RANGE", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| rules.force_refusal(Cause::Msisdn(0), |_, lines| lines.len() == 17),
    },
    Fault {
        id: "count-wraps-at-a-byte",
        group: GROUP,
        wrong: "the count is kept in a byte: 258 items count as two",
        breaks: &["COUNT-HIGH"],
        needs: &[],
        plant: |rules| rules.steps.count = |_, items| items.len() % 256,
    },
    Fault {
        id: "count-of-numbers",
        group: GROUP,
        wrong: "recipients are counted by their numbers: one that stands twice counts once",
        breaks: &["COUNT-RANGE", "COUNT-HIGH", "COUNT-LOW"],
        needs: &[],
        plant: |rules| {
            rules.steps.count = |exchange, items| {
                let name = &exchange.app.contract.fields.item.msisdn;
                items.iter().map(|item| item[name].to_string()).collect::<BTreeSet<_>>().len()
            };
        },
    },
    Fault {
        id: "count-of-packages",
        group: GROUP,
        wrong: "the limits are held against the number of different packages",
        breaks: &[
            "COUNT-RANGE",
            "COUNT-HIGH",
            "COUNT-LOW",
            "RESP-LINEAR",
            "BALANCE-EXACT",
            "ROLE-AGENT",
            "ROLE-SUPERAGENT",
            "ROUTE-POST",
            "AUTH-HEADER",
            "MONEY-RACE",
        ],
        needs: &[],
        plant: |rules| {
            rules.steps.count = |exchange, items| {
                let name = &exchange.app.contract.fields.item.package;
                items.iter().map(|item| item[name].to_string()).collect::<BTreeSet<_>>().len()
            };
        },
    },
    Fault {
        id: "count-cut-to-most",
        group: GROUP,
        wrong: "items past the most are cut off, and the rest is bought",
        breaks: &["COUNT-HIGH", "RESP-COUNT", "RESP-TOTAL"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let most = exchange.app.contract.limits.max_items;
                if let Some(items) = items(exchange, order) {
                    items.truncate(most);
                }
            });
        },
    },
    Fault {
        id: "count-invalid",
        group: GROUP,
        wrong: "a wrong count gets 400",
        breaks: &["COUNT-LOW", "COUNT-HIGH"],
        needs: &[],
        plant: |rules| rules.status(|cause| matches!(cause, Cause::Count(_)), StatusCode::BAD_REQUEST),
    },
    Fault {
        id: "count-none-invalid",
        group: GROUP,
        wrong: "an empty list gets 400, as if it were missing",
        breaks: &["COUNT-LOW"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Count(0), StatusCode::BAD_REQUEST),
    },
    Fault {
        id: "count-high-too-large",
        group: GROUP,
        wrong: "too many items get 413",
        breaks: &["COUNT-HIGH", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.status(|cause| matches!(cause, Cause::Count(2..)), StatusCode::PAYLOAD_TOO_LARGE);
        },
    },
    Fault {
        id: "count-hundred-crash",
        group: GROUP,
        wrong: "a hundred items and more get 500",
        breaks: &["COUNT-HIGH", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.status(|cause| matches!(cause, Cause::Count(100..)), StatusCode::INTERNAL_SERVER_ERROR);
        },
    },
    Fault {
        id: "count-none-crash",
        group: GROUP,
        wrong: "an empty list gets 500",
        breaks: &["COUNT-LOW", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Count(0), StatusCode::INTERNAL_SERVER_ERROR),
    },
    Fault {
        id: "count-more-for-second-buyer",
        group: GROUP,
        wrong: "the second of the roles that may buy has up to fifty items",
        breaks: &["COUNT-HIGH"],
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Count(2..=50)) && is_buyer(exchange, 1)
            });
        },
    },
];
