//! The command line: flags in groups, subcommands, and the table of exit codes in the help.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use spec::Pesewas;

use crate::cli::access::AccessArgs;
use crate::cli::chore_args::{ClientsArgs, FaultsArgs, ValueArgs};
use crate::cli::client_args::ClientArgs;
use crate::cli::compare_args::CompareArgs;
pub(crate) use crate::cli::output_args::OutputArgs;
use crate::exit::Exit;
use crate::export::Format;
use crate::history::Tier;
use crate::report::program::Program;

/// What is not a flag.
const ENVIRONMENT: &str = "\
Environment:
  CONFORMANCE_API_KEY   a single key, where no accounts file is given
  CONFORMANCE_OPERATOR, CONFORMANCE_PRODUCT, CONFORMANCE_PACKAGE
                        as --operator, --product and --package; several with commas between
  NO_COLOR              no colour on a terminal
  GITHUB_ACTIONS        if true: annotations, and the summary of the step
";

/// What the program is called with, and what that does.
const EXAMPLES: [(&str, &str); 6] = [
    ("", "judge the built-in sandbox"),
    (" doctor --url URL", "what a run would cost, and what is missing"),
    (" --url URL --dry-run", "what would be sent, and its cost"),
    (" --url URL --report dir=OUT", "every report, into a folder"),
    (" judge OUT/history.ndjson", "judge again, without a network"),
    (" explain COUNT-HIGH", "a requirement, and what is sent"),
];

/// The command line, with what stands behind its flags in the help.
#[must_use]
pub(crate) fn command(program: &Program) -> clap::Command {
    let name = program.name();
    let examples = EXAMPLES.map(|(words, what)| format!("  {:<42} {what}\n", format!("{name}{words}")));
    let codes = Exit::help();
    Cli::command()
        .after_help(format!("{ENVIRONMENT}\nExamples:\n{}\nExit codes:\n{codes}", examples.concat()))
}

/// Judge a server against the contract of bulk orders.
///
/// Without --url, the built-in sandbox is started and judged. Nothing is sent twice, and nothing is sent that could cost
/// more than you allow.
#[derive(Debug, Parser)]
#[command(name = "conformance", version)]
pub(crate) struct Cli {
    /// What to do instead of a run.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How a run goes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// What is shown in place of a run.
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// File with flags by their names (conformance.toml); the command line and the environment outrank it
    #[arg(long, value_name = "FILE", global = true, help_heading = "Plan")]
    pub(crate) config: Option<PathBuf>,
}

/// Anything but a run.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a recorded history again, without a network
    Judge(JudgeArgs),
    /// Send a finding's case again, or one by its id, and say whether it still fails
    Replay(Box<ReplayArgs>),
    /// Judge a client: run it once for each scenario, against a server of its own
    Client(Box<ClientArgs>),
    /// Say what a run would find, cost and exercise, and what is missing for more; buys nothing
    Doctor(Box<DoctorArgs>),
    /// Write a configuration file, an accounts file and a workflow to begin with
    Init {
        /// Folder; what is there already is kept
        #[arg(default_value = ".", value_name = "DIR")]
        folder: PathBuf,
    },
    /// List requirements, ambiguities and checks
    List,
    /// Explain a requirement: statement, source, what is sent, what is allowed
    Explain {
        /// Requirement or ambiguity, as in COUNT-HIGH
        id: String,
        /// Contract to use in place of the built-in one
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
    },
    /// Show two runs side by side: what failed anew, what is fixed, what else moved
    Compare(CompareArgs),
    /// Write the boundary cases of a tier down for hurl, Postman, k6 or curl; buys nothing
    Export(Box<ExportArgs>),
    /// Join the histories of shards into one verdict and one report
    Merge(JudgeArgs),
    /// Write a completion script for a shell
    Completions {
        /// Shell to write it for
        shell: clap_complete::Shell,
    },
    /// Write the man page, or that of a command
    Man {
        /// Command, as in judge
        command: Option<String>,
    },
    /// Judge every planted fault of the sandbox (`cargo xtask faults`)
    #[command(hide = true)]
    Faults(FaultsArgs),
    /// Measure how many planted faults a cap on spending lets a run find (`cargo xtask value`)
    #[command(hide = true)]
    Value(ValueArgs),
    /// Judge the right and the wrong clients of the tests (`cargo xtask clients`)
    #[command(hide = true)]
    Clients(ClientsArgs),
    /// Show which checks and cases exercise each requirement (`cargo xtask coverage`)
    #[command(hide = true)]
    Coverage,
    /// Measure judged requests a second beside wrk and a plain loop (`cargo xtask bench`)
    #[command(hide = true)]
    Bench(crate::speed::Args),
}

