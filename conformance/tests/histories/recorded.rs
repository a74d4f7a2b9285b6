//! Cases recorded from real servers and judged again: the sandbox without changes, with each freedom, and with each
//! planted fault. The snapshot has the result of every check. `cargo xtask faults --record` records the cases again.

use std::fmt::Write as _;

use conformance::checks;
use conformance::history::{CaseRecord, Environment};
use conformance::judge::judged::Judged;
use conformance::judge::verdict::{MarkKind, Marks};
use sandbox::faults;
use serde::Deserialize;

use crate::catalog::contract;

/// One line of the recording, as `conformance/selftest/src/recorded.rs` writes it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The facts about the server in the following cases.
    #[serde(rename = "world")]
    Environment(Box<Environment>),
    /// A case, and the behaviour of the server: freedoms or a fault; empty if it behaved correctly.
    Case { server: Vec<String>, record: Box<CaseRecord> },
}

/// Returns the result of a case, line by line.
fn told(marks: &Marks) -> String {
    let mut out = String::new();
    let mut passed: Vec<&str> = Vec::new();
    for mark in &marks.marks {
        match &mark.kind {
            MarkKind::Pass => passed.push(&mark.requirement),
            MarkKind::Inconclusive(why) => _ = writeln!(out, "  inconclusive {}: {why}", mark.requirement),
        }
    }
    passed.sort_unstable();
    for same in passed.chunk_by(|a, b| a == b) {
        _ = writeln!(out, "  pass {} x{}", same[0], same.len());
    }
    for finding in &marks.findings {
        let kind = if finding.warning { "warning" } else { "fail" };
        _ = writeln!(
            out,
            "  {kind} {} [{}] {}",
            finding.candidates.join("/"),
            finding.cause,
            finding.summary
        );
        if !finding.suspects.is_empty() {
            _ = writeln!(out, "    or rather {}", finding.suspects.join("/"));
        }
        for expected in &finding.expected {
            _ = writeln!(out, "    allowed {:?} by {}", expected.what, expected.because.join("/"));
        }
        _ = writeln!(out, "    came {:?} at {:?}", finding.actual, finding.exchange);
        finding.detail.iter().for_each(|line| _ = writeln!(out, "    {line:?}"));
    }
    for seen in &marks.observations {
        _ = writeln!(out, "  seen {}: {}", seen.ambiguity, seen.choice);
    }
    for (winner, loser) in &marks.precedence {
        _ = writeln!(out, "  {winner:?} before {loser:?}");
    }
    out
}

#[test]
fn what_every_check_says() {
    let judge = checks::judge(contract()).unwrap();
    let mut environment: Option<Environment> = None;
    let mut out = String::new();
    let mut by = String::new();
    for line in include_str!("recorded.ndjson").lines() {
        let (server, record) = match serde_json::from_str(line).unwrap() {
            Line::Environment(it) => {
                environment = Some(*it);
                continue;
            }
            Line::Case { server, record } => (server, record),
        };
        let judged = Judged::of(&judge, environment.as_ref().unwrap(), &record);
        let marks = judged.marks.unwrap();
        let fault = server.iter().find_map(|it| faults::by_id(it));
        for finding in marks.findings.iter().filter(|it| !it.warning) {
            // A correct server must not be accused, and a wrong one only of what it does wrong.
            let fault = fault.unwrap_or_else(|| panic!("{server:?}: {} in {}", finding.summary, record.id));
            let all = finding.candidates.iter().chain(&finding.suspects);
            let declared = all.filter(|it| fault.breaks.contains(&it.as_str())).count();
            assert!(declared > 0, "{}: {:?} in {}", fault.id, finding.candidates, record.id);
        }
        let server = server.join(", ");
        if server != by {
            _ = writeln!(out, "# {server}");
            by = server;
        }
        _ = writeln!(out, "{}\n{}", record.id, told(&marks).trim_end());
    }
    insta::assert_snapshot!(out);
}
