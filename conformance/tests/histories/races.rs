//! Concurrent orders: whether some sequential order of them explains the result.

use crate::catalog::{Made, good, of};
use crate::stage::{Scene, Stage};
use serde_json::{Value, json};

const BOTH: (u64, u64) = (1_000, 2_000);

fn at_once(case: &mut Scene<'_>, actor: usize, accepted: usize, refused: usize) -> Vec<Made> {
    let made = (0..accepted).map(|_| case.order(actor, good(2)).at(1, BOTH.0, BOTH.1).created()).collect();
    (0..refused).for_each(|_| case.order(actor, good(2)).at(1, BOTH.0, BOTH.1).refused(402));
    made
}

#[test]
fn as_many_as_the_wallet_pays_for() {
    for (accepted, refused, read, fails) in [
        (2, 2, 60, &[][..]),
        (3, 1, -160, &["MONEY-RACE"]),
        (2, 2, 500, &["MONEY-RACE"]),
        (1, 3, 280, &["MONEY-RACE"]),
        (4, 0, 280, &["MONEY-RACE"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        at_once(&mut case, agent, accepted, refused);
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails);
        match fails {
            [] => said.shows(&["MONEY-RACE"]),
            _ if accepted > 2 => said.because("MONEY-RACE", "overspent"),
            _ => said.because("MONEY-RACE", "not linearizable"),
        };
    }
}

/// Whichever order was last, the balance equalled its total.
#[test]
fn on_a_fixed_account_orders_that_take_all_show_that_an_exact_balance_is_enough() {
    for (balance, is_read, shown) in [(440, true, true), (500, true, false), (440, false, false)] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(balance);
        case.facts(agent).fresh = false;
        if is_read {
            case.wallet(agent, balance);
        }
        at_once(&mut case, agent, 2, 2);
        case.wallet(agent, balance - 440);
        let said = stage.judge();
        said.fails(&[]);
        let exact = said.0.requirements.iter().find(|it| it.id == "BALANCE-EXACT").unwrap();
        assert_eq!(exact.exercised > 0, shown, "{balance}, read: {is_read}");
    }
}

