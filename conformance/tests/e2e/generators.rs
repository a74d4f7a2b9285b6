//! What each generator of the plan is needed for: planted faults that its cases reveal, and that survive a plan without
//! it.
//!
//! `CONFORMANCE_GENERATORS=full cargo test --release -p conformance --test e2e generators` tries every fault both ways;
//! without it, each generator must reveal its first fault. `cargo xtask faults GROUP --without GENERATOR` tries one.

use std::collections::BTreeSet;

use conformance::checks::vary;
use conformance::history::Tier;
use conformance::run::session::{self, Options};
use conformance::sut::parse_url;

use crate::common::{
    contract, failing, fault, faultless, judge, long, options, start, states_of, target_at, told,
};

/// The generators, each with faults that no other part of the plan reveals.
const SHOWN: [(&str, &[&str]); 15] = [
    (
        "magnitude",
        &[
            "magnitude-rich-other-allowed",
            "magnitude-balance-of-32-bits",
            "magnitude-debit-of-24-bits",
            "magnitude-total-capped",
            "magnitude-rich-any-count",
            "magnitude-rich-credit",
        ],
    ),
    (
        "alone",
        &[
            "alone-inactive-second-buyer",
            "alone-inactive-of-eleven",
            "alone-unknown-package-beside-dear",
            "alone-number-null-second-buyer",
            "alone-elsewhere-last-but-one",
            "alone-number-blank-from-the-eleventh",
            "reject-late-order-left",
        ],
    ),
    (
        "near",
        &[
            "near-package-but-last-letters",
            "near-product-without-last-letter",
            "near-number-letters-inside",
            "pattern-letters-before",
            "pattern-letters-last",
            "pattern-two-numbers",
        ],
    ),
    (
        "networks",
        &["prefix-57-paid-twice", "prefix-26-dropped", "prefix-24-shown-as-another", "prefix-24-unexamined"],
    ),
    (
        "twice",
        &["twice-spellings-paid-once", "twice-spellings-merged", "twice-package-under-another-product"],
    ),
    (
        "words",
        &[
            "words-inherited-operator-known",
            "words-wildcard-package",
            "words-query-for-operator",
            "words-polluted-for-good",
        ],
    ),
    (
        "claims",
        &[
            "claims-price-of-an-item",
            "claims-total-of-the-order",
            "claims-role-that-may-buy",
            "claims-role-of-the-price",
        ],
    ),
    ("formats", &["format-round-tens-text", "format-whole-from-ten-in-pesewas"]),
    ("content", &["content-state-filter-ignored", "content-cursor-of-another", "content-full-page-cut"]),
    (
        "agree",
        &[
            "agree-held-by-a-refusal",
            "agree-profile-pays-for-a-refusal",
            "agree-profile-suspended-by-a-refusal",
            "profile-stops-following",
        ],
    ),
    (
        "time",
        &[
            "time-revoked-key-remembered",
            "time-second-key-dies-with-the-first",
            "time-order-after-a-pause-crash",
        ],
    ),
    (
        "doors",
        &[
            "doors-slash-any-role",
            "doors-letter-case-any-balance",
            "doors-put-unpaid",
            "doors-key-in-query",
            "doors-patch-charged-and-refused",
        ],
    ),
    (
        "pieces",
        &["pieces-account-of-the-last-head", "pieces-first-piece-only", "pieces-many-accounts-one-pays"],
    ),
    (
        "life",
        &[
            "life-given-back-at-the-end",
            "life-late-recipients-go-back",
            "life-twins-go-back",
            "recipients-never-submitted",
        ],
    ),
    (
        "readings",
        &[
            "life-revoked-key-reads",
            "life-wallet-without-key",
            "own-limit-no-number-crash",
            "words-quote-in-order-id-crash",
        ],
    ),
];

#[test]
fn every_generator_has_its_faults() {
    let named: Vec<&str> = SHOWN.iter().map(|(name, _)| *name).collect();
    let all: Vec<&str> = vary::ALL.iter().map(|it| it.name).collect();
    assert_eq!(named, all);
}

/// Returns the ids that a run reports for a fault; any that the fault does not declare fails the test.
async fn reported(id: &str, options: &Options) -> Vec<String> {
    let sandbox = start(|config| config.behaviour = fault(id)).await;
    let finished = judge(&sandbox, options).await;
    sandbox.stop().await;
    let failed: Vec<String> = failing(&finished.judgement).into_iter().map(str::to_owned).collect();
    let declared = sandbox::faults::by_id(id).unwrap().breaks;
    let stray = failed.iter().find(|it| !declared.contains(&it.as_str()));
    assert_eq!(stray, None, "{id}: {}", told(&finished.judgement));
    failed
}

fn one_at_a_time(only: Vec<String>, without: Vec<String>) -> Options {
    // Some faults depend on earlier requests, so the cases must not run concurrently.
    Options { concurrency: 1, only, without, ..options(Tier::Standard, 1) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_generator_sends_shows_its_faults() {
    let mut hidden = Vec::new();
    for (generator, faults) in SHOWN {
        let tried = if long("CONFORMANCE_GENERATORS") { faults } else { &faults[..1] };
        for id in tried {
            if reported(id, &one_at_a_time(vec![format!("{generator}/")], Vec::new())).await.is_empty() {
                hidden.push((generator, id));
            }
        }
    }
    assert!(hidden.is_empty(), "not shown by their generator: {hidden:?}");
}

/// A plan without the generator must miss the faults, or finding them was luck.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_generator_shows_survives_a_plan_without_it() {
    if !long("CONFORMANCE_GENERATORS") {
        return;
    }
    let mut lucky = Vec::new();
    for (generator, faults) in SHOWN {
        for id in faults {
            let failed = reported(id, &one_at_a_time(Vec::new(), vec![generator.to_owned()])).await;
            if !failed.is_empty() {
                lucky.push((generator, id, failed));
            }
        }
    }
    assert!(lucky.is_empty(), "shown without their generator too: {lucky:#?}");
}

/// A plan without a generator lacks the cases of that generator and no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_without_a_generator_lacks_its_cases_alone() {
    let sandbox = faultless().await;
    let planned = async |without: Vec<String>| -> BTreeSet<String> {
        let options = Options { without, ..options(Tier::Standard, 1) };
        let states = parse_url(&states_of(&sandbox)).unwrap();
        let prepared = session::prepare(contract(), target_at(sandbox.url()), Some(states), &options).await;
        prepared.unwrap().cases.into_iter().map(|case| case.id).collect()
    };
    let all = planned(Vec::new()).await;
    for generator in vary::ALL {
        let own = format!("{}/", generator.name);
        let (own, rest): (BTreeSet<_>, BTreeSet<_>) =
            all.iter().cloned().partition(|id| id.starts_with(&own));
        assert!(!own.is_empty(), "{} plans nothing", generator.name);
        assert_eq!(planned(vec![generator.name.to_owned()]).await, rest, "{}", generator.name);
    }
}
