//! `cargo xtask faults`, `clients`, `coverage`, `value`, `silence` and `bench`: testing and measuring the tester.
//!
//! They run the conformance program itself, which has the real path from plan to verdict; this crate stays free of it, so
//! that code generation works while the generated client does not compile.

use crate::{Error, repo};

/// Command line of such a chore: handed over as it is.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Handed to the conformance program; `--help` shows what it takes.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

/// Command line of `cargo xtask silence`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct SilenceArgs {
    /// Each freedom alone and a few seeds, as the tests do, in place of every pair and 200 seeds
    #[arg(long)]
    pub short: bool,
}

/// Runs the tests that hold a right server to be left in peace: under its freedoms, over many seeds, however we come to
/// roles and balances.
///
/// # Errors
/// Cargo can't be run, or a right server was accused.
pub fn silence(args: SilenceArgs) -> Result<(), Error> {
    let mut command = repo::cargo();
    command.args(["test", "--package", "conformance", "--test", "e2e"]);
    if !args.short {
        command.arg("--release").env("CONFORMANCE_SILENCE", "full");
    }
    let status = command
        .args(["--", "silence"])
        .status()
        .map_err(|error| Error::Internal(format!("cargo can't be run: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed("silence: a right server was accused; see above".to_owned()))
}

/// Builds the clients in Rust, and judges all clients of the tests.
///
/// # Errors
/// Cargo can't be run, or a client is judged otherwise than it declares.
pub fn clients(args: &Args) -> Result<(), Error> {
    let built = repo::cargo()
        .args(["build", "--quiet", "--package", "generated", "--features", "cli"])
        .args(["--bin", "buy-bulk", "--example", "partner"])
        .status()
        .map_err(|error| Error::Internal(format!("cargo can't be run: {error}")))?;
    if !built.success() {
        return Err(Error::Failed("clients: the clients in Rust can't be built; see above".to_owned()));
    }
    run("clients", args)
}

/// Measures the tester, or what a sandbox carries.
///
/// # Errors
/// Cargo can't be run, or nothing could be measured.
pub fn bench(args: &Args) -> Result<(), Error> {
    match args.rest.split_first() {
        Some((what, rest)) if what == "sandbox" => program("sandbox", "bench", rest),
        _ => run("bench", args),
    }
}

/// Runs a hidden subcommand of the conformance program.
///
/// # Errors
/// Cargo can't be run, or the program found something.
pub fn run(subcommand: &str, args: &Args) -> Result<(), Error> {
    program("conformance", subcommand, &args.rest)
}

fn program(package: &str, subcommand: &str, rest: &[String]) -> Result<(), Error> {
    // Hundreds of runs pay for the optimised build, and only that one is worth measuring; a few runs don't.
    let profile: &[&str] =
        if ["faults", "bench", "value"].contains(&subcommand) { &["--release"] } else { &[] };
    let status = repo::cargo()
        .args(["run", "--quiet", "--package", package])
        .args(profile)
        .args(["--", subcommand])
        .args(rest)
        .status()
        .map_err(|error| Error::Internal(format!("cargo can't be run: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(2) => Err(Error::Usage(format!("{subcommand}: see above"))),
        _ => Err(Error::Failed(format!("{subcommand}: see above"))),
    }
}
