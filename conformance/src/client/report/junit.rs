//! JUnit XML: a test case for each scenario, and a suite for each group of scenarios.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::view::{Row, View};
use crate::client::judge::Outcome;
use crate::report::text::visible;

/// Renders the document.
///
/// # Errors
/// Returns an error if the document can't be serialized, which does not happen in practice.
pub(super) fn render(view: &View) -> Result<String, SerializeError> {
    let mut report = Report::new(format!("conformance client {}", visible(&view.subject)));
    let mut suites: Vec<TestSuite> = Vec::new();
    for row in &view.scenarios {
        let name = row.name.split('/').next().unwrap_or_default();
        let case = case(row);
        match suites.iter_mut().find(|it| it.name.as_str() == name) {
            Some(suite) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(name);
                suite.add_property(("certificate", view.certificate.as_str()));
                suite.add_test_case(case);
                suites.push(suite);
            }
        }
    }
    report.add_test_suites(suites);
    report.to_string()
}

fn case(row: &Row) -> TestCase {
    let texts = row.findings.iter().map(|it| {
        visible(&format!("{}: {}; expected {}; received {}", it.id, it.summary, it.expected, it.received))
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    let status = match row.outcome {
        Outcome::Pass | Outcome::Warning => TestCaseStatus::success(),
        Outcome::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(row.ids.join(", ")).set_message(text.clone());
            status
        }
        Outcome::NotOffered => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("the client does not do this task");
            status
        }
    };
    let mut case = TestCase::new(format!("{}: {}", visible(&row.name), visible(&row.about)), status);
    case.set_classname(row.name.replace('/', "."));
    case.set_time(Duration::from_millis(row.millis));
    if row.outcome == Outcome::Warning {
        case.set_system_out(text);
    }
    case
}
