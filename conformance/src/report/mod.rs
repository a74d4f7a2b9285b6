//! Reporting: what a run says to people, to pipelines and to other programs.
//!
//! While a run goes on, [`event`]s feed [`progress`]. At its end, a [`Run`] becomes a [`view::View`], in which every
//! text from outside is already safe to show. Each of the [`formats`] is a function of that view, or of the records
//! themselves.

pub(crate) mod allowance;
pub mod baseline;
mod buffer;
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
pub mod text;
pub(crate) mod trend;
pub mod view;

use spec::Contract;

use self::program::Program;
use crate::history::History;
use crate::judge::verdict::Judgement;

/// A finished run with its judgement, from which every report is made.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The name of the program in command lines that a report prints.
    pub program: &'a Program,
    /// The contract that it was judged by.
    pub contract: &'a Contract,
    /// What was sent and received.
    pub history: &'a History,
    /// The judgement of the run.
    pub judgement: &'a Judgement,
}
