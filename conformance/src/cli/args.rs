//! The command line: flags in groups, subcommands, and the table of exit codes in the help.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use spec::Pesewas;
use spec::money::MoneyError;

use crate::cli::access::AccessArgs;
use crate::cli::client_args::ClientArgs;
use crate::cli::compare_args::CompareArgs;
pub(crate) use crate::cli::output_args::OutputArgs;
use crate::exec::run::SETTLE;
use crate::exit::Exit;
use crate::export::Format;
use crate::history::Tier;
use crate::report::program::Program;

/// The environment variables, for the end of the help.
const ENVIRONMENT: &str = "\
Environment:
  CONFORMANCE_API_KEY   a single key, where no accounts file is given
  CONFORMANCE_OPERATOR, CONFORMANCE_PRODUCT, CONFORMANCE_PACKAGE
                        as --operator, --product and --package; several with commas between
  NO_COLOR              no colour on a terminal
  GITHUB_ACTIONS        if true: annotations, and the summary of the step
";

/// Example calls, each with what it does.
const EXAMPLES: [(&str, &str); 6] = [
    ("", "judge the built-in sandbox"),
    (" doctor --url URL", "what a run would cost, and what is missing"),
    (" --url URL --dry-run", "what would be sent, and its cost"),
    (" --url URL --report dir=OUT", "every report, into a folder"),
    (" judge OUT/history.ndjson", "judge again, without a network"),
    (" explain COUNT-HIGH", "a requirement, and what is sent"),
];

/// Returns the command line's definition, with the environment, examples and exit codes after the flags in the help.
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
    /// The subcommand, if this is not a run.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The flags of a run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The flags that show a plan instead of running it.
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// File with flags by their names (conformance.toml); the command line and the environment outrank it
    #[arg(long, value_name = "FILE", global = true, help_heading = "Plan")]
    pub(crate) config: Option<PathBuf>,
}

/// The subcommands.
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
}

/// The flags of `judge` and `merge`.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Histories, as `--report ndjson=FILE` writes them
    #[arg(required = true, value_name = "HISTORY")]
    pub(crate) histories: Vec<PathBuf>,
    /// Contract to use in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// The flags about the output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The flags of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Id of a finding or of a case, or a file with a recorded history, whose failing cases are sent
    #[arg(value_name = "ID|HISTORY")]
    pub(crate) case: String,
    /// History in which a finding's id is looked up; without it every case is sent that serves its requirement
    #[arg(value_name = "HISTORY")]
    pub(crate) history: Option<PathBuf>,
    /// The flags of a run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// The flags of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The flags of a run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Tool that the files are for
    #[arg(long, value_name = "TOOL", value_parser = super::tool::parser())]
    pub(crate) format: Format,
    /// Folder that the files go to; it must be empty, or not there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The flags of a run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// The flags of a run, in groups.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// The flags about the server and its accounts.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The flags about the connection.
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// The flags about the plan.
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// The flags about spending.
    #[command(flatten)]
    pub(crate) money: MoneyArgs,
    /// The flags about speed and time.
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
    /// The flags about the output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The flags about the server and its accounts.
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
    /// Role of the single key, where the server has no profile that says it
    #[arg(long, requires = "url", conflicts_with_all = ["states", "accounts"])]
    pub(crate) role: Option<String>,
    /// A single key, where no accounts file is given
    #[arg(long, env = "CONFORMANCE_API_KEY", hide_env_values = true, hide = true)]
    pub(crate) api_key: Option<String>,
    /// Contract to use in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
}

/// The flags about the plan.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Plan")]
pub(crate) struct PlanArgs {
    /// How much is tried
    #[arg(long, default_value = Tier::Standard.name(), value_parser = super::tier::parser())]
    pub(crate) tier: Tier,
    /// Seed of every random choice; the same seed gives the same cases
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Number of fuzz cases; without it, the tier decides
    #[arg(long)]
    pub(crate) cases: Option<u32>,
    /// Only cases that serve this requirement, or whose id starts with this; may be repeated
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
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

/// The flags that show a plan instead of running it.
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

/// The flags about spending.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Money")]
pub(crate) struct MoneyArgs {
    /// The most that may be charged; needed for any host that is not this machine
    #[arg(long, value_name = "GHS", allow_negative_numbers = true, value_parser = parse_cap)]
    pub(crate) max_spend: Option<Pesewas>,
    /// Permit live keys and production servers, together with --max-spend
    #[arg(long)]
    pub(crate) allow_live: bool,
}

/// The flags about speed and time.
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
    /// Seconds to follow an order until it and its recipients have ended; past it their end is told as not known
    #[arg(long, value_name = "SECONDS", default_value_t = SETTLE.as_secs(), value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) settle: u64,
    /// Seconds after which nothing more is sent
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) time_limit: Option<u64>,
}

/// The text is not a valid shard.
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

/// The text is not a valid cap on spending.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum CapError {
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error("less than nothing can't be spent")]
    Negative,
}

fn parse_cap(text: &str) -> Result<Pesewas, CapError> {
    let cap: Pesewas = text.parse()?;
    if cap < Pesewas::ZERO { Err(CapError::Negative) } else { Ok(cap) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command(&Program::installed()).debug_assert();
    }

    #[test]
    fn shards() {
        assert_eq!(parse_shard("2/4"), Ok((2, 4)));
        for text in ["0/4", "5/4", "1", "a/b", "1/0", "-1/2"] {
            assert!(parse_shard(text).is_err(), "{text}");
        }
    }
}
