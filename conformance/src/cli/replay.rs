//! Sending cases again: fixed, still failing, passing as far as is known, or cannot run; with what was sent and received.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::{self, Setup};
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::{self, Answer, CaseRecord, Exchange, Header, LostHow};
use crate::judge::verdict::Outcome;
use crate::report::event::Silent;
use crate::report::program::Program;
use crate::report::text::{duration, excerpt, shell_word, visible};
use crate::report::view::finding_id;
use crate::run::judge_again;
use crate::run::session::{self, Finished, SessionError};

/// Characters of a body that are shown.
const BODY: usize = 300;

/// What is sent again.
#[derive(Debug)]
struct Wanted {
    /// Ids of cases, or the requirement that they serve.
    ids: Vec<String>,
    /// Whether the ids are requirements.
    by_requirement: bool,
    /// The finding that was asked for, if it was one.
    finding: Option<String>,
    /// Whether a recorded history, or whoever asks for a finding, says that it failed.
    has_failed: bool,
}

/// Replays a finding or a case by its id (with `--seed` of the run that found it), or every failing case of a recorded
/// history.
///
/// # Errors
/// The case does not exist in this plan, or the target can't be judged.
pub(crate) async fn run(
    mut args: RunArgs,
    id: &str,
    history: Option<&Path>,
    program: &Program,
) -> Result<Exit, Failure> {
    let wanted = wanted(&mut args, id, history)?;
    if wanted.ids.is_empty() {
        say(&format!("nothing failed in {id}\n"))?;
        return Ok(Exit::Conformant);
    }
    if args.plan.seed.is_none() {
        return Err(Failure::NoSeed);
    }
    let Setup { contract, target, states, mut options, sandbox } = Setup::of(&args).await?;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    if wanted.by_requirement {
        options.only = wanted.ids.clone();
    } else {
        options.these = wanted.ids.iter().map(|id| planned(id).to_owned()).collect();
    }
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

/// What an id or a file stands for; the flags take seed and tier of a history.
fn wanted(args: &mut RunArgs, id: &str, history: Option<&Path>) -> Result<Wanted, Failure> {
    let requirement = id.split_once('~').map(|(requirement, _)| requirement.to_owned());
    let finding = requirement.is_some().then(|| id.to_owned());
    let file = history.or_else(|| Some(Path::new(id)).filter(|it| it.is_file()));
    if let Some(file) = file {
        let all = failing(args, file)?;
        let asked = |(of, case): &(String, String)| match history {
            Some(_) => id == of || id == case,
            None => true,
        };
        let ids: Vec<String> = all.into_iter().filter(asked).map(|(_, case)| case).collect();
        if ids.is_empty() && history.is_some() {
            return Err(Failure::NoFinding { id: id.to_owned(), file: file.display().to_string() });
        }
        return Ok(Wanted { ids, by_requirement: false, finding, has_failed: true });
    }
    Ok(match requirement {
        Some(id) => Wanted { ids: vec![id], by_requirement: true, finding, has_failed: true },
        None => Wanted { ids: vec![id.to_owned()], by_requirement: false, finding, has_failed: false },
    })
}

/// The findings of a recorded history, each with its case; the flags take its seed and tier.
fn failing(args: &mut RunArgs, file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let findings = recorded(args, file)?.judgement.findings;
    Ok(findings.into_iter().map(|group| (finding_id(&group), group.example.case)).collect())
}

/// A recorded history, judged; the flags take its seed and tier.
fn recorded(args: &mut RunArgs, file: &Path) -> Result<Finished, Failure> {
    let contract = options::load(args.target.spec.as_deref())?;
    let finished = judge_again::judge(&contract, history::recorded::read(file)?)?;
    if args.target.url.is_none() {
        same_target(&file.display().to_string(), &finished.history.header)?;
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
    let finished = recorded(args, file)?;
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
fn tell(finished: &Finished, wanted: &Wanted) -> Result<Exit, Failure> {
    let mut said = String::new();
    for record in finished.judged.iter().filter(|it| it.skipped.is_some()) {
        let why = record.skipped.as_deref().unwrap_or_default();
        _ = writeln!(said, "cannot run: {} ({})", visible(&record.id), visible(why));
    }
    exchanges(finished, wanted, &mut said);
    let failing = finished.judgement.requirements.iter().any(|it| it.outcome == Outcome::Fail);
    for group in &finished.judgement.findings {
        let (what, case) = (visible(&group.example.summary), visible(&group.example.case));
        let state = match (&wanted.finding, group.example.warning) {
            (Some(id), _) if *id != finding_id(group) => "fails also",
            (_, true) => "warning",
            (None, _) if !wanted.has_failed => "fails",
            _ => "still failing",
        };
        _ = writeln!(said, "{state}: {} {what} ({case})", finding_id(group));
    }
    let skipped = finished.judged.iter().all(|it| it.skipped.is_some());
    if !skipped {
        said += &passing(finished, wanted, failing);
    }
    say(&said)?;
    Ok(match (failing, skipped) {
        (true, _) => Exit::NotConformant,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Conformant,
    })
}

/// A line about what does not fail, where that is so. Only what has failed is fixed.
fn passing(finished: &Finished, wanted: &Wanted, failing: bool) -> String {
    let server = visible(&finished.history.header.target);
    let is_seen = |id: &String| finished.judgement.findings.iter().any(|it| finding_id(it) == *id);
    match &wanted.finding {
        Some(id) if !is_seen(id) => {
            let sent = finished.judgement.cases;
            let noun = if sent == 1 { "case" } else { "cases" };
            format!("fixed: {} is not seen at {server} any more, in {sent} {noun}\n", visible(id))
        }
        None if !failing => {
            let (one, ids) = (wanted.ids.len() == 1, visible(&wanted.ids.join(", ")));
            match wanted.has_failed {
                true => {
                    format!("fixed: {ids} no longer {} at {server}\n", if one { "fails" } else { "fail" })
                }
                false => format!(
                    "passes: {ids} at {server}; nothing here says that it failed before, so nothing says that it is fixed\n"
                ),
            }
        }
        _ => String::new(),
    }
}

/// What was sent and received: of each case, or, where a whole requirement was asked for, of those that fail.
fn exchanges(finished: &Finished, wanted: &Wanted, said: &mut String) {
    let told = |case: &CaseRecord| {
        !case.is_step()
            && (!wanted.by_requirement
                || finished.judgement.findings.iter().any(|it| it.example.case == case.id))
    };
    for case in finished.history.cases.iter() {
        if !told(&case) || case.exchanges.is_empty() {
            continue;
        }
        _ = writeln!(said, "{}: {}", visible(&case.id), visible(&case.title));
        for exchange in &case.exchanges {
            _ = writeln!(said, "  sent      {}", request(exchange));
            _ = writeln!(said, "  received  {}", answer(exchange));
        }
    }
}

fn request(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let body = if request.body.0.is_empty() { String::new() } else { excerpt(&request.body.text(), BODY) };
    format!("{} {} {body}", visible(&request.method), visible(&request.path)).trim_end().to_owned()
}

fn answer(exchange: &Exchange) -> String {
    let took = duration(exchange.done_us.saturating_sub(exchange.sent_us));
    match &exchange.answer {
        Answer::Response(response) => {
            let body = excerpt(&response.body.text(), BODY);
            format!("{} {body} (after {took})", response.status)
        }
        Answer::Lost(lost) if lost.how == LostHow::Stopped => "no answer: the run ended".to_owned(),
        Answer::Lost(lost) => format!("no answer after {took}: {}", visible(&lost.detail)),
        Answer::Unsent(why) => format!("nothing: it was not sent ({})", visible(why)),
    }
}
