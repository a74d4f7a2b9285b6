//! `compare`: reads two runs, shows what changed between them, and fails if there is a new failure.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::compare_args::{CompareArgs, CompareError};
use crate::cli::error::Failure;
use crate::cli::finish::apart;
use crate::cli::options::load;
use crate::cli::stdout::{say, tell};
use crate::exit::Exit;
use crate::history::recorded;
use crate::report::Run;
use crate::report::compare::formats::{html, json, markdown, terminal};
use crate::report::compare::{Comparison, Side};
use crate::report::file::{self, Refuge, WriteError};
use crate::report::look::{Look, Verbosity};
use crate::report::output::{Format, ReportSpec};
use crate::report::program::Program;
use crate::report::view::View;
use crate::run::judge_again;

/// Compares two runs, prints the comparison and writes its reports.
///
/// # Errors
/// Returns an error if a run can't be read or judged, or a file can't be written.
pub(crate) fn run(args: &CompareArgs, program: &Program) -> Result<Exit, Failure> {
    let paths = paths(&args.report)?;
    apart(paths.iter().map(|(_, path)| path.as_path()))?;
    let aside = paths.iter().filter(|(_, path)| file::is_stdout(path)).count();
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

/// Returns the requested files, each with its format.
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

/// Reads one of the runs: a report as it is, or a history, which is judged.
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

/// Returns true if the first line of a file is a line of a history. A report is one document over many lines.
fn is_history(path: &Path) -> Result<bool, CompareError> {
    use std::io::{BufRead as _, BufReader, Read as _};
    /// The largest size of the line that is read, in bytes; a header is far smaller.
    const LONGEST: u64 = 16 << 20;
    let read = |source| CompareError::Read { path: path.to_owned(), source };
    let mut line = Vec::new();
    let file = std::fs::File::open(path).map_err(read)?;
    BufReader::new(file.take(LONGEST)).read_until(b'\n', &mut line).map_err(read)?;
    Ok(serde_json::from_slice::<crate::history::Line>(&line).is_ok())
}

/// Appends the comparison to the job summary, if this runs in GitHub Actions.
fn summary(comparison: &Comparison) -> Result<(), WriteError> {
    let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let (Some("true"), Some(path)) = (set("GITHUB_ACTIONS").as_deref(), set("GITHUB_STEP_SUMMARY")) else {
        return Ok(());
    };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut it| it.write_all(markdown::render(comparison).as_bytes()))
        .map_err(|source| WriteError { path: path.into(), source, kept: None })
}
