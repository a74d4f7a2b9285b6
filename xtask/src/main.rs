//! `cargo xtask CHORE`: parses the command line and calls the module of the chore.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::scaffold::{check, fault};
use xtask::{Error, ci, codegen, compat, dist, hostile, lint, peers, selftest, tidy};

/// Chores of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Measure judged requests per second and the duration of a run; `bench sandbox`: the throughput of a sandbox.
    Bench(selftest::Args),
    /// Run everything that a change must pass.
    Ci(ci::Args),
    /// Judge the correct and the wrong clients of the tests; fail if a verdict differs from the declared one.
    Clients(selftest::Args),
    /// Write the generated client from the spec, or check that it is up to date.
    Codegen(codegen::Args),
    /// Compare two revisions of the spec and judge what changed.
    Compat(compat::Args),
    /// Show which checks and cases exercise each requirement; fail if a requirement has none.
    Coverage(selftest::Args),
    /// Build the archive of a release for one platform, and try it in an empty folder.
    Dist(dist::Args),
    /// Judge every planted fault of the sandbox; fail if one survives or an undeclared id fails.
    Faults(selftest::Args),
    /// Try every misbehaving server, and write the results.
    Hostile(hostile::Args),
    /// Check the spec for mistakes that its reader does not refuse.
    Lint(lint::Args),
    /// Write everything that a new requirement needs, with its check.
    NewCheck(check::Args),
    /// Write everything that a new planted fault needs.
    NewFault(fault::Args),
    /// Run third-party tools on the document and the sandbox.
    Peers(peers::Args),
    /// Judge the faultless sandbox under every pair of freedoms and with 200 seeds; fail if a requirement fails.
    Silence(selftest::SilenceArgs),
    /// Measure how many planted faults a run finds under each cap on spending.
    Value(selftest::Args),
    /// Check the invariants that the compiler does not.
    Tidy(tidy::Args),
}

fn main() -> ExitCode {
    let failed = |error: Error| {
        eprintln!("error: {error}");
        error.exit_code()
    };
    run(Cli::parse().chore).map_or_else(failed, |()| ExitCode::SUCCESS)
}

fn run(chore: Chore) -> Result<(), Error> {
    match chore {
        Chore::Bench(args) => selftest::bench(&args),
        Chore::Ci(args) => ci::run(&args),
        Chore::Clients(args) => selftest::clients(&args),
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Compat(args) => compat::run(&args),
        Chore::Coverage(args) => selftest::run("coverage", &args),
        Chore::Dist(args) => dist::run(&args),
        Chore::Faults(args) => selftest::run("faults", &args),
        Chore::Hostile(args) => hostile::run(&args),
        Chore::Lint(args) => lint::run(&args),
        Chore::NewCheck(args) => check::run(&args),
        Chore::NewFault(args) => fault::run(&args),
        Chore::Peers(args) => peers::run(&args),
        Chore::Silence(args) => selftest::silence(args),
        Chore::Value(args) => selftest::run("value", &args),
        Chore::Tidy(args) => tidy::run(&args),
    }
}
