//! The comparison as JSON, for programs.

use crate::report::compare::Comparison;
use crate::report::text::safe_json;

/// Renders the indented document.
///
/// # Errors
/// Returns an error if serde fails, which it does not in practice.
pub fn render(comparison: &Comparison) -> serde_json::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(comparison)?) + "\n")
}
