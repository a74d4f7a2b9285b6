//! What only the run as a whole shows, and the verdict.

use std::collections::BTreeSet;

use conformance::checks::{self, Check};
use conformance::history::{Capability, End};
use conformance::judge::summary;
use conformance::judge::verdict::{Outcome, Verdict};
use serde_json::{Value, json};
use spec::{Level, OperationId, Pesewas};

use crate::catalog::{Order, contract, ghs, good, of};
use crate::stage::Stage;

/// Adds orders with these totals, each from an account of its own.
fn bought(stage: &mut Stage, orders: &[(&[&str], i64)]) {
    for (packages, total) in orders {
        let mut case = stage.case();
        let agent = case.agent(100_000);
        case.order(agent, of(packages)).created_with(|it| it["totalAmount"] = ghs(*total));
    }
}

#[test]
fn totals_of_the_same_packages_add_up() {
    let (a, b): (&[&str], &[&str]) = (&["pa", "pa"], &["pb", "pb"]);
    let (ab, ba): (&[&str], &[&str]) = (&["pa", "pb"], &["pb", "pa"]);
    let aab: &[&str] = &["pa", "pa", "pb"];
    for (orders, fails, passes) in [
        (&[(a, 200)][..], false, false),
        (&[(a, 200), (a, 200)], false, true),
        (&[(a, 200), (a, 202)], true, false),
        (&[(ab, 345), (ba, 345)], false, true),
        (&[(ab, 345), (ba, 346)], true, false),
        (&[(a, 200), (b, 400), (ab, 300)], false, true),
        (&[(a, 200), (b, 400), (ab, 301)], true, false),
        (&[(ab, 300), (a, 200), (b, 400)], false, true),
        (&[(ab, 299), (a, 200), (b, 400)], true, false),
        (&[(ab, 300), (a, 200), (aab, 400)], false, true),
        (&[(a, 200), (ab, 300), (aab, 500)], true, false),
        (&[(a, 201)], true, false),
        (&[(ab, 301), (aab, 402)], false, false),
    ] {
        let mut stage = Stage::unpriced();
        bought(&mut stage, orders);
        let said = stage.judge();
        said.fails(if fails { &["RESP-LINEAR"] } else { &[] });
        match (fails, passes) {
            (true, _) => said.because("RESP-LINEAR", "totals"),
            (_, true) => said.shows(&["RESP-LINEAR"]),
            _ => said.says_nothing_of(&["RESP-LINEAR"]),
        };
    }
}

#[test]
fn another_role_may_pay_another_price() {
    let mut stage = Stage::unpriced();
    for (role, total) in [("Agent", 220), ("SuperAgent", 200), ("Agent", 220), ("SuperAgent", 200)] {
        let mut case = stage.case();
        let actor = case.account(role, 1_000);
        case.order(actor, good(2)).created_with(|it| it["totalAmount"] = ghs(total));
    }
    stage.judge().fails(&[]).shows(&["RESP-LINEAR"]);
    // An order that must not have been accepted says nothing about totals.
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(21)).created_with(|it| it["totalAmount"] = ghs(1));
    stage.judge().fails(&["COUNT-HIGH"]);
}

fn each(stage: &mut Stage, refused: impl Fn(&str, usize) -> Option<u16>) {
    for role in ["Agent", "SuperAgent"] {
        for count in 2..=4 {
            let mut case = stage.case();
            let actor = case.account(role, 1_000);
            let sent = case.order(actor, good(count));
            match refused(role, count) {
                Some(status) => sent.refused(status),
                None => drop(sent.created()),
            }
        }
    }
}

#[test]
fn the_run_tells_what_wrong_refusals_hang_on() {
    for (refused, fails) in [
        ((|_, count| (count == 3).then_some(400)) as fn(&str, usize) -> Option<u16>, "COUNT-RANGE"),
        (|role, _| (role == "SuperAgent").then_some(400), "ROLE-SUPERAGENT"),
        (|role, _| (role == "Agent").then_some(400), "ROLE-AGENT"),
        (|role, count| (role == "Agent" && count == 2).then_some(400), "ROUTE-POST"),
        (|_, _| Some(400), "ROUTE-POST"),
        (|_, count| (count == 3).then_some(422), "COUNT-RANGE"),
        (|_, count| (count == 2).then_some(403), "COUNT-RANGE"),
    ] {
        let mut stage = Stage::new();
        each(&mut stage, refused);
        stage.judge().fails(&[fails]);
    }
}

