//! Sending one case again: fixed, still failing, or cannot run.

use std::path::Path;

use crate::cli::RunArgs;
use crate::command::{self, Failure, Setting};
use crate::exit::Exit;
use crate::oracle::verdict::Outcome;
use crate::record;
use crate::report::event::Silent;
use crate::session;

/// Replays a case by its id (with `--seed` of the run that found it), or every failing case of a recorded history.
///
/// # Errors
/// The case does not exist in this plan, or the target can't be judged.
pub async fn run(args: RunArgs, case: &str) -> Result<Exit, Failure> {
    let mut args = args;
    let path = Path::new(case);
    let wanted: Vec<String> = if path.is_file() {
        let contract = command::load(args.target.spec.as_deref())?;
        let usage = |error: record::RecordError| Failure::Usage(error.to_string());
        let finished = record::judge(&contract, record::read(path).map_err(usage)?).map_err(usage)?;
        args.plan.seed = Some(finished.header.seed);
        args.plan.tier = finished.header.tier;
        finished.judgement.findings.into_iter().map(|group| group.example.case).collect()
    } else {
        vec![case.to_owned()]
    };
    if wanted.is_empty() {
        println!("nothing failed in {case}");
        return Ok(Exit::Conformant);
    }
    if args.plan.seed.is_none() {
        return Err(Failure::Usage(
            "replay needs the --seed of the run that found the case; its report shows it".into(),
        ));
    }
    let Setting { contract, target, states, mut options, sandbox } = command::setting(&args).await?;
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
    for record in finished.judged.iter().filter(|it| it.skipped.is_some()) {
        println!("cannot run: {} ({})", record.id, record.skipped.as_deref().unwrap_or_default());
    }
    let failing = finished.judgement.requirements.iter().any(|it| it.outcome == Outcome::Fail);
    for group in &finished.judgement.findings {
        println!("still failing: {} {} ({})", group.requirement, group.example.summary, group.example.case);
    }
    if failing {
        return Ok(Exit::NotConformant);
    }
    if finished.judged.iter().all(|it| it.skipped.is_some()) {
        return Ok(Exit::Incomplete);
    }
    println!("fixed: {} no longer fails", wanted.join(", "));
    Ok(Exit::Conformant)
}
