//! Fixed accounts under a cap: the order of a plan, groups of refusals, and concurrent cases with the same results as
//! sequential ones.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use conformance::history::{CaseRecord, End, Tier};
use conformance::judge::verdict::{Outcome, Verdict};
use conformance::plan::case::{Case, Turn};
use conformance::run::session::{self, Finished, Options};
use spec::{OperationId, Pesewas};

use crate::common::{contract, failing, fault, of, run, start, target_with_accounts, told};

fn options(seed: u64, concurrency: usize) -> Options {
    Options { concurrency, cases: Some(40), ..crate::common::options(Tier::Standard, seed) }
}

/// Runs with the demo accounts against a sandbox with this fault, or none.
async fn judged(wrong: Option<&str>, cap: Option<i64>, options: &Options) -> Finished {
    let planted = |config: &mut sandbox::Config| {
        config.states = false;
        config.surcharge = Pesewas::new(105);
        // An order is processed at once, so that the states that two readings show do not depend on the time between.
        config.processing = Duration::ZERO;
        if let Some(id) = wrong {
            config.behaviour = fault(id);
        }
    };
    let sandbox = start(planted).await;
    let mut target = target_with_accounts(&sandbox);
    target.cap = cap.map(Pesewas::new);
    run(contract(), target, None, options).await.unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_costs_nothing_goes_first_and_every_requirement_is_bought_before_depth() {
    let sandbox = crate::common::faultless().await;
    let target = target_with_accounts(&sandbox);
    let prepared = session::prepare(contract(), target, None, &options(3, 1)).await.unwrap();
    let covered = prepared.cases.iter().rposition(|it| matches!(it.turn, Turn::Covers(_))).unwrap();
    let stage = |(at, case): (usize, &Case)| match case.turn {
        Turn::Free if at < covered => 0,
        Turn::Refused if at < covered => 1,
        Turn::Covers(_) => 2,
        Turn::Free | Turn::Refused => 3,
        Turn::Largest | Turn::Worth(_) | Turn::Cheap => 4,
        Turn::Last => 5,
        Turn::Open | Turn::First => panic!("a case without a place"),
    };
    let stages: Vec<i32> = prepared.cases.iter().enumerate().map(stage).collect();
    assert!(stages.is_sorted() && (0..5).all(|it| stages.contains(&it)), "{stages:?}");
    let of = |wanted: i32| {
        let cases = prepared.cases.iter().zip(&stages).filter(move |(_, it)| **it == wanted);
        cases.map(|(case, _)| case)
    };
    assert!(of(0).chain(of(1)).chain(of(3)).all(|it| it.cost.expected == Pesewas::ZERO));
    for stage in [1, 3] {
        assert!(
            of(stage).is_sorted_by_key(Case::refusal_order),
            "the dearest refusal of each kind goes last"
        );
    }
    // A server that answers slowly shows one order of each kind within the time limit.
    assert!(of(1).count() < 60 && of(3).count() > 300, "{} {}", of(1).count(), of(3).count());
    // Cases that only add depth come after all that exercise something new, except those that first bring a wallet to a
    // balance.
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for case in &prepared.cases {
        let new = case.exercises().filter(|id| seen.insert(id) && !id.starts_with("AMB-")).count();
        let deep = matches!(case.turn, Turn::Worth(_) | Turn::Cheap);
        assert!(!deep || new == 0 || case.id.starts_with("balance/"), "{} is new so late", case.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_other_networks_are_bought_for_once_where_those_of_the_sample_are_taken() {
    let finished = judged(None, None, &options(5, 16)).await;
    let ordered = |it: &CaseRecord| it.exchanges.iter().any(|it| it.operation == OperationId::BuyBulk);
    let cases: Vec<CaseRecord> = finished.history.cases.iter().map(Cow::into_owned).collect();
    let possible = |it: &&CaseRecord| it.origin == "networks" && !it.id.starts_with("networks/broken/");
    let (all, single): (Vec<_>, Vec<_>) =
        cases.iter().filter(possible).partition(|it| it.id.starts_with("networks/all/"));
    assert!(all.len() == 1 && all.iter().all(|it| ordered(it)));
    assert!(!single.is_empty() && single.iter().all(|it| !ordered(it)));
}

#[tokio::test(flavor = "multi_thread")]
async fn side_by_side_and_one_at_a_time_a_cap_leaves_the_same_out() {
    for cap in [1_000, 10_000] {
        let [one, many] =
            [judged(None, Some(cap), &options(5, 1)).await, judged(None, Some(cap), &options(5, 16)).await];
        for it in [&one, &many] {
            assert!(failing(&it.judgement).is_empty(), "{}", told(&it.judgement));
            assert_eq!(it.history.footer.end, End::Budget);
            assert!(
                it.judgement
                    .notes
                    .iter()
                    .any(|it| it.starts_with("money beyond what the cap allowed buys: "))
            );
        }
        assert_eq!(one.history.footer.left, many.history.footer.left, "cap {cap}");
        let exercised = |it: &Finished| {
            let rows = it.judgement.requirements.iter().map(|it| (it.id.clone(), it.outcome));
            rows.collect::<Vec<_>>()
        };
        assert_eq!(exercised(&one), exercised(&many), "cap {cap}");
        assert_eq!(one.judgement.ledger.charged, many.judgement.ledger.charged, "cap {cap}");
        assert!(one.judgement.ledger.charged <= Pesewas::new(cap));
    }
}

/// GHS 100 and a key of each kind are enough to exercise every documented requirement.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_cedis_exercise_every_documented_requirement() {
    let finished = judged(None, Some(10_000), &options(1, 16)).await;
    let documented = |id: &&str| {
        contract().catalogue.requirement(id).is_some_and(|it| it.level == spec::Level::Documented)
    };
    let judgement = &finished.judgement;
    let open: Vec<&str> = of(judgement, Outcome::NotExercised).into_iter().filter(documented).collect();
    assert!(open.is_empty(), "{open:?}");
    let unclear: Vec<&str> = of(judgement, Outcome::Inconclusive).into_iter().filter(documented).collect();
    assert!(unclear.is_empty(), "{unclear:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_tells_which_of_its_refusals_moved_the_wallet() {
    for (wrong, id) in [
        ("reject-fee", "MONEY-REJECT"),
        ("reject-fee-now-and-then", "MONEY-REJECT"),
        ("reject-order-left", "PRE-ATOMIC"),
        ("count-unbounded", "COUNT-HIGH"),
    ] {
        let [one, many] = [
            judged(Some(wrong), None, &options(2, 1)).await,
            judged(Some(wrong), None, &options(2, 16)).await,
        ];
        assert!(failing(&many.judgement).contains(id), "{wrong}: {}", told(&many.judgement));
        assert_eq!(failing(&one.judgement), failing(&many.judgement), "{wrong}: {}", told(&many.judgement));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_certain_is_not_bought_again() {
    let accepted = |finished: &Finished| finished.judgement.ledger.accepted;
    let usual = judged(Some("count-unbounded"), None, &options(4, 1)).await;
    let exhaustive = Options { exhaustive: true, ..options(4, 1) };
    let all = judged(Some("count-unbounded"), None, &exhaustive).await;
    assert!(accepted(&all) > accepted(&usual), "{} {}", accepted(&all), accepted(&usual));
    assert_eq!(failing(&usual.judgement), failing(&all.judgement));
    let why = "the server does not refuse for COUNT-HIGH";
    assert!(usual.judgement.notes.iter().any(|it| it.contains(why)), "{:?}", usual.judgement.notes);
    let first = Options { max_failures: Some(1), shrink: false, ..options(4, 1) };
    let stopped = judged(Some("count-unbounded"), None, &first).await;
    assert_eq!(stopped.history.footer.end, End::Failures);
    assert_eq!(failing(&stopped.judgement), BTreeSet::from(["COUNT-HIGH"]));
}

/// The orders of a fixed account are spread over the cases of a run, and old ones are read again at its end.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_lost_behind_newer_ones_is_seen_at_the_end() {
    for (wrong, id) in
        [("order-lost-after-ten", "ORDER-STATUS"), ("order-recipients-lost-after-ten", "ORDER-RECIPIENTS")]
    {
        let finished = judged(Some(wrong), None, &options(6, 16)).await;
        assert_eq!(failing(&finished.judgement), BTreeSet::from([id]), "{}", told(&finished.judgement));
    }
}

/// An operator that takes only numbers of its own networks is asked for, and everything is exercised with those.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_an_operator_takes_are_found_out_by_provider_states() {
    let sandbox =
        start(|config| config.behaviour = crate::common::freedoms(&[sandbox::Freedom::OwnNetworks])).await;
    for tier in [Tier::Smoke, Tier::Standard] {
        let finished = crate::common::judge(&sandbox, &Options { tier, ..options(8, 8) }).await;
        let judgement = &finished.judgement;
        crate::common::assert_silent(judgement, &[], "own networks");
        assert_eq!(judgement.verdict, Verdict::Conformant, "{tier:?}: {:#?}", judgement.requirements);
        let notes = judgement.notes.iter().filter(|it| it.contains("takes such as 23324…")).count();
        assert_eq!(notes, 2, "{:?}", judgement.notes);
        // No two cases have one place in the plan, and what was found out is in the recording.
        let mut places: BTreeSet<u64> = BTreeSet::new();
        assert!(finished.history.cases.iter().all(|it| places.insert(it.index)));
        let again = conformance::run::judge_again::judge(&contract(), finished.history).unwrap();
        assert_eq!(again.judgement.verdict, Verdict::Conformant);
    }
}

/// A server that looks numbers up and refuses some of them is right, and everything is exercised with the others.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_are_looked_up_in_vain_are_no_failure() {
    let lookup = || crate::common::freedoms(&[sandbox::Freedom::NumberLookup]);
    let sandbox = start(|config| config.behaviour = lookup()).await;
    for seed in [1, 2] {
        let finished = crate::common::judge(&sandbox, &options(seed, 8)).await;
        let judgement = &finished.judgement;
        crate::common::assert_silent(judgement, &[], "number lookup");
        assert_eq!(judgement.verdict, Verdict::Conformant, "{seed}: {:#?}", judgement.requirements);
        assert!(judgement.notes.iter().any(|it| it.contains("refuses some")), "{:?}", judgement.notes);
    }
    for cap in [None, Some(5_000)] {
        let sandbox = start(|config| {
            config.states = false;
            config.behaviour = lookup();
        })
        .await;
        let mut target = target_with_accounts(&sandbox);
        target.cap = cap.map(Pesewas::new);
        let finished = run(contract(), target, None, &options(3, 8)).await.unwrap().1;
        crate::common::assert_silent(&finished.judgement, &[], "number lookup with fixed accounts");
    }
}

/// An order for a certain number of recipients that is always refused is refused for good numbers too.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_another_reason_than_numbers_stays_a_failure() {
    let sandbox = start(|config| config.behaviour = fault("count-seventeen-invalid")).await;
    let finished = crate::common::judge(&sandbox, &options(1, 8)).await;
    assert!(failing(&finished.judgement).contains("COUNT-RANGE"), "{}", told(&finished.judgement));
}
