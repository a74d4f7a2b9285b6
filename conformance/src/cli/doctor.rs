//! `doctor`: what a run would find, cost and exercise, and what is missing for more. It reads, and orders nothing.

use std::collections::BTreeSet;

use self::checkup::Checkup;
use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::Setup;
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::plan::lacking::Lacking;
use crate::report::allowance;
use crate::report::look::{Color, Look, Verbosity};
use crate::report::program::Program;
use crate::run::session;

mod checkup;
mod page;

/// Finds out what a run would do, and tells it.
///
/// # Errors
/// As a run before its first case.
pub(crate) async fn run(mut args: RunArgs, as_json: bool, program: &Program) -> Result<Exit, Failure> {
    // Nothing is ordered, so there is nothing to account for.
    args.output.no_journal = true;
    let Setup { contract, target, states, options, sandbox } = Setup::of(&args).await?;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    let allowed = allowance::known(&args.output.allow_incomplete, &contract)?;
    let allowed: BTreeSet<&str> = allowed.iter().map(|it| it.id()).collect();
    let needs_cap = target.cap.is_none() && !target.is_loopback();
    let (cap, live) = (target.cap, target.live(&contract));
    let prepared = session::prepare(contract.clone(), target, states, &options).await?;
    let mut checkup = Checkup::of(&contract, &prepared, &options, &allowed);
    (checkup.cap, checkup.live) = (cap, live);
    checkup.exit = checkup.verdict();
    if needs_cap {
        checkup.lacking.insert(0, no_cap());
    }
    prepared.leave(&options).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    let look = Look::of(&console::Term::stdout(), Color::Never, Verbosity::Normal);
    let text = if as_json { format!("{:#}\n", checkup.json()) } else { page::page(&checkup, look.width) };
    say(&text)?;
    Ok(checkup.exit)
}

/// What a run on another machine does not begin without.
fn no_cap() -> Lacking {
    Lacking {
        what: "a cap on spending, without which no run begins on another machine".to_owned(),
        how: "--max-spend GHS".to_owned(),
        adds: Vec::new(),
    }
}
