//! Errors of the benchmark. They concern this machine and this program, never the server of a user.

use std::io;
use std::process::ExitStatus;

use conformance::run::built_in_sandbox::BuiltInError;
use conformance::run::session::SessionError;
use spec::Problems;

use super::load::LoadError;
use super::machine::NoProduct;
use super::order::{NothingToSell, Way};
use super::server::ServerError;
use super::wrk::{Said, WrkError};

/// Why the benchmark can't be completed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The built-in contract can't be used.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// The sandbox can't be started in this process.
    #[error(transparent)]
    Sandbox(#[from] BuiltInError),
    /// The sandbox can't be started in its own process.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The sandbox can't be judged, or a schema of the contract can't be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The sandbox sells nothing, so no order can be built.
    #[error(transparent)]
    Order(#[from] NothingToSell),
    /// An order that should be accepted was refused, or the other way round.
    #[error("an order to be {} is answered {status}", way.name())]
    Answered {
        /// The intended result of the order.
        way: Way,
        /// The status of the answer.
        status: u16,
    },
    /// The sandbox is judged not to conform.
    #[error("the sandbox is judged to break {requirement}: {summary}")]
    Broken {
        /// The requirement.
        requirement: String,
        /// A summary of the finding.
        summary: String,
    },
    /// The plain loop failed, or an account can't be created for it.
    #[error(transparent)]
    Plain(#[from] LoadError),
    /// `wrk` can't be run, or its output can't be parsed.
    #[error(transparent)]
    Wrk(#[from] WrkError),
    /// `wrk` received other answers than expected, or had socket errors.
    #[error("wrk did not get what it was to get: {0:?}")]
    Missed(Said),
    /// The program whose runs are measured was not built.
    #[error(transparent)]
    NoProduct(#[from] NoProduct),
    /// That program can't be started for a whole run.
    #[error("a run of the {tier} tier can't be started: {source}")]
    Run {
        /// The tier of the run.
        tier: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A whole run ended with an unexpected exit code.
    #[error("a run of the {tier} tier ended with {status}")]
    Ended {
        /// The tier of the run.
        tier: &'static str,
        /// The status of the process.
        status: ExitStatus,
    },
}
