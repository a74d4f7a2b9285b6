//! The shape of answers, which the checks of all companion endpoints share.

use crate::judge::findings::Findings;
use crate::judge::scene::Seen;

/// Returns true if an answer has the documented shape, with everything that the pages promise. Records a failure
/// otherwise, and a warning for what is promised less plainly.
pub(super) fn shaped(seen: &Seen<'_>, id: &str, findings: &mut Findings<'_>) -> bool {
    let Some(response) = seen.response() else { return false };
    let (operation, body) = (seen.exchange.operation, &response.body.0);
    let Some(differences) = findings.differences(id, operation, response) else { return false };
    if let Some(first) = findings.shapes.warnings(operation, response.status, body).first() {
        findings
            .fail(&[id], format!("unusual {}", first.pointer), "the answer differs from what its page shows")
            .at(seen)
            .wanted("the fields as the page shows them", id)
            .detail(format!("{}: {}", first.pointer, first.message))
            .warning()
            .put();
    }
    let Some(first) = differences.first() else { return true };
    findings
        .fail(&[id], format!("shape {}", first.pointer), "the answer has another shape than documented")
        .at(seen)
        .wanted("the documented fields", id)
        .differences(&differences)
        .put();
    false
}
