//! The view as JSON, for programs.

use super::view::View;

/// The document, ending in a line end.
///
/// # Errors
/// Never in practice; the writer's error otherwise.
pub(super) fn render(view: &View) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(view)? + "\n")
}
