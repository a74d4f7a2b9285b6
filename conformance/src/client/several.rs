//! Judges several clients at a time, each in every standard scenario of its tasks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use spec::{ClientRule, Contract};

use crate::client::end::Codes;
use crate::client::error::ClientError;
use crate::client::history::Recording;
use crate::client::judge::{Finding, Judged, judge};
use crate::client::scenario::Scenario;
use crate::client::session::{self, AtOnce, Chosen, Play};
use crate::client::start::Program;
use crate::client::task::TaskKind;

/// A client with the usual exit codes, and how it is run.
#[derive(Debug, Clone)]
pub struct Client {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Environment variables in addition to those of the task.
    pub environment: Vec<(String, String)>,
    /// The time limit in each scenario.
    pub timeout: Duration,
    /// The tasks that it is given.
    pub tasks: Vec<TaskKind>,
}

/// One scenario that a client was run in.
#[derive(Debug, Clone)]
pub struct Played {
    /// The name of the scenario.
    pub scenario: String,
    /// What is wrong with the client in this scenario; mostly empty.
    pub findings: Vec<Finding>,
    /// What the client wrote to standard error.
    pub stderr: String,
}

/// How many programs run at a time.
#[derive(Debug, Clone, Copy)]
pub struct Jobs {
    /// Those that work.
    pub working: usize,
    /// Those that mostly wait, which take almost no processor time.
    pub waiting: usize,
}

/// Runs and judges clients; `tell` receives the scenarios of each when it is done, in their order, with its position in
/// `clients`.
///
/// # Errors
/// Returns an error if a client has no scenario, or if it or the server of a scenario can't be started.
pub async fn judge_several(
    contract: &Arc<Contract>,
    rules: &[ClientRule],
    clients: &[Client],
    jobs: Jobs,
    mut tell: impl FnMut(usize, Vec<Played>),
) -> Result<(), ClientError> {
    let programs: Vec<Program> = clients.iter().map(Client::program).collect();
    let mut scenarios: Vec<(usize, Scenario)> = Vec::new();
    for (at, client) in clients.iter().enumerate() {
        let choice = Chosen { tasks: client.tasks.clone(), ..Chosen::default() };
        scenarios.extend(session::chosen(&choice)?.into_iter().map(|it| (at, it)));
    }
    let plays: Vec<Play<'_>> =
        scenarios.iter().map(|(at, scenario)| Play { scenario, program: &programs[*at] }).collect();
    let mut left: Vec<usize> =
        (0..clients.len()).map(|at| scenarios.iter().filter(|(it, _)| *it == at).count()).collect();
    let mut recordings: Vec<BTreeMap<usize, Recording>> = vec![BTreeMap::new(); clients.len()];
    let keep = |at: usize, recording| {
        let client = scenarios[at].0;
        recordings[client].insert(at, recording);
        left[client] -= 1;
        if left[client] == 0 {
            let all = std::mem::take(&mut recordings[client]).into_values().collect();
            tell(client, judge(contract, rules, all).into_iter().map(Played::from).collect());
        }
    };
    session::play(contract, &plays, AtOnce::Apart(jobs.working, jobs.waiting), keep).await
}

impl Client {
    fn program(&self) -> Program {
        Program {
            command: self.command.clone(),
            environment: self.environment.clone(),
            timeout: self.timeout,
            codes: Codes::default(),
        }
    }
}

impl From<Judged> for Played {
    fn from(judged: Judged) -> Self {
        Self {
            scenario: judged.recording.head.scenario,
            findings: judged.findings,
            stderr: judged.recording.end.map(|it| it.stderr).unwrap_or_default(),
        }
    }
}
