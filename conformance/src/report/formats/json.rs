//! The report as JSON, for programs: the whole [`View`] as one document.

use crate::report::text::safe_json;
use crate::report::view::View;

/// Renders the indented document.
///
/// # Errors
/// Returns an error if serde fails, which it does not in practice.
pub fn render(view: &View) -> serde_json::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(view)?) + "\n")
}
