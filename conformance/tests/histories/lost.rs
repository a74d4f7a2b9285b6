//! Lost answers: the order may have been charged or not, and nothing else is possible.

use conformance::history::LostHow;

use crate::catalog::{good, of};
use crate::stage::Stage;

#[test]
fn a_lost_order_was_charged_or_not() {
    for (read, fails) in [(1_000, &[][..]), (780, &[]), (890, &["MONEY-DEBIT"]), (1_220, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).lost();
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails).says_nothing_of(&["MONEY-REJECT", "COUNT-RANGE"]);
        assert_eq!((said.0.ledger.orders, said.0.ledger.accepted, said.0.ledger.unknown), (1, 0, 1));
    }
}

#[test]
fn a_timed_out_order_may_be_charged_after_the_wallet_was_read() {
    for (second, fails) in [(655, &[][..]), (435, &[]), (1_000, &["MONEY-DEBIT"]), (780, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).lost_by(LostHow::Timeout);
        case.wallet(agent, 1_000);
        case.order(agent, of(&["pa", "pb"])).created();
        case.wallet(agent, second);
        stage.judge().fails(fails);
    }
}

#[test]
fn later_answers_tell_what_became_of_a_lost_order() {
    // The wallet can pay for one of two orders: a refusal shows that the lost one was charged, an acceptance that it
    // was not.
    for (accepted, read, fails) in
        [(true, 80, &[][..]), (false, 80, &[]), (true, 300, &["MONEY-DEBIT"]), (false, 300, &["MONEY-DEBIT"])]
    {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(300);
        case.order(agent, good(2)).lost();
        if accepted {
            case.order(agent, good(2)).created();
        } else {
            case.order(agent, good(2)).refused(402);
        }
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}

/// A refusal for another reason shows nothing about the wallet.
#[test]
fn a_refusal_for_the_count_tells_nothing_of_a_lost_order() {
    for read in [300, 80] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(300);
        case.order(agent, good(2)).lost();
        case.order(agent, good(1)).refused(422);
        case.wallet(agent, read);
        stage.judge().fails(&[]);
    }
}

#[test]
fn lost_orders_add_up_in_any_combination() {
    for (read, fails) in [
        (1_000, &[][..]),
        (780, &[]),
        (655, &[]),
        (435, &[]),
        (560, &["MONEY-DEBIT"]),
        (310, &["MONEY-DEBIT"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).lost();
        case.order(agent, of(&["pa", "pb"])).lost();
        case.wallet(agent, read);
        stage.judge().fails(fails);
    }
}

#[test]
fn what_must_be_refused_costs_nothing_even_without_an_answer() {
    for (order, fails) in [
        (good(21), "MONEY-REJECT"),
        (good(2).package(1, "nope".into()), "PRE-ATOMIC"),
        (good(2).with(|it| it["items"] = 7.into()), "MONEY-REJECT"),
    ] {
        for (read, fails) in [(10_000, &[][..]), (9_780, &[fails])] {
            let mut stage = Stage::new();
            let mut case = stage.case();
            let agent = case.agent(10_000);
            case.order(agent, order.clone()).lost();
            case.wallet(agent, read);
            stage.judge().fails(fails);
        }
    }
}

#[test]
fn nothing_but_a_lost_answer_is_no_pass() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).lost();
    stage.judge().fails(&[]).passes(&[]).is_inconclusive_on(&["STATUS-DOCUMENTED"]);
}

#[test]
fn a_lost_order_without_a_price_leaves_everything_open() {
    let mut stage = Stage::unpriced();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).lost();
    case.wallet(agent, 1);
    // A body that parsers read differently may have been an order too.
    let doubled = good(2).json.to_string().replacen('{', r#"{"operatorId":"op1","#, 1);
    let other = case.agent(1_000);
    case.order(other, good(2).body(doubled)).lost();
    case.wallet(other, 1);
    stage.judge().fails(&[]).is_inconclusive_on(&["MONEY-DEBIT"]);
}

#[test]
fn an_order_that_was_not_sent_costs_nothing() {
    for (read, fails) in [(1_000, &[][..]), (780, &["MONEY-REJECT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).unsent();
        case.wallet(agent, read);
        let said = stage.judge();
        said.fails(fails).says_nothing_of(&["COUNT-RANGE"]);
        assert_eq!(said.0.ledger.orders, 0);
    }
}

#[test]
fn a_request_that_never_gets_an_answer_is_no_chance() {
    let mut stage = Stage::new();
    for at in 0..40 {
        let mut case = stage.named(&format!("fine/{at}"));
        let agent = case.agent(220);
        case.order(agent, good(2)).created();
        case.wallet(agent, 0);
    }
    for attempt in ["", "#2", "#3", "#4"] {
        let mut case = stage.named(&format!("hangs{attempt}"));
        let agent = case.agent(1_000);
        case.order(agent, good(20)).lost_by(LostHow::Timeout);
        case.wallet(agent, 1_000);
    }
    let said = stage.judge();
    said.fails(&["STATUS-DOCUMENTED"]).because("STATUS-DOCUMENTED", "no answer").in_findings(1);
}

#[test]
fn a_lossy_network_is_not_the_servers_fault() {
    let mut stage = Stage::new();
    for at in 0..30 {
        let mut case = stage.named(&format!("case/{at}"));
        let agent = case.agent(1_000);
        if at % 3 == 0 {
            case.order(agent, good(2)).lost();
            case.wallet_sent(agent).lost();
        } else {
            case.order(agent, good(2)).created();
        }
    }
    stage.judge().fails(&[]).shows(&["STATUS-DOCUMENTED"]);
}

/// If one request in three is lost, it is no surprise that one of many cases loses five answers in a row.
#[test]
fn a_case_that_is_unlucky_again_and_again() {
    let mut stage = Stage::new();
    for at in 0..60 {
        let mut case = stage.named(&format!("case/{at}"));
        let agent = case.agent(1_000);
        if at % 3 == 0 {
            case.order(agent, good(2)).lost();
        } else {
            case.order(agent, good(2)).created();
        }
    }
    for attempt in ["", "#2", "#3", "#4", "#5"] {
        let mut case = stage.named(&format!("unlucky{attempt}"));
        let agent = case.agent(1_000);
        case.order(agent, good(2)).lost();
    }
    stage.judge().fails(&[]);
}

#[test]
fn orders_that_lose_their_answers_beside_readings_that_do_not() {
    let mut stage = Stage::new();
    for at in 0..40 {
        let mut case = stage.named(&format!("case/{at}"));
        let agent = case.agent(1_000);
        if at % 2 == 0 {
            case.order(agent, good(2)).lost();
        } else {
            case.order(agent, good(2)).created();
        }
        case.wallet(agent, 780);
    }
    stage.judge().fails(&["STATUS-DOCUMENTED"]).because("STATUS-DOCUMENTED", "no answer").in_findings(1);
}
