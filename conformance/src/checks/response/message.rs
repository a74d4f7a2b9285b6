//! The message of an answer, where it names a number of recipients.

use crate::judge::findings::Findings;
use crate::judge::scene::{Created, Seen};

/// Warns if a message names a wrong number of recipients; no page promises the right one.
pub(super) fn counted(seen: &Seen<'_>, created: &Created, message: &str, findings: &mut Findings<'_>) {
    let entries = created.order.as_ref().and_then(|order| order.entries.as_ref());
    let (Some(sent), Some(said)) = (entries.map(Vec::len), recipients_named(message)) else { return };
    if said != sent {
        findings
            .fail(
                &["RESP-MESSAGE"],
                "another number",
                format!("the message says {said}, and the order has {sent} recipients"),
            )
            .at(seen)
            .wanted(format!("{sent} recipients, or no number"), "RESP-MESSAGE")
            .warning()
            .put();
    }
}

/// Returns the number that a message names right before the word "recipient".
fn recipients_named(message: &str) -> Option<usize> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let pair = words.windows(2).find(|pair| pair[1].to_ascii_lowercase().starts_with("recipient"))?;
    pair[0].parse().ok()
}
