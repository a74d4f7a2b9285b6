//! The end of a run: known failures and drift of shapes go into the judgement, then it is shown and written.

use std::collections::BTreeMap;
use std::path::Path;

use spec::Contract;

use crate::cli::args::OutputArgs;
use crate::cli::error::Failure;
use crate::cli::journal;
use crate::cli::stdout::{say, tell};
use crate::exit::Exit;
use crate::history::{Header, History, Journal};
use crate::judge::summary;
use crate::report::Run;
use crate::report::baseline::{Baseline, Untrue};
use crate::report::file::{self, WriteError};
use crate::report::formats::{github, terminal};
use crate::report::look::{Look, Verbosity};
use crate::report::output::{self, ReportSpec};
use crate::report::program::Program;
use crate::report::shape::{self, Shape};
use crate::report::text::{count, visible};
use crate::report::view::View;
use crate::run::session::Finished;

/// The accepted shapes, below the folder that a run starts in; elsewhere there is nothing to compare with.
const SHAPES: &str = "conformance/shapes";

/// More lines of drift than this say no more.
const DRIFT: usize = 10;

/// What the end of a run needs, read before anything is sent: a wrong file is not to cost an order.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    program: &'a Program,
    contract: &'a Contract,
    args: &'a OutputArgs,
    baseline: Option<Baseline>,
    accepted: Option<BTreeMap<String, Shape>>,
}

impl<'a> Ready<'a> {
    /// Reads the baseline and the accepted shapes, and makes sure that every report can be written.
    ///
    /// # Errors
    /// A file can't be read or is wrong, or a folder can't be written.
    pub(crate) fn new(
        program: &'a Program,
        contract: &'a Contract,
        args: &'a OutputArgs,
    ) -> Result<Self, Failure> {
        let baseline = args.baseline.as_deref().map(|path| baseline(contract, path)).transpose()?;
        let dir = Path::new(SHAPES);
        let compare = dir.is_dir() && !args.update_shapes;
        let accepted = compare.then(|| shape::read(dir)).transpose()?;
        for path in args.report.iter().flat_map(ReportSpec::paths).chain(args.write_baseline.clone()) {
            file::writable(&path)?;
        }
        Ok(Self { program, contract, args, baseline, accepted })
    }
}

fn baseline(contract: &Contract, path: &Path) -> Result<Baseline, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Failure::BaselineFile { path: path.to_owned(), source })?;
    Baseline::parse(&text, contract).map_err(|source| Failure::Baseline { path: path.to_owned(), source })
}

/// Applies the baseline, compares the shapes, shows and writes the reports, and ends with the verdict's exit code.
///
/// # Errors
/// A report can't be written, and no requirement failed: that outranks it.
pub(crate) fn conclude(
    mut finished: Finished,
    ready: &Ready<'_>,
    journal: &Journal,
) -> Result<Exit, Failure> {
    let Ready { program, contract, args, .. } = ready;
    let untrue = known_failures(&mut finished, ready);
    drifted(&mut finished, ready);
    let exit = Exit::from(finished.judgement.verdict);
    let Finished { history, judgement, .. } = &finished;
    let run = Run { program, contract, history, judgement };
    let view = View::of(&run);
    let look = Look::of(&console::Term::stdout(), args.color, verbosity(args));
    // Reports are written also where nobody reads what is shown: a terminal that has hung up.
    let shown = say(&terminal::render(&view, &look));
    if args.quiet {
        // The report says so itself; this is all that quiet leaves of it.
        untrue.iter().for_each(|it| tell(&format!("{}: {}", program.name(), visible(&it.message))));
    }
    let written = files(&finished, &run, &view, args, args.quiet || shown.is_err());
    let whole = history.cases.trouble().map_or(Ok(()), |it| Err(Failure::from(it)));
    let journalled = journal.trouble().map_or(Ok(()), |it| Err(Failure::from(it)));
    let kept = if [&shown, &written, &whole, &journalled].iter().all(|it| it.is_ok()) {
        keep(journal, args)
    } else {
        Ok(())
    };
    for failure in [shown, written, whole, journalled, kept].into_iter().filter_map(Result::err) {
        if exit != Exit::NotConformant {
            return Err(failure);
        }
        tell(&format!("{}: {}", program.name(), failure.told()));
    }
    Ok(exit)
}

/// What becomes of the journal: where a report has everything that it has, it goes, unless somebody named it.
fn keep(journal: &Journal, args: &OutputArgs) -> Result<(), Failure> {
    let Some(path) = journal.path() else { return Ok(()) };
    if !journal.is_named() && journal::is_in(&args.report) {
        return journal.remove().map_err(|source| Failure::Write(WriteError { path, source }));
    }
    if args.quiet { Ok(()) } else { say(&format!("wrote {}\n", path.display())) }
}

/// Everything that is written besides what is shown.
fn files(
    finished: &Finished,
    run: &Run<'_>,
    view: &View,
    args: &OutputArgs,
    quiet: bool,
) -> Result<(), Failure> {
    let wrote = |what: &dyn std::fmt::Display| match quiet {
        true => Ok(()),
        false => say(&format!("wrote {what}\n")),
    };
    for path in output::write(run, view, &args.report)? {
        wrote(&path.display())?;
    }
    if let Some(path) = &args.write_baseline {
        let baseline =
            Baseline::covering(&finished.judgement, &Baseline::default(), day_of(&finished.history.header));
        let text = baseline.to_toml()?;
        file::whole(path, text.as_bytes())?;
        let entries = count(baseline.known.len() as u64, "known failure", "known failures");
        wrote(&format!("{} with {entries}; give each a reason and a ticket", path.display()))?;
    }
    if args.update_shapes {
        let observed = shape::observe(&finished.history.cases);
        shape::write(run.contract, Path::new(SHAPES), &observed)?;
        wrote(&format!("{SHAPES} as observed"))?;
    }
    let mut annotations = Vec::new();
    github::emit(view, |name| std::env::var(name).ok(), &mut annotations)?;
    say(&String::from_utf8_lossy(&annotations))
}

fn known_failures(finished: &mut Finished, ready: &Ready<'_>) -> Vec<Untrue> {
    let Finished { history: History { header, footer, .. }, judgement, .. } = finished;
    let Some(baseline) = &ready.baseline else { return Vec::new() };
    let own_fault = !judgement.own_faults.is_empty();
    baseline.apply(judgement, day_of(header), |requirements| {
        summary::verdict(ready.contract, requirements, footer, own_fault)
    })
}

/// The day on which a run began, in UTC: a history judged again later has the same known failures.
fn day_of(header: &Header) -> jiff::civil::Date {
    let start = jiff::Timestamp::from_millisecond(header.started_ms).unwrap_or_default();
    start.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn drifted(finished: &mut Finished, ready: &Ready<'_>) {
    let Some(accepted) = &ready.accepted else { return };
    let drift = shape::drift(accepted, &shape::observe(&finished.history.cases));
    let notes = &mut finished.judgement.notes;
    notes.extend(drift.iter().take(DRIFT).map(|drift| format!("another shape than before: {drift}")));
    if drift.len() > DRIFT {
        notes.push(format!(
            "{} more differences of shape; --update-shapes accepts them all",
            drift.len() - DRIFT
        ));
    }
}

/// How much the flags ask for.
#[must_use]
pub(crate) const fn verbosity(args: &OutputArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}
