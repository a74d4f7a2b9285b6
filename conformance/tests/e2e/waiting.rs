//! Servers that leave requests without an answer: a run waits for each kind a few times only, reports it, and goes on
//! with everything else.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::history::{Answer, End, LostHow, Tier};
use conformance::judge::verdict::Verdict;
use conformance::run::session::{Finished, Options};
use sandbox::Sandbox;
use spec::OperationId;

use crate::common::proxy::{Decide, Fate, Message, Proxy};
use crate::common::{contract, faultless, options, run, states_of, target_at, told};

const LIMIT: Duration = Duration::from_secs(1);

/// Judges a correct server behind a proxy; also returns how long that took.
async fn judged(
    sandbox: &Sandbox,
    decide: Decide,
    change: impl FnOnce(&mut Options),
) -> (Finished, Duration) {
    let proxy = Proxy::start(sandbox.url(), decide).await;
    let mut options = options(Tier::Standard, 1);
    options.timeout = LIMIT;
    change(&mut options);
    let start = Instant::now();
    let ran = run(contract(), target_at(&proxy.url), Some(&states_of(sandbox)), &options).await;
    (ran.unwrap().1, start.elapsed())
}

fn keyed(request: &Message) -> bool {
    request.header("x-api-key").is_some()
}

/// Counts the requests of an operation that timed out.
fn silent(finished: &Finished, operation: OperationId) -> usize {
    let is_silent = |it: &Answer| matches!(it, Answer::Lost(lost) if lost.how == LostHow::Timeout);
    let of = |case: &conformance::history::CaseRecord| {
        case.exchanges.iter().filter(|it| it.operation == operation && is_silent(&it.answer)).count()
    };
    finished.history.cases.iter().map(|it| of(&it)).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_that_is_never_answered() {
    let sandbox = faultless().await;
    let empty = |request: &Message| match request.is_purchase() && request.body.is_empty() {
        true => Fate::Hold,
        false => Fate::Pass,
    };
    let (finished, took) = judged(&sandbox, Box::new(empty), |it| it.cases = Some(1_500)).await;
    // The first of them waits three times in a row; other cases go on meanwhile.
    assert!(took < Duration::from_secs(40), "{took:?}");
    let silent = silent(&finished, OperationId::BuyBulk);
    // Five show it; by then as many as run concurrently may be in flight, with their repetitions.
    assert!((5..=24).contains(&silent), "{silent} empty bodies");
    let judgement = &finished.judgement;
    let found = &judgement.findings;
    assert!(found.iter().all(|it| it.requirement == "STATUS-DOCUMENTED"), "{}", told(judgement));
    assert_eq!(judgement.verdict, Verdict::NotConformant, "{}", told(judgement));
    let note = "an empty body: no answer to any of";
    assert!(judgement.notes.iter().any(|it| it.contains(note)), "{:?}", judgement.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_never_answered_keeps_no_order_back() {
    let sandbox = faultless().await;
    let deaf = |request: &Message| match request.start_line().contains("/wallet-balance") {
        true => Fate::Hold,
        false => Fate::Pass,
    };
    let (finished, took) = judged(&sandbox, Box::new(deaf), |it| it.only = vec!["count/".into()]).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    // All workers may send a reading before the first timeout is known.
    let silent = silent(&finished, OperationId::Wallet);
    assert!((5..=20).contains(&silent), "{silent} readings");
    let planned = finished.history.header.budget.cost.orders;
    assert_eq!(finished.judgement.ledger.orders, planned, "every order was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_down_under_load() {
    let sandbox = faultless().await;
    let recent = Mutex::new(Vec::<Instant>::new());
    let overloaded = move |request: &Message| {
        if !request.is_purchase() || !keyed(request) {
            return Fate::Pass;
        }
        let mut recent = recent.lock().unwrap();
        let now = Instant::now();
        recent.retain(|it| now - *it < Duration::from_millis(30));
        recent.push(now);
        if recent.len() > 3 { Fate::Hold } else { Fate::Pass }
    };
    let only = |it: &mut Options| {
        (it.concurrency, it.only) = (1, vec!["race/".into()]);
    };
    let (finished, took) = judged(&sandbox, Box::new(overloaded), only).await;
    assert!(took < Duration::from_secs(40), "{took:?}");
    let notes = &finished.judgement.notes;
    assert!(notes.iter().any(|it| it.contains("requests at once: no answer to any of 2")), "{notes:?}");
    let highest =
        finished.history.cases.iter().flat_map(|it| it.exchanges.clone()).map(|it| it.in_flight).max();
    assert!(highest.is_some_and(|it| it > 3), "the history says under how many: {highest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_to_answer_anything_ends_the_run() {
    let sandbox = faultless().await;
    let count = AtomicUsize::new(0);
    let stops = move |_: &Message| match count.fetch_add(1, Ordering::Relaxed) {
        0..200 => Fate::Pass,
        _ => Fate::Hold,
    };
    let (finished, took) = judged(&sandbox, Box::new(stops), |_| ()).await;
    assert!(took < Duration::from_secs(40), "{took:?}");
    assert_eq!(finished.history.footer.end, End::Unreachable);
    assert!(!finished.history.footer.left.is_empty());
}
