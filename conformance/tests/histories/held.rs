//! Money that is held in the wallet of a fixed account, which has earlier orders and other users.

use serde_json::{Value, json};

use crate::catalog::{ghs, good, of};
use crate::said::Said;
use crate::stage::{Scene, Stage};

fn holding(available: i64, held: i64) -> impl FnOnce(&mut Value) {
    move |it| {
        it["availableBalance"] = ghs(available);
        it["heldBalance"] = ghs(held);
        it["totalBalance"] = ghs(available + held);
    }
}

/// Judges a case of a fixed account, whose wallet holds 5.00 besides 10.00 that can be spent, and then has these two.
fn judged(order: impl FnOnce(&mut Scene<'_>, usize), available: i64, held: i64) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.facts(agent).fresh = false;
    case.wallet_sent(agent).wallet_with(1_000, holding(1_000, 500));
    order(&mut case, agent);
    case.wallet_sent(agent).wallet_with(available, holding(available, held));
    stage.judge()
}

#[test]
fn no_more_becomes_held_than_an_order_costs() {
    for (held, fails) in [
        // What earlier orders held may be settled meanwhile.
        (0, &[][..]),
        (500, &[]),
        (500 + 220, &[]),
        (500 + 221, &["WALLET-CONSISTENT"]),
        (500 + 440, &["WALLET-CONSISTENT"]),
    ] {
        let said = judged(|case, agent| _ = case.order(agent, good(2)).created(), 780, held);
        said.fails(fails);
        if !fails.is_empty() {
            said.because("WALLET-CONSISTENT", "money created");
        }
    }
}

#[test]
fn a_refusal_holds_nothing() {
    for (held, fails) in [(0, &[][..]), (500, &[]), (501, &["MONEY-REJECT"])] {
        judged(|case, agent| case.order(agent, good(21)).refused(422), 1_000, held).fails(fails);
    }
}

#[test]
fn what_is_held_without_an_order_or_after_a_lost_one_may_be_anybodys() {
    judged(|_, _| (), 1_000, 900).fails(&[]);
    judged(|case, agent| case.order(agent, good(2)).lost(), 1_000, 720).fails(&[]);
}

#[test]
fn nothing_below_zero_is_held() {
    judged(|_, _| (), 1_000, -1)
        .fails(&["WALLET-CONSISTENT"])
        .because("WALLET-CONSISTENT", "held below zero");
}

/// No page says where the money of a recipient that failed stands before it can be spent again.
#[test]
fn money_of_a_recipient_that_failed_may_be_held_at_first() {
    for (held, fails) in [(500 + 345 + 235, &[][..]), (500 + 345 + 236, &["WALLET-CONSISTENT"])] {
        let order = |case: &mut Scene<'_>, agent| {
            let made = case.order(agent, of(&["pa", "pb"])).created();
            case.status(agent, &made, made.states(&["completed", "failed"]));
        };
        judged(order, 655, held).fails(fails);
    }
}

/// A copy of a reading closes a group of refused orders that went side by side.
#[test]
fn a_change_after_a_group_of_refusals_counts_against_none_of_their_reasons() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.facts(agent).fresh = false;
    case.wallet(agent, 1_000);
    case.order(agent, good(2).package(0, json!("px"))).refused(400);
    case.wallet_sent(agent).shared().wallet(999);
    stage.judge().fails(&["MONEY-REJECT"]).because("MONEY-REJECT", "changed by a refusal");
}
