//! What a run over clients shows: one view, and a file for each format.

pub mod files;
mod html;
mod json;
mod junit;
mod markdown;
pub mod terminal;
mod timeline;
pub mod view;
