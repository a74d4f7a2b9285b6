//! The formats of a comparison: text for a terminal, Markdown for a pull request, an HTML page, and JSON for programs.

pub mod html;
pub mod json;
pub mod markdown;
mod rows;
pub mod terminal;
