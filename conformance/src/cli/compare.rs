//! Two runs side by side: reads them, shows what moved, and fails where something failed anew.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::error::Failure;
use crate::cli::options::load;
use crate::cli::stdout::{say, tell};
use crate::exit::Exit;
use crate::history::recorded;
use crate::report::Run;
use crate::report::compare::{Comparison, FailOn, Side, html, json, markdown, terminal};
use crate::report::file::{self, Refuge, WriteError};
use crate::report::look::{Color, Look, Verbosity};
use crate::report::output::{Format, ReportSpec};
use crate::report::program::Program;
use crate::report::view::View;
use crate::run::judge_again;

/// Comparing two runs.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The older run: a history, a journal, a JSON report, or a folder of reports
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer run
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Contract of the newer run, where it is a history of another one than the built-in
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Contract of the older run, where it is a history of another one than the newer
    #[arg(long, value_name = "FILE")]
    old_spec: Option<PathBuf>,
    /// Write the comparison: md, html or json=FILE; `-` is standard output
    #[arg(long, value_name = "KIND=PATH")]
    report: Vec<ReportSpec>,
    /// Which failures end the command with exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::New)]
    fail_on: FailOn,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// Why a comparison can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompareError {
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is neither a history nor a report.
    #[error("{} can't be compared: {source}", path.display())]
    Side {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: crate::report::compare::SideError,
    },
    /// A folder has nothing to compare.
    #[error("{} has neither report.json nor history.ndjson; --report dir={} writes both", .0.display(), .0.display())]
    Folder(PathBuf),
    /// There is no comparison of this kind.
    #[error("a comparison is written as md, html or json; `{0}` is none of these")]
    Kind(&'static str),
    /// The comparison can't be put into words.
    #[error("the comparison can't be made: {0}")]
    Render(#[from] serde_json::Error),
}

/// Compares, shows and writes.
///
/// # Errors
/// A run can't be read or judged, or a file can't be written.
pub(crate) fn run(args: &CompareArgs, program: &Program) -> Result<Exit, Failure> {
    let paths = paths(&args.report)?;
    let aside = paths.iter().filter(|(_, path)| file::is_stdout(path)).count();
    if aside > 1 {
        return Err(Failure::TwoToStdout);
    }
    paths.iter().try_for_each(|(_, path)| file::writable(path))?;
    let old = side(&args.old, args.old_spec.as_deref().or(args.spec.as_deref()), program)?;
    let new = side(&args.new, args.spec.as_deref(), program)?;
    let comparison = Comparison::of(old, new);
    let mut refuge = Refuge::default();
    for (format, path) in &paths {
        let text = match format {
            Format::Md => markdown::render(&comparison),
            Format::Html => html::render(&comparison),
            _ => json::render(&comparison).map_err(CompareError::from)?,
        };
        refuge.whole(path, format.name(), text.as_bytes())?;
    }
    let term = if aside > 0 { console::Term::stderr() } else { console::Term::stdout() };
    let look = Look::of(&term, args.color, Verbosity::Normal);
    let shown = terminal::render(&comparison, &look);
    if aside > 0 {
        tell(shown.trim_end())
    } else {
        say(&shown)?
    }
    summary(&comparison)?;
    Ok(if comparison.fails(args.fail_on) { Exit::NotConformant } else { Exit::Conformant })
}

/// The files that were asked for, each with its kind.
fn paths(specs: &[ReportSpec]) -> Result<Vec<(Format, PathBuf)>, CompareError> {
    let one = |spec: &ReportSpec| match spec {
        ReportSpec::File(format @ (Format::Md | Format::Html | Format::Json), path) => {
            Ok((*format, path.clone()))
        }
        ReportSpec::File(other, _) => Err(CompareError::Kind(other.name())),
        ReportSpec::Dir(_) => Err(CompareError::Kind("dir")),
    };
    specs.iter().map(one).collect()
}

/// Reads one of the runs; a history is judged.
fn side(path: &Path, spec: Option<&Path>, program: &Program) -> Result<Side, Failure> {
    let path = &match path.is_dir() {
        false => path.to_owned(),
        true => ["report.json", "history.ndjson"]
            .map(|name| path.join(name))
            .into_iter()
            .find(|it| it.is_file())
            .ok_or_else(|| CompareError::Folder(path.to_owned()))?,
    };
    let wrong = |source| CompareError::Side { path: path.clone(), source };
    if is_history(path)? {
        let contract = load(spec)?;
        let finished = judge_again::judge(&contract, recorded::read(path)?)?;
        let (history, judgement) = (&finished.history, &finished.judgement);
        let view = View::of(&Run { program, contract: &contract, history, judgement });
        return Ok(Side::of(&view).map_err(wrong)?);
    }
    let read = |source| CompareError::Read { path: path.clone(), source };
    let text = std::fs::read_to_string(path).map_err(read)?;
    Ok(Side::read(&text).map_err(wrong)?)
}

/// Whether the first line of a file is that of a history; a report is one document of many lines.
fn is_history(path: &Path) -> Result<bool, CompareError> {
    use std::io::{BufRead as _, BufReader, Read as _};
    /// A header is far smaller.
    const LONGEST: u64 = 16 << 20;
    let read = |source| CompareError::Read { path: path.to_owned(), source };
    let mut line = Vec::new();
    let file = std::fs::File::open(path).map_err(read)?;
    BufReader::new(file.take(LONGEST)).read_until(b'\n', &mut line).map_err(read)?;
    Ok(serde_json::from_slice::<crate::history::Line>(&line).is_ok())
}

/// The summary of the step, where this is GitHub Actions.
fn summary(comparison: &Comparison) -> Result<(), WriteError> {
    let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let (Some("true"), Some(path)) = (set("GITHUB_ACTIONS").as_deref(), set("GITHUB_STEP_SUMMARY")) else {
        return Ok(());
    };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut it| it.write_all(markdown::render(comparison).as_bytes()))
        .map_err(|source| WriteError { path: path.into(), source, kept: None })
}
