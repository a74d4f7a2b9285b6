//! The view as JSON.

use super::view::View;

/// Renders the document, with a newline at its end.
///
/// # Errors
/// Returns an error if the document can't be serialized, which does not happen in practice.
pub(super) fn render(view: &View) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(view)? + "\n")
}
