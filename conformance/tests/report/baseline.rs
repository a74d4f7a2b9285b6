//! Known failures: they are marked, and an entry that no longer holds makes the run fail.

use std::collections::BTreeSet;

use conformance::judge::verdict::{Judgement, Outcome, RequirementVerdict, Verdict};
use conformance::report::baseline::{Baseline, Untrue};
use jiff::civil::date;

use crate::fixture;

/// Returns the verdict, as far as a baseline can change it.
fn verdict(requirements: &[RequirementVerdict]) -> Verdict {
    let failed = requirements.iter().any(|it| it.outcome == Outcome::Fail);
    if failed { Verdict::NotConformant } else { Verdict::Incomplete }
}

fn applied(text: &str) -> (Judgement, Vec<Untrue>) {
    let fixture = fixture::failing();
    let mut judgement = fixture.judgement;
    for group in &mut judgement.findings {
        group.known = None;
    }
    let baseline = Baseline::parse(text, &fixture.contract).unwrap();
    let untrue = baseline.apply(&mut judgement, &tried(), date(2030, 6, 1), verdict);
    (judgement, untrue)
}

/// Returns the ways that the handwritten run could have seen.
fn tried() -> BTreeSet<String> {
    ["auth/revoked", "count/high", "count/range"].map(str::to_owned).into()
}

fn entry(requirement: &str, bound: &str, expires: &str) -> String {
    format!(
        "[[known]]\nrequirement = '{requirement}'\n{bound}\nreason = 'old'\nticket = 'T-1'\nexpires = {expires}\n"
    )
}

fn outcome(judgement: &Judgement, id: &str) -> Outcome {
    judgement.requirements.iter().find(|it| it.id == id).unwrap().outcome
}

#[test]
fn a_requirement_is_known_when_all_its_failures_are() {
    let (judgement, untrue) = applied(&entry("STATUS-DOCUMENTED", "cause = 'lost:timeout'", "2030-06-01"));
    assert_eq!(untrue, []);
    assert_eq!(outcome(&judgement, "STATUS-DOCUMENTED"), Outcome::Fail);
    let known: Vec<_> = judgement.findings.iter().filter_map(|group| group.known.as_deref()).collect();
    assert_eq!(known, ["T-1"]);

    let (judgement, _) = applied(&entry("COUNT-HIGH", "cause = 'accepted:count-high'", "'2030-06-01'"));
    assert_eq!(outcome(&judgement, "COUNT-HIGH"), Outcome::Known);
    assert_eq!(judgement.verdict, Verdict::NotConformant, "others fail");
}

/// Accepting one revoked key does not cover any key, and a few items too many do not cover many.
#[test]
fn an_entry_knows_a_failure_in_its_ways_alone() {
    let ways = |ways: &str| {
        entry("COUNT-HIGH", &format!("cause = 'accepted:count-high'\nways = {ways}"), "2030-06-01")
    };
    let (judgement, untrue) = applied(&ways("['count/high', 'count/high/wide']"));
    assert_eq!((outcome(&judgement, "COUNT-HIGH"), untrue.len()), (Outcome::Known, 0));
    let (judgement, untrue) = applied(&ways("['count/high']"));
    assert_eq!((outcome(&judgement, "COUNT-HIGH"), untrue.len()), (Outcome::Fail, 0));
    let detail = judgement.findings.iter().flat_map(|it| &it.example.detail);
    let wanted = "known only as count/high (T-1); it fails also as count/high/wide";
    assert!(detail.clone().any(|it| it == wanted), "{:?}", detail.collect::<Vec<_>>());
    let (judgement, _) = applied(&entry("COUNT-HIGH", "cause = 'answered 400'", "2030-06-01"));
    assert_eq!(outcome(&judgement, "COUNT-HIGH"), Outcome::Fail, "another cause");
}

/// A way that a run did not try does not count as fixed.
#[test]
fn an_entry_is_out_of_date_where_its_ways_were_tried() {
    let ways = |way: &str| entry("RESP-COUNT", &format!("cause = 'count'\nways = ['{way}']"), "2030-06-01");
    assert_eq!(applied(&ways("count/range")).1.len(), 1);
    assert_eq!(applied(&ways("response/awkward")).1, []);
}

#[test]
fn a_file_from_before_causes_is_read_and_says_so() {
    let (judgement, untrue) = applied(&entry("STATUS-DOCUMENTED", "matcher = 'lost:time'", "2030-06-01"));
    assert_eq!(untrue, []);
    assert!(judgement.findings.iter().any(|it| it.known.is_some()));
    assert!(judgement.notes.iter().any(|it| it.contains("--write-baseline writes causes")));
}

#[test]
fn everything_known_is_not_a_failure() {
    let fixture = fixture::failing();
    let today = date(2030, 6, 1);
    let mut judgement = fixture.judgement;
    let baseline = Baseline::covering(&judgement, &Baseline::default(), today);
    let text = baseline.to_toml().unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(Baseline::parse(&text, &fixture.contract).unwrap(), baseline);
    assert_eq!(baseline.apply(&mut judgement, &tried(), today, verdict), []);
    assert_eq!(judgement.verdict, Verdict::Incomplete);
    assert_eq!(Baseline::covering(&judgement, &baseline, today), baseline, "covering again changes nothing");
}

#[test]
fn an_untrue_entry_fails_the_run() {
    let expired = entry("COUNT-HIGH", "cause = 'accepted:count-high'", "2030-05-31");
    let stale = entry("RESP-COUNT", "cause = 'count'", "2030-06-01");
    let unknown = entry("ORDER-RETRY", "cause = 'refused'", "2030-06-01");
    let (judgement, untrue) = applied(&format!("{expired}{stale}{unknown}"));
    let messages: Vec<_> = untrue.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "the baseline is out of date: COUNT-HIGH `accepted:count-high` (T-1) expired on 2030-05-31: fix it, or give it a new date",
            "the baseline is out of date: RESP-COUNT `count` (T-1) no longer fails: take it out of the baseline",
        ]
    );
    assert_eq!(outcome(&judgement, "COUNT-HIGH"), Outcome::Fail);
    assert!(judgement.notes.iter().any(|note| note.contains("RESP-COUNT")));

    let fixture = fixture::passing();
    let mut judgement = fixture.judgement;
    let baseline = Baseline::parse(&stale, &fixture.contract).unwrap();
    baseline.apply(&mut judgement, &tried(), date(2030, 6, 1), |_| Verdict::Conformant);
    assert_eq!(judgement.verdict, Verdict::BaselineOutOfDate);
}

#[test]
fn mistakes_are_named() {
    let contract = fixture::passing().contract;
    let error = |text: &str| Baseline::parse(text, &contract).unwrap_err().to_string();
    let good = entry("COUNT-HIGH", "cause = 'x'", "2030-06-01");
    insta::assert_snapshot!(
        [
            error(&entry("COUNT-HI", "", "2030-06-01")),
            error(&entry("COUNT-HIGH", "", "2030-06-01")),
            error(&good.replace("'old'", "' '")),
            error(&good.replace("'T-1'", "''")),
            error(&good.replace("'x'", "''")),
            error(&format!("{good}{good}")),
            error(&entry("COUNT-HIGH", "cause = 'x'", "'soon'")),
            error(&entry("COUNT-HIGH", "cause = 'x'", "7")),
            error("[[known]]\nticket = 1"),
            error("known = ["),
        ]
        .join("\n")
    );
}
