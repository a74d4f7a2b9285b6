//! One run over all scenarios: several at a time, each with a server of its own, in the order in which they are shown.

use std::sync::Arc;

use futures::StreamExt as _;
use spec::Contract;

use crate::client::catalogue;
use crate::client::error::ClientError;
use crate::client::history::Recording;
use crate::client::liberties;
use crate::client::scenario::Scenario;
use crate::client::stage::Stage;
use crate::client::start::Program;
use crate::client::task::TaskKind;

/// Which scenarios are run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    /// Tasks; all of them without any.
    pub(crate) tasks: Vec<TaskKind>,
    /// Beginnings of names; all of the standard ones without any.
    pub(crate) only: Vec<String>,
    /// Whether each two liberties together are run as well.
    pub(crate) pairs: bool,
}

/// The scenarios that are chosen.
///
/// # Errors
/// There is none.
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
    let found: Vec<Scenario> = all.into_iter().filter(|it| asked(it) && does(it)).collect();
    if found.is_empty() {
        let tasks = choice.tasks.iter().map(|it| it.name()).collect::<Vec<_>>();
        let words = choice.only.iter().map(String::as_str).chain(tasks).collect::<Vec<_>>();
        return Err(ClientError::NoScenario(words.join(", ")));
    }
    Ok(found)
}

/// Runs a program over scenarios; `tell` hears of each that is over.
///
/// # Errors
/// A server does not start, or the program does not.
pub(crate) async fn run(
    contract: &Arc<Contract>,
    scenarios: &[Scenario],
    program: &Program,
    jobs: usize,
    tell: impl Fn(&Recording),
) -> Result<Vec<Recording>, ClientError> {
    let play = |scenario| async move { one(contract, scenario, program).await };
    let mut playing = futures::stream::iter(scenarios).map(play).buffered(jobs.max(1));
    let mut recordings = Vec::new();
    while let Some(recording) = playing.next().await {
        let recording = recording?;
        tell(&recording);
        recordings.push(recording);
    }
    Ok(recordings)
}

async fn one(
    contract: &Arc<Contract>,
    scenario: &Scenario,
    program: &Program,
) -> Result<Recording, ClientError> {
    let stage = Stage::set(contract, scenario, 0).await?;
    let end = program.run(&stage).await?;
    let recording = Recording { head: stage.head.clone(), exchanges: stage.front.recorded(), end: Some(end) };
    stage.strike().await;
    Ok(recording)
}
