//! Tests and measures the tester. It is no part of the product: nobody who judges a server needs it, and the crate
//! `conformance` never uses it.
//!
//! | module | what it is for |
//! |---|---|
//! | `args`, `commands`, `error` | the command line: flags, what each command does with them, and every failure with its exit code |
//! | `run` | one run against a sandbox with a given behaviour, and several of them at a time |
//! | `kill_matrix`, `rounds` | is each planted fault caught by an id that it declares, and by no other, once or with many seeds? |
//! | `value`, `learn` | how many faults does a cap on spending let a run find, and in which order are accepted orders sent? |
//! | `coverage` | which checks and cases exercise each requirement? |
//! | `recorded` | records the cases that the tests of judging judge again |
//! | [`clients`], `warm` | is each wrong client of the tests caught by the rules that it breaks, and by no other? |
//! | `bench` | the same order sent by wrk, sent by a plain loop, and judged; whole runs |
//!
//! All paths that the program reads and writes are relative to the root of the repository, where `cargo xtask` starts
//! it.

mod args;
mod bench;
pub mod clients;
mod commands;
mod coverage;
mod error;
mod kill_matrix;
mod learn;
mod recorded;
mod rounds;
mod run;
mod value;
mod warm;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;
use conformance::exit::Exit;
use tokio::runtime::Builder;

use self::args::Cli;
use self::error::Failure;
pub use self::error::SelftestError;

/// Runs the program: carries out the command line, and ends with one of the exit codes of [`Exit::TABLE`].
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let work = || {
        let runtime = Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
        runtime.block_on(commands::run(cli))
    };
    // A panic prints its own message, and is an internal error.
    let exit = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            eprintln!("selftest: {}", failure.told());
            failure.exit()
        }
        Err(_) => Exit::OwnFault,
    };
    ExitCode::from(exit.code())
}
