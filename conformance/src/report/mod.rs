//! The face of a run: what it says to a person, to a pipeline and to another program.
//!
//! While it runs, [`event`]s feed [`progress`]. At its end, a [`Run`] becomes a [`view::View`], in which every text from
//! outside is already safe to show, and each of the [`formats`] is a function of that (or of the records themselves).

pub mod allowance;
pub mod baseline;
pub mod compare;
pub(crate) mod curl;
pub mod event;
pub(crate) mod file;
pub mod formats;
pub mod look;
pub mod output;
mod powershell;
pub mod program;
pub mod progress;
pub mod shape;
mod spool;
pub mod text;
pub mod trend;
pub mod view;

use spec::Contract;

use self::program::Program;
use crate::history::History;
use crate::judge::verdict::Judgement;

/// A finished run with its judgement: what every report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What the program is called in lines to be typed again.
    pub program: &'a Program,
    /// The contract that it was judged by.
    pub contract: &'a Contract,
    /// What was sent and what came.
    pub history: &'a History,
    /// What the oracle concludes.
    pub judgement: &'a Judgement,
}
