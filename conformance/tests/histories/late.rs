//! Wallets and profiles that show a purchase some time after it was made, and nothing else that would follow from it.

use serde_json::{Value, json};
use spec::OperationId;

use crate::shop::{ghs, good};
use crate::stage::{Scene, Stage};

/// Adds an account of a file, which other cases use too.
fn shared(case: &mut Scene<'_>) -> usize {
    let agent = case.agent(0);
    let facts = case.facts(agent);
    (facts.fresh, facts.balance) = (false, None);
    agent
}

#[test]
fn a_wallet_that_shows_the_debit_later_is_late_and_the_debit_is_right() {
    for (later, fails, cause) in [
        (780, "WALLET-CONSISTENT", "late"),
        (1_000, "MONEY-DEBIT", "wrong debit"),
        (779, "MONEY-DEBIT", "wrong debit"),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).created();
        case.wallet(agent, 1_000);
        case.wallet_sent(agent).later(2_000_000).wallet(later);
        let said = stage.judge();
        said.fails(&[fails]).because(fails, cause).in_findings(1);
        if later == 780 {
            said.shows(&["MONEY-DEBIT"]);
        }
    }
}

#[test]
fn a_cache_that_expires_in_the_middle_of_another_case_blames_neither_its_refusals_nor_the_debit() {
    for (then, fails) in [(780, &["WALLET-CONSISTENT"][..]), (700, &["MONEY-DEBIT", "MONEY-REJECT"])] {
        let mut stage = Stage::not_deaf();
        let mut case = stage.case();
        let agent = shared(&mut case);
        case.wallet(agent, 1_000);
        case.order(agent, good(2)).created();
        case.wallet(agent, 1_000);
        let mut case = stage.case();
        let agent = shared(&mut case);
        case.wallet_sent(agent).later(1_000_000).wallet(1_000);
        case.order(agent, good(21)).refused(422);
        case.wallet(agent, then);
        stage.judge().fails(fails);
    }
}

#[test]
fn a_race_is_judged_by_what_the_wallet_shows_in_the_end() {
    for (accepted, last, fails) in [
        (2, 60, &["WALLET-CONSISTENT"][..]),
        (2, 280, &["MONEY-RACE"]),
        (2, 500, &["MONEY-RACE"]),
        (3, -160, &["MONEY-RACE", "WALLET-CONSISTENT"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        for _ in 0..accepted {
            case.order(agent, good(2)).at(1, 1_000, 2_000).created();
        }
        case.wallet(agent, 500);
        case.wallet_sent(agent).later(2_000_000).wallet(last);
        stage.judge().fails(fails);
    }
}

/// Says what the wallet held before and after an order.
fn balances(before: i64, after: i64) -> impl FnOnce(&mut Value) {
    move |it| {
        it["walletBalanceBefore"] = ghs(before);
        it["walletBalanceAfter"] = ghs(after);
    }
}

#[test]
fn the_answer_to_the_next_order_shows_the_debit_too() {
    for (before, fails) in [(780, "WALLET-CONSISTENT"), (1_000, "MONEY-DEBIT")] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        // What is said to be left after an order is reckoned, whether or not it was debited.
        case.order(agent, good(2)).created_with(balances(1_000, 780));
        case.wallet(agent, 1_000);
        case.order(agent, good(2)).created_with(balances(before, before - 220));
        stage.judge().fails(&[fails]);
    }
}

#[test]
fn a_profile_is_behind_for_as_long_as_it_likes_and_shows_nothing_that_never_was() {
    for (shown, warns) in [(560, false), (780, true), (1_000, true), (900, false)] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        for left in [780, 560] {
            case.order(agent, good(2)).created();
            case.wallet(agent, left);
        }
        case.get(OperationId::Profile, agent, "").ok(json!({
            "_id": "pf0", "role": "Agent", "status": "Active", "availableBalance": ghs(shown),
        }));
        let said = stage.judge();
        match (warns, shown) {
            (true, _) => said.warns(&["PROFILE-CONSISTENT"]),
            (_, 560) => said.fails(&[]).shows(&["PROFILE-CONSISTENT"]),
            _ => said.fails(&["PROFILE-CONSISTENT"]).because("PROFILE-CONSISTENT", "balance"),
        };
    }
}

#[test]
fn a_profile_that_is_current_beside_a_wallet_that_is_late_is_right() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created();
    case.wallet(agent, 1_000);
    case.get(OperationId::Profile, agent, "").ok(json!({
        "_id": "pf0", "role": "Agent", "status": "Active", "availableBalance": ghs(780),
    }));
    case.wallet(agent, 780);
    stage.judge().fails(&["WALLET-CONSISTENT"]).in_findings(1);
}
