//! `cargo xtask CHORE`: reads the command line and hands over to the chore's module.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::scaffold::{check, fault};
use xtask::{Error, ci, codegen, compat, hostile, lint, peers, teeth, tidy};

/// Chores of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Measure judged requests a second, and how long a run takes; `bench sandbox`: what a sandbox carries.
    Bench(teeth::Args),
    /// Run everything that a change must pass.
    Ci(ci::Args),
    /// Judge the right and the wrong clients of the tests; fail where one is judged otherwise than it declares.
    Clients(teeth::Args),
    /// Write the generated client from the spec, or check that it is fresh.
    Codegen(codegen::Args),
    /// Compare two revisions of the spec and judge what changed.
    Compat(compat::Args),
    /// Show which checks and cases exercise each requirement; fail where one has none.
    Coverage(teeth::Args),
    /// Judge every planted fault of the sandbox; fail where one survives or an undeclared id fails.
    Faults(teeth::Args),
    /// Try every server that misbehaves, and write what each comes to.
    Hostile(hostile::Args),
    /// Check the spec for what its reader lets through.
    Lint(lint::Args),
    /// Write every place that a new requirement needs, with its check.
    NewCheck(check::Args),
    /// Write every place that a new planted fault needs.
    NewFault(fault::Args),
    /// Ask tools that others wrote about the document and the sandbox.
    Peers(peers::Args),
    /// Judge the faultless sandbox under every pair of freedoms and 200 seeds; fail where it is accused.
    Silence(teeth::SilenceArgs),
    /// Measure how many planted faults a cap on spending lets a run find.
    Value(teeth::Args),
    /// Check the invariants that no compiler knows.
    Tidy(tidy::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn run(chore: Chore) -> Result<(), Error> {
    match chore {
        Chore::Bench(args) => teeth::bench(&args),
        Chore::Ci(args) => ci::run(&args),
        Chore::Clients(args) => teeth::clients(&args),
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Compat(args) => compat::run(&args),
        Chore::Coverage(args) => teeth::run("coverage", &args),
        Chore::Faults(args) => teeth::run("faults", &args),
        Chore::Hostile(args) => hostile::run(&args),
        Chore::Lint(args) => lint::run(&args),
        Chore::NewCheck(args) => check::run(&args),
        Chore::NewFault(args) => fault::run(&args),
        Chore::Peers(args) => peers::run(&args),
        Chore::Silence(args) => teeth::silence(args),
        Chore::Value(args) => teeth::run("value", &args),
        Chore::Tidy(args) => tidy::run(&args),
    }
}
