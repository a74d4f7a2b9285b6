//! The command line: the subcommands, and the flags of each.

use clap::{Args, Parser, Subcommand};

use crate::bench;

/// Test and measure the tester; `cargo xtask` calls it from the root of the repository.
#[derive(Debug, Parser)]
#[command(name = "selftest", version)]
pub(crate) struct Cli {
    /// What is tested or measured.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge every planted fault of the sandbox (`cargo xtask faults`)
    Faults(FaultsArgs),
    /// Measure how many planted faults a cap on spending lets a run find (`cargo xtask value`)
    Value(ValueArgs),
    /// Judge the right and the wrong clients of the tests (`cargo xtask clients`)
    Clients(ClientsArgs),
    /// Show which checks and cases exercise each requirement (`cargo xtask coverage`)
    Coverage,
    /// Measure judged requests a second beside wrk and a plain loop (`cargo xtask bench`)
    Bench(bench::Args),
}

/// The flags of `faults`.
#[derive(Debug, Args)]
pub(crate) struct FaultsArgs {
    /// Groups, or beginnings of ids; all faults without any
    #[arg(value_name = "GROUP|ID")]
    pub(crate) filter: Vec<String>,
    /// Faults at a time
    #[arg(long, default_value_t = 3)]
    pub(crate) jobs: usize,
    /// Seed of every run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only cases whose address begins so, or that serve this id
    #[arg(long, value_name = "ID", conflicts_with_all = ["check", "write", "record", "rounds"])]
    pub(crate) only: Vec<String>,
    /// Without what this generator of the plan sends: what it alone shows survives
    #[arg(long, value_name = "GENERATOR", conflicts_with_all = ["check", "write", "record", "rounds"])]
    pub(crate) without: Vec<String>,
    /// Write conformance/KILL_MATRIX.md
    #[arg(long, conflicts_with_all = ["check", "filter"])]
    pub(crate) write: bool,
    /// Fail if conformance/KILL_MATRIX.md is stale
    #[arg(long, conflicts_with = "filter")]
    pub(crate) check: bool,
    /// Judge each with so many seeds, and fail where one is not caught in nineteen runs of twenty
    #[arg(long, value_name = "RUNS", conflicts_with_all = ["check", "write", "record"])]
    pub(crate) rounds: Option<u32>,
    /// Record the cases that the tests of judging judge again
    #[arg(long, conflicts_with_all = ["check", "filter", "write"])]
    pub(crate) record: bool,
}

/// The flags of `value`.
#[derive(Debug, Args)]
pub(crate) struct ValueArgs {
    /// Groups, or beginnings of ids; all faults without any
    #[arg(value_name = "GROUP|ID")]
    pub(crate) filter: Vec<String>,
    /// Runs at a time
    #[arg(long, default_value_t = 3)]
    pub(crate) jobs: usize,
    /// Write docs/value.md
    #[arg(long, conflicts_with_all = ["check", "filter"])]
    pub(crate) write: bool,
    /// Fail if docs/value.md is stale
    #[arg(long, conflicts_with = "filter")]
    pub(crate) check: bool,
    /// Write conformance/src/plan/worth.txt, the order in which accepted orders go
    #[arg(long, conflicts_with_all = ["check", "filter", "write", "cap"])]
    pub(crate) learn: bool,
    /// Only with this cap: a number of GHS, `none`, or `states`; all of them without any
    #[arg(long, value_name = "CAP")]
    pub(crate) cap: Vec<String>,
    /// Show the cases that show each fault too
    #[arg(long)]
    pub(crate) cases: bool,
}

/// The flags of `clients`.
#[derive(Debug, Args)]
pub(crate) struct ClientsArgs {
    /// Beginnings of names; all clients without any
    #[arg(value_name = "CLIENT")]
    pub(crate) filter: Vec<String>,
    /// Programs at a time, besides those that mostly wait
    #[arg(long, default_value_t = 4)]
    pub(crate) jobs: usize,
    /// Write docs/clients.md
    #[arg(long, conflicts_with_all = ["check", "filter"])]
    pub(crate) write: bool,
    /// Fail if docs/clients.md is stale
    #[arg(long, conflicts_with = "filter")]
    pub(crate) check: bool,
    /// Python that has the package requests
    #[arg(long, default_value = "python3")]
    pub(crate) python: String,
    /// Node.js
    #[arg(long, default_value = "node")]
    pub(crate) node: String,
    /// Show what was found in each scenario too
    #[arg(long)]
    pub(crate) details: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_benchmark_is_bounded() {
        let parse = |args: &[&str]| Cli::try_parse_from(["selftest", "bench"].iter().chain(args));
        let Ok(Cli { command: Command::Bench(args) }) = parse(&["--seconds", "1"]) else { panic!() };
        assert_eq!((args.seconds, args.rounds, args.runs, args.check), (1, 3, 5, false));
        for wrong in
            [&["--seconds", "0"][..], &["--rounds", "0"], &["--seconds", "31"], &["--format", "xml"], &["x"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