#[test]
fn a_finding_goes_to_the_requirement_that_fails_alone() {
    // An order was accepted with too little money: the debit or the check may be wrong. Another case shows that orders
    // are not debited.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(220);
    case.order(agent, good(2)).created();
    case.order(agent, good(2)).created();
    stage.judge().fails(&["MONEY-DEBIT"]);
    let mut case = stage.case();
    let agent = case.agent(0);
    case.order(agent, good(2)).created();
    stage.judge().fails(&["BALANCE-SHORT"]);
}

#[test]
fn nothing_exercised_is_never_a_pass() {
    let said = Stage::new().judge();
    said.fails(&[]).passes(&[]);
    assert_eq!(said.0.verdict, Verdict::Incomplete);
    for requirement in &said.0.requirements {
        let revision = requirement.id.starts_with("REV-");
        let wanted = if revision { Outcome::NotApplicable } else { Outcome::NotExercised };
        assert_eq!(requirement.outcome, wanted, "{}", requirement.id);
        assert!(requirement.reason.as_ref().is_some_and(|it| !it.is_empty()), "{}", requirement.id);
    }
}

#[test]
fn what_a_server_does_not_have_does_not_bind_it() {
    let mut stage = Stage::new();
    for has in stage.header.environment.endpoints.values_mut() {
        *has = false;
    }
    let said = stage.judge();
    let of = |outcome| -> BTreeSet<&str> {
        said.0.requirements.iter().filter(|it| it.outcome == outcome).map(|it| it.id.as_str()).collect()
    };
    let bound: BTreeSet<&str> = contract()
        .catalogue
        .requirements
        .iter()
        .filter(|it| it.level == Level::Documented || ["ERR-CODE", "ERR-ENVELOPE"].contains(&it.id.as_str()))
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(of(Outcome::NotExercised), bound);
    let absent = of(Outcome::NotApplicable);
    assert!(absent.contains("ORDER-RETRY") && absent.contains("WALLET-CONSISTENT"));
    // If a single endpoint is missing, only the requirements that need it are affected.
    for (operation, ids) in [
        (OperationId::Wallet, &["WALLET-CONSISTENT"][..]),
        (OperationId::Profile, &["PROFILE-CONSISTENT"]),
        (OperationId::Package, &["CATALOG-PRICE"]),
        (OperationId::Products, &["CATALOG-SCOPE"]),
        (OperationId::Orders, &["ORDER-LIST"]),
        (OperationId::Retry, &["ORDER-RETRY"]),
        (
            OperationId::OrderStatus,
            &[
                "ORDER-STATUS",
                "ORDER-RECIPIENTS",
                "ORDER-PROGRESS",
                "ORDER-RETRY",
                "ORDER-PRIVATE",
                "ORDER-SAME",
            ],
        ),
    ] {
        let mut stage = Stage::new();
        stage.header.environment.endpoints.insert(operation, false);
        let said = stage.judge();
        let absent: BTreeSet<&str> = said
            .0
            .requirements
            .iter()
            .filter(|it| it.outcome == Outcome::NotApplicable && !it.id.starts_with("REV-"))
            .map(|it| it.id.as_str())
            .collect();
        assert_eq!(absent, ids.iter().copied().collect(), "{operation:?}");
    }
}

#[test]
fn reasons_that_planning_gave_are_shown() {
    let mut stage = Stage::new();
    let why = BTreeSet::from(["no key of role Agent".to_owned(), "no balance".to_owned()]);
    stage.unplanned.insert("ROLE-AGENT".into(), why);
    let reason = |stage: &Stage, id: &str| {
        stage.judge().0.requirements.into_iter().find(|it| it.id == id).unwrap().reason.unwrap()
    };
    assert_eq!(reason(&stage, "ROLE-AGENT"), "no balance; no key of role Agent");
    let none = "no case of the tier standard shows it here";
    assert_eq!(reason(&stage, "ROLE-SUPERAGENT"), none);
    stage.header.environment.capability = Capability::Accounts;
    let needs = "a key of role SuperAgent, ids of an operator, a product and packages";
    assert_eq!(reason(&stage, "ROLE-SUPERAGENT"), format!("{none}; it needs {needs}"));
    assert_eq!(reason(&stage, "AUTH-MISSING"), none);
}

