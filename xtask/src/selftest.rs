//! `cargo xtask faults`, `clients`, `coverage`, `value`, `silence` and `bench`: chores that test and measure the
//! tester.
//!
//! Most of them run the program `selftest`, which has the real path from plan to verdict; `silence` runs the tests of
//! the tester, and `bench sandbox` runs the sandbox. This crate does not depend on any of them, so that code generation
//! works while the generated client does not compile.

use crate::{Error, repo};

/// Arguments that are passed on unchanged.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Passed on to the program `selftest`; `-- --help` shows what it accepts.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

/// Command line of `cargo xtask silence`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct SilenceArgs {
    /// Try each freedom alone and a few seeds, as the tests do, instead of every pair and 200 seeds
    #[arg(long)]
    pub short: bool,
}

/// Runs the tests that check that a conforming server is never accused: under its freedoms, over many seeds, and for
/// every way of obtaining roles and balances.
///
/// # Errors
/// Cargo can't be run, or a conforming server was accused.
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

/// Builds the Rust clients, and judges all clients of the tests.
///
/// # Errors
/// Cargo can't be run, or the verdict on a client differs from the declared one.
pub fn clients(args: &Args) -> Result<(), Error> {
    let clients =
        ["--package", "generated", "--features", "cli", "--bin", "buy-bulk", "--example", "partner"];
    build(&clients, "clients: the clients in Rust can't be built; see above")?;
    run("clients", args)
}

/// Measures the tester, of which whole runs are started as a user starts them, or the throughput of a sandbox.
///
/// # Errors
/// Cargo can't be run, the tester can't be built, or nothing could be measured.
pub fn bench(args: &Args) -> Result<(), Error> {
    if let Some((what, rest)) = args.rest.split_first()
        && what == "sandbox"
    {
        return program("sandbox", "bench", rest);
    }
    // `selftest` has no other dependencies than the tester, so each of them is built once for both.
    build(
        &["--release", "--package", "conformance", "--bin", "conformance"],
        "bench: the tester can't be built; see above",
    )?;
    run("bench", args)
}

fn build(what: &[&str], failed: &str) -> Result<(), Error> {
    let status = repo::cargo()
        .args(["build", "--quiet"])
        .args(what)
        .status()
        .map_err(|error| Error::Internal(format!("cargo can't be run: {error}")))?;
    if status.success() { Ok(()) } else { Err(Error::Failed(failed.to_owned())) }
}

/// Runs a subcommand of the program `selftest`.
///
/// # Errors
/// Cargo can't be run, or the program reports a finding.
pub fn run(subcommand: &str, args: &Args) -> Result<(), Error> {
    program("selftest", subcommand, &args.rest)
}

fn program(package: &str, subcommand: &str, rest: &[String]) -> Result<(), Error> {
    // Hundreds of runs justify an optimised build, and only that build is worth measuring; a few runs do not.
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
