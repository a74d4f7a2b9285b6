//! The face of a run: what it says to a person, to a pipeline and to another program.
//!
//! While it runs, [`event`]s feed [`progress`]. At its end, a [`Run`] becomes a [`view::View`], in which every text from
//! outside is already safe to show, and each format is a function of that (or of the records themselves).

pub mod baseline;
pub mod curl;
pub mod event;
pub mod github;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod look;
pub mod markdown;
pub mod ndjson;
pub mod output;
pub mod progress;
pub mod sarif;
pub mod shape;
pub mod terminal;
pub mod text;
pub mod view;

use spec::Contract;

use crate::history::History;
use crate::judge::verdict::Judgement;

/// A finished run with its judgement: what every report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The contract that it was judged by.
    pub contract: &'a Contract,
    /// What was sent and what came.
    pub history: &'a History,
    /// What the oracle concludes.
    pub judgement: &'a Judgement,
}
