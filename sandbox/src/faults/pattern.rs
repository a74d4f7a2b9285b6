//! Faults with numbers that match a pattern only because it is not anchored.

use super::fault::{Fault, Need};
use super::tools::sent_number;
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::rules::Rules;

const GROUP: &str = "pattern";
const NEEDS: &[Need] = &[Need::Variation];
const NUMBER: &[&str] = &["PRE-MSISDN"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "pattern-letters-behind",
        group: GROUP,
        wrong: "a number with letters behind it passes",
        breaks: NUMBER,
        needs: NEEDS,
        plant: |rules| passes(rules, |text, length| text.get(..length).is_some_and(is_number)),
    },
    Fault {
        id: "pattern-letters-before",
        group: GROUP,
        wrong: "a number with letters before it passes",
        breaks: NUMBER,
        needs: NEEDS,
        plant: |rules| {
            passes(rules, |text, length| {
                text.len().checked_sub(length).and_then(|at| text.get(at..)).is_some_and(is_number)
            });
        },
    },
    Fault {
        id: "pattern-letters-last",
        group: GROUP,
        wrong: "a number of the right length passes whose last characters are letters",
        breaks: NUMBER,
        needs: NEEDS,
        plant: |rules| {
            passes(rules, |text, length| {
                text.len() == length && text.get(..length - 3).is_some_and(is_number)
            });
        },
    },
    Fault {
        id: "pattern-two-numbers",
        group: GROUP,
        wrong: "two numbers with a comma between them pass for one",
        breaks: NUMBER,
        needs: NEEDS,
        plant: |rules| {
            passes(rules, |text, length| text.split(',').all(|it| it.len() == length && is_number(it)));
        },
    },
    Fault {
        id: "pattern-one-of-many-lines",
        group: GROUP,
        wrong: "a text passes for a number if one of its lines is one",
        breaks: NUMBER,
        needs: NEEDS,
        plant: |rules| {
            passes(rules, |text, length| text.lines().any(|it| it.len() == length && is_number(it)));
        },
    },
];

/// Accepts a number that `looks_right`, which gets the sent text and the length of a valid number.
fn passes(rules: &mut Rules, looks_right: fn(&str, usize) -> bool) {
    rules.skip_refusal(move |exchange: &Exchange, cause| {
        let Cause::Msisdn(at) = cause else { return false };
        let rule = &exchange.app.contract.msisdn;
        looks_right(&sent_number(exchange, at), rule.country_code.len() + rule.national_digits)
    });
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}
