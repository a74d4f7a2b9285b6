//! Sending one case again: fixed, still failing, or cannot run.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::{self, Setting};
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::Header;
use crate::history::recorded;
use crate::judge::verdict::Outcome;
use crate::report::event::Silent;
use crate::report::text::{shell_word, visible};
use crate::run::{judge_again, session};

/// Replays a case by its id (with `--seed` of the run that found it), or every failing case of a recorded history.
///
/// # Errors
/// The case does not exist in this plan, or the target can't be judged.
pub async fn run(args: RunArgs, case: &str) -> Result<Exit, Failure> {
    let mut args = args;
    let path = Path::new(case);
    let wanted: Vec<String> = if path.is_file() {
        let contract = options::load(args.target.spec.as_deref())?;
        let history = recorded::read(path)?;
        let finished = judge_again::judge(&contract, history)?;
        if args.target.url.is_none() {
            same_target(case, &finished.history.header)?;
        }
        args.plan.seed = Some(finished.history.header.seed);
        args.plan.tier = finished.history.header.tier;
        finished.judgement.findings.into_iter().map(|group| group.example.case).collect()
    } else {
        vec![case.to_owned()]
    };
    if wanted.is_empty() {
        say(&format!("nothing failed in {case}\n"))?;
        return Ok(Exit::Conformant);
    }
    if args.plan.seed.is_none() {
        return Err(Failure::Usage(
            "replay needs the --seed of the run that found the case; its report shows it".into(),
        ));
    }
    let Setting { contract, target, states, mut options, sandbox } = options::setting(&args).await?;
    // Attempts of one case (`#2`) and its smaller forms are the same case.
    options.only = wanted.iter().map(|id| id.split(['#', '@']).next().unwrap_or(id).to_owned()).collect();
    let only = options.only.clone();
    let mut prepared = session::prepare(contract, target, states, &options).await.map_err(|error| match error {
        session::SessionError::NothingMatches(id) => Failure::Usage(format!(
            "cannot run: no case `{id}` with this seed, tier and target; replay with those of the run that found it"
        )),
        other => other.into(),
    })?;
    prepared.cases.retain(|it| only.contains(&it.id));
    let finished = prepared.run(&options, &mut Silent).await?;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
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

/// A history of another server says nothing about our own sandbox, and a file does not decide where a key is sent: whoever
/// replays it says so.
fn same_target(file: &str, header: &Header) -> Result<(), Failure> {
    let flags: Vec<String> = header.again.iter().map(|word| shell_word(&visible(word))).collect();
    if !header.again.iter().any(|word| word == "--url") {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{file} was recorded at {}: name the server to send its failing cases to, as in `replay {file} {}`",
        visible(&header.target),
        flags.join(" ")
    )))
}
