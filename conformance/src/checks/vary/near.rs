//! Plans near misses: ids with one character changed, cut or doubled, in other letter case, or of a related object;
//! texts that an unanchored pattern takes for a number; digits that may be a number in a form unlike the page's; and
//! numbers whose digits repeat, which are valid.

use super::means::{may_buy, spenders};
use crate::plan::defect::{BodyFault, ItemFault, NumberForm, Part};
use crate::plan::hostile::worded;
use crate::plan::near::{Lookalike, Near};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    ids(p, &buyers);
    numbers(p, &buyers);
    if may_buy(p) {
        open(p, &buyers);
    }
    let spenders = spenders(p);
    if !spenders.is_empty() {
        repeating(p, &spenders);
    }
}

/// Returns the role whose turn it is: the roles that may buy take turns, so that each gets its share of every kind.
fn turn(roles: &[String], at: usize) -> &str {
    roles.get(at % roles.len().max(1)).map_or("", String::as_str)
}

fn ids(p: &mut Planner<'_>, buyers: &[String]) {
    let last = p.contract.limits.min_items;
    for (at, near) in Near::ALL.into_iter().enumerate() {
        for (nth, role) in [turn(buyers, at), turn(buyers, at + 1)].into_iter().enumerate() {
            let draft = OrderDraft::good(role, last + 1).item(nth * last, ItemFault::PackageNear(near));
            p.case(format!("package/{}/{nth}", worded(&near))).serves(&["PRE-PACKAGE"]).order(&draft).add();
        }
        for (part, id) in [(Part::Operator, "PRE-OPERATOR"), (Part::Product, "PRE-PRODUCT")] {
            let draft = OrderDraft::good(turn(buyers, at), last).body(BodyFault::FieldNear(part, near));
            let address = format!("{}/{}", worded(&part), worded(&near));
            p.case(address).serves(&[id]).order(&draft).add();
        }
    }
}

fn numbers(p: &mut Planner<'_>, buyers: &[String]) {
    let last = p.contract.limits.min_items - 1;
    for (at, like) in Lookalike::ALL.into_iter().enumerate() {
        for (nth, place) in [0, last].into_iter().enumerate() {
            let fault = ItemFault::Number(NumberForm::Like(like));
            let draft = OrderDraft::good(turn(buyers, at + nth), last + 1).item(place, fault);
            p.case(format!("number/{}/{place}", worded(&like))).serves(&["PRE-MSISDN"]).order(&draft).add();
        }
    }
}

/// Plans digits that a server may accept or refuse, as long as it does so consistently.
fn open(p: &mut Planner<'_>, buyers: &[String]) {
    for (at, form) in NumberForm::NEAR.into_iter().enumerate() {
        let draft = p.smallest(turn(buyers, at)).item(0, ItemFault::Number(form));
        p.case(format!("number/{}", form.name())).serves(&["AMB-MSISDN-FORM"]).order(&draft).add();
    }
}

/// Plans numbers whose digits repeat: each is a valid number.
fn repeating(p: &mut Planner<'_>, buyers: &[String]) {
    let tried = if p.has_states() { 3 } else { 1 };
    for (at, digit) in [0, 2, 9].into_iter().enumerate().take(tried) {
        let number = |digit| ItemFault::Number(NumberForm::Repeating(digit));
        let draft = p.smallest(turn(buyers, at)).item(0, number(digit)).item(1, number(digit + 10 - 1));
        p.case(format!("number/repeating/{digit}")).serves(&["ROUTE-POST"]).order(&draft).add();
    }
}
