//! One wallet, one order after the other: exact debits, refusals that cost nothing, held money, refunds.

use serde_json::json;

use crate::catalog::{ghs, good, of};
use crate::stage::Stage;

#[test]
fn a_created_order_takes_its_total_once() {
    for (read, fails) in
        [(780, &[][..]), (1_000, &["MONEY-DEBIT"]), (560, &["MONEY-DEBIT"]), (779, &["MONEY-DEBIT"])]
    {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).created();
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails);
        assert_eq!(said.0.ledger.charged, spec::Pesewas::new(220));
        assert_eq!(said.0.ledger.wallet_difference, Some(spec::Pesewas::new(1_000 - read)));
        // Missing money is unexplained, and money that came back is counted separately.
        assert_eq!(said.0.ledger.unexplained, Some(spec::Pesewas::new((780 - read).max(0))));
        assert_eq!(said.0.ledger.returned, spec::Pesewas::new((read - 780).max(0)));
        if fails.is_empty() {
            said.shows(&["MONEY-DEBIT", "RESP-TOTAL", "COUNT-RANGE", "ROLE-AGENT", "WALLET-CONSISTENT"]);
        } else {
            said.because("MONEY-DEBIT", "wrong debit");
        }
    }
}

#[test]
fn several_orders_between_two_readings() {
    for (read, fails) in [(1_000 - 220 - 345, &[][..]), (1_000 - 345, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.wallet(agent, 1_000);
        case.order(agent, good(2)).created();
        case.order(agent, good(21)).refused(422);
        case.order(agent, of(&["pa", "pb"])).created();
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}

#[test]
fn a_refused_order_costs_nothing() {
    for (order, status, id) in [
        (good(1), 422, "MONEY-REJECT"),
        (good(2).package(0, json!("px")), 400, "PRE-ATOMIC"),
        (good(2).number(0, json!("")), 400, "PRE-ATOMIC"),
        (good(2).with(|it| it["operatorId"] = json!("nope")), 400, "PRE-ATOMIC"),
        (good(2).with(|it| it["productId"] = json!("pr3")), 400, "PRE-ATOMIC"),
        (good(2).with(|it| it["items"][0]["packageId"] = json!(null)), 400, "MONEY-REJECT"),
    ] {
        for (read, fails) in [(1_000, &[][..]), (780, &[id])] {
            let mut stage = Stage::new();
            let mut case = stage.case();
            let agent = case.agent(1_000);
            case.order(agent, order.clone()).refused(status);
            case.wallet(agent, read);
            let said = stage.judge();
            said.fails(fails);
            if fails.is_empty() {
                said.shows(&["MONEY-REJECT"]);
            } else {
                said.because(id, "changed by a refusal");
            }
        }
    }
}

#[test]
fn a_balance_equal_to_the_total_is_enough_and_one_pesewa_less_is_not() {
    for (balance, accepted, fails) in [
        (220, true, &[][..]),
        (220, false, &["BALANCE-EXACT"]),
        (221, false, &["BALANCE-EXACT"]),
        (219, false, &[]),
        (219, true, &["BALANCE-SHORT"]),
        (0, true, &["BALANCE-SHORT"]),
    ] {
        let mut stage = Stage::not_deaf();
        let mut case = stage.case().serving(&["BALANCE-EXACT", "BALANCE-SHORT"]);
        let agent = case.agent(balance);
        if accepted {
            case.order(agent, good(2)).created();
        } else {
            case.order(agent, good(2)).refused(402);
        }
        let said = stage.judge();
        said.fails(fails);
        match (balance, fails) {
            (220, []) => said.shows(&["BALANCE-EXACT"]).says_nothing_of(&["BALANCE-SHORT"]),
            (_, []) => said.shows(&["BALANCE-SHORT"]).says_nothing_of(&["BALANCE-EXACT"]),
            _ => said.in_findings(1),
        };
    }
}

#[test]
fn funded_for_one_order_the_second_is_refused() {
    for (second, fails) in [(402, &[][..]), (200, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(220);
        case.order(agent, good(2)).created();
        if second == 200 {
            case.order(agent, good(2)).created();
        } else {
            case.order(agent, good(2)).refused(second);
        }
        let said = stage.judge();
        said.fails(fails);
        if fails.is_empty() {
            // This works without a single reading of the wallet.
            said.shows(&["MONEY-DEBIT", "BALANCE-SHORT", "BALANCE-EXACT"]).says_nothing_of(&["MONEY-REJECT"]);
        }
    }
}

#[test]
fn funded_for_one_order_a_refused_one_before_it_cost_nothing() {
    for (bad, status, id) in
        [(good(2).package(1, json!("nope")), 400, "PRE-ATOMIC"), (good(21), 422, "MONEY-REJECT")]
    {
        for (paid, fails) in [(true, &[][..]), (false, &["MONEY-REJECT"])] {
            let mut stage = Stage::not_deaf();
            let mut case = stage.case();
            let agent = case.agent(220);
            case.order(agent, bad.clone()).refused(status);
            if paid {
                case.order(agent, good(2)).created();
            } else {
                case.order(agent, good(2)).refused(402);
            }
            let said = stage.judge();
            said.fails(fails);
            if fails.is_empty() {
                said.shows(&["MONEY-REJECT", id]);
            }
        }
    }
}

#[test]
fn an_order_too_dear_that_is_paid_later_by_somebody_else_says_nothing() {
    // An order of another account between the two is no evidence.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let (agent, other) = (case.agent(220), case.agent(220));
    case.order(agent, good(21)).refused(422);
    case.order(other, good(2)).created();
    stage.judge().fails(&[]).says_nothing_of(&["MONEY-REJECT", "MONEY-DEBIT"]);
}

#[test]
fn money_may_be_held_first() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created();
    case.wallet_sent(agent).wallet_with(780, |it| {
        it["heldBalance"] = ghs(220);
        it["totalBalance"] = ghs(1_000);
    });
    stage.judge().fails(&[]).shows(&["MONEY-DEBIT", "WALLET-CONSISTENT"]);
}

#[test]
fn recipients_that_are_not_shown_may_have_been_refunded() {
    // Unless the order as a whole failed, its cheapest recipient must stay paid.
    for (state, read, fails) in [
        ("completed", 655 + 235, &[][..]),
        ("completed", 655 + 236, &["MONEY-DEBIT"]),
        ("completed", 1_000, &["MONEY-DEBIT"]),
        ("failed", 1_000, &[]),
        ("failed", 1_001, &["MONEY-DEBIT"]),
        ("completed", 655 - 110, &["MONEY-DEBIT"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let made = case.order(agent, of(&["pa", "pb"])).created();
        let shown = made.with(|order| {
            order.as_object_mut().unwrap().remove("recipients");
            order["state"] = json!(state);
        });
        case.status(agent, &made, shown);
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}

#[test]
fn failed_recipients_may_be_refunded_and_others_may_not() {
    // Packages of 1.10 and 2.35, of which the second failed: 6.55 are left after the order.
    for (states, read, fails) in [
        (["completed", "failed"], 655 + 235, &[][..]),
        (["completed", "failed"], 655, &[]),
        (["completed", "failed"], 655 + 110, &["MONEY-DEBIT"]),
        (["completed", "failed"], 655 + 236, &["MONEY-DEBIT"]),
        (["completed", "failed"], 655 - 235, &["MONEY-DEBIT"]),
        (["failed", "failed"], 1_000, &[]),
        (["failed", "failed"], 655 + 110, &[]),
        (["completed", "completed"], 655 + 235, &["MONEY-DEBIT"]),
        (["reversed", "completed"], 655 + 110, &[]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let made = case.order(agent, of(&["pa", "pb"])).created();
        case.status(agent, &made, made.states(&states));
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails);
        let refunded = fails.is_empty() && read > 655;
        let seen = [("failed recipients are refunded", 1)];
        said.observes("AMB-HELD", if refunded { &seen } else { &[] });
    }
}

#[test]
fn a_fixed_account_may_be_used_by_others() {
    for (first, fails) in [(false, &[][..]), (true, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.facts(agent).fresh = false;
        if first {
            case.wallet(agent, 1_000);
        }
        case.order(agent, good(2)).created();
        case.wallet(agent, 500);
        let said = stage.judge();
        said.fails(fails);
        if !first {
            said.is_inconclusive_on(&["MONEY-DEBIT"]);
            assert_eq!(said.0.ledger.wallet_difference, None);
        }
    }
}

#[test]
fn an_unknown_balance_allows_no_conclusion() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(0);
    case.facts(agent).balance = None;
    // If the balance is unknown, either answer is right.
    case.order(agent, good(2)).created();
    case.order(agent, good(2)).refused(402);
    case.wallet(agent, 7);
    let said = stage.judge();
    said.fails(&[]).is_inconclusive_on(&["MONEY-DEBIT"]).says_nothing_of(&["BALANCE-EXACT", "BALANCE-SHORT"]);
}

#[test]
fn the_total_of_the_answer_is_what_is_charged() {
    // The total is wrong, and exactly that amount is charged: this is one mistake, not two.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created_with(|it| it["totalAmount"] = ghs(230));
    case.wallet(agent, 770);
    stage.judge().fails(&["RESP-TOTAL"]).shows(&["MONEY-DEBIT"]).in_findings(1);
}

#[test]
fn two_keys_of_one_profile_share_a_wallet() {
    for (read, fails) in [(560, &[][..]), (780, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let second = case.second_key(agent);
        case.order(agent, good(2)).created();
        case.order(second, good(2)).created();
        case.wallet(second, read);
        stage.judge().fails(fails);
    }
}

/// Keys of one account share its wallet: what an order of one brings back, the other reads.
#[test]
fn a_refund_of_an_order_by_another_key_of_the_account_explains_the_balance() {
    for (read, fails) in [(1_000 - 345 + 110, &[][..]), (1_000 - 345 + 111, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let other = case.second_key(agent);
        let made = case.order(other, of(&["pa", "pb"])).created();
        case.status(other, &made, made.states(&["failed", "completed"]));
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}
