//! Finishes a run: applies known failures, allowances and shape drift to the judgement, then prints it and writes the
//! reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use spec::Contract;

use crate::cli::args::OutputArgs;
use crate::cli::error::Failure;
use crate::cli::journal;
use crate::cli::stdout::{say, tell};
use crate::exit::Exit;
use crate::history::{Header, History, Journal};
use crate::judge::{summary, ways};
use crate::report::Run;
use crate::report::allowance::{self, Allowance};
use crate::report::baseline::{Baseline, Untrue};
use crate::report::file::{self, Refuge, WriteError};
use crate::report::formats::{github, terminal};
use crate::report::look::{Look, Verbosity};
use crate::report::output::{self, ReportSpec};
use crate::report::program::Program;
use crate::report::shape::{self, Shape};
use crate::report::text::{count, visible};
use crate::report::trend::{self, Point};
use crate::report::view::View;
use crate::run::session::Finished;

/// What the end of a run needs. It is read before anything is sent, so that a bad file costs no order.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    program: &'a Program,
    contract: &'a Contract,
    args: &'a OutputArgs,
    baseline: Option<Baseline>,
    accepted: Option<BTreeMap<String, Shape>>,
    trend: Vec<Point>,
    allowances: Vec<Allowance>,
}

/// Checks that no two reports go to the same place.
///
/// # Errors
/// Returns an error if two reports go to the same place, so that one of them would be lost.
pub(crate) fn apart<'p>(paths: impl Iterator<Item = &'p Path>) -> Result<(), Failure> {
    let mut taken = BTreeSet::new();
    for path in paths {
        if file::is_stdout(path) {
            if !taken.insert(PathBuf::from("-")) {
                return Err(Failure::TwoToStdout);
            }
        } else if !taken.insert(place(path)) && (path.is_file() || !path.exists()) {
            // A device accepts more than one report.
            return Err(Failure::TwoToOneFile(path.to_owned()));
        }
    }
    Ok(())
}

/// Returns the one name of a place that can be named in several ways, such as `a` and `./a`. The file need not exist.
fn place(path: &Path) -> PathBuf {
    let written = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let in_folder = || Some(written.parent()?.canonicalize().ok()?.join(written.file_name()?));
    written.canonicalize().ok().or_else(in_folder).unwrap_or(written)
}

impl<'a> Ready<'a> {
    /// Reads the baseline, the accepted shapes and the trend, and checks that every report can be written.
    ///
    /// # Errors
    /// Returns an error if a file can't be read or is invalid, or a report can't be written to its place.
    pub(crate) fn new(
        program: &'a Program,
        contract: &'a Contract,
        args: &'a OutputArgs,
    ) -> Result<Self, Failure> {
        let baseline = args.baseline.as_deref().map(|path| baseline(contract, path)).transpose()?;
        if let Some(folder) = args.shapes.as_ref().filter(|it| !args.update_shapes && !it.is_dir()) {
            return Err(Failure::NoShapes(folder.clone()));
        }
        let accepted = args.shapes.as_deref().filter(|_| !args.update_shapes).map(shape::read).transpose()?;
        let allowances = allowance::known(&args.allow_incomplete, contract)?;
        let paths: Vec<_> =
            args.report.iter().flat_map(ReportSpec::paths).chain(args.write_baseline.clone()).collect();
        apart(paths.iter().chain(&args.trend).map(PathBuf::as_path))?;
        paths.iter().try_for_each(|path| file::writable(path))?;
        args.trend.iter().try_for_each(|path| file::writable(path))?;
        let trend = args.trend.as_deref().map(trend::read).transpose()?.unwrap_or_default();
        Ok(Self { program, contract, args, baseline, accepted, allowances, trend })
    }

    /// Returns true if a report goes to standard output, so that text for people goes to standard error.
    fn is_aside(&self) -> bool {
        let reports = self.args.report.iter().flat_map(ReportSpec::paths);
        reports.chain(self.args.write_baseline.clone()).any(|path| file::is_stdout(&path))
    }

    /// Prints a text for people.
    fn show(&self, text: &str) -> Result<(), Failure> {
        if self.is_aside() {
            eprint!("{text}");
            return Ok(());
        }
        say(text)
    }
}

fn baseline(contract: &Contract, path: &Path) -> Result<Baseline, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Failure::BaselineFile { path: path.to_owned(), source })?;
    Baseline::parse(&text, contract).map_err(|source| Failure::Baseline { path: path.to_owned(), source })
}

/// Applies the baseline, compares the shapes, prints the result, writes the reports, and returns the exit code of the
/// verdict.
///
/// # Errors
/// Returns an error if the result can't be printed, a report or the journal can't be written, or records of the run
/// were lost. If a requirement failed, that takes precedence, and these errors are only printed.
pub(crate) fn conclude(
    mut finished: Finished,
    ready: &Ready<'_>,
    journal: &Journal,
) -> Result<Exit, Failure> {
    let Ready { program, contract, args, .. } = ready;
    allowed(&mut finished, ready);
    let untrue = known_failures(&mut finished, ready);
    drifted(&mut finished, ready);
    let exit = Exit::from(finished.judgement.verdict);
    let Finished { history, judgement, .. } = &finished;
    let run = Run { program, contract, history, judgement };
    let mut view = View::of(&run);
    if args.trend.is_some() {
        let now = view.point(contract.buy().status(spec::Meaning::Accepted));
        view.trend = trend::newest(ready.trend.iter().cloned().chain([now]).collect());
    }
    let term = if ready.is_aside() { console::Term::stderr() } else { console::Term::stdout() };
    let look = Look::of(&term, args.color, Verbosity::of(args.quiet, args.verbose));
    // The reports are written even if the result can't be printed, as on a terminal that was closed.
    let shown = ready.show(&terminal::body(&view, &look)).err();
    if args.quiet {
        // With `--quiet` the report does not print these messages, so they are printed here.
        untrue.iter().for_each(|it| tell(&format!("{}: {}", program.name(), visible(&it.message))));
    }
    let hung_up = shown.is_some();
    let written = files(&finished, &run, &view, ready, args.quiet || hung_up);
    let whole = history.cases.trouble().map(Failure::from);
    let journalled = journal.trouble().map(Failure::from);
    let mut failures: Vec<Failure> =
        shown.into_iter().chain(written).chain(whole).chain(journalled).collect();
    if failures.is_empty() {
        failures.extend(keep(journal, ready).err());
    }
    if !args.quiet && !hung_up {
        // The verdict comes last, after the names of the files that were written.
        failures.extend(ready.show(&terminal::close(&view, &look)).err());
    }
    let mut ended = Ok(exit);
    for failure in failures {
        match &ended {
            Ok(Exit::NotConformant) | Err(_) => tell(&format!("{}: {}", program.name(), failure.told())),
            Ok(_) => ended = Err(failure),
        }
    }
    ended
}

