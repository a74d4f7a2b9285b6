//! A bad network between the program and a correct server: requests and responses are lost, delayed and cut. No
//! purchase is sent twice, the ledger adds up, and the server is not accused.
//!
//! The simulated network repeats only readings. A purchase that arrives twice is charged twice, which this contract
//! allows, and a run that sees the wallet must report it (the last test here). `CONFORMANCE_PROXY=full` tries 200 runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;

use crate::common::proxy::{Decide, Fate, Message, Proxy};
use crate::common::{contract, long, options, run, states_of, target_at, told};
use conformance::history::{Answer, CaseRecord, Exchange, KeyUse, Tier};
use conformance::judge::verdict::Verdict;
use conformance::run::session::Finished;
use spec::{OperationId, Pesewas};

/// A hash that is sufficient to distribute fates.
fn scatter(seed: u64, nth: u64) -> u64 {
    let mut it = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ nth.wrapping_mul(0xD1B5_4A32_D192_ED03);
    it = (it ^ (it >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    it ^ (it >> 29)
}

/// About one request in ten is disturbed.
fn bad_weather(seed: u64) -> Decide {
    let nth = AtomicU64::new(0);
    Box::new(move |request: &Message| {
        let dice = scatter(seed, nth.fetch_add(1, Ordering::Relaxed));
        let delay = Duration::from_millis(dice >> 32 & 31);
        match dice % 96 {
            0 | 1 => Fate::DropRequest,
            2 | 3 => Fate::DropAnswer,
            4 => Fate::CutAnswer,
            5 => Fate::DelayRequest(delay),
            6 => Fate::DelayAnswer(delay),
            // Longer than the timeout of the program.
            7 => Fate::DelayRequest(TIMEOUT * 2),
            8 | 9 if request.is_read() => Fate::Twice,
            _ => Fate::Pass,
        }
    })
}

const TIMEOUT: Duration = Duration::from_millis(1_500);

/// The number of runs at a time.
const AT_ONCE: usize = 6;

fn orders(finished: &Finished) -> Vec<(String, Exchange)> {
    let of = |case: &CaseRecord| {
        let orders = case.exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk);
        orders.map(|it| (case.id.clone(), it.clone())).collect::<Vec<_>>()
    };
    finished.history.cases.iter().flat_map(|case| of(&case)).collect()
}

/// Asserts that every purchase was sent once: the proxy received what the history has, and no key was sent twice with the
/// same bytes except where the plan says so.
fn assert_sent_once(finished: &Finished, proxy: &Proxy, seed: u64) {
    let mut recorded: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut twice_on_purpose: Vec<&[u8]> = Vec::new();
    let mut by_account: BTreeMap<(&str, Option<usize>, &[u8]), usize> = BTreeMap::new();
    let orders = orders(finished);
    for (case, exchange) in orders.iter().filter(|(_, it)| !matches!(it.answer, Answer::Unsent(_))) {
        let body = exchange.request.body.0.as_slice();
        *recorded.entry(body).or_default() += 1;
        let same = by_account.entry((case.as_str(), exchange.actor, body)).or_default();
        *same += 1;
        // The case sends the same bytes twice, or uses a made-up key that belongs to nobody.
        if *same > 1 || matches!(exchange.request.key, KeyUse::Bad(_)) {
            twice_on_purpose.push(body);
        }
    }
    let mut came: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut with_key: BTreeMap<(Option<String>, Vec<u8>), usize> = BTreeMap::new();
    for request in proxy.purchases() {
        *came.entry(request.body.clone()).or_default() += 1;
        *with_key.entry((request.header("x-api-key"), request.body)).or_default() += 1;
    }
    assert!(!came.is_empty());
    for (body, times) in &came {
        let sent = recorded.get(body.as_slice()).copied().unwrap_or(0);
        let text = String::from_utf8_lossy(body);
        // The first request of a run only asks whether the server is reachable, before any case.
        assert!(*times <= sent || body == b"{}", "seed {seed}: came {times} times, recorded {sent}: {text}");
    }
    for ((key, body), times) in &with_key {
        let planned = twice_on_purpose.contains(&body.as_slice()) || key.is_none();
        let by = || {
            let same = orders.iter().filter(|(_, it)| it.request.body.0 == *body);
            let told = |(case, it): &(String, Exchange)| {
                format!(
                    "{case} {:?} {:?} {:?}",
                    it.actor,
                    it.request.key,
                    it.answer.response().map(|it| it.status)
                )
            };
            same.map(told).collect::<Vec<_>>()
        };
        assert!(
            *times == 1 || planned,
            "seed {seed}: {times} times: {}: {:?}",
            String::from_utf8_lossy(body),
            by()
        );
    }
}

async fn storm(seed: u64, tier: Tier) {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let proxy = Proxy::start(sandbox.url(), bad_weather(seed)).await;
    let mut options = options(tier, seed);
    options.timeout = TIMEOUT;
    let ran = run(contract(), target_at(&proxy.url), Some(&states), &options).await;
    let finished = match ran {
        Ok((_, finished)) => finished,
        // If the very first request is lost, the server counts as unreachable.
        Err(error) => return assert!(error.to_string().contains("can't be reached"), "seed {seed}: {error}"),
    };
    let judgement = &finished.judgement;
    assert_ne!(judgement.verdict, Verdict::NotConformant, "seed {seed}: {}", told(judgement));
    assert!(judgement.findings.is_empty(), "seed {seed}: {}", told(judgement));
    assert_eq!(judgement.ledger.unexplained.unwrap_or_default(), Pesewas::ZERO, "seed {seed}");
    let lost = orders(&finished).iter().filter(|(_, it)| matches!(it.answer, Answer::Lost(_))).count() as u64;
    assert_eq!(judgement.ledger.unknown, lost, "seed {seed}");
    assert_sent_once(&finished, &proxy, seed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_network_leads_to_no_accusation_and_no_second_purchase() {
    let runs = if long("CONFORMANCE_PROXY") { 200 } else { 3 };
    // Most of a run is spent waiting for answers that never arrive.
    let storms = (0..runs)
        .map(|seed| tokio::spawn(storm(seed, if seed % 4 == 3 { Tier::Standard } else { Tier::Smoke })));
    let ended = futures::stream::iter(storms).buffer_unordered(AT_ONCE);
    ended.for_each(|ended| async { ended.unwrap() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_whose_answer_is_lost_is_not_sent_again() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    for fate in [Fate::DropRequest, Fate::DropAnswer, Fate::CutAnswer] {
        let all = move |request: &Message| {
            let keyed = request.header("x-api-key").is_some();
            if request.is_purchase() && keyed { fate } else { Fate::Pass }
        };
        let proxy = Proxy::start(sandbox.url(), Box::new(all)).await;
        let mut options = options(Tier::Smoke, 1);
        options.only = vec!["count/range/Agent/2".into()];
        let finished = run(contract(), target_at(&proxy.url), Some(&states), &options).await.unwrap().1;
        assert_sent_once(&finished, &proxy, 1);
        let (ledger, tries) = (&finished.judgement.ledger, orders(&finished).len() as u64);
        // A lost case is tried again with other accounts, to tell a hanging server from a lossy network, but never with
        // the same.
        assert!(tries > 1, "{fate:?}: {tries}");
        assert_eq!((ledger.unknown, ledger.accepted), (tries, 0), "{fate:?}");
        assert_eq!(ledger.unexplained, Some(Pesewas::ZERO), "{fate:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_of_a_purchase_is_not_followed() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let elsewhere = Proxy::transparent(sandbox.url()).await;
    for status in [301, 302, 307, 308] {
        let to = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}/api/v1/data-bundles/buy-bulk\r\n",
            elsewhere.url
        );
        let redirect = move |request: &Message, answer: &Message| {
            let keyed = request.header("x-api-key").is_some();
            match request.is_purchase() && keyed {
                true => format!("{to}content-length: 0\r\n\r\n").into_bytes(),
                false => answer.bytes.clone(),
            }
        };
        let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(redirect)).await;
        let mut options = options(Tier::Smoke, 1);
        options.only = vec!["count/range/Agent/2".into()];
        let finished = run(contract(), target_at(&proxy.url), Some(&states), &options).await.unwrap().1;
        assert!(elsewhere.log().is_empty(), "{status} was followed");
        assert_eq!(finished.judgement.verdict, Verdict::NotConformant, "{status}");
        let said = |it: &conformance::judge::verdict::FindingGroup| {
            it.example.actual.starts_with(&status.to_string())
        };
        assert!(finished.judgement.findings.iter().any(said), "{}", told(&finished.judgement));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_arrives_twice_is_seen() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let twice = |request: &Message| {
        if request.is_purchase() && request.header("x-api-key").is_some() { Fate::Twice } else { Fate::Pass }
    };
    let proxy = Proxy::start(sandbox.url(), Box::new(twice)).await;
    let mut options = options(Tier::Smoke, 1);
    options.only = vec!["count/range/Agent/2".into()];
    let finished = run(contract(), target_at(&proxy.url), Some(&states), &options).await.unwrap().1;
    assert!(
        crate::common::failing(&finished.judgement).contains("MONEY-DEBIT"),
        "{}",
        told(&finished.judgement)
    );
    assert_sent_once(&finished, &proxy, 1);
}
