//! The definition of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use generated::{Money, URL_VARIABLE};

use crate::call::Call;

/// Heading of the options that every command has.
const GENERAL: &str = "General options";

/// Seconds after which a call counts as lost.
const TIMEOUT: u64 = 60;

/// Buy mobile data bundles in bulk through the NetConnect reseller API.
#[derive(Debug, Parser)]
#[command(name = "buy-bulk", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Where the API is; production if not given.
    #[arg(long, global = true, help_heading = GENERAL, env = URL_VARIABLE, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// File that holds the API key; without it, the variable NETCONNECT_API_KEY does. It is never printed.
    #[arg(long, global = true, help_heading = GENERAL, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Seconds that a call may take.
    #[arg(long, global = true, help_heading = GENERAL, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// Print the answer as JSON.
    #[arg(long, global = true, help_heading = GENERAL)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; with --wait, everything is delivered
  1  refused by the server; no money moved
  2  usage, set-up, or an order that breaks a limit; nothing was sent
  3  an answer that the API does not document; no money moved
  4  no connection, or too many requests; nothing happened, try again later
  5  outcome unknown: the order may have been paid for, look before you send it again
  6  the order was placed, and it or a recipient of it failed
  7  the order was placed, and was not seen to end within --wait: follow it, don't send it again

A purchase is sent once. Nothing here ever sends it a second time by itself.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Buy: one order for several recipients.
    Order(OrderArgs),
    /// Show an order and each of its recipients.
    Status {
        /// Id of the order.
        order: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// List orders, newest first.
    Orders {
        /// At most so many.
        #[arg(long)]
        limit: Option<u32>,
        /// Where the page before ended.
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Submit one failed recipient of an order again.
    Retry {
        /// Id of the order.
        order: String,
        /// Position of the recipient, from 0.
        recipient: u32,
    },
    /// Show what is in the wallet.
    Wallet,
    /// Show whom the key belongs to.
    Profile,
    /// List what an operator sells.
    Products {
        /// Id of the operator.
        operator: String,
    },
    /// Show a package and what it costs this profile.
    Package {
        /// Id of the package.
        package: String,
    },
    /// Call an operation as the API documents it, JSON in and out, nothing checked.
    #[command(subcommand)]
    Api(Call),
}

/// An order.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  buy-bulk order --operator k57operator --product p22product --package q34package \\
    --to 233201234567 --to '+233 20 987 6543' --to 0241234567=q35otherpackage \\
    --max-total 40 --wait 60")]
pub(crate) struct OrderArgs {
    /// Id of the operator.
    #[arg(long, value_name = "ID")]
    pub(crate) operator: String,
    /// Id of the product.
    #[arg(long, value_name = "ID")]
    pub(crate) product: String,
    /// Recipient's phone number, and the package if not the one of --package; once per recipient.
    #[arg(long, value_name = "NUMBER[=PACKAGE]", required_unless_present = "to_file")]
    pub(crate) to: Vec<String>,
    /// File with a recipient per line, written as for --to; `#` begins a comment.
    #[arg(long, value_name = "FILE")]
    pub(crate) to_file: Option<PathBuf>,
    /// Package for every recipient that names none.
    #[arg(long, value_name = "ID")]
    pub(crate) package: Option<String>,
    /// Look up what the order costs, and don't send it if that is more.
    #[arg(long, value_name = "GHS")]
    pub(crate) max_total: Option<Money>,
    /// Check the order and look up what it costs, and don't send it.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// Whether to follow an order.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Follow the recipients until each has ended, for at most so long.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
}