/// Judging without sending.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Histories, as `--report ndjson=FILE` writes them
    #[arg(required = true, value_name = "HISTORY")]
    pub(crate) histories: Vec<PathBuf>,
    /// Contract to use in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// What is written and shown.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Sending one case again.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Id of a finding or of a case, or a file with a recorded history, whose failing cases are sent
    #[arg(value_name = "ID|HISTORY")]
    pub(crate) case: String,
    /// History in which a finding's id is looked up; without it every case is sent that serves its requirement
    #[arg(value_name = "HISTORY")]
    pub(crate) history: Option<PathBuf>,
    /// How a run goes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Finding out what a run would do.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// How a run goes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writing cases for a tool of others.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Tool that the files are for
    #[arg(long, value_name = "TOOL", value_parser = super::tool::parser())]
    pub(crate) format: Format,
    /// Folder that the files go to; it must be empty, or not there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// How a run goes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// A run.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// What is judged and as whom.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// How the server is reached.
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// How much is tried.
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// What it may cost.
    #[command(flatten)]
    pub(crate) money: MoneyArgs,
    /// How fast it goes.
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
    /// What is written and shown.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What is judged and as whom.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// Base URL of the server; without it, the built-in sandbox is started and judged
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Provider-state handler of the server: accounts of any role and balance on demand
    #[arg(long, value_name = "URL", requires = "url")]
    pub(crate) states: Option<String>,
    /// Leave provider states as they were set up, rather than tear them down at the end
    #[arg(long, requires = "states")]
    pub(crate) keep_states: bool,
    /// Accounts and catalog, for a server without provider states; `init` writes an example
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "states")]
    pub(crate) accounts: Option<PathBuf>,
    /// Operator to buy from, for a server without provider states; may be repeated, as may the next two
    #[arg(long, value_name = "ID", env = "CONFORMANCE_OPERATOR", value_delimiter = ',', hide_env = true)]
    pub(crate) operator: Vec<String>,
    /// Product to buy from
    #[arg(long, value_name = "ID", env = "CONFORMANCE_PRODUCT", value_delimiter = ',', hide_env = true)]
    pub(crate) product: Vec<String>,
    /// Package that may be bought; alone it is enough where the server's page of packages names operator and product
    #[arg(long, value_name = "ID", env = "CONFORMANCE_PACKAGE", value_delimiter = ',', hide_env = true)]
    pub(crate) package: Vec<String>,
    /// A single key, where no accounts file is given
    #[arg(long, env = "CONFORMANCE_API_KEY", hide_env_values = true, hide = true)]
    pub(crate) api_key: Option<String>,
    /// Contract to use in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
}

/// How much is tried.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Plan")]
pub(crate) struct PlanArgs {
    /// How much is tried
    #[arg(long, default_value = Tier::Standard.name(), value_parser = super::tier::parser())]
    pub(crate) tier: Tier,
    /// Seed of every random choice; the same seed gives the same cases
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Number of fuzz cases; without it, the tier decides
    #[arg(long)]
    pub(crate) cases: Option<u32>,
    /// Only cases that serve this requirement, or whose id starts with this; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Run the cases first that concern what the contract has changed since this git revision, file or folder
    #[arg(long, value_name = "REV|FILE|DIR")]
    pub(crate) changed_since: Option<String>,
    /// The K-th of N parts of the plan, as in 2/4
    #[arg(long, value_name = "K/N", value_parser = parse_shard)]
    pub(crate) shard: Option<(u32, u32)>,
    /// Stop once so many causes have failed; 1 stops at the first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_failures: Option<u32>,
    /// Stop at the first failure, as --max-failures 1 does
    #[arg(long, conflicts_with = "max_failures")]
    pub(crate) fail_fast: bool,
    /// Only the cases that failed in a recorded run, with its seed and tier
    #[arg(long, value_name = "HISTORY", conflicts_with_all = ["seed", "only", "shard"])]
    pub(crate) rerun_failed: Option<PathBuf>,
    /// Also send orders that could be charged and would only confirm what is certain by then
    #[arg(long)]
    pub(crate) exhaustive: bool,
    /// Do not look for smaller forms of failing cases
    #[arg(long)]
    pub(crate) no_shrink: bool,
}

/// What is shown in place of a run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Plan")]
pub(crate) struct ShowArgs {
    /// Send nothing: print every planned request with its cost and the ids that it serves
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan of --dry-run as JSON
    #[arg(long, requires = "dry_run")]
    pub(crate) json: bool,
    /// Send nothing: say of each case, or of those whose id starts with this, why it stands where it stands
    #[arg(long, value_name = "CASE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) explain_plan: Option<String>,
}

/// What it may cost.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Money")]
pub(crate) struct MoneyArgs {
    /// The most that may be charged; needed for any host that is not this machine
    #[arg(long, value_name = "GHS")]
    pub(crate) max_spend: Option<Pesewas>,
    /// Permit live keys and production servers, together with --max-spend
    #[arg(long)]
    pub(crate) allow_live: bool,
}

/// How fast it goes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Pace")]
pub(crate) struct PaceArgs {
    /// Cases at a time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// Requests a second, at most
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
    /// Seconds to wait for a server that is starting: until its port is open and it answers for itself
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) wait: Option<u64>,
    /// Seconds to wait for a server that throttles, in all for one request; past it the case is cut short
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) max_wait: u64,
    /// Seconds after which nothing more is sent
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) time_limit: Option<u64>,
}

/// A text that names no part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not K/N with K from 1 to N, as in 2/4")]
struct ShardError;

fn parse_shard(text: &str) -> Result<(u32, u32), ShardError> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((k, n)) if k >= 1 && k <= n => Ok((k, n)),
        _ => Err(ShardError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command(&Program::installed()).debug_assert();
    }

    #[test]
    fn a_benchmark_is_bounded() {
        let parse = |args: &[&str]| Cli::try_parse_from(["conformance", "bench"].iter().chain(args));
        let Ok(Cli { command: Some(Command::Bench(args)), .. }) = parse(&["--seconds", "1"]) else {
            panic!()
        };
        assert_eq!((args.seconds, args.rounds, args.runs, args.check), (1, 3, 5, false));
        for wrong in
            [&["--seconds", "0"][..], &["--rounds", "0"], &["--seconds", "31"], &["--format", "xml"], &["x"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn shards() {
        assert_eq!(parse_shard("2/4"), Ok((2, 4)));
        for text in ["0/4", "5/4", "1", "a/b", "1/0", "-1/2"] {
            assert!(parse_shard(text).is_err(), "{text}");
        }
    }
}
