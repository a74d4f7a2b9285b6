//! Tests of the order of causes, and of each rule that folds one under another.

use super::super::verdict::{Context, Finding, FindingGroup};
use super::{Caused, in_order};

/// Returns a cause with findings at these exchanges and with these candidates, attributed to the requirement.
fn caused(requirement: &str, candidates: &[&str], cause: &str, places: &[(&str, usize)]) -> Caused {
    let finding = |(case, exchange): &(&str, usize)| Finding {
        candidates: candidates.iter().map(|it| (*it).to_owned()).collect(),
        suspects: Vec::new(),
        warning: false,
        cause: cause.into(),
        summary: String::new(),
        expected: Vec::new(),
        actual: String::new(),
        detail: Vec::new(),
        case: (*case).to_owned(),
        index: 0,
        exchange: Some(*exchange),
        context: Context::default(),
    };
    let findings: Vec<Finding> = places.iter().map(finding).collect();
    let group = FindingGroup {
        requirement: requirement.to_owned(),
        example: findings[0].clone(),
        occurrences: findings.len() as u64,
        cases: Vec::new(),
        known: None,
        ways: Vec::new(),
        under: None,
    };
    Caused { group, findings }
}

fn with(mut caused: Caused, change: impl Fn(&mut Context)) -> Caused {
    caused.findings.iter_mut().for_each(|it| change(&mut it.context));
    change(&mut caused.group.example.context);
    caused
}

/// Returns the requirement and cause of each group, and the position of the group that explains it.
fn told(causes: Vec<Caused>) -> Vec<(String, String, Option<usize>)> {
    let groups = in_order(&spec::embedded().unwrap(), causes);
    groups.into_iter().map(|it| (it.requirement, it.example.cause.to_string(), it.under)).collect()
}

fn row(requirement: &str, cause: &str, under: Option<usize>) -> (String, String, Option<usize>) {
    (requirement.to_owned(), cause.to_owned(), under)
}

#[test]
fn the_worst_comes_first() {
    let down = |it: &mut Context| it.down = true;
    let private =
        with(caused("ORDER-PRIVATE", &["ORDER-PRIVATE"], "listed", &[("e", 0)]), |it| it.exposes = true);
    let all = vec![
        caused("RESP-SHAPE", &["RESP-SHAPE"], "shape", &[("a", 0), ("b", 0)]),
        caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("c", 0)]),
        with(caused("BODY-JSON", &["BODY-JSON"], "answered 500", &[("d", 0)]), down),
        private,
        caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wallet", &[("f", 0)]),
    ];
    let order: Vec<String> = told(all).into_iter().map(|it| it.0).collect();
    assert_eq!(order, ["MONEY-DEBIT", "ORDER-PRIVATE", "BODY-JSON", "COUNT-HIGH", "RESP-SHAPE"]);
}

/// With wrong totals, the server's own figures explain why it took a wallet to be sufficient, and the wrong sums
/// follow.
#[test]
fn what_follows_from_a_wrong_total_is_told_beneath_it_and_is_as_bad() {
    let short = caused("BALANCE-SHORT", &["BALANCE-SHORT"], "accepted", &[("b", 0)]);
    let explained = with(short, |it| it.follows = vec!["RESP-TOTAL".to_owned()]);
    let total = || caused("RESP-TOTAL", &["RESP-TOTAL"], "wrong", &[("a", 0), ("b", 0)]);
    let sums = caused("RESP-TOTAL", &["RESP-LINEAR", "RESP-TOTAL"], "totals", &[("a", 0)]);
    let high = caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("c", 0)]);
    assert_eq!(
        told(vec![high, explained, total(), sums]),
        [
            row("RESP-TOTAL", "wrong", None),
            row("BALANCE-SHORT", "accepted", Some(0)),
            row("RESP-TOTAL", "totals", Some(0)),
            row("COUNT-HIGH", "accepted", None),
        ]
    );
    let unexplained = caused("BALANCE-SHORT", &["BALANCE-SHORT"], "accepted", &[("b", 0)]);
    assert!(told(vec![unexplained, total()]).iter().all(|it| it.2.is_none()), "another bug beside it");
}

#[test]
fn an_answer_is_explained_where_its_order_should_not_have_been_accepted_and_nowhere_else() {
    let high = || caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("a", 0), ("b", 0)]);
    let count = |places| caused("RESP-COUNT", &["RESP-COUNT"], "count", places);
    assert_eq!(told(vec![high(), count(&[("a", 0)])])[1], row("RESP-COUNT", "count", Some(0)));
    assert_eq!(told(vec![high(), count(&[("a", 0), ("c", 0)])])[1], row("RESP-COUNT", "count", None));
}

