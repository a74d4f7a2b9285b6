//! `cargo xtask compat`: the gate on API changes. The comparison and its rules are in `spec::diff`; this module finds
//! the two revisions, applies the waivers and writes the result.
//!
//! Exit codes: 0 if there is nothing at the failing level, 1 if there are changes at that level or a waiver is stale or
//! expired, 2 if a revision or the waivers can't be read.

pub mod render;
pub mod source;
pub mod waiver;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use spec::diff::{Impact, Revision, compare};

use crate::{Error, repo};
use render::Format;
use waiver::Waivers;

/// Shown below the options.
const HELP: &str = "\
Examples:
  cargo xtask compat                                  does spec/ break clients of the newest blessed revision?
  cargo xtask compat --base main --fail-on warn       what does this branch change, dangerous changes too?
  cargo xtask compat --base spec/blessed/1.0.0 --format md    the changelog since a release

Exit codes:
  0  nothing at the failing level that is not waived
  1  a change at that level, or a waiver that is stale or expired
  2  a revision or the waivers can't be read";

/// Command line of `cargo xtask compat`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// What to compare with: a folder, a YAML file or a git revision. Default: the newest of spec/blessed.
    #[arg(long, value_name = "REV|FILE|DIR")]
    pub base: Option<String>,
    /// What to compare, in the same forms as `--base`. Default: spec/openapi.yaml.
    #[arg(long, value_name = "REV|FILE|DIR")]
    pub spec: Option<String>,
    /// Format of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Which changes fail: breaking ones, or dangerous ones too.
    #[arg(long, value_enum, default_value_t = FailOn::Err)]
    pub fail_on: FailOn,
    /// Intended changes, each with a reason and a last day. Default: spec/compat-allow.yaml.
    #[arg(long, value_name = "FILE")]
    pub allow: Option<PathBuf>,
    /// The day on which waivers are judged. Default: today, in UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
}

/// The lowest level of changes that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Breaking changes.
    Err,
    /// Breaking and dangerous changes.
    Warn,
}

/// Compares two revisions and writes the result to stdout.
///
/// # Errors
/// A revision or the waivers can't be read, a change at the failing level is not waived, or a waiver is stale or
/// expired.
pub fn run(args: &Args) -> Result<(), Error> {
    let base = match &args.base {
        Some(base) => source::load(base)?,
        None => source::newest_blessed()?,
    };
    let new = source::load(args.spec.as_deref().unwrap_or("spec/openapi.yaml"))?;
    let allow = args.allow.clone().unwrap_or_else(|| repo::root().join("spec/compat-allow.yaml"));
    let waivers = if args.allow.is_some() || allow.is_file() {
        Waivers::read(&repo::name(&allow), &repo::read(&allow)?)?
    } else {
        Waivers::default()
    };
    // The committed waivers apply to the newest blessed revision.
    let waivers = match (&args.base, &args.allow) {
        (Some(_), None) => waivers.about(&compare(&base, &new)),
        _ => waivers,
    };
    let today = args.today.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let report = Report::new(&base, &new, &waivers, today);
    print!("{}", render::render(&report, args.format)?);
    report.verdict(args.fail_on, &repo::name(&allow))
}

/// Everything that a comparison found.
#[derive(Debug)]
pub struct Report {
    /// `info.version` of the base and of the new revision.
    pub versions: (String, String),
    /// Where the base and the new revision were read from.
    pub files: (String, String),
    /// Changes, worst first, each with the waiver that covers it.
    pub changes: Vec<(spec::diff::Change, Option<waiver::Waiver>)>,
    /// Problems with the waivers.
    pub complaints: Vec<spec::Problem>,
}

impl Report {
    /// Compares two revisions and applies waivers.
    #[must_use]
    pub fn new(base: &Revision, new: &Revision, waivers: &Waivers, today: Date) -> Self {
        let (changes, complaints) = waivers.apply(compare(base, new), today);
        Self {
            versions: (base.version().to_owned(), new.version().to_owned()),
            files: (base.openapi.file.clone(), new.openapi.file.clone()),
            changes,
            complaints,
        }
    }

    /// Counts the changes of a level that are not waived.
    #[must_use]
    pub fn count(&self, impact: Impact) -> usize {
        self.changes
            .iter()
            .filter(|(change, waiver)| change.rule.impact == impact && waiver.is_none())
            .count()
    }

    fn verdict(&self, fail_on: FailOn, allow: &str) -> Result<(), Error> {
        let failing = match fail_on {
            FailOn::Err => &[Impact::Breaking][..],
            FailOn::Warn => &[Impact::Breaking, Impact::Dangerous],
        };
        let counts = failing.iter().map(|level| (self.count(*level), level)).filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, level)| format!("{count} {level}")).collect();
        let mut reasons = Vec::new();
        if !counts.is_empty() {
            reasons.push(format!(
                "changes at the failing level: {}; undo them, or waive what is meant by its rule and pointer in \
                 {allow}",
                counts.join(", ")
            ));
        }
        reasons.extend(self.complaints.iter().map(ToString::to_string));
        if reasons.is_empty() { Ok(()) } else { Err(Error::Failed(reasons.join("\n"))) }
    }
}

/// Returns the path of the OpenAPI document of a revision, given its folder or file.
fn openapi_in(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("openapi.yaml") } else { path.to_path_buf() }
}
