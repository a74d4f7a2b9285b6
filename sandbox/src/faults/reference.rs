//! Faults of the short reference: its form, and whether it distinguishes orders.

use super::fault::{Fault, Need};
use crate::ids;
use crate::json::Json;

const GROUP: &str = "reference";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "reference-absent",
        group: GROUP,
        wrong: "the summary has no reference",
        breaks: &["RESP-SHAPE", "RESP-REFERENCE", "ORDER-STATUS", "ORDER-LIST", "ORDER-SAME"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.reference)),
    },
    Fault {
        id: "reference-number",
        group: GROUP,
        wrong: "the reference is a number",
        breaks: &["RESP-SHAPE", "RESP-REFERENCE", "ORDER-STATUS", "ORDER-LIST", "ORDER-SAME"],
        needs: &[],
        plant: |rules| {
            rules.summary(|data, names| {
                if let Some(number) = data.get(&names.reference).and_then(Json::text) {
                    data.set(&names.reference, Json::Raw(number.to_owned()));
                }
            });
        },
    },
    Fault {
        id: "reference-empty",
        group: GROUP,
        wrong: "the reference is empty everywhere",
        breaks: &["RESP-REFERENCE"],
        needs: &[],
        plant: |rules| rules.freedoms.shown.reference = |_, _| String::new(),
    },
    Fault {
        id: "reference-punctuated",
        group: GROUP,
        wrong: "the reference has a number sign and a dash",
        breaks: &["RESP-REFERENCE"],
        needs: &[],
        plant: |rules| rules.freedoms.shown.reference = |_, number| format!("#{}-b", ids::digits(number)),
    },
    Fault {
        id: "reference-always-same",
        group: GROUP,
        wrong: "every order has the same reference",
        breaks: &["RESP-REFERENCE"],
        needs: &[Need::Sequence],
        plant: |rules| rules.freedoms.shown.reference = |_, _| ids::digits(1),
    },
    Fault {
        id: "reference-of-the-account",
        group: GROUP,
        wrong: "the orders of an account have one reference",
        breaks: &["RESP-REFERENCE"],
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.freedoms.shown.reference = |purchase, _| ids::digits(purchase.account.profile);
        },
    },
    Fault {
        id: "reference-counter-sticks",
        group: GROUP,
        wrong: "the counter of references moves with every tenth order only",
        breaks: &["RESP-REFERENCE"],
        needs: &[Need::Sequence],
        plant: |rules| rules.freedoms.shown.reference = |_, number| ids::digits(number / 10),
    },
];