#[test]
fn a_race_is_explained_by_a_wallet_that_is_wrong_without_one() {
    let at_once = |it: &mut Context| it.at_once = true;
    let race = || with(caused("MONEY-RACE", &["MONEY-RACE"], "overspent", &[("r", 0)]), at_once);
    let debit = || caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wallet", &[("a", 0), ("b", 0)]);
    assert_eq!(told(vec![race(), debit()])[1], row("MONEY-RACE", "overspent", Some(0)));
    let only_at_once = with(debit(), at_once);
    assert!(told(vec![race(), only_at_once]).iter().all(|it| it.2.is_none()));
}

#[test]
fn a_wrong_refusal_stands_beneath_an_acceptance_and_a_breakdown_does_not() {
    let accepted = || caused("PRE-PACKAGE", &["PRE-PACKAGE"], "accepted", &[("a", 0), ("b", 0)]);
    let answered = |cause| caused("PRE-PACKAGE", &["PRE-PACKAGE"], cause, &[("c", 0)]);
    assert_eq!(told(vec![accepted(), answered("answered 422")])[1].2, Some(0));
    assert!(told(vec![accepted(), answered("answered 500")]).iter().all(|it| it.2.is_none()));
}

/// Returns the causes with the statuses that were expected.
fn expecting(what: &str, mut caused: Caused) -> Caused {
    caused.group.example.expected =
        vec![crate::order::rule::Expected { what: what.to_owned(), because: Vec::new() }];
    caused
}

#[test]
fn one_wrong_status_in_place_of_one_right_one_is_one_mistake() {
    let answered = |id: &str, place| caused(id, &[id], "answered 400", &[(place, 0)]);
    let wrong = |low: &str| {
        told(vec![
            expecting("422 count", answered("COUNT-HIGH", "a")),
            expecting(low, answered("COUNT-LOW", "b")),
        ])
    };
    assert_eq!(wrong("422 count")[1], row("COUNT-LOW", "answered 400", Some(0)));
    assert_eq!(wrong("403 role")[1], row("COUNT-LOW", "answered 400", None), "two mistakes");
    let unnamed = caused("STATUS-DOCUMENTED", &["STATUS-DOCUMENTED"], "answered 404", &[("x", 0)]);
    let operator = caused("PRE-OPERATOR", &["PRE-OPERATOR"], "answered 404", &[("y", 0)]);
    assert_eq!(told(vec![unnamed, operator])[1], row("STATUS-DOCUMENTED", "answered 404", Some(0)));
}

#[test]
fn what_a_wrong_debit_leads_to_is_told_beneath_it() {
    let debit = caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wrong debit", &[("a", 0)]);
    let refused = caused("MONEY-DEBIT", &["MONEY-DEBIT"], "answered 402", &[("b", 1)]);
    let never = caused("MONEY-DEBIT", &["MONEY-DEBIT"], "never charged in full", &[("c", 1)]);
    let under: Vec<Option<usize>> = told(vec![never, refused, debit]).into_iter().map(|it| it.2).collect();
    assert_eq!(under, [None, Some(0), Some(0)]);
    let short = caused("BALANCE-SHORT", &["BALANCE-SHORT"], "accepted", &[("a", 0), ("b", 0)]);
    let free = caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wrong debit", &[("b", 1)]);
    assert_eq!(told(vec![free, short])[1], row("MONEY-DEBIT", "wrong debit", Some(0)));
}

#[test]
fn a_key_that_lets_in_is_one_mistake_for_orders_and_readings() {
    let with_key = |caused, key: &str| with(caused, |it| it.key = Some(key.to_owned()));
    let order = || with_key(caused("AUTH-UNKNOWN", &["AUTH-UNKNOWN"], "accepted", &[("a", 0)]), "longer");
    let reading = |key| with_key(caused("AUTH-UNKNOWN", &["AUTH-UNKNOWN"], "reading", &[("b", 0)]), key);
    assert_eq!(told(vec![order(), reading("longer")]).into_iter().filter_map(|it| it.2).count(), 1);
    assert!(told(vec![order(), reading("empty")]).iter().all(|it| it.2.is_none()), "two mistakes");
}

#[test]
fn what_two_readings_show_alike_is_one_mistake() {
    let status = caused("ORDER-STATUS", &["ORDER-STATUS"], "not found", &[("a", 1), ("b", 1)]);
    let same = caused("ORDER-SAME", &["ORDER-SAME"], "not found", &[("a", 2)]);
    assert_eq!(told(vec![same, status])[1], row("ORDER-SAME", "not found", Some(0)));
}
