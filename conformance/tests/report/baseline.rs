//! Known failures: marked, and failing the run when they are no longer true.

use conformance::judge::verdict::{Judgement, Outcome, RequirementVerdict, Verdict};
use conformance::report::baseline::{Baseline, Untrue};
use jiff::civil::date;

use crate::fixture;

/// As the oracle concludes, as far as a baseline can change it.
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
    let untrue = baseline.apply(&mut judgement, date(2030, 6, 1), verdict);
    (judgement, untrue)
}

fn entry(requirement: &str, matcher: &str, expires: &str) -> String {
    let matcher = if matcher.is_empty() { String::new() } else { format!("matcher = '{matcher}'\n") };
    format!(
        "[[known]]\nrequirement = '{requirement}'\n{matcher}reason = 'old'\nticket = 'T-1'\nexpires = {expires}\n"
    )
}

fn outcome(judgement: &Judgement, id: &str) -> Outcome {
    judgement.requirements.iter().find(|it| it.id == id).unwrap().outcome
}

#[test]
fn a_requirement_is_known_when_all_its_failures_are() {
    let (judgement, untrue) = applied(&entry("STATUS-DOCUMENTED", "lost:timeout", "2030-06-01"));
    assert_eq!(untrue, []);
    assert_eq!(outcome(&judgement, "STATUS-DOCUMENTED"), Outcome::Fail);
    let known: Vec<_> = judgement.findings.iter().filter_map(|group| group.known.as_deref()).collect();
    assert_eq!(known, ["T-1"]);

    let (judgement, _) = applied(&entry("STATUS-DOCUMENTED", "", "'2030-06-01'"));
    assert_eq!(outcome(&judgement, "STATUS-DOCUMENTED"), Outcome::Known);
    assert_eq!(judgement.verdict, Verdict::NotConformant, "others fail");
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
    assert_eq!(baseline.apply(&mut judgement, today, verdict), []);
    assert_eq!(judgement.verdict, Verdict::Incomplete);
    assert_eq!(Baseline::covering(&judgement, &baseline, today), baseline, "covering again changes nothing");
}

#[test]
fn an_untrue_entry_fails_the_run() {
    let expired = entry("COUNT-HIGH", "", "2030-05-31");
    let stale = entry("RESP-COUNT", "", "2030-06-01");
    let unknown = entry("ORDER-RETRY", "", "2030-06-01");
    let (judgement, untrue) = applied(&format!("{expired}{stale}{unknown}"));
    let messages: Vec<_> = untrue.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "known failure COUNT-HIGH (T-1) expired on 2030-05-31: fix it, or give it a new date",
            "known failure RESP-COUNT (T-1) no longer fails: take it out of the baseline",
        ]
    );
    assert_eq!(outcome(&judgement, "COUNT-HIGH"), Outcome::Fail);
    assert!(judgement.notes.iter().any(|note| note.contains("RESP-COUNT")));

    let fixture = fixture::passing();
    let mut judgement = fixture.judgement;
    let baseline = Baseline::parse(&stale, &fixture.contract).unwrap();
    baseline.apply(&mut judgement, date(2030, 6, 1), |_| Verdict::Conformant);
    assert_eq!(judgement.verdict, Verdict::NotConformant);
}

#[test]
fn mistakes_are_named() {
    let contract = fixture::passing().contract;
    let error = |text: &str| Baseline::parse(text, &contract).unwrap_err().to_string();
    let good = entry("COUNT-HIGH", "x", "2030-06-01");
    insta::assert_snapshot!(
        [
            error(&entry("COUNT-HI", "", "2030-06-01")),
            error(&good.replace("'old'", "' '")),
            error(&good.replace("'T-1'", "''")),
            error(&good.replace("'x'", "''")),
            error(&format!("{good}{good}")),
            error(&entry("COUNT-HIGH", "", "'soon'")),
            error(&entry("COUNT-HIGH", "", "7")),
            error("[[known]]\nticket = 1"),
            error("known = ["),
        ]
        .join("\n")
    );
}
