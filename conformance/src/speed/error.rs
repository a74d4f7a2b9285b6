//! Why there are no figures. Everything here is about this machine and this program, and nothing about a server of others.

use std::io;
use std::process::ExitStatus;

use spec::Problems;

use super::order::{NothingToSell, Way};
use super::server::ServerError;
use super::wrk::{Said, WrkError};
use crate::exec::flood::FloodError;
use crate::exec::http::SetupError;
use crate::exec::states::StateError;
use crate::judge::shape::ShapeError;
use crate::run::built_in_sandbox::BuiltInError;
use crate::run::session::SessionError;
use crate::sut::AddressError;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The built-in contract can't be used.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// A schema of it can't be used.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The sandbox can't be started in this process.
    #[error(transparent)]
    Sandbox(#[from] BuiltInError),
    /// The sandbox can't be started in a process of its own.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// It says that it listens where nobody can.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It can't be judged.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Its provider states can't be asked.
    #[error(transparent)]
    Client(#[from] SetupError),
    /// It makes no account.
    #[error(transparent)]
    State(#[from] StateError),
    /// No order can be made for it.
    #[error(transparent)]
    Order(#[from] NothingToSell),
    /// It answers an order otherwise than this order is measured for.
    #[error("an order to be {} is answered {status}", way.name())]
    Answered {
        /// Which way the order was to go.
        way: Way,
        /// The answer's status.
        status: u16,
    },
    /// It is judged to be wrong.
    #[error("the sandbox is judged to break {requirement}: {summary}")]
    Broken {
        /// The requirement.
        requirement: String,
        /// The finding in a line.
        summary: String,
    },
    /// The plain loop.
    #[error(transparent)]
    Plain(#[from] FloodError),
    /// `wrk` can't be run or not be understood.
    #[error(transparent)]
    Wrk(#[from] WrkError),
    /// `wrk` got other answers than this order is measured for.
    #[error("wrk did not get what it was to get: {0:?}")]
    Missed(Said),
    /// This program can't be run once more.
    #[error("a run of the {tier} tier can't be started: {source}")]
    Run {
        /// Its tier.
        tier: &'static str,
        /// Why the program could not be started.
        source: io::Error,
    },
    /// A run came to another end than it should.
    #[error("a run of the {tier} tier ended with {status}")]
    Ended {
        /// Its tier.
        tier: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
}
