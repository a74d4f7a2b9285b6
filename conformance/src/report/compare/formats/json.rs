//! The comparison for a program.

use crate::report::compare::Comparison;
use crate::report::text::safe_json;

/// The document, indented.
///
/// # Errors
/// Never in practice; serde's error otherwise.
pub fn render(comparison: &Comparison) -> serde_json::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(comparison)?) + "\n")
}
