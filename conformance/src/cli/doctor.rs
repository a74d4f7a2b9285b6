//! `doctor`: reports what a run would find, cost and exercise, and what is missing for more. It reads from the server,
//! and places no order.

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

/// Finds out what a run would do, and prints it.
///
/// # Errors
/// Returns the errors of a run up to its first case.
pub(crate) async fn run(mut args: RunArgs, as_json: bool, program: &Program) -> Result<Exit, Failure> {
    // No order is placed, so a journal would have nothing to record.
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
        let no_cap = no_cap(&checkup);
        checkup.lacking.insert(0, no_cap);
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

/// The missing cap, without which a run against another machine does not start.
fn no_cap(checkup: &Checkup) -> Lacking {
    let costs = checkup.reach().map(|it| it.cost);
    let (expected, worst) = costs.map(|it| (it.expected + it.open, it.worst)).unwrap_or_default();
    Lacking {
        what: "a cap on spending, without which no run begins on another machine".to_owned(),
        how: format!(
            "--max-spend GHS; a {} run charges up to {expected} GHS at a conforming server, and {worst} GHS at worst",
            checkup.tier.name()
        ),
        adds: Vec::new(),
    }
}
