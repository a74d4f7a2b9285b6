//! The same seed gives the same cases and, one at a time or many at once, the same histories.

use std::collections::BTreeSet;
use std::sync::Arc;

use conformance::history::{Answer, CaseRecord, Exchange, Tier};
use conformance::judge::verdict::{Outcome, Verdict};
use conformance::plan::case::{Case, Step};
use conformance::plan::defect::{ItemFault, NumberForm};
use conformance::run::session::{self, Finished, Options};
use conformance::sut::{Target, parse_url};
use sandbox::{Config, Sandbox};
use spec::{Contract, OperationId};

use crate::common;

/// A few cases of each kind around one order, few enough to be quick.
fn options(seed: u64, concurrency: usize) -> Options {
    let only =
        ["count/", "balance/", "prevalidation/", "relate/", "combine/", "fuzz/"].map(str::to_owned).to_vec();
    Options { cases: Some(60), concurrency, only, ..Options::new(Tier::Standard, seed) }
}

async fn cases(contract: &Arc<Contract>, seed: u64) -> Vec<Case> {
    let mut config = Config::new(contract.clone());
    config.states = true;
    let sandbox = Sandbox::start(config).await.unwrap();
    let states = parse_url(&format!("{}/_states", sandbox.url())).unwrap();
    let target = Target { states: Some(states.clone()), ..Target::new(parse_url(sandbox.url()).unwrap()) };
    let options = Options { only: Vec::new(), cases: Some(200), ..options(seed, 1) };
    let prepared = session::prepare(contract.clone(), target, Some(states), &options).await.unwrap();
    sandbox.stop().await;
    prepared.cases
}

#[tokio::test]
async fn the_same_seed_gives_the_same_cases() {
    let contract = Arc::new(spec::embedded().unwrap());
    let [one, same, other] =
        [cases(&contract, 7).await, cases(&contract, 7).await, cases(&contract, 8).await];
    assert_eq!(format!("{one:?}"), format!("{same:?}"));
    let drafts = |cases: &[Case]| {
        let fuzz = cases.iter().filter(|it| it.origin == "fuzz");
        fuzz.map(|it| format!("{:?}", it.draft)).collect::<BTreeSet<String>>()
    };
    // Some cases are drawn twice: the same order with other numbers.
    assert!(drafts(&one).len() > 190);
    assert_ne!(drafts(&one), drafts(&other));
    let ids: BTreeSet<&str> = one.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), one.len(), "every case has an address of its own");
}

#[tokio::test]
async fn numbers_are_not_used_twice_unless_that_is_what_a_case_is_about() {
    let contract = Arc::new(spec::embedded().unwrap());
    let mut seen = BTreeSet::new();
    for case in cases(&contract, 3).await {
        // Foreign countries have at most a thousand numbers that belong to nobody, so these may repeat.
        let foreign =
            |fault: &ItemFault| matches!(fault, ItemFault::Number(it) if NumberForm::FOREIGN.contains(it));
        let drawn = case
            .draft
            .as_ref()
            .is_some_and(|draft| draft.duplicate || draft.items.iter().any(|(_, fault)| foreign(fault)));
        // An order with a number twice is also followed over its life, and a number of one digit can be written in many
        // ways.
        let meant = drawn || case.id.contains("twice") || ["life", "near"].contains(&case.origin);
        let orders = case.steps.iter().flat_map(Step::orders);
        for order in orders.filter(|_| !meant && case.origin != "race") {
            let Ok(body) = serde_json::from_slice::<serde_json::Value>(&order.body) else { continue };
            for item in body["items"].as_array().into_iter().flatten() {
                if let Some(number) = item["beneficiaryMsisdn"]
                    .as_str()
                    .filter(|it| it.len() == 12 && it.bytes().all(|digit| digit.is_ascii_digit()))
                {
                    assert!(seen.insert(number.to_owned()), "{number} again in {}", case.id);
                }
            }
        }
    }
    assert!(seen.len() > 1_000);
}

