//! JUnit XML, as read by Jenkins, GitLab and GitHub: a test case per requirement, a suite per group.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::terminal;
use crate::judge::verdict::{Outcome, Verdict};
use crate::report::look::{Look, Verbosity};
use crate::report::view::{FindingView, RequirementView, View, outcome_name, verdict_name};

/// The layout of findings as text.
const LOOK: Look = Look { width: 120, color: false, verbosity: Verbosity::Normal };

/// Renders the document.
///
/// # Errors
/// Returns an error if the XML writer fails, which it does not in practice.
pub fn render(view: &View) -> Result<String, SerializeError> {
    let mut report = Report::new(format!("conformance {}", verdict_name(view.verdict)));
    report.set_time(Duration::from_micros(view.run.elapsed_us));
    for group in &view.groups {
        let mut suite = TestSuite::new(group.name.clone());
        suite.add_properties([
            ("target", view.run.target.as_str()),
            ("spec.digest", &view.run.spec_digest),
            ("spec.revision", &view.run.spec_revision),
            ("seed", &view.run.seed.to_string()),
            ("tier", view.run.tier.name()),
        ]);
        for requirement in &group.requirements {
            suite.add_test_case(test_case(view, &group.name, requirement));
        }
        report.add_test_suite(suite);
    }
    report.add_test_suite(verdict(view));
    Ok(xml(&report.to_string()?))
}

/// Returns a separate suite for the run as a whole. Jenkins and GitLab show skipped cases as green, and an inconclusive
/// run must not look like one without failures.
fn verdict(view: &View) -> TestSuite {
    let mut suite = TestSuite::new("verdict");
    let status = match view.verdict {
        Verdict::Conformant => TestCaseStatus::success(),
        // The failures are reported with the requirements, each only once.
        Verdict::NotConformant => skipped(format!("{} (exit code {})", view.headline, view.exit_code)),
        _ => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status
                .set_message(format!("{} (exit code {})", view.headline, view.exit_code))
                .set_type(verdict_name(view.verdict))
                .set_description(view.notes.join("\n"));
            status
        }
    };
    let mut case =
        TestCase::new("verdict: the run as a whole tells whether the server is conformant", status);
    case.set_classname("verdict");
    suite.add_test_case(case);
    suite
}

/// Replaces the characters that XML 1.0 can't represent. The texts of a view have none; this guarantees it.
fn xml(text: &str) -> String {
    let allowed = |it: char| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|it| if allowed(it) { it } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn test_case(view: &View, group: &str, requirement: &RequirementView) -> TestCase {
    let RequirementView { verdict, statement, findings, .. } = requirement;
    let findings: Vec<_> = view.findings.iter().filter(|finding| findings.contains(&finding.id)).collect();
    let reason = verdict.reason.clone().unwrap_or_else(|| outcome_name(verdict.outcome).to_owned());
    let status = match verdict.outcome {
        Outcome::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let summaries: Vec<_> = findings.iter().map(|finding| finding.summary.as_str()).collect();
            status
                .set_message(summaries.join("; "))
                .set_type(verdict.id.clone())
                .set_description(texts(&findings));
            status
        }
        Outcome::Pass | Outcome::Warning => TestCaseStatus::success(),
        Outcome::Known => {
            let tickets: Vec<_> = findings.iter().filter_map(|finding| finding.known.as_deref()).collect();
            skipped(format!("known: {}", tickets.join(", ")))
        }
        Outcome::Inconclusive | Outcome::NotExercised | Outcome::NotApplicable => {
            skipped(format!("{}: {reason}", outcome_name(verdict.outcome)))
        }
    };
    let failed = verdict.outcome == Outcome::Fail;
    let mut case = TestCase::new(format!("{}: {statement}", verdict.id), status);
    case.set_classname(format!("{group}.{}", verdict.id));
    case.set_assertions(usize::try_from(verdict.exercised).unwrap_or(usize::MAX));
    if let Some(place) = requirement.place.as_ref().filter(|it| it.is_file()) {
        // GitLab and several GitHub actions link a test case to these.
        case.extra.insert("file".into(), place.file.as_str().into());
        case.extra.insert("line".into(), place.line.to_string().into());
    }
    if !failed && !findings.is_empty() {
        case.set_system_out(texts(&findings));
    }
    case
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn texts(findings: &[&FindingView]) -> String {
    let texts =
        findings.iter().map(|finding| format!("[{}]\n{}", finding.id, terminal::finding(finding, &LOOK)));
    texts.collect::<Vec<_>>().join("\n")
}
