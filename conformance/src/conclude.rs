//! The end of a run: known failures and drift of shapes go into the judgement, then it is shown and written.

use std::path::Path;

use spec::Contract;

use crate::cli::OutputArgs;
use crate::command::Failure;
use crate::exit::Exit;
use crate::history::Header;
use crate::merge;
use crate::report::baseline::Baseline;
use crate::report::look::{Look, Verbosity};
use crate::report::view::View;
use crate::report::{Run, github, output, shape, terminal};
use crate::session::Finished;

/// The accepted shapes, below the folder that a run starts in; elsewhere there is nothing to compare with.
const SHAPES: &str = "conformance/shapes";

/// More lines of drift than this say no more.
const DRIFT: usize = 10;

/// Applies the baseline, compares the shapes, shows and writes the reports, and ends with the verdict's exit code.
///
/// # Errors
/// A file can't be read or written, or is wrong.
pub fn conclude(contract: &Contract, finished: Finished, args: &OutputArgs) -> Result<Exit, Failure> {
    let mut finished = finished;
    known_failures(contract, &mut finished, args)?;
    shapes(contract, &mut finished, args)?;
    let Finished { header, cases, footer, judgement, .. } = &finished;
    let run = Run { contract, header, cases, footer, judgement };
    let view = View::of(&run);
    let look = Look::of(&console::Term::stdout(), args.color, verbosity(args));
    print!("{}", terminal::render(&view, &look));
    for path in output::write(&run, &view, &args.report)? {
        if !args.quiet {
            println!("wrote {}", path.display());
        }
    }
    github::emit(&view, |name| std::env::var(name).ok(), &mut std::io::stdout())?;
    if let Some(trouble) = cases.trouble() {
        return Err(Failure::Own(trouble));
    }
    Ok(Exit::from(judgement.verdict))
}

fn known_failures(contract: &Contract, finished: &mut Finished, args: &OutputArgs) -> Result<(), Failure> {
    let Finished { header, footer, judgement, .. } = finished;
    if let Some(path) = &args.baseline {
        let usage =
            |message: &dyn std::fmt::Display| Failure::Usage(format!("{}: {message}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| usage(&error))?;
        let baseline = Baseline::parse(&text, contract).map_err(|error| usage(&error))?;
        let own_fault = !judgement.own_faults.is_empty();
        baseline.apply(judgement, day_of(header), |requirements| {
            merge::verdict(contract, requirements, footer, own_fault)
        });
    }
    if let Some(path) = &args.write_baseline {
        let baseline = Baseline::covering(judgement, &Baseline::default(), day_of(header));
        let text = baseline.to_toml().map_err(|error| Failure::Own(error.to_string()))?;
        output::whole(path, text.as_bytes())?;
    }
    Ok(())
}

/// The day on which a run began, in UTC: a history judged again later has the same known failures.
fn day_of(header: &Header) -> jiff::civil::Date {
    let start = jiff::Timestamp::from_millisecond(header.started_ms).unwrap_or_default();
    start.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn shapes(contract: &Contract, finished: &mut Finished, args: &OutputArgs) -> Result<(), Failure> {
    let dir = Path::new(SHAPES);
    let observed = shape::observe(&finished.cases);
    if args.update_shapes {
        return Ok(shape::write(contract, dir, &observed)?);
    }
    if !dir.is_dir() {
        return Ok(());
    }
    let accepted = shape::read(dir).map_err(|error| Failure::Usage(error.to_string()))?;
    let drift = shape::drift(&accepted, &observed);
    let notes = &mut finished.judgement.notes;
    notes.extend(drift.iter().take(DRIFT).map(|drift| format!("another shape than before: {drift}")));
    if drift.len() > DRIFT {
        notes.push(format!(
            "{} more differences of shape; --update-shapes accepts them all",
            drift.len() - DRIFT
        ));
    }
    Ok(())
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