/// Returns what was sent and how it was answered, without ids, times and polled readings.
fn story(record: &CaseRecord) -> Vec<String> {
    let own = |exchange: &Exchange| {
        let answer = match &exchange.answer {
            Answer::Response(response) => response.status.to_string(),
            other => format!("{other:?}"),
        };
        let path = match exchange.operation {
            OperationId::BuyBulk => exchange.request.body.text().into_owned(),
            operation => format!("{operation:?}"),
        };
        format!(
            "{:?} {:?} {:?} {path} -> {answer}",
            exchange.actor, exchange.request.key, exchange.request.headers
        )
    };
    let mut story: Vec<String> = Vec::new();
    for exchange in &record.exchanges {
        let polled = matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus);
        let line = own(exchange);
        if story.last() != Some(&line) && !(polled && story.contains(&line)) {
            story.push(line);
        }
    }
    story
}

/// Returns the stories of all cases without concurrent orders.
fn stories(finished: &Finished) -> Vec<(u64, String, Vec<String>)> {
    let cases = finished.history.cases.iter().filter(|it| it.exchanges.iter().all(|it| it.batch.is_none()));
    cases.map(|it| (it.index, it.id.clone(), story(&it))).collect()
}

/// Returns the verdict and every outcome.
fn verdicts(finished: &Finished) -> (Verdict, Vec<(String, Outcome)>) {
    let judgement = &finished.judgement;
    let outcomes = judgement.requirements.iter().map(|it| (it.id.clone(), it.outcome));
    (judgement.verdict, outcomes.collect())
}

async fn run(options: Options, fault: Option<&str>) -> Finished {
    let behaviour = fault.map(common::fault).unwrap_or_default();
    let sandbox = common::start(|config| config.behaviour = behaviour).await;
    let finished = common::judge(&sandbox, &options).await;
    sandbox.stop().await;
    finished
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_or_many_at_once() {
    let whole = |concurrency| Options { concurrency, ..Options::new(Tier::Standard, 5) };
    let (one, many) = (run(whole(1), None).await, run(whole(16), None).await);
    // The outcome of concurrent orders is the server's choice; every other case is compared, exchange by exchange.
    let (alone, among) = (stories(&one), stories(&many));
    assert_eq!(alone.len(), among.len());
    assert!(alone.len() as u64 > one.history.header.budget.cases * 9 / 10, "{} cases compared", alone.len());
    for (alone, among) in alone.iter().zip(&among) {
        assert_eq!(alone, among);
    }
    assert!(one.judgement.findings.is_empty(), "{:#?}", one.judgement.findings);
    assert_eq!(verdicts(&one), verdicts(&many));
    assert_eq!(one.judgement.ledger.charged, many.judgement.ledger.charged);
    // The charges must be within the prediction: the expected cost, or up to that with everything that the pages leave
    // open.
    let budget = &one.history.header.budget;
    let most = budget.cost.expected + budget.cost.open;
    assert!((budget.cost.expected..=most).contains(&one.judgement.ledger.charged), "{budget:?}");
}

/// A history that is spilled to disk is judged and read like one in memory.
#[tokio::test(flavor = "multi_thread")]
async fn in_memory_or_on_disk() {
    let disk = Options { memory: 10_000, ..options(5, 8) };
    let (kept, spilled) = (run(options(5, 8), None).await, run(disk, None).await);
    assert_eq!(kept.history.cases.spilled(), 0);
    assert!(
        spilled.history.cases.spilled() > spilled.history.cases.len() / 2,
        "{} on disk",
        spilled.history.cases.spilled()
    );
    assert_eq!(stories(&kept), stories(&spilled));
    assert_eq!(verdicts(&kept), verdicts(&spilled));
    assert_eq!(kept.judgement.ledger.charged, spilled.judgement.ledger.charged);
    assert!(spilled.history.cases.trouble().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_case_is_made_smaller_and_judged() {
    // Without the boundary cases, which already have a single defect.
    let options = Options { shrink: true, only: vec!["fuzz/".into()], ..options(5, 8) };
    let finished = run(options, Some("count-unbounded")).await;
    let small: Vec<_> = finished.history.cases.iter().filter(|it| it.id.ends_with("@small")).collect();
    assert!(!small.is_empty());
    for group in &finished.judgement.findings {
        assert_eq!(group.requirement, "COUNT-HIGH");
        assert!(group.example.case.ends_with("@small"), "{}", group.example.case);
    }
    // One item too many is all that is left.
    let orders = small[0].exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk);
    let counts: Vec<usize> = orders
        .map(|it| serde_json::from_slice::<serde_json::Value>(&it.request.body.0).unwrap())
        .map(|body| body["items"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [21]);
}
