//! `sandbox`: runs the reference implementation, checks its health, copies its database, and measures its speed.

mod arguments;
mod bench;
mod health;
mod serve;
mod signals;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use serve::RunError;

/// The exit code for every error.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command, serve } = Arguments::parse();
    let done = match command {
        Some(Command::Health { url, tls_cert }) => return health::ask(&url, tls_cert.as_deref()).await,
        Some(Command::Snapshot { db, copy }) => {
            sandbox::snapshot(&db, &copy).map_err(|error| RunError::Copy(db, error))
        }
        Some(Command::Restore { copy, db }) => {
            sandbox::restore(&copy, &db).map_err(|error| RunError::Copy(db, error))
        }
        Some(Command::Bench(args)) => bench::run(&args).map_err(RunError::from),
        None => serve::run(serve).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The standard error stream may be closed, so a failed write is ignored.
            let _ = writeln!(std::io::stderr(), "sandbox: {error}");
            ExitCode::from(USAGE)
        }
    }
}
