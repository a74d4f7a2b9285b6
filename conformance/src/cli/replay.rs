//! `replay`: sends cases again and reports for each whether it is fixed, still fails, passes or cannot run, with the
//! requests and responses.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::{self, Setup};
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::{self, Answer, CaseRecord, Exchange, Header, LostHow, planned_of};
use crate::judge::verdict::Outcome;
use crate::report::event::Silent;
use crate::report::program::Program;
use crate::report::text::{duration, excerpt, shell_word, visible};
use crate::report::view::finding_id;
use crate::run::judge_again;
use crate::run::session::{self, Finished, SessionError};

/// The largest number of characters of a body that is shown.
const BODY: usize = 300;

/// The cases to send again.
#[derive(Debug)]
struct Wanted {
    /// Ids of cases, or the id of the requirement that they serve.
    ids: Vec<String>,
    /// True if `ids` holds a requirement.
    by_requirement: bool,
    /// The finding that was given, if it was one.
    finding: Option<String>,
    /// True if the cases failed before: they come from a recorded history, or a finding was given.
    has_failed: bool,
}

/// Replays a finding or a case by its id (with the `--seed` of the run that found it), or every failing case of a
/// recorded history.
///
/// # Errors
/// Returns an error if the case does not exist in this plan, its seed is missing, the history can't be read, or the
/// target can't be judged.
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
        options.these = wanted.ids.iter().map(|id| planned_of(id).to_owned()).collect();
    }
    if let [one] = &options.these[..] {
        // With `only` set, a misspelt id is reported with a suggestion.
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

/// Resolves an id or a file to cases; takes the seed and the tier from a history.
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

/// Returns the findings of a recorded history, each with its case; takes the seed and the tier from it.
fn failing(args: &mut RunArgs, file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let findings = recorded(args, file)?.judgement.findings;
    Ok(findings.into_iter().map(|group| (finding_id(&group), group.example.case)).collect())
}

/// Reads and judges a recorded history; takes the seed and the tier from it.
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

/// Returns the failing cases that a recorded history names; takes the seed and the tier from it.
///
/// # Errors
/// Returns an error if the history can't be read or judged, or was recorded at another server and no `--url` is given.
pub(crate) fn failed(args: &mut RunArgs, file: &Path) -> Result<Vec<String>, Failure> {
    let finished = recorded(args, file)?;
    let failures = finished.judgement.findings.iter().filter(|it| !it.example.warning);
    let cases = failures.flat_map(|it| it.cases.iter().chain([&it.example.case]));
    let cases: BTreeSet<String> = cases.map(|it| planned_of(it).to_owned()).collect();
    Ok(cases.into_iter().collect())
}

fn same_target(file: &str, header: &Header) -> Result<(), Failure> {
    if !header.again.iter().any(|word| word == "--url") {
        return Ok(());
    }
    let flags: Vec<String> = header.again.iter().map(|word| shell_word(&visible(word))).collect();
    let (file, target) = (file.to_owned(), visible(&header.target));
    Err(Failure::OtherTarget { file, target, flags: flags.join(" ") })
}

/// Prints the outcome of the cases, and returns the exit code.
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

/// Returns a line about what does not fail, if that applies. Only a case that failed before is called fixed.
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

/// Adds the requests and responses of each case. If a whole requirement was given, only its failing cases are shown.
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
        Answer::Lost(lost) if lost.how == LostHow::Stopped => format!("no answer: {}", lost.detail),
        Answer::Lost(lost) => format!("no answer after {took}: {}", visible(&lost.detail)),
        Answer::Unsent(why) => format!("nothing: it was not sent ({})", visible(why)),
    }
}
