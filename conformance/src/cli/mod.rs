//! The command line: its flags, what each command does with them, and how a failure is reported.

mod access;
mod args;
mod changed_since;
mod client;
mod client_args;
mod commands;
mod compare;
mod compare_args;
mod config;
mod doctor;
mod dry_run;
mod error;
mod explain;
mod export;
mod finish;
mod init;
mod journal;
mod options;
mod output_args;
mod read;
mod replay;
mod signals;
mod stdout;
mod tier;
mod tool;
mod version;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use tokio::runtime::Builder;

use self::args::Cli;
use self::error::Failure;
use crate::exit::Exit;
use crate::report::program::Program;

/// Runs the program: carries out the command line, and ends with one of the exit codes of [`Exit::TABLE`].
#[must_use]
pub fn main() -> ExitCode {
    let program = Program::called();
    let cli = match Cli::read(&program) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let environment = |name: &str| std::env::var(name).ok();
    let work = || {
        let runtime = Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
        runtime.block_on(async {
            signals::bear_full_files();
            commands::run(cli, &program).await
        })
    };
    // Panics in checks are caught one by one. Any other panic prints its own message, and is an internal error too.
    let exit = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            stdout::tell(&format!("{}: {}{}", program.name(), failure.told(), failure.hint(&environment)));
            failure.exit()
        }
        Err(_) => Exit::OwnFault,
    };
    ExitCode::from(exit.code())
}
