//! The flags of the hidden commands, which test and measure the program itself.

use clap::Args;

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
