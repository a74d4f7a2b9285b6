//! The flags about what is written and shown.

use std::path::PathBuf;

use clap::Args;

use crate::report::allowance::Allowance;
use crate::report::look::Color;
use crate::report::output::ReportSpec;

/// The flags about what is written and shown.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write a report: json, junit, sarif, har, md, html, prom or ndjson=FILE, or dir=DIR for all; `-` is standard output
    #[arg(long, value_name = "KIND=PATH")]
    pub(crate) report: Vec<ReportSpec>,
    /// Write each order before it is sent and each answer when it comes, for `judge`; on by default beside reports, and in the
    /// user's state folder for a host that is not this machine
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Write no journal; if the run is killed, nobody knows what it bought
    #[arg(long, conflicts_with = "journal")]
    pub(crate) no_journal: bool,
    /// Known failures, each for one cause; an entry that is expired or stale has an exit code of its own
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Start a baseline from what fails now
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Add a line about this run to a file, and show those of earlier runs in the page
    #[arg(long, value_name = "FILE")]
    pub(crate) trend: Option<PathBuf>,
    /// A requirement that may stay without a conclusion, with the reason, which the report names; may be repeated
    #[arg(long, value_name = "ID=REASON")]
    pub(crate) allow_incomplete: Vec<Allowance>,
    /// Accepted shapes of answers to compare with, a folder; what differs is a note
    #[arg(long, value_name = "DIR")]
    pub(crate) shapes: Option<PathBuf>,
    /// Write the observed shapes into that folder
    #[arg(long, requires = "shapes")]
    pub(crate) update_shapes: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Only the verdict and a line per finding
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Every requirement and every detail
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}
