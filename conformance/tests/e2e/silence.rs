//! A server that keeps the contract is never accused, whatever freedoms it takes and whatever accounts a run has on it.
//!
//! `CONFORMANCE_SILENCE=full cargo test -p conformance --release --test e2e silence` tries every freedom alone and
//! sets that hold every pair of them at the standard tier, every pair by itself at the smoke tier, and 200 seeds; without it,
//! a short form runs.

use std::collections::BTreeSet;

use crate::common::{
    assert_silent, freedoms, judge, long, options, run, start, target_with_accounts, target_with_key, told,
};
use conformance::history::Tier;
use conformance::judge::verdict::{Ledger, Outcome, Verdict};
use sandbox::Freedom;

const LENGTH: &str = "CONFORMANCE_SILENCE";

/// Number of covering sets of freedoms that the short form tries; each has some forty freedoms. The long form tries all
/// sets.
const SHORT_SETS: usize = 6;

/// Runs with provider states and asserts that the verdict is the right one for this server.
async fn right(taken: &[Freedom], tier: Tier, seed: u64) {
    let what = format!("{taken:?}, {tier:?}, seed {seed}");
    let sandbox = start(|config| config.behaviour = freedoms(taken)).await;
    let finished = judge(&sandbox, &options(tier, seed)).await;
    assert_silent(&finished.judgement, &worth_a_warning(taken), &what);
    // If recipients fail and are refunded and no answer shows it, the outcome of races on their wallets can't be
    // decided.
    let undecided = taken.contains(&Freedom::SomeFail)
        && crate::common::of(&finished.judgement, Outcome::Inconclusive).contains("MONEY-RACE");
    let deserved = if undecided { Verdict::Incomplete } else { Verdict::Conformant };
    assert_eq!(finished.judgement.verdict, deserved, "{what}: {:#?}", finished.judgement.requirements);
    accounted_for(&finished.judgement.ledger, taken, &what);
    sandbox.stop().await;
}

/// Asserts that no money is lost without an explanation, and that none comes back except where failed recipients are
/// refunded.
fn accounted_for(ledger: &Ledger, taken: &[Freedom], what: &str) {
    assert_eq!(ledger.unexplained.unwrap_or_default(), spec::Pesewas::ZERO, "{what}");
    let refunds = [Freedom::RefundFailed, Freedom::SomeFail].iter().any(|it| taken.contains(it));
    assert!(refunds || ledger.returned == spec::Pesewas::ZERO, "{what}: {}", ledger.returned);
}

/// Returns the warnings that freedoms may cause: a profile that is out of date, money that stays held, a reference that
/// repeats at times, and values of another type that are taken for what they spell.
fn worth_a_warning(taken: &[Freedom]) -> Vec<&'static str> {
    let coerced = [
        Freedom::NamesInAnyCase,
        Freedom::IndexKeysAsList,
        Freedom::NumbersAsTexts,
        Freedom::ListsOfOneUnwrapped,
        Freedom::BlanksTrimmed,
    ];
    let mut ids = Vec::new();
    if taken.contains(&Freedom::ListByPosition) {
        ids.push("ORDER-LIST");
    }
    if taken.contains(&Freedom::HoldForGood) {
        ids.push("WALLET-CONSISTENT");
    }
    if taken.contains(&Freedom::ProfileCached) {
        ids.push("PROFILE-CONSISTENT");
    }
    if taken.contains(&Freedom::ReusedReferences) {
        ids.push("AMB-REFERENCE-UNIQUE");
    }
    if taken.iter().any(|it| coerced.contains(it)) {
        ids.extend(["BODY-OPERATOR", "BODY-PRODUCT", "BODY-ITEMS", "ITEM-PACKAGE", "ITEM-MSISDN"]);
        ids.extend(["PRE-OPERATOR", "PRE-PRODUCT", "PRE-PACKAGE", "COUNT-LOW"]);
    }
    ids
}

/// Tries these sets one by one, so that a failure of one does not hide the others.
async fn all_right(sets: impl IntoIterator<Item = (Vec<Freedom>, Tier, u64)>) {
    let mut accused = Vec::new();
    for (set, tier, seed) in sets {
        let taken = set.clone();
        if tokio::spawn(async move { right(&taken, tier, seed).await }).await.is_err() {
            accused.push(set);
        }
    }
    assert!(accused.is_empty(), "accused: {accused:?}");
}

/// Returns legal sets of freedoms in which every legal pair occurs together at least once. Each set starts with a pair
/// that no set before it has, and adds the freedoms that cover the most remaining pairs.
fn covering() -> Vec<Vec<Freedom>> {
    let all = &Freedom::ALL;
    let mut left: BTreeSet<(usize, usize)> = (0..all.len())
        .flat_map(|one| (one + 1..all.len()).map(move |two| (one, two)))
        .filter(|(one, two)| !all[*one].excludes(all[*two]))
        .collect();
    let pair = |a: usize, b: usize| (a.min(b), a.max(b));
    let mut sets = Vec::new();
    while let Some((one, two)) = left.first().copied() {
        let mut set = vec![one, two];
        loop {
            // A server without companion endpoints hides the endpoints of all other freedoms, so it is only in sets
            // that start with it.
            let fits = |next: &usize| {
                all[*next] != Freedom::NoCompanions
                    && set.iter().all(|it| it != next && !all[*it].excludes(all[*next]))
            };
            let gain = |next: &usize| set.iter().filter(|it| left.contains(&pair(**it, *next))).count();
            let best = (0..all.len()).filter(fits).max_by_key(|next| (gain(next), std::cmp::Reverse(*next)));
            match best {
                Some(next) => set.push(next),
                None => break,
            }
        }
        for (at, one) in set.iter().enumerate() {
            for two in &set[at + 1..] {
                left.remove(&pair(*one, *two));
            }
        }
        sets.push(set.into_iter().map(|at| all[at]).collect());
    }
    sets
}