/// A read beside orders may be from before their debits, and then the time of the last update is that of the read before.
#[test]
fn a_read_beside_orders_may_show_the_time_before_them() {
    let updated = |at: i64| move |it: &mut Value| it["lastUpdated"] = json!(1_796_081_226_568_i64 + at);
    for (sent, fails) in [(1_500, &[][..]), (9_000, &["WALLET-CONSISTENT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        case.wallet_sent(agent).wallet_with(500, updated(0));
        case.order(agent, good(2)).at(1, 6_000, 7_000).created();
        case.wallet_sent(agent)
            .at(1, sent, 9_500)
            .wallet_with(if sent < 7_000 { 500 } else { 280 }, updated(0));
        stage.judge().fails(fails);
    }
}

#[test]
fn a_read_during_the_race_sees_some_moment_of_it() {
    for (read, fails) in [(500, &[][..]), (280, &[]), (60, &[]), (390, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        at_once(&mut case, agent, 2, 0);
        case.wallet_sent(agent).at(1, BOTH.0, BOTH.1).wallet(read);
        case.wallet(agent, 60);
        stage.judge().fails(fails);
    }
}

#[test]
fn real_time_is_kept() {
    // A reading that began after an acceptance was answered must show its debit.
    for (read, fails) in [(280, &[][..]), (60, &[]), (500, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        case.order(agent, good(2)).at(1, 1_000, 1_500).created();
        case.order(agent, good(2)).at(1, 1_000, 3_000).created();
        case.wallet_sent(agent).at(1, 2_000, 2_500).wallet(read);
        stage.judge().fails(fails);
    }
}

#[test]
fn a_lost_answer_in_a_race_leaves_both_open() {
    for (read, fails) in [(280, &[][..]), (60, &[]), (500, &["MONEY-RACE"]), (170, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        at_once(&mut case, agent, 1, 0);
        case.order(agent, good(2)).at(1, BOTH.0, BOTH.1).lost();
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}

#[test]
fn orders_of_other_sizes() {
    // 5.00 pay for one order of 3.45 or two of 2.20.
    for (large, small, fails) in [
        (true, 0, &[][..]),
        (false, 2, &[]),
        (true, 1, &["MONEY-RACE"]),
        (false, 1, &["MONEY-RACE"]),
        (false, 0, &["MONEY-RACE"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        let sent = case.order(agent, of(&["pa", "pb"])).at(1, BOTH.0, BOTH.1);
        if large {
            sent.created();
        } else {
            sent.refused(402);
        }
        at_once(&mut case, agent, small, 2 - small);
        stage.judge().fails(fails);
    }
}

#[test]
fn a_race_is_explained_by_what_failed_in_it_and_by_no_more() {
    // Two orders of 2.20 leave 0.60; the failed recipient cost 1.10.
    for (read, fails) in [(60, &[][..]), (170, &[]), (171, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        let made = at_once(&mut case, agent, 2, 1);
        case.status(agent, &made[0], made[0].states(&["failed", "completed"]));
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["MONEY-RACE"]);
        }
    }
}

#[test]
fn a_race_that_the_wallet_pays_for_shows_lost_debits_alone() {
    for (read, fails) in [(60, &[][..]), (280, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(500);
        at_once(&mut case, agent, 2, 0);
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails);
        if fails.is_empty() {
            said.is_inconclusive_on(&["MONEY-RACE"]);
        }
    }
}

#[test]
fn keys_of_one_wallet_race_and_wallets_of_others_do_not() {
    for (shared, fails) in [(false, &[][..]), (true, &["MONEY-RACE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(220);
        let other = if shared { case.second_key(agent) } else { case.agent(220) };
        case.order(agent, good(2)).at(1, BOTH.0, BOTH.1).created();
        case.order(other, good(2)).at(1, BOTH.0, BOTH.1).created();
        let said = stage.judge();
        said.fails(fails);
        if !shared {
            said.says_nothing_of(&["MONEY-RACE"]).shows(&["BALANCE-EXACT"]);
        }
    }
}

#[test]
fn what_must_be_refused_takes_no_part_in_the_race() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(300);
    at_once(&mut case, agent, 1, 1);
    case.order(agent, good(21)).at(1, BOTH.0, BOTH.1).refused(422);
    case.order(agent, good(1)).at(1, BOTH.0, BOTH.1).lost();
    case.wallet(agent, 80);
    stage.judge().fails(&[]).shows(&["MONEY-RACE"]);
}

#[test]
fn too_much_to_search_is_no_verdict() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(100_000);
    for at in 0..20 {
        let packages: Vec<&str> = (0..20).map(|it| if it <= at { "pb" } else { "pa" }).collect();
        case.order(agent, of(&packages)).at(1, 1_000, 9_000).created();
    }
    // No sum of the orders leads to this balance.
    (0..2).for_each(|at| {
        case.wallet_sent(agent).at(1, 2_000 + at, 8_000 + at).wallet(50_001);
    });
    stage.judge().fails(&[]).is_inconclusive_on(&["MONEY-RACE"]);
}

#[test]
fn orders_at_once_have_ids_and_recipients_of_their_own() {
    let swapped =
        |made: &Made, number: &str| made.with(|it| it["recipients"][0]["beneficiaryMsisdn"] = json!(number));
    for (same_id, others_recipients, fails) in
        [(false, false, &[][..]), (true, false, &["RESP-ORDER-ID"]), (false, true, &["ORDER-RECIPIENTS"])]
    {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(10_000);
        let first = case.order(agent, good(2)).at(1, BOTH.0, BOTH.1).created();
        let id: Value = first.json["orderId"].clone();
        let second = case.order(agent, good(3)).at(1, BOTH.0, BOTH.1).created_with(|it| {
            if same_id {
                it["orderId"] = id;
            }
        });
        if !same_id {
            let number = if others_recipients { "233209999999" } else { "233200000001" };
            case.status(agent, &second, swapped(&second, number));
        }
        stage.judge().fails(fails).in_findings(fails.len());
    }
}

/// No page is about an order that is sent again, so a server may refuse the same bytes as a repetition.
#[test]
fn an_order_that_repeats_another_may_be_refused() {
    for (status, same, fails) in [(400, true, &[][..]), (409, true, &[]), (400, false, &["ROUTE-POST"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(5_000);
        let order = good(2);
        case.order(agent, order.clone()).created();
        let again = if same { order } else { good(2).number(0, json!("233207654321")) };
        case.order(agent, again).refused(status);
        stage.judge().fails(fails);
    }
}
