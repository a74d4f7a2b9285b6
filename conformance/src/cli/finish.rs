//! The end of a run: known failures and drift of shapes go into the judgement, then it is shown and written.

use std::collections::BTreeMap;
use std::path::Path;

use spec::Contract;

use crate::cli::args::OutputArgs;
use crate::cli::error::Failure;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::{Header, History};
use crate::judge::summary;
use crate::report::baseline::{Baseline, Untrue};
use crate::report::look::{Look, Verbosity};
use crate::report::output::ReportSpec;
use crate::report::shape::Shape;
use crate::report::text::{count, visible};
use crate::report::view::View;
use crate::report::{Run, github, output, shape, terminal};
use crate::run::session::Finished;

/// The accepted shapes, below the folder that a run starts in; elsewhere there is nothing to compare with.
const SHAPES: &str = "conformance/shapes";

/// More lines of drift than this say no more.
const DRIFT: usize = 10;

/// What the end of a run needs, read before anything is sent: a wrong file is not to cost an order.
#[derive(Debug)]
pub struct Ready {
    baseline: Option<Baseline>,
    accepted: Option<BTreeMap<String, Shape>>,
}

impl Ready {
    /// Reads the baseline and the accepted shapes, and makes sure that every report can be written.
    ///
    /// # Errors
    /// A file can't be read or is wrong, or a folder can't be written.
    pub fn new(contract: &Contract, args: &OutputArgs) -> Result<Self, Failure> {
        let baseline = args.baseline.as_deref().map(|path| baseline(contract, path)).transpose()?;
        let dir = Path::new(SHAPES);
        let accepted = (dir.is_dir() && !args.update_shapes)
            .then(|| shape::read(dir).map_err(|error| Failure::Usage(format!("{SHAPES}: {error}"))))
            .transpose()?;
        for path in args.report.iter().flat_map(ReportSpec::paths).chain(args.write_baseline.clone()) {
            output::writable(&path)?;
        }
        Ok(Self { baseline, accepted })
    }
}

fn baseline(contract: &Contract, path: &Path) -> Result<Baseline, Failure> {
    let wrong = |message: &dyn std::fmt::Display| {
        Failure::Usage(format!("the baseline {} can't be used: {message}", path.display()))
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(&format!("{error}; --write-baseline {} starts one", path.display())))?;
    Baseline::parse(&text, contract).map_err(|error| wrong(&error))
}

/// Applies the baseline, compares the shapes, shows and writes the reports, and ends with the verdict's exit code.
///
/// # Errors
/// A report can't be written, and no requirement failed: that outranks it.
pub fn conclude(
    contract: &Contract,
    finished: Finished,
    ready: &Ready,
    args: &OutputArgs,
) -> Result<Exit, Failure> {
    let mut finished = finished;
    let untrue = known_failures(contract, &mut finished, ready);
    drifted(&mut finished, ready);
    let exit = Exit::from(finished.judgement.verdict);
    let Finished { history, judgement, .. } = &finished;
    let run = Run { contract, history, judgement };
    let view = View::of(&run);
    let look = Look::of(&console::Term::stdout(), args.color, verbosity(args));
    say(&terminal::render(&view, &look))?;
    if args.quiet {
        // The report says so itself; this is all that quiet leaves of it.
        untrue.iter().for_each(|it| eprintln!("conformance: {}", visible(&it.message)));
    }
    match files(&finished, &run, &view, args) {
        Err(failure) if exit == Exit::NotConformant => eprintln!("conformance: {failure}"),
        other => other?,
    }
    match history.cases.trouble() {
        Some(trouble) if exit != Exit::NotConformant => Err(Failure::Own(trouble)),
        trouble => {
            trouble.iter().for_each(|it| eprintln!("conformance: {it}"));
            Ok(exit)
        }
    }
}

/// Everything that is written besides what is shown.
fn files(finished: &Finished, run: &Run<'_>, view: &View, args: &OutputArgs) -> Result<(), Failure> {
    let wrote = |what: &dyn std::fmt::Display| match args.quiet {
        true => Ok(()),
        false => say(&format!("wrote {what}\n")),
    };
    for path in output::write(run, view, &args.report)? {
        wrote(&path.display())?;
    }
    if let Some(path) = &args.write_baseline {
        let baseline =
            Baseline::covering(&finished.judgement, &Baseline::default(), day_of(&finished.history.header));
        let text = baseline.to_toml().map_err(|error| Failure::Own(error.to_string()))?;
        output::whole(path, text.as_bytes())?;
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

fn known_failures(contract: &Contract, finished: &mut Finished, ready: &Ready) -> Vec<Untrue> {
    let Finished { history: History { header, footer, .. }, judgement, .. } = finished;
    let Some(baseline) = &ready.baseline else { return Vec::new() };
    let own_fault = !judgement.own_faults.is_empty();
    baseline.apply(judgement, day_of(header), |requirements| {
        summary::verdict(contract, requirements, footer, own_fault)
    })
}

/// The day on which a run began, in UTC: a history judged again later has the same known failures.
fn day_of(header: &Header) -> jiff::civil::Date {
    let start = jiff::Timestamp::from_millisecond(header.started_ms).unwrap_or_default();
    start.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn drifted(finished: &mut Finished, ready: &Ready) {
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
pub const fn verbosity(args: &OutputArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}
