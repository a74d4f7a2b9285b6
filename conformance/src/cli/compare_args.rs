//! Flags of `compare`, and why a comparison can't be made.

use std::path::PathBuf;

use clap::Args;

use crate::report::compare::{FailOn, SideError};
use crate::report::look::Color;
use crate::report::output::ReportSpec;

/// The flags of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The older run: a history, a journal, a JSON report, or a folder of reports
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The newer run
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Contract of the newer run, where it is a history of another one than the built-in
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Contract of the older run, where it is a history of another one than the newer
    #[arg(long, value_name = "FILE")]
    pub(crate) old_spec: Option<PathBuf>,
    /// Write the comparison: md, html or json=FILE; `-` is standard output
    #[arg(long, value_name = "KIND=PATH")]
    pub(crate) report: Vec<ReportSpec>,
    /// Which failures end the command with exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::New)]
    pub(crate) fail_on: FailOn,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// Why a comparison can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompareError {
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is neither a history nor a report.
    #[error("{} can't be compared: {source}", path.display())]
    Side {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        source: SideError,
    },
    /// A folder has neither a report nor a history to compare.
    #[error("{} has neither report.json nor history.ndjson; --report dir={} writes both", .0.display(), .0.display())]
    Folder(PathBuf),
    /// The comparison has no report of this format.
    #[error("a comparison is written as md, html or json; `{0}` is none of these")]
    Kind(&'static str),
    /// The comparison can't be serialized.
    #[error("the comparison can't be made: {0}")]
    Render(#[from] serde_json::Error),
}
