//! Runs a client in all chosen scenarios, several at a time, each with its own server; returns the recordings in the
//! order of the scenarios.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use spec::Contract;
use tokio::sync::Semaphore;

use crate::client::catalogue;
use crate::client::error::ClientError;
use crate::client::history::{End, Recording};
use crate::client::liberties;
use crate::client::scenario::Scenario;
use crate::client::stage::Stage;
use crate::client::start::Program;
use crate::client::task::TaskKind;
use crate::hint::nearest;
use crate::report::text::visible;

/// Selects the scenarios to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    /// The tasks; if empty, all of them.
    pub(crate) tasks: Vec<TaskKind>,
    /// Prefixes of names; if empty, all standard scenarios.
    pub(crate) only: Vec<String>,
    /// True if pairs of liberties are run as well.
    pub(crate) pairs: bool,
    /// What the phone numbers of the recipients follow from.
    pub(crate) seed: u64,
}

/// Returns the selected scenarios.
///
/// # Errors
/// Returns an error if no scenario matches one of the names, or none matches all criteria.
pub(crate) fn chosen(choice: &Chosen) -> Result<Vec<Scenario>, ClientError> {
    let mut all = catalogue::standard();
    let named = !choice.only.is_empty();
    if named || choice.pairs {
        all.extend(liberties::pairs());
    }
    if named {
        all.extend(liberties::alone());
    }
    let asked = |it: &Scenario| !named || choice.only.iter().any(|name| it.name.starts_with(name.as_str()));
    let does = |it: &Scenario| choice.tasks.is_empty() || choice.tasks.contains(&it.task);
    // Each name is looked up separately, so that a misspelt one is reported even if others match.
    if let Some(word) =
        choice.only.iter().find(|word| !all.iter().any(|it| it.name.starts_with(word.as_str())))
    {
        return Err(unknown(word, &all));
    }
    let mut found: Vec<Scenario> = all.into_iter().filter(|it| asked(it) && does(it)).collect();
    found.iter_mut().for_each(|it| it.setup.seed = choice.seed);
    if found.is_empty() {
        let tasks = choice.tasks.iter().map(|it| it.name()).collect::<Vec<_>>();
        let asked = format!("{} for the task {}", choice.only.join(", "), tasks.join(", "));
        return Err(ClientError::NoScenario { asked, meant: String::new() });
    }
    Ok(found)
}

/// Returns the error for a name that no scenario has, with a suggestion.
pub(crate) fn unknown(word: &str, all: &[Scenario]) -> ClientError {
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    let meant = nearest(word, &names).map(|it| format!(": did you mean `{it}`?")).unwrap_or_default();
    ClientError::NoScenario { asked: visible(word), meant }
}

/// How many programs run at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AtOnce {
    /// At most this many in all.
    AtMost(usize),
    /// At most the first number of those that work, and the second number of those that mostly wait.
    Apart(usize, usize),
}

/// One program in one scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Play<'a> {
    /// The scenario.
    pub(crate) scenario: &'a Scenario,
    /// The program under test.
    pub(crate) program: &'a Program,
}

/// Runs a program in scenarios; `tell` receives each recording when it is complete.
///
/// # Errors
/// Returns an error if a server or the program can't be started.
pub(crate) async fn run(
    contract: &Arc<Contract>,
    scenarios: &[Scenario],
    program: &Program,
    jobs: usize,
    tell: impl Fn(&Recording),
) -> Result<Vec<Recording>, ClientError> {
    let plays: Vec<Play<'_>> = scenarios.iter().map(|scenario| Play { scenario, program }).collect();
    let mut recordings = BTreeMap::new();
    let keep = |at, recording: Recording| {
        tell(&recording);
        recordings.insert(at, recording);
    };
    play(contract, &plays, AtOnce::AtMost(jobs), keep).await?;
    Ok(recordings.into_values().collect())
}

/// Runs several scenarios at a time. Those that mostly wait start first, so that they don't delay the end. `keep`
/// receives each recording when it is complete, with its position in `plays`.
///
/// # Errors
/// Returns an error if a server or a program can't be started.
pub(crate) async fn play(
    contract: &Arc<Contract>,
    plays: &[Play<'_>],
    at_once: AtOnce,
    mut keep: impl FnMut(usize, Recording),
) -> Result<(), ClientError> {
    let (waiting, working): (Vec<_>, Vec<_>) =
        plays.iter().copied().enumerate().partition(|(_, play)| play.scenario.waits());
    let most = match at_once {
        AtOnce::AtMost(jobs) | AtOnce::Apart(jobs, _) => jobs.max(1),
    };
    let starting = Semaphore::new(most);
    let starting = &starting;
    let one =
        |(at, play)| async move { one(contract, play, starting).await.map(|recording| (at, recording)) };
    let (first, second, jobs) = match at_once {
        AtOnce::AtMost(jobs) => (waiting.into_iter().chain(working).collect(), Vec::new(), (jobs, 1)),
        AtOnce::Apart(work, wait) => (waiting, working, (wait, work)),
    };
    let side_by_side =
        |plays: Vec<_>, jobs: usize| stream::iter(plays).map(one).buffer_unordered(jobs.max(1));
    let mut playing = stream::select(side_by_side(first, jobs.0), side_by_side(second, jobs.1));
    while let Some(over) = playing.next().await {
        let (at, recording) = over?;
        keep(at, recording);
    }
    Ok(())
}

async fn one(
    contract: &Arc<Contract>,
    play: Play<'_>,
    starting: &Semaphore,
) -> Result<Recording, ClientError> {
    let stage = Stage::set(contract, play.scenario, 0).await?;
    let end = end(&stage, play.program, starting).await?;
    let exchanges = stage.front.settled().await;
    let recording = Recording { head: stage.head.clone(), exchanges, end: Some(end) };
    stage.strike().await;
    Ok(recording)
}

/// Runs a program to its end. A program counts as starting until its first request, and only a limited number start at
/// a time: starting takes processor time, and too many at once would not start within their time limits.
async fn end(stage: &Stage, program: &Program, starting: &Semaphore) -> Result<End, ClientError> {
    let turn = starting.acquire().await;
    let mut running = std::pin::pin!(program.run(stage));
    tokio::select! {
        end = &mut running => return end,
        () = stage.front.asked() => {}
    }
    drop(turn);
    running.await
}
