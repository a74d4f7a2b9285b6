//! Histories of three servers that were written by others from the page alone, without knowledge of this tester. Each
//! must have exactly the listed findings.
//!
//! They were recorded by a run with provider states and cut to the cases in which the servers differ from the sandbox:
//! the shapes of orders and wallets, codes, and how their frameworks read JSON. Headers that no check reads were
//! removed. The case `request/item/msisdn-spelled` was sent by hand to the same server.

use std::collections::BTreeSet;

use conformance::checks;
use conformance::history::{CaseRecord, Line};
use conformance::judge::summary::{self, Unplanned};
use conformance::judge::verdict::{FindingGroup, Judgement, Outcome};

use crate::catalog::contract;

/// An expected finding: the requirement, whether it is only a warning, and parts of its text.
type Wanted = (&'static str, bool, &'static [&'static str]);

/// A server and everything that must be found.
struct Server {
    name: &'static str,
    history: &'static str,
    /// Every finding; any other is a false positive.
    findings: &'static [Wanted],
    /// Some of its observed choices where the pages leave one: the question, and parts of the choice.
    chooses: &'static [(&'static str, &'static str)],
}

const SERVERS: [Server; 3] = [
    Server {
        name: "Django, REST framework and gunicorn",
        history: include_str!("field/django.ndjson"),
        findings: &[
            // The server takes a chunked body for empty, and the finding names that cause.
            (
                "ROUTE-POST",
                false,
                &["a valid order was refused with 400", "chunked, without a Content-Length"],
            ),
            ("ITEM-MSISDN", true, &["a number was taken for the string `beneficiaryMsisdn`", "no page says"]),
        ],
        chooses: &[
            ("AMB-MEDIA-TYPE", "415"),
            ("AMB-ENCODING", "lone surrogates replaced"),
            ("AMB-ENCODING", "the last value of a key that stands twice"),
            ("AMB-COERCION", "a number was taken for the string"),
            ("AMB-CODE", "403 with BUY_DATA_BULK_FAILED"),
        ],
    },
    Server {
        name: "Express, zod and PGlite",
        history: include_str!("field/express.ndjson"),
        findings: &[],
        chooses: &[
            ("AMB-MEDIA-TYPE", "200"),
            ("AMB-ENCODING", "bytes that are not UTF-8 replaced"),
            ("AMB-ENCODING", "without its byte order mark"),
            ("AMB-CHUNKED-LENGTH", "200"),
            ("AMB-CODE", "422 with BUY_DATA_BULK_FAILED"),
        ],
    },
    Server {
        name: "Lumen behind nginx",
        history: include_str!("field/php.ndjson"),
        findings: &[("BODY-ITEMS", true, &["an object with the keys 0, 1, …", "no page says"])],
        chooses: &[
            ("AMB-MEDIA-TYPE", "200"),
            ("AMB-COERCION", "an object with the keys 0, 1, … was taken for the list `items`"),
            ("AMB-ENCODING", "the last value of a key that stands twice"),
            ("AMB-CHUNKED-LENGTH", "200"),
        ],
    },
];

/// Judges a recorded run by the current contract, whatever revision it was recorded with.
fn judged(history: &str) -> (Vec<CaseRecord>, Judgement) {
    let (mut header, mut cases, mut footer) = (None, Vec::new(), None);
    for line in history.lines() {
        match serde_json::from_str(line).unwrap() {
            Line::Header(it) => header = Some(*it),
            Line::Case(it) => cases.push(*it),
            Line::Footer(it) => footer = Some(it),
            other => panic!("a line of a journal: {other:?}"),
        }
    }
    let judge = checks::judge(contract()).unwrap();
    let judgement = summary::judge(&judge, &header.unwrap(), &cases, &footer.unwrap(), &Unplanned::new());
    (cases, judgement)
}

/// Returns a finding in one line, with everything that a report shows of it.
fn told(group: &FindingGroup) -> String {
    let it = &group.example;
    let kind = if it.warning { "warning" } else { "fail" };
    format!("{kind} {}: {} | {} | {}", group.requirement, it.summary, it.detail.join("; "), it.case)
}

#[test]
fn servers_of_others_are_found_to_do_what_they_do_and_nothing_else() {
    for Server { name, history, findings, chooses } in SERVERS {
        let (cases, said) = judged(history);
        assert!(cases.len() > 30, "{name}: {} cases", cases.len());
        let told: Vec<String> = said.findings.iter().map(told).collect();
        let found: BTreeSet<(&str, bool)> =
            said.findings.iter().map(|it| (it.requirement.as_str(), it.example.warning)).collect();
        let wanted = findings.iter().map(|(id, warning, _)| (*id, *warning)).collect();
        assert_eq!(found, wanted, "{name}: {told:#?}");
        assert_eq!(said.findings.len(), findings.len(), "{name}: one for each cause: {told:#?}");
        for (id, _, words) in findings {
            let line = told.iter().find(|it| it.contains(id)).unwrap();
            words.iter().for_each(|words| assert!(line.contains(words), "{name}: no {words:?} in {line}"));
        }
        let failed = said.requirements.iter().filter(|it| it.outcome == Outcome::Fail).count();
        assert_eq!(failed, findings.iter().filter(|it| !it.1).count(), "{name}");
        for (id, words) in chooses {
            let seen = &said.ambiguities.iter().find(|it| it.id == *id).unwrap().choices;
            assert!(
                seen.iter().any(|(choice, ..)| choice.contains(words)),
                "{name}: {id} {words:?}: {seen:?}"
            );
        }
        assert!(said.own_faults.is_empty(), "{name}: {:?}", said.own_faults);
    }
}

#[test]
fn their_orders_and_wallets_are_recognised_by_content() {
    for Server { name, history, .. } in SERVERS {
        let (_, said) = judged(history);
        for id in
            ["ORDER-STATUS", "ORDER-RECIPIENTS", "ORDER-SAME", "WALLET-CONSISTENT", "PROFILE-CONSISTENT"]
        {
            let verdict = said.requirements.iter().find(|it| it.id == id).unwrap();
            assert_eq!(verdict.outcome, Outcome::Pass, "{name}: {id}: {:?}", verdict.reason);
        }
    }
}

#[test]
fn no_key_is_in_their_histories() {
    let key = &contract().key;
    for Server { name, history, .. } in SERVERS {
        for prefix in [&key.test_prefix, &key.live_prefix] {
            assert!(!history.contains(prefix.as_str()), "{name}: {prefix}");
        }
    }
}
