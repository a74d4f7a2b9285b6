//! The report for a program: the whole [`View`] as one JSON document.

use crate::report::text::safe_json;
use crate::report::view::View;

/// The document, indented.
///
/// # Errors
/// Never in practice; serde's error otherwise.
pub fn render(view: &View) -> serde_json::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(view)?) + "\n")
}
