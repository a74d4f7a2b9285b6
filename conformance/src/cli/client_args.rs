//! The flags of `client`, which judges a program that uses the API.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use crate::client::end::Codes;
use crate::client::task::TaskKind;
use crate::report::look::Color;
use crate::report::output::ReportSpec;

/// How the command receives its task, and how it should end.
const AFTER: &str = "\
The command is started once for each scenario, each time with a server of its own.
It finds its task in the environment, and as one line of JSON on standard input:
  NETCONNECT_URL, NETCONNECT_API_KEY       where the API is, and the key
  NETCONNECT_TASK                          buy, buy-and-wait or balance
  NETCONNECT_OPERATOR_ID, NETCONNECT_PRODUCT_ID
  NETCONNECT_RECIPIENTS, NETCONNECT_PACKAGE_IDS   as many of each, separated by commas
  NETCONNECT_TIMEOUT, NETCONNECT_WAIT      seconds to wait for an answer, and to follow an order

It ends with
  0  the task is certainly done
  1  it is certainly not done
  2  nobody can tell: an order may have been placed
  3  it does not do this task (before anything is sent)

Examples:
  conformance client -- ./buy.sh
  conformance client --task buy,balance --report html=client.html -- python3 shop.py
  conformance client --exit-codes done=0,not-done=1:2:4,unknown=5 -- ./shop
  conformance client --only lost/ -- ./buy.sh
  conformance client serve lost/closed-after --record client.ndjson
  conformance client judge client.ndjson";

/// The default time limit of a program, in seconds.
pub(crate) const TIMEOUT: u64 = 10;

/// The flags of `client`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = AFTER)]
pub(crate) struct ClientArgs {
    /// The subcommands for a client that this program does not start.
    #[command(subcommand)]
    pub(crate) instead: Option<ClientCommand>,
    /// The flags for a client that this program starts.
    #[command(flatten)]
    pub(crate) run: ClientRunArgs,
}

/// The subcommands of `client`, for clients that this program can't start.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Judge what was recorded of a client, by `serve --record` or by `sandbox --record`
    Judge {
        /// Recordings
        #[arg(required = true, value_name = "FILE")]
        recordings: Vec<PathBuf>,
        /// The flags about the output.
        #[command(flatten)]
        output: ClientOutputArgs,
    },
    /// Be the server of one scenario until Ctrl-C, for a client that is started by hand
    Serve {
        /// Scenario, as --list shows them
        scenario: String,
        /// Port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Write what is sent into this file, for `client judge`
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
    },
}

/// The flags about the client and its scenarios.
#[derive(Debug, Args)]
pub(crate) struct ClientRunArgs {
    /// The client: a program and its words, behind `--`
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// What the client is asked to do, and judged on: buy by default, or what the scenarios are about that --only names
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) task: Vec<TaskKind>,
    /// Only scenarios whose names start with this, `freedom/gzip` among them; may be repeated
    #[arg(long, value_name = "SCENARIO", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) only: Vec<String>,
    /// Show the scenarios and run none
    #[arg(long)]
    pub(crate) list: bool,
    /// Try pairs of the liberties that servers take, too
    #[arg(long)]
    pub(crate) pairs: bool,
    /// Seed of the recipients' numbers, which stand in no order then; 0 takes consecutive ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Seconds after which a program that is still running is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// What exit codes of the program stand for, as in done=0,not-done=1:6,unknown=5
    #[arg(long, value_name = "MAP")]
    pub(crate) exit_codes: Option<Codes>,
    /// Scenarios at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// The flags about the output.
    #[command(flatten)]
    pub(crate) output: ClientOutputArgs,
}

/// The flags about the output.
#[derive(Debug, Args)]
pub(crate) struct ClientOutputArgs {
    /// Write a report: json, junit, sarif, md, html or ndjson=FILE, or dir=DIR for all; `-` is standard output
    #[arg(long, value_name = "KIND=PATH")]
    pub(crate) report: Vec<ReportSpec>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Only the verdict and a line per finding
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Every scenario and every sentence
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}