/// Writes the reports of a run that could not start. The caller reports the reason.
pub(crate) fn report_alone(finished: &Finished, ready: &Ready<'_>) {
    let Ready { program, contract, args, .. } = ready;
    let Finished { history, judgement, .. } = finished;
    let run = Run { program, contract, history, judgement };
    let output::Written { failures, .. } = output::write(&run, &View::of(&run), &args.report);
    for failure in failures.into_iter().map(Failure::from) {
        tell(&format!("{}: {}", program.name(), failure.told()));
    }
}

/// Removes the journal if a report contains everything that it does, unless the user named it.
fn keep(journal: &Journal, ready: &Ready<'_>) -> Result<(), Failure> {
    let Some(path) = journal.path() else { return Ok(()) };
    if !journal.is_named() && journal::is_in(&ready.args.report) {
        return journal.remove().map_err(|source| Failure::Write(WriteError { path, source, kept: None }));
    }
    if ready.args.quiet { Ok(()) } else { ready.show(&format!("wrote {}\n", path.display())) }
}

/// Writes all files, and returns the failures.
fn files(finished: &Finished, run: &Run<'_>, view: &View, ready: &Ready<'_>, quiet: bool) -> Vec<Failure> {
    let args = ready.args;
    let wrote = |what: &dyn std::fmt::Display| match quiet {
        true => Ok(()),
        false => ready.show(&format!("wrote {what}\n")),
    };
    let output::Written { files, failures } = output::write(run, view, &args.report);
    let mut failures: Vec<Failure> = failures.into_iter().map(Failure::from).collect();
    let named = files.iter().filter(|path| !file::is_stdout(path));
    failures.extend(named.filter_map(|path| wrote(&path.display()).err()));
    let baseline = || {
        let Some(path) = &args.write_baseline else { return Ok(()) };
        let day = day_of(&finished.history.header);
        let baseline = Baseline::covering(&finished.judgement, &Baseline::default(), day);
        let text = baseline.to_toml()?;
        Refuge::default().whole(path, "baseline.toml", text.as_bytes())?;
        let entries = count(baseline.known.len() as u64, "known failure", "known failures");
        wrote(&format!("{} with {entries}; give each a reason and a ticket", path.display()))
    };
    let shapes = || {
        let Some(folder) = args.shapes.as_deref().filter(|_| args.update_shapes) else { return Ok(()) };
        let observed = shape::observe(&finished.history.cases);
        shape::write(run.contract, folder, &observed)?;
        wrote(&format!("{} as observed", folder.display()))
    };
    let trend = || {
        let (Some(path), Some(now)) = (&args.trend, view.trend.last()) else { return Ok(()) };
        trend::append(path, now)?;
        wrote(&format!("a line to {}", path.display()))
    };
    let actions = || {
        let mut annotations = Vec::new();
        github::emit(view, |name| std::env::var(name).ok(), &mut annotations)?;
        ready.show(&String::from_utf8_lossy(&annotations))
    };
    failures.extend([baseline(), shapes(), trend(), actions()].into_iter().filter_map(Result::err));
    failures
}

/// Applies the allowances: an allowed requirement without a conclusion does not make a run incomplete.
fn allowed(finished: &mut Finished, ready: &Ready<'_>) {
    let Finished { history: History { footer, .. }, judgement, .. } = finished;
    let own_fault = !judgement.own_faults.is_empty();
    allowance::apply(&ready.allowances, judgement, |requirements| {
        summary::verdict(ready.contract, requirements, footer, own_fault)
    });
}

fn known_failures(finished: &mut Finished, ready: &Ready<'_>) -> Vec<Untrue> {
    let Finished { history: History { header, footer, cases }, judgement, .. } = finished;
    let Some(baseline) = &ready.baseline else { return Vec::new() };
    let own_fault = !judgement.own_faults.is_empty();
    let tried = ways::of_run(cases.iter());
    baseline.apply(judgement, &tried, day_of(header), |requirements| {
        summary::verdict(ready.contract, requirements, footer, own_fault)
    })
}

/// Returns the day on which a run began, in UTC, so that a history judged again later has the same known failures.
fn day_of(header: &Header) -> jiff::civil::Date {
    let start = jiff::Timestamp::from_millisecond(header.started_ms).unwrap_or_default();
    start.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn drifted(finished: &mut Finished, ready: &Ready<'_>) {
    let Some(accepted) = &ready.accepted else { return };
    let drift = shape::drift(accepted, &shape::observe(&finished.history.cases));
    finished.judgement.drift = drift.iter().map(ToString::to_string).collect();
}
