//! Damaged input: histories, journals, answers, accounts files, baselines and contracts that were damaged at random
//! must be read or refused with a reason, and nothing may panic.
//!
//! `CONFORMANCE_FUZZ=N` tries each of them N times instead of a few.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use conformance::history::{Answer, Bytes, History, Response};
use conformance::report::baseline::Baseline;
use conformance::run::judge_again;
use conformance::sut::accounts;
use proptest::prelude::*;
use spec::Pesewas;

use crate::common::contract;
use crate::common::recording::read;

fn config(few: u32) -> ProptestConfig {
    let cases = std::env::var("CONFORMANCE_FUZZ").ok().and_then(|it| it.parse().ok()).unwrap_or(few);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() }
}

/// Returns the path of a file of this crate.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(file(path)).unwrap()
}

/// A change of a file: where, in thousandths of its length, and what.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Put(usize, Vec<u8>),
    Drop(usize, usize),
    Again(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let odd = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..6),
        prop_oneof![
            Just("\""),
            Just("{"),
            Just("]"),
            Just("\n"),
            Just("\0"),
            Just("1e999"),
            Just("-"),
            Just("null"),
            Just("99999999999999999999999999"),
            Just("\\ud800"),
            Just("[["),
            Just("\u{feff}"),
            Just("'''"),
            Just("&a *a"),
        ]
        .prop_map(|it: &str| it.as_bytes().to_vec()),
    ];
    prop_oneof![
        (0..1000_usize).prop_map(Damage::Cut),
        (0..1000_usize, odd).prop_map(|(at, what)| Damage::Put(at, what)),
        (0..1000_usize, 1..40_usize).prop_map(|(at, count)| Damage::Drop(at, count)),
        (0..1000_usize, 1..400_usize).prop_map(|(at, count)| Damage::Again(at, count)),
    ]
}

fn damaged(mut bytes: Vec<u8>, all: &[Damage]) -> Vec<u8> {
    for one in all {
        let at = |thousandth: usize| bytes.len() * thousandth / 1000;
        match one {
            Damage::Cut(place) => bytes.truncate(at(*place)),
            Damage::Put(place, what) => {
                let at = at(*place);
                bytes.splice(at..at, what.iter().copied());
            }
            Damage::Drop(place, count) => {
                let at = at(*place);
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Damage::Again(place, count) => {
                let at = at(*place);
                let again = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// Writes a damaged file into a folder of its own.
fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A recorded run that is small enough to be judged many times.
const HISTORY: &str = "tests/hostile/corpus/history.ndjson";
const JOURNAL: &str = "tests/hostile/corpus/journal.ndjson";

static RECORDED: LazyLock<History> = LazyLock::new(|| read(&file(HISTORY)));

/// Judges a history if it can be read, and checks what must hold for every judgement.
fn judged(history: History) -> Result<(), TestCaseError> {
    if let Ok(finished) = judge_again::judge(&contract(), history) {
        let judgement = finished.judgement;
        prop_assert!(judgement.own_faults.is_empty(), "{:?}", judgement.own_faults);
        let ledger = judgement.ledger;
        prop_assert!(ledger.charged >= Pesewas::ZERO && ledger.unknown_most >= Pesewas::ZERO, "{:?}", ledger);
        prop_assert!(ledger.accepted <= ledger.orders && ledger.unknown <= ledger.orders, "{:?}", ledger);
    }
    Ok(())
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let json = prop_oneof![
        Just(
            r#"{"success":true,"data":{"totalAmount":1e999,"recipientCount":2e0,"orderId":"","message":"\ud83d"}}"#
        ),
        Just(
            r#"{"success":true,"data":{"totalAmount":-0.00,"orderId":7,"shortReference":null,"recipientCount":-1}}"#
        ),
        Just(r#"{"success":true,"data":[{"orders":[[]],"continueCursor":{}}]}"#),
        Just(
            r#"{"success":true,"data":{"availableBalance":"1","heldBalance":99999999999999999999,"totalBalance":0}}"#
        ),
        Just(r#"{"data":{"data":{"data":{}}},"data":1}"#),
    ];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        (json, proptest::collection::vec(damage(), 0..4))
            .prop_map(|(text, all): (&str, Vec<Damage>)| damaged(text.as_bytes().to_vec(), &all)),
        (1..200_usize).prop_map(|deep| "[".repeat(deep).into_bytes()),
    ]
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let header = prop_oneof![
        Just(("content-type", "application/json")),
        Just(("content-type", "text/html;;;=")),
        Just(("content-encoding", "gzip")),
        Just(("content-encoding", ",")),
        Just(("retry-after", "-1")),
        Just(("location", "http://[::1/")),
    ];
    let header = header.prop_map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned()));
    let status = prop_oneof![100..600_u16, Just(200), Just(400), Just(402), Just(429)];
    (status, proptest::collection::vec(header, 0..3), any_body(), any::<bool>(), any::<bool>()).prop_map(
        |(status, headers, body, held_key, cut)| {
            Answer::Response(Response { status, headers, body: Bytes(body), held_key, cut })
        },
    )
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn histories_and_journals(journal in any::<bool>(), all in proptest::collection::vec(damage(), 1..4)) {
        let (_folder, path) = written("h.ndjson", &damaged(bytes(if journal { JOURNAL } else { HISTORY }), &all));
        if let Ok(history) = conformance::history::recorded::read(&path) {
            judged(history)?;
        }
    }

}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn answers(places in proptest::collection::vec((any::<usize>(), any_answer()), 1..40)) {
        let mut cases: Vec<_> = RECORDED.cases.iter().map(std::borrow::Cow::into_owned).collect();
        for (place, answer) in places {
            let case = place % cases.len();
            let exchanges = &mut cases[case].exchanges;
            if !exchanges.is_empty() {
                let at = place / 7 % exchanges.len();
                exchanges[at].answer = answer;
            }
        }
        let (header, footer) = (RECORDED.header.clone(), RECORDED.footer.clone());
        judged(History { header, cases: cases.into(), footer })?;
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn accounts_files(all in proptest::collection::vec(damage(), 1..4)) {
        let (_folder, path) = written("accounts.toml", &damaged(bytes("accounts.example.toml"), &all));
        if let Err(error) = accounts::load(&path, &contract(), &|_| None) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn baselines(all in proptest::collection::vec(damage(), 1..4)) {
        let text = "[[known]]\nrequirement = \"COUNT-HIGH\"\ncause = \"accepted\"\nreason = \"r\"\nticket = \"T-1\"\nuntil = 2030-01-01\n";
        let damaged = damaged(text.as_bytes().to_vec(), &all);
        if let Err(error) = Baseline::parse(&String::from_utf8_lossy(&damaged), &contract()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn contracts(all in proptest::collection::vec(damage(), 1..3)) {
        let (_folder, path) = written("openapi.yaml", &damaged(bytes("../spec/openapi.yaml"), &all));
        if let Err(problems) = spec::from_paths(&path, None) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }
}
