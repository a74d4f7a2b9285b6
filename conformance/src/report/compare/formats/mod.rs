//! The comparison as a text, for a pull request, as a page, and for programs.

pub mod html;
pub mod json;
pub mod markdown;
mod rows;
pub mod terminal;