/// Where cases for a requirement were planned and left unsent, that is the reason, even if others could not be planned.
#[test]
fn what_left_the_cases_of_a_requirement_unsent_is_its_reason() {
    let reason = |end: End| {
        let mut stage = Stage::new();
        stage.unplanned.insert("ROLE-AGENT".into(), BTreeSet::from(["no balance".to_owned()]));
        stage.footer.end = end;
        stage.footer.left = vec!["a".to_owned()];
        stage.footer.unserved = BTreeSet::from(["ROLE-AGENT".to_owned()]);
        stage.judge().0.requirements.into_iter().find(|it| it.id == "ROLE-AGENT").unwrap().reason.unwrap()
    };
    let among = "among them what would show it";
    assert_eq!(reason(End::TimeLimit), format!("the time limit left 1 case unsent, {among}"));
    assert_eq!(reason(End::Budget), format!("the cap on spending left 1 case unsent, {among}"));
    assert_eq!(reason(End::Complete), "no balance");
}

/// The reason names what kept cases from being sent, and nothing else.
#[test]
fn a_requirement_that_was_left_out_says_by_what() {
    let reason = |change: &dyn Fn(&mut Stage)| {
        let mut stage = Stage::new();
        stage.header.budget.cases = 12;
        stage.footer.left = vec!["a".to_owned(), "b".to_owned()];
        change(&mut stage);
        stage.judge().0.requirements.into_iter().find(|it| it.id == "AUTH-MISSING").unwrap().reason.unwrap()
    };
    let and = "and none that was sent shows it";
    assert_eq!(
        reason(&|it| it.header.only = vec!["count/".into()]),
        format!("--only count/ chose 12 cases, {and}")
    );
    assert_eq!(
        reason(&|it| it.header.shard = Some((2, 3))),
        format!("this is part 2 of 3 of the plan, {and}")
    );
    assert_eq!(
        reason(&|it| it.footer.end = End::Budget),
        format!("the cap on spending left 2 cases unsent, {and}")
    );
    assert_eq!(
        reason(&|it| it.footer.end = End::TimeLimit),
        format!("the time limit left 2 cases unsent, {and}")
    );
    let ended = "the run was stopped before all cases were sent";
    assert_eq!(reason(&|it| it.footer.end = End::Interrupted), format!("{ended}, {and}"));
}

#[test]
fn a_failure_outranks_how_the_run_ended() {
    for (end, verdict, note) in [
        (End::Complete, Verdict::Incomplete, None),
        (End::TimeLimit, Verdict::Incomplete, Some("the time limit left 1 case unsent")),
        (End::Interrupted, Verdict::Incomplete, Some("stopped; 1 case left unsent")),
        (End::Failures, Verdict::Incomplete, Some("stopped at --max-failures; 1 case left unsent")),
        (End::Budget, Verdict::BudgetExhausted, Some("the cap on spending left 1 case unsent")),
        (End::Unreachable, Verdict::Unreachable, Some("the server went away")),
    ] {
        let mut stage = Stage::new();
        stage.footer.end = end;
        stage.footer.left = vec!["count/high".into()];
        let said = stage.judge();
        assert_eq!(said.0.verdict, verdict);
        assert_eq!(said.0.notes.first().map(String::as_str), note);
        stage.footer.own_faults.push(("a case".into(), "a check panicked".into()));
        let said = stage.judge();
        assert_eq!(said.0.verdict, Verdict::OwnFault);
        assert_eq!(said.0.own_faults, [("a case".to_owned(), "a check panicked".to_owned())]);
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(1)).created();
        assert_eq!(stage.judge().0.verdict, Verdict::NotConformant);
    }
}

/// A check that panics at the first case, like a bug of this program.
static BROKEN: Check = Check {
    name: "broken",
    cites: &[],
    judge: Some(|scene, _| assert_ne!(scene.case.index, 0, "index out of range")),
    ..Check::NOTHING
};

