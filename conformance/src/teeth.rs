//! Testing the tester: every planted fault of the sandbox is judged by the real path over HTTP, and must be caught by an id
//! that it declares, and by no other.

pub mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sandbox::{Behaviour, Fault, Freedom};
use spec::{Contract, Pesewas};

use crate::checks;
use crate::cli::error::Failure;
use crate::history::Tier;
use crate::judge::summary::{self, Unplanned};
use crate::judge::verdict::Outcome;
use crate::report::event::Silent;
use crate::run::built_in_sandbox;
use crate::run::session::{self, Finished, Options};
use crate::sut::Target;

/// What became of one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The fault.
    pub fault: &'static str,
    /// Its group.
    pub group: &'static str,
    /// What is wrong.
    pub wrong: &'static str,
    /// Ids that it declares.
    pub declared: &'static [&'static str],
    /// Ids that failed.
    pub caught: BTreeSet<String>,
    /// Ids that failed and are not declared, each with what was said.
    pub strays: Vec<String>,
    /// The first finding.
    pub first: Option<First>,
    /// How long the run took, milliseconds.
    pub elapsed_ms: u64,
    /// Ids that fail in the cases without orders at once too: what fails in the others differs from run to run.
    pub steady: BTreeSet<String>,
}

/// The first finding of a run, and what it took to come by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The requirement that it is charged to.
    pub requirement: String,
    /// Requests until then, its case included.
    pub requests: u64,
    /// Of those, orders.
    pub orders: u64,
    /// What was charged until then.
    pub charged: Pesewas,
}

impl Kill {
    /// Whether the fault was caught by what it declares and by nothing else.
    #[must_use]
    pub fn exact(&self) -> bool {
        !self.caught.is_empty() && self.strays.is_empty()
    }
}

/// Options of a run against a sandbox of our own; one case at a time, so that what fails does not depend on timing.
#[must_use]
pub fn options(seed: u64) -> Options {
    Options { timeout: std::time::Duration::from_secs(2), ..Options::new(Tier::Standard, seed) }
}

/// Runs the whole path against a sandbox that behaves like this.
///
/// # Errors
/// The sandbox can't be started or not be judged.
pub async fn run(
    contract: &Arc<Contract>,
    behaviour: Behaviour,
    options: &Options,
) -> Result<Finished, Failure> {
    let (sandbox, url, states) = built_in_sandbox::sandbox(contract.clone(), behaviour).await?;
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let prepared = session::prepare(contract.clone(), target, Some(states), options).await?;
    let finished = prepared.run(options, &mut Silent).await?;
    sandbox.stop().await;
    Ok(finished)
}

/// Judges one fault.
///
/// # Errors
/// As [`run`].
pub async fn kill(contract: &Arc<Contract>, fault: &'static Fault, seed: u64) -> Result<Kill, Failure> {
    let behaviour = Behaviour { freedoms: BTreeSet::new(), fault: Some(fault) };
    let finished = run(contract, behaviour, &options(seed)).await?;
    let failures = finished.judgement.findings.iter().filter(|it| !it.example.warning);
    let one_by_one = finished.judged.iter().filter(|it| !it.at_once);
    let judge = checks::judge(contract).map_err(session::SessionError::from)?;
    let steady = summary::conclude(
        &judge,
        &finished.history.header,
        one_by_one,
        &finished.history.footer,
        &Unplanned::new(),
    );
    let mut kill = Kill {
        fault: fault.id,
        group: fault.group,
        wrong: fault.wrong,
        declared: fault.breaks,
        caught: failures.clone().map(|it| it.requirement.clone()).collect(),
        strays: failures
            .clone()
            .filter(|it| !fault.breaks.contains(&it.requirement.as_str()))
            .map(|it| format!("{}: {} ({})", it.requirement, it.example.summary, it.example.case))
            .collect(),
        first: None,
        elapsed_ms: finished.history.footer.elapsed_us / 1000,
        steady: steady
            .findings
            .into_iter()
            .filter(|it| !it.example.warning)
            .map(|it| it.requirement)
            .collect(),
    };
    kill.first = failures.clone().min_by_key(|it| it.example.index).map(|group| {
        let until = || finished.judged.iter().filter(|it| it.index <= group.example.index);
        First {
            requirement: group.requirement.clone(),
            requests: until().map(|it| it.requests).sum(),
            orders: until().map(|it| it.ledger.orders).sum(),
            charged: until().map(|it| it.ledger.charged).sum(),
        }
    });
    Ok(kill)
}

