//! Sending one case again: fixed, still failing, or cannot run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::{self, Setup};
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::{self, Header};
use crate::judge::verdict::Outcome;
use crate::report::event::Silent;
use crate::report::program::Program;
use crate::report::text::{shell_word, visible};
use crate::run::judge_again;
use crate::run::session::{self, Finished, SessionError};

/// Replays a case by its id (with `--seed` of the run that found it), or every failing case of a recorded history.
///
/// # Errors
/// The case does not exist in this plan, or the target can't be judged.
pub(crate) async fn run(mut args: RunArgs, case: &str, program: &Program) -> Result<Exit, Failure> {
    let wanted = if Path::new(case).is_file() { failing(&mut args, case)? } else { vec![case.to_owned()] };
    if wanted.is_empty() {
        say(&format!("nothing failed in {case}\n"))?;
        return Ok(Exit::Conformant);
    }
    if args.plan.seed.is_none() {
        return Err(Failure::NoSeed);
    }
    let Setup { contract, target, states, mut options, sandbox } = Setup::of(&args).await?;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    options.these = wanted.iter().map(|id| planned(id).to_owned()).collect();
    if let [one] = &options.these[..] {
        // Asked for by name, so that a misspelt one is told what may have been meant.
        options.only = vec![one.clone()];
    }
    let prepared = match session::prepare(contract, target, states, &options).await {
        Err(SessionError::NothingMatches(it)) => return Err(Failure::NoCase(it)),
        other => other?,
    };
    let finished = prepared.run(&options, &mut Silent).await?;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    options.journal.trouble().map_or(Ok(()), |it| Err(Failure::from(it)))?;
    tell(&finished, &wanted)
}

/// An example of each finding of a recorded history.
fn failing(args: &mut RunArgs, file: &str) -> Result<Vec<String>, Failure> {
    let findings = recorded(args, file)?.judgement.findings;
    Ok(findings.into_iter().map(|group| group.example.case).collect())
}

/// A recorded history, judged; the flags take its seed and tier.
fn recorded(args: &mut RunArgs, file: &str) -> Result<Finished, Failure> {
    let contract = options::load(args.target.spec.as_deref())?;
    let finished = judge_again::judge(&contract, history::recorded::read(Path::new(file))?)?;
    if args.target.url.is_none() {
        same_target(file, &finished.history.header)?;
    }
    args.plan.seed = Some(finished.history.header.seed);
    args.plan.tier = finished.history.header.tier;
    Ok(finished)
}

/// Every case that failed in a recorded history, as far as it names them; the flags take its seed and tier.
///
/// # Errors
/// As for a replay of it.
pub(crate) fn failed(args: &mut RunArgs, file: &Path) -> Result<Vec<String>, Failure> {
    let finished = recorded(args, &file.display().to_string())?;
    let failures = finished.judgement.findings.iter().filter(|it| !it.example.warning);
    let cases = failures.flat_map(|it| it.cases.iter().chain([&it.example.case]));
    let cases: BTreeSet<String> = cases.map(|it| planned(it).to_owned()).collect();
    Ok(cases.into_iter().collect())
}

/// Attempts of one case (`#2`) and its smaller forms (`@3`) are the same case.
fn planned(id: &str) -> &str {
    id.split(['#', '@']).next().unwrap_or(id)
}

fn same_target(file: &str, header: &Header) -> Result<(), Failure> {
    if !header.again.iter().any(|word| word == "--url") {
        return Ok(());
    }
    let flags: Vec<String> = header.again.iter().map(|word| shell_word(&visible(word))).collect();
    let (file, target) = (file.to_owned(), visible(&header.target));
    Err(Failure::OtherTarget { file, target, flags: flags.join(" ") })
}

/// Says what became of the cases, and how the program ends.
fn tell(finished: &Finished, wanted: &[String]) -> Result<Exit, Failure> {
    let mut said = String::new();
    for record in finished.judged.iter().filter(|it| it.skipped.is_some()) {
        let why = record.skipped.as_deref().unwrap_or_default();
        _ = writeln!(said, "cannot run: {} ({})", visible(&record.id), visible(why));
    }
    let failing = finished.judgement.requirements.iter().any(|it| it.outcome == Outcome::Fail);
    for group in &finished.judgement.findings {
        let (what, case) = (visible(&group.example.summary), visible(&group.example.case));
        _ = writeln!(said, "still failing: {} {what} ({case})", group.requirement);
    }
    let skipped = finished.judged.iter().all(|it| it.skipped.is_some());
    if !failing && !skipped {
        let fail = if wanted.len() == 1 { "fails" } else { "fail" };
        let server = visible(&finished.history.header.target);
        _ = writeln!(said, "fixed: {} no longer {fail} at {server}", wanted.join(", "));
    }
    say(&said)?;
    Ok(match (failing, skipped) {
        (true, _) => Exit::NotConformant,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Conformant,
    })
}
