//! The formats of a report. Each is a function of the [`View`](super::view::View), or of the records of a run, and of
//! nothing else.

pub mod github;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub(crate) mod prom;
pub mod sarif;
pub mod terminal;
