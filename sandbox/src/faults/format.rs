//! Faults of the format of totals with certain values.

use spec::Pesewas;

use super::fault::{Fault, Need};
use crate::json::Json;
use crate::rules::Rules;

const GROUP: &str = "format";
const NEEDS: &[Need] = &[Need::Prices, Need::Variation];
const TEXT: &[&str] = &["RESP-SHAPE", "RESP-TOTAL", "RESP-LINEAR"];
const VALUE: &[&str] =
    &["RESP-TOTAL", "RESP-LINEAR", "RESP-SHAPE", "MONEY-DEBIT", "MONEY-RACE", "ORDER-STATUS", "ORDER-LIST"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "format-round-tens-text",
        group: GROUP,
        wrong: "a total of whole tens of cedis is a text",
        breaks: TEXT,
        needs: NEEDS,
        plant: |rules| {
            on_total(rules, |total| (total.get() % 1_000 == 0).then(|| total.to_string().into()));
        },
    },
    Fault {
        id: "format-zero-like-decimals-cut",
        group: GROUP,
        wrong: "a total like 12.05 is written 12.5",
        breaks: VALUE,
        needs: NEEDS,
        plant: |rules| {
            on_total(rules, |total| {
                let pesewas = total.get() % 100;
                (total >= Pesewas::new(1_000) && (1..10).contains(&pesewas))
                    .then(|| Pesewas::new(total.get() + pesewas * 9).into())
            });
        },
    },
    Fault {
        id: "format-whole-from-ten-in-pesewas",
        group: GROUP,
        wrong: "a whole total of ten cedis and more is a number of pesewas",
        breaks: VALUE,
        needs: NEEDS,
        plant: |rules| {
            on_total(rules, |total| {
                (total >= Pesewas::new(1_000) && total.get() % 100 == 0).then(|| Json::Int(total.get()))
            });
        },
    },
    Fault {
        id: "format-half-cedis-text",
        group: GROUP,
        wrong: "a total that ends in .50 is a text from ten cedis on",
        breaks: TEXT,
        needs: NEEDS,
        plant: |rules| {
            on_total(rules, |total| {
                (total >= Pesewas::new(1_000) && total.get() % 100 == 50).then(|| total.to_string().into())
            });
        },
    },
    Fault {
        id: "format-ninety-nine-rounded",
        group: GROUP,
        wrong: "a total that ends in .99 is rounded to the next cedi",
        breaks: VALUE,
        needs: NEEDS,
        plant: |rules| {
            on_total(rules, |total| (total.get() % 100 == 99).then(|| (total + Pesewas::ONE).into()));
        },
    },
];

/// Rewrites each total for which `other` returns another form.
fn on_total(rules: &mut Rules, other: fn(Pesewas) -> Option<Json>) {
    rules.summary(move |data, names| {
        if let Some(written) = data.get(&names.total).and_then(Json::money).and_then(other) {
            data.set(&names.total, written);
        }
    });
}