/// The faults that filters choose: a group, or the beginning of an id; all without any.
pub fn chosen(filters: &[String]) -> Vec<&'static Fault> {
    let wanted = |fault: &&Fault| {
        filters.is_empty() || filters.iter().any(|it| fault.group == it || fault.id.starts_with(it.as_str()))
    };
    sandbox::faults::all().filter(wanted).collect()
}

/// Judges faults, so many at a time, and tells each as it is done.
///
/// # Errors
/// As [`run`].
pub async fn matrix(
    contract: &Arc<Contract>,
    faults: Vec<&'static Fault>,
    jobs: usize,
    seed: u64,
    mut tell: impl FnMut(&Kill),
) -> Result<Vec<Kill>, Failure> {
    let mut kills = Vec::with_capacity(faults.len());
    let mut waiting = faults.into_iter();
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < jobs.max(1)
            && let Some(fault) = waiting.next()
        {
            let contract = contract.clone();
            running.spawn(async move { kill(&contract, fault, seed).await });
        }
        let Some(done) = running.join_next().await else { break };
        let kill = done.map_err(|error| Failure::Own(error.to_string()))??;
        tell(&kill);
        kills.push(kill);
    }
    kills.sort_by_key(|it| (it.group, it.fault));
    Ok(kills)
}

/// How often a fault is caught, over runs with different seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rounds {
    /// Runs.
    pub runs: u32,
    /// Those in which it was caught by what it declares, and by nothing else.
    pub caught: u32,
    /// Orders that each of those took until the first finding, fewest first.
    pub orders: Vec<u64>,
}

impl Rounds {
    /// Whether it is caught in nineteen runs of twenty.
    #[must_use]
    pub const fn reliable(&self) -> bool {
        self.caught as u64 * 20 >= self.runs as u64 * 19
    }

    /// One line for a terminal.
    #[must_use]
    pub fn line(&self, fault: &str) -> String {
        let Self { runs, caught, orders } = self;
        let mark = if self.reliable() { "reliable" } else { "CHANCY  " };
        let took = match (orders.get(orders.len() / 2), orders.last()) {
            (Some(median), Some(most)) => format!(", after {median} orders (median; {most} at most)"),
            _ => String::new(),
        };
        format!("{mark} {fault:<40} caught in {caught} of {runs} runs{took}")
    }
}

/// Judges a fault with so many seeds.
///
/// # Errors
/// As [`run`].
pub async fn rounds(contract: &Arc<Contract>, fault: &'static Fault, runs: u32) -> Result<Rounds, Failure> {
    let mut rounds = Rounds { runs, ..Rounds::default() };
    for seed in 0..u64::from(runs) {
        let kill = kill(contract, fault, seed).await?;
        if kill.exact() {
            rounds.caught += 1;
            rounds.orders.extend(kill.first.map(|it| it.orders));
        }
    }
    rounds.orders.sort_unstable();
    Ok(rounds)
}

