//! What all readings of the companion pages share: their shape.

use crate::judge::findings::Bench;
use crate::judge::scene::Seen;

/// Holds an answer to its documented shape: whether it has everything that the pages promise. What they promise less
/// plainly is worth a warning.
pub(super) fn shaped(seen: &Seen<'_>, id: &str, bench: &mut Bench<'_>) -> bool {
    let Some(response) = seen.response() else { return false };
    let (operation, body) = (seen.exchange.operation, &response.body.0);
    let Some(differences) = bench.differences(id, operation, response) else { return false };
    if let Some(first) = bench.shapes.warnings(operation, response.status, body).first() {
        bench
            .fail(&[id], format!("unusual {}", first.pointer), "the answer differs from what its page shows")
            .at(seen)
            .wanted("the fields as the page shows them", id)
            .detail(format!("{}: {}", first.pointer, first.message))
            .warning()
            .put();
    }
    let Some(first) = differences.first() else { return true };
    bench
        .fail(&[id], format!("shape {}", first.pointer), "the answer has another shape than documented")
        .at(seen)
        .wanted("the documented fields", id)
        .differences(&differences)
        .put();
    false
}