#[test]
fn every_legal_pair_is_covered() {
    let sets = covering();
    for (at, one) in Freedom::ALL.iter().enumerate() {
        for two in &Freedom::ALL[at + 1..] {
            let together = sets.iter().any(|set| set.contains(one) && set.contains(two));
            assert_eq!(together, !one.excludes(*two), "{one} and {two}");
        }
    }
    assert!(sets.len() < 64, "{} sets", sets.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_freedom_alone() {
    let tier = if long(LENGTH) { Tier::Standard } else { Tier::Smoke };
    all_right(Freedom::ALL.iter().enumerate().map(|(at, freedom)| (vec![*freedom], tier, at as u64))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freedoms_together() {
    let tier = if long(LENGTH) { Tier::Standard } else { Tier::Smoke };
    let few = if long(LENGTH) { usize::MAX } else { SHORT_SETS };
    all_right(covering().into_iter().enumerate().take(few).map(|(at, set)| (set, tier, at as u64))).await;
    // A regression test: recipients that fail, are refunded and are never shown were taken for a wrong debit.
    right(&[Freedom::RefundFailed, Freedom::NoRecipients], Tier::Standard, 499).await;
    if !long(LENGTH) {
        return;
    }
    // The sets hold every pair at the standard tier, among others; a pair by itself is not hidden by a third freedom.
    let pairs = Freedom::ALL.iter().enumerate().flat_map(|(at, one)| {
        let others = Freedom::ALL[at + 1..].iter().enumerate().filter(|(_, two)| !one.excludes(**two));
        others.map(move |(nth, two)| (vec![*one, *two], Tier::Smoke, (at * 31 + nth) as u64))
    });
    all_right(pairs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seeds() {
    let seeds = if long(LENGTH) { 200 } else { 2 };
    for seed in 0..seeds {
        right(&[], Tier::Standard, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_accounts_file_of_every_demo_account() {
    let seeds = if long(LENGTH) { 100 } else { 1 };
    for seed in 0..seeds {
        let sandbox = crate::common::faultless().await;
        let target = target_with_accounts(&sandbox);
        assert_eq!(target.accounts.len(), 7);
        let ran = run(crate::common::contract(), target, None, &options(Tier::Standard, seed)).await;
        let judgement = ran.map(|it| it.1.judgement).unwrap_or_else(|error| panic!("{error}"));
        assert_silent(&judgement, &[], &format!("accounts file, seed {seed}"));
        // Every documented requirement was exercised: the seven demo keys are sufficient.
        let open = crate::common::of(&judgement, Outcome::NotExercised);
        assert_eq!(judgement.verdict, Verdict::Conformant, "seed {seed}: {open:?} {}", told(&judgement));
        assert_eq!(judgement.ledger.unexplained, Some(spec::Pesewas::ZERO), "seed {seed}");
    }
}

/// Recipients of one case fail and are refunded while other cases run: on a shared wallet, the next reading of any of
/// these cases shows it.
#[tokio::test(flavor = "multi_thread")]
async fn with_fixed_accounts_whose_recipients_fail_later() {
    let others: &[&'static [Freedom]] = &[
        &[],
        &[Freedom::NoRecipients],
        &[Freedom::RecipientsInOtherWords],
        &[Freedom::LaterRevision, Freedom::Hold],
    ];
    for (seed, others) in (0..).zip(others) {
        // Most of a run is spent waiting for orders to end.
        let runs = [5, 40, 400].map(|pause_ms| tokio::spawn(recipients_fail_after(pause_ms, seed, others)));
        for ran in runs {
            ran.await.unwrap();
        }
    }
}

async fn recipients_fail_after(pause_ms: u64, seed: u64, others: &'static [Freedom]) {
    let taken = [&[Freedom::SomeFail], others].concat();
    let what = format!("{taken:?}, {pause_ms} ms, seed {seed}");
    let sandbox = start(|config| {
        config.behaviour = freedoms(&taken);
        config.processing = std::time::Duration::from_millis(pause_ms);
    })
    .await;
    let target = target_with_accounts(&sandbox);
    let ran = run(crate::common::contract(), target, None, &options(Tier::Standard, seed)).await;
    let judgement = ran.map(|it| it.1.judgement).unwrap_or_else(|error| panic!("{error}"));
    assert_silent(&judgement, &[], &what);
    accounted_for(&judgement.ledger, &taken, &what);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_single_key() {
    let seeds = if long(LENGTH) { 100 } else { 1 };
    for seed in 0..seeds {
        let sandbox = crate::common::faultless().await;
        let agent = sandbox.demo().accounts.iter().find(|it| it.role == "Agent").map(|it| it.key.expose());
        let target = target_with_key(sandbox.url(), agent.unwrap_or_default());
        let ran = run(crate::common::contract(), target, None, &options(Tier::Standard, seed)).await;
        let judgement = ran.map(|it| it.1.judgement).unwrap_or_else(|error| panic!("{error}"));
        assert_silent(&judgement, &[], &format!("one key, seed {seed}"));
        assert_eq!(judgement.verdict, Verdict::Incomplete);
        // A requirement that one key can't exercise is named, with the reason.
        for requirement in judgement.requirements.iter().filter(|it| it.outcome == Outcome::NotExercised) {
            assert!(requirement.reason.as_ref().is_some_and(|it| !it.is_empty()), "{}", requirement.id);
        }
        let open = crate::common::of(&judgement, Outcome::NotExercised);
        assert!(open.contains("ROLE-SUPERAGENT") && open.contains("ROLE-OTHER"), "{open:?}");
    }
}