#[test]
fn a_check_that_breaks_down_is_our_fault_and_the_others_go_on() {
    let mut stage = Stage::new();
    for _ in 0..2 {
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).created();
    }
    let checks: Vec<&Check> = std::iter::once(&BROKEN).chain(checks::ALL.iter().copied()).collect();
    let judge = checks::judge_with(contract(), &checks).unwrap();
    let judged =
        |stage: &Stage| summary::judge(&judge, &stage.header, &stage.cases, &stage.footer, &stage.unplanned);
    let said = judged(&stage);
    assert_eq!(said.verdict, Verdict::OwnFault);
    let [(case, message)] = &said.own_faults[..] else { panic!("{:?}", said.own_faults) };
    assert_eq!(case, &stage.cases[0].id);
    assert!(
        message.starts_with("the check broken broke down: ") && message.contains("out of range"),
        "{message}"
    );
    let range = said.requirements.iter().find(|it| it.id == "COUNT-RANGE").unwrap();
    assert_eq!((range.outcome, range.exercised), (Outcome::Pass, 2), "the others judged both cases");

    // In the case in which a check panicked, a failure outranks the internal error.
    let mut wrong = Stage::new();
    let mut case = wrong.case();
    let agent = case.agent(1_000);
    case.order(agent, good(1)).created();
    let said = judged(&wrong);
    assert_eq!((said.verdict, said.own_faults.len()), (Verdict::NotConformant, 1));
}

#[test]
fn cases_cut_short_are_told() {
    let mut stage = Stage::new();
    for _ in 0..2 {
        let mut case = stage.case();
        case.agent(1_000);
        case.skipped("the server throttles without end");
    }
    let said = stage.judge();
    assert_eq!(said.0.notes, ["2 cases cut short: the server throttles without end"]);
}

#[test]
fn findings_of_one_cause_are_one_and_the_plainest_is_shown() {
    let mut stage = Stage::new();
    for count in [25, 21, 30] {
        let mut case = stage.case();
        let agent = case.agent(10_000);
        case.order(agent, good(count)).created();
    }
    let mut case = stage.case();
    let agent = case.agent(10_000);
    case.order(agent, good(22)).refused(400);
    let said = stage.judge();
    said.fails(&["COUNT-HIGH"]).in_findings(2);
    let group = &said.0.findings[0];
    assert_eq!((group.occurrences, group.example.index, group.cases.len()), (3, 0, 3));
    let verdict = said.0.requirements.iter().find(|it| it.id == "COUNT-HIGH").unwrap();
    assert_eq!((verdict.exercised, verdict.failed, verdict.inconclusive), (4, 4, 0));
    assert_eq!(verdict.by_role.get("Agent"), Some(&(4, 4)));
}

#[test]
fn what_costs_money_stands_first() {
    let mut stage = Stage::new();
    let mut say = |order: Order, answer: &dyn Fn(crate::stage::Sent<'_>)| {
        let mut case = stage.case();
        let agent = case.agent(1_000);
        answer(case.order(agent, order));
    };
    say(good(1), &|it| it.error(422, "UNAUTHORIZED"));
    say(good(2), &|it| drop(it.created_with(|data: &mut Value| data["message"] = json!(""))));
    say(good(1), &|it| drop(it.created()));
    say(good(2).key(conformance::history::KeyUse::Absent), &|it| drop(it.created()));
    say(of(&["pb"; 5]), &|it| drop(it.created()));
    let said = stage.judge();
    let order: Vec<&str> = said.0.findings.iter().map(|it| it.requirement.as_str()).collect();
    assert_eq!(order, ["BALANCE-SHORT", "AUTH-MISSING", "COUNT-LOW", "RESP-MESSAGE", "ERR-CODE"]);
}

#[test]
fn the_ledger_adds_up_what_was_charged_and_what_left_the_wallets() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created();
    case.order(agent, good(21)).refused(422);
    case.wallet(agent, 780);
    let mut case = stage.case();
    let agent = case.agent(500);
    case.order(agent, good(2)).lost();
    case.wallet(agent, 280);
    // The wallet was not read after this order.
    let mut case = stage.case();
    let agent = case.agent(500);
    case.order(agent, good(2)).created();
    // A fixed account counts from its first reading to its last.
    let mut case = stage.case();
    let fixed = case.agent(0);
    case.facts(fixed).fresh = false;
    case.wallet(fixed, 2_000);
    case.order(fixed, good(3)).created();
    case.wallet(fixed, 1_670);
    case.order(fixed, good(2)).created();
    let ledger = stage.judge().0.ledger;
    assert_eq!((ledger.orders, ledger.accepted, ledger.unknown), (6, 4, 1));
    assert_eq!(ledger.charged, Pesewas::new(220 + 220 + 330 + 220));
    assert_eq!(ledger.wallet_difference, Some(Pesewas::new(220 + 220 + 330)));
    assert_eq!(ledger.unexplained, Some(Pesewas::ZERO));
}
