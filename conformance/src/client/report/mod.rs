//! The reports about a client: one view, and one file per format.

pub(crate) mod files;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
pub(crate) mod terminal;
mod timeline;
pub(crate) mod view;