/// The matrix as it is committed: what catches what, without timings.
#[must_use]
pub fn markdown(kills: &[Kill]) -> String {
    let mut out = String::from(
        "# Kill matrix\n\nEvery planted fault of the sandbox and the requirements that a standard run reports for it, \
         races aside where it shows without them. Written by `cargo xtask faults --write`; CI holds it fresh.\n",
    );
    let mut group = "";
    for kill in kills {
        if kill.group != group {
            group = kill.group;
            _ = writeln!(out, "\n## {group}\n\n| fault | what is wrong | caught by |\n|---|---|---|");
        }
        // What else a race breaks differs from run to run; that it is caught does not.
        let race = BTreeSet::from(["MONEY-RACE".to_owned()]);
        let caught = match &kill.steady {
            steady if !steady.is_empty() => steady,
            _ if kill.caught.is_superset(&race) => &race,
            _ => &kill.caught,
        };
        let caught = caught.iter().cloned().collect::<Vec<_>>().join(", ");
        let caught = if caught.is_empty() { "**nothing**".to_owned() } else { caught };
        _ = writeln!(out, "| `{}` | {} | {caught} |", kill.fault, kill.wrong);
    }
    let caught = kills.iter().filter(|it| it.exact()).count();
    _ = writeln!(
        out,
        "\n{caught} of {} faults are caught by an id that they declare, and by no other.",
        kills.len()
    );
    out
}

/// One line for a terminal.
#[must_use]
pub fn line(kill: &Kill) -> String {
    let mark = if kill.exact() {
        "killed  "
    } else if kill.caught.is_empty() {
        "SURVIVED"
    } else {
        "STRAY   "
    };
    let first = kill.first.as_ref().map_or(String::new(), |it| {
        format!("{} after {} requests and {} GHS", it.requirement, it.requests, it.charged)
    });
    let mut text = format!("{mark} {:<40} {first} ({} ms)", kill.fault, kill.elapsed_ms);
    for stray in &kill.strays {
        _ = write!(text, "\n           not declared: {stray}");
    }
    text
}

/// What a run shows of each id: checks that cite it and cases that exercised it, by default and under freedoms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Requirement or ambiguity.
    pub id: String,
    /// Checks that cite it.
    pub checks: Vec<&'static str>,
    /// Times that a default run exercised or observed it.
    pub default: u64,
    /// Times that a run under freedoms did.
    pub freedoms: u64,
    /// Faults that declare it.
    pub faults: usize,
}

/// Measures coverage with two runs: the sandbox as it is, and with the freedoms that some ids are about.
///
/// # Errors
/// As [`run`].
pub async fn coverage(contract: &Arc<Contract>, seed: u64) -> Result<Vec<Coverage>, Failure> {
    let freedoms: Vec<Freedom> =
        ["later-revision", "throttle", "refund-failed"].iter().filter_map(|name| name.parse().ok()).collect();
    let plain = run(contract, Behaviour::default(), &options(seed)).await?;
    let free =
        run(contract, Behaviour { freedoms: freedoms.into_iter().collect(), fault: None }, &options(seed))
            .await?;
    let count = |finished: &Finished| -> BTreeMap<String, u64> {
        let requirements = finished.judgement.requirements.iter();
        let requirements =
            requirements.filter(|it| !matches!(it.outcome, Outcome::NotExercised | Outcome::NotApplicable));
        let seen = requirements.map(|it| (it.id.clone(), it.exercised));
        let open = finished.judgement.ambiguities.iter();
        seen.chain(open.map(|it| (it.id.clone(), it.choices.iter().map(|(_, times, _)| times).sum())))
            .collect()
    };
    let (plain, free) = (count(&plain), count(&free));
    let ids = contract.catalogue.requirements.iter().map(|it| &it.id);
    let ids = ids.chain(contract.catalogue.ambiguities.iter().map(|it| &it.id));
    Ok(ids
        .map(|id| Coverage {
            id: id.clone(),
            checks: checks::ALL
                .iter()
                .filter(|it| it.cites.contains(&id.as_str()))
                .map(|it| it.name)
                .collect(),
            default: plain.get(id).copied().unwrap_or(0),
            freedoms: free.get(id).copied().unwrap_or(0),
            faults: sandbox::faults::all().filter(|it| it.breaks.contains(&id.as_str())).count(),
        })
        .collect())
}
