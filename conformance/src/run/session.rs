//! One run from its options to its judgement: discovery, planning, execution and judging.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spec::{Contract, Pesewas};
use url::Url;

pub(crate) use super::select::Unmatched;
use super::select::{Choice, refusals_first, select, under_cap};
use crate::checks;
use crate::exec::absence::Absence;
use crate::exec::client::Client;
use crate::exec::discover::{DiscoverError, discover};
use crate::exec::http::SetupError;
use crate::exec::patience::Patience;
use crate::exec::run::{self, Runner, SETTLE};
use crate::exec::states::States;
use crate::exec::stop::Stop;
use crate::history::journal::{Journal, JournalError};
use crate::history::store::Records;
use crate::history::{Budget, Capability, End, Environment, FORMAT, Footer, Header, History, Tier};
use crate::judge::judged::Judged;
use crate::judge::shape::ShapeError;
use crate::judge::summary::{self, Unplanned};
use crate::judge::verdict::Judgement;
use crate::plan::case::{Case, Outgoing};
use crate::plan::fuzz;
use crate::plan::lacking::Lacking;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use crate::plan::render::Numbers;
use crate::sut::{Target, TargetError};

/// The longest wait for an answer before the first case, so that an unreachable server is noticed soon.
const DISCOVERY: Duration = Duration::from_secs(10);

/// The options of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The tier, which says how much is tried.
    pub tier: Tier,
    /// The seed of every random choice.
    pub seed: u64,
    /// The number of fuzz cases; `None` for that of the tier.
    pub cases: Option<u32>,
    /// The time after which nothing more is sent.
    pub time_limit: Option<Duration>,
    /// The number of cases that run at the same time.
    pub concurrency: usize,
    /// The highest number of requests per second.
    pub rate: Option<u32>,
    /// The time to wait for an answer.
    pub timeout: Duration,
    /// The total time to wait for one request that the server throttles.
    pub max_wait: Duration,
    /// The time for which an order is followed until it and its recipients have ended.
    pub settle: Duration,
    /// Only this part of the plan, from 1, with the number of parts.
    pub shard: Option<(u32, u32)>,
    /// Only cases whose id or served ids match one of these; all cases if empty.
    pub only: Vec<String>,
    /// Generators that are left out of the plan, for the tests that show what each is needed for.
    pub without: Vec<String>,
    /// Only cases with exactly these ids; all cases if empty.
    pub these: Vec<String>,
    /// Ids whose cases are sent first.
    pub first: Vec<String>,
    /// The number of failed causes after which nothing more is sent.
    pub max_failures: Option<u32>,
    /// Whether cases are sent that could only show again, at a price, what is already certain.
    pub exhaustive: bool,
    /// Whether failing cases are shrunk.
    pub shrink: bool,
    /// The time at which the run began, in milliseconds since 1970.
    pub started_ms: i64,
    /// The number of bytes of the history that stay in memory; the rest goes to disk.
    pub memory: usize,
    /// Whether what was set up is torn down at the end. A server that ends with the run does not need it.
    pub tear_down: bool,
    /// The signal that stops the run.
    pub stop: Stop,
    /// The journal, which is written while the run goes on.
    pub journal: Journal,
}

impl Options {
    /// Returns options for a whole plan with one case at a time, so that failures do not depend on timing.
    #[must_use]
    pub fn new(tier: Tier, seed: u64) -> Self {
        Self {
            tier,
            seed,
            cases: None,
            time_limit: None,
            concurrency: 1,
            rate: None,
            timeout: Duration::from_secs(30),
            max_wait: Patience::LONGEST,
            settle: SETTLE,
            shard: None,
            only: Vec::new(),
            without: Vec::new(),
            these: Vec::new(),
            first: Vec::new(),
            max_failures: None,
            exhaustive: false,
            shrink: false,
            started_ms: 0,
            memory: crate::history::store::BOUND,
            tear_down: false,
            stop: Stop::default(),
            journal: Journal::none(),
        }
    }
}

/// The reasons why a run ended without a judgement.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The target may not be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target can't be judged.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The client can't be set up.
    #[error(transparent)]
    Client(#[from] SetupError),
    /// A schema of the contract can't be used.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The journal can't be written, so nothing may be sent.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// The time limit was reached before the first case.
    #[error("the time limit of {} s was over before the first case: nothing was ordered", .0.as_secs())]
    OutOfTime(Duration),
    /// The run was stopped before anything was ordered.
    #[error("stopped before the first case: nothing was ordered")]
    Stopped,
    /// No case matches what was asked for.
    #[error(transparent)]
    NothingMatches(#[from] Unmatched),
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// What was sent and received.
    pub history: History,
    /// What each case was judged to show, in the same order.
    pub judged: Vec<Judged>,
    /// The judgement of the run as a whole.
    pub judgement: Judgement,
}

/// A plan, together with what is needed to carry it out.
#[derive(Debug)]
pub struct Prepared {
    /// The header, which says what the run sets out to do.
    pub header: Header,
    /// The cases, in order.
    pub cases: Vec<Case>,
    /// The reasons why some ids could not be planned.
    pub unplanned: Unplanned,
    /// What is missing that would allow more to be tried.
    pub lacking: Vec<Lacking>,
    pub(super) runner: Arc<Runner>,
    /// The time after which nothing is sent.
    pub(super) until: Option<Instant>,
    /// Recipients' numbers that no case has used.
    pub(super) numbers: Numbers,
}

/// Plans all cases, before sharding and selection. The plan is a function of the contract, the environment, the tier, the
/// seed and the number of fuzz cases.
#[must_use]
pub fn plan<'a>(
    contract: &'a Contract,
    environment: &'a crate::history::Environment,
    options: &Options,
) -> Planner<'a> {
    let mut planner = Planner::new(contract, environment, checks::rules(), options.tier, options.seed);
    let drawn = options.cases.unwrap_or(fuzz::default_cases(options.tier));
    checks::plan(&mut planner, drawn, &options.without);
    planner
}

/// Returns the cases of a plan that the options ask for, in the order in which they are sent.
///
/// # Errors
/// Returns an error if something unknown was asked for, or if no case is left.
pub(super) fn chosen(
    cases: Vec<Case>,
    unplanned: &Unplanned,
    (contract, environment): (&Contract, &Environment),
    options: &Options,
    cap: Option<Pesewas>,
) -> Result<Vec<Case>, Unmatched> {
    let Options { only, these, shard, .. } = options;
    let mut cases = select(cases, unplanned, contract, Choice { only, these, shard: *shard })?;
    match (cap, options.time_limit) {
        (Some(cap), Some(_)) => under_cap(&mut cases, cap),
        (Some(_), None) => refusals_first(&mut cases, environment),
        (None, _) => {}
    }
    if !options.first.is_empty() {
        // The sort is stable: cases related to the change go first, and each group keeps the order of the plan.
        cases.sort_by_key(|case| distance(case, &options.first));
    }
    Ok(cases)
}

/// Returns how closely a case is related to these ids: 0 if it serves one of them, 1 if a check that cites one
/// planned it (requirements on every answer have no cases of their own), otherwise [`REST`].
fn distance(case: &Case, ids: &[String]) -> u8 {
    let among = |id: &str| ids.iter().any(|it| it == id);
    let cited = || checks::ALL.iter().any(|it| it.name == case.origin && it.cites.iter().any(|id| among(id)));
    if case.serves.iter().any(|id| among(id)) {
        0
    } else if cited() {
        1
    } else {
        REST
    }
}

/// The [`distance`] of a case that is unrelated to a change.
const REST: u8 = 2;

/// Discovers which accounts and goods there are, and plans. Sends no orders.
///
/// # Errors
/// Returns an error if the target can't be reached or may not be used, if the run was stopped or its time limit
/// reached, or if no case matches.
pub async fn prepare(
    contract: Arc<Contract>,
    target: Target,
    states: Option<Url>,
    options: &Options,
) -> Result<Prepared, SessionError> {
    let how = run::Options {
        concurrency: options.concurrency,
        rate: options.rate,
        exhaustive: options.exhaustive,
        patience: Arc::new(Patience::new(options.max_wait, options.seed, options.started_ms)),
        settle: options.settle,
        stop: options.stop.child(),
        journal: options.journal.clone(),
    };
    let (access, origin) = (target.access.clone(), target.url.origin());
    let handler = |url: Url| {
        // The HTTP version of the target says nothing about that of another server.
        let access = access.over(access.http2 && url.origin() == origin);
        States::new(url, &access, &contract, how.stop.clone(), how.patience.clone())
    };
    let states = states.map(handler).transpose()?;
    let prepared = find_out(contract, target, states.clone(), how, options).await;
    if prepared.is_err() {
        // The error explains why there is no run; a failed teardown is not reported, since it would only hide that.
        tear_down(states.as_ref(), options).await;
    }
    prepared
}

/// Returns the result of a run that did not take place because the target can't be judged. No request was sent beyond
/// those that showed this.
///
/// # Errors
/// Returns an error if a schema of the contract can't be used.
pub(crate) fn unreached(
    contract: &Contract,
    target: String,
    options: &Options,
    why: &DiscoverError,
) -> Result<Finished, ShapeError> {
    let environment = Environment {
        capability: Capability::None,
        accounts: Vec::new(),
        catalog: None,
        endpoints: BTreeMap::new(),
        extra_states: Vec::new(),
        refused: Vec::new(),
    };
    let header = header(contract, target, environment, options, Budget::default());
    let footer = Footer { notes: vec![why.to_string()], ..Footer::new(End::Unreachable, 0) };
    let judge = checks::judge(contract)?;
    let judgement = summary::conclude(&judge, &header, &[], &footer, &Unplanned::new());
    let history = History { header, cases: Records::default(), footer };
    Ok(Finished { history, judged: Vec::new(), judgement })
}

fn header(
    contract: &Contract,
    target: String,
    environment: Environment,
    options: &Options,
    budget: Budget,
) -> Header {
    Header {
        format: FORMAT,
        tool: concat!("conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
        target,
        again: Vec::new(),
        spec_digest: contract.digest.clone(),
        spec_revision: contract.revision.clone(),
        seed: options.seed,
        tier: options.tier,
        started_ms: options.started_ms,
        environment,
        budget,
        shard: options.shard,
        only: options.only.clone(),
    }
}

/// Tears down what was set up, if the options ask for it, and returns a line for each thing that could not be torn
/// down.
pub(super) async fn tear_down(states: Option<&States>, options: &Options) -> Vec<String> {
    match states {
        Some(states) if options.tear_down => states.tear_down().await,
        _ => Vec::new(),
    }
}

async fn find_out(
    contract: Arc<Contract>,
    target: Target,
    states: Option<States>,
    how: run::Options,
    options: &Options,
) -> Result<Prepared, SessionError> {
    let absence = Absence::new(how.stop.clone());
    let client = Client::new(&target, options.timeout)?
        .until(how.stop.clone())
        .of_seed(options.seed)
        .outlasting(absence.clone());
    let mut target = target;
    let scout =
        Client::new(&target, options.timeout.min(DISCOVERY))?.until(how.stop.clone()).of_seed(options.seed);
    let finding_out = discover(&contract, &mut target, &scout, states.as_ref());
    // A request that is setting something up is waited for, so that it can be torn down.
    let until = options.time_limit.map(|limit| Instant::now() + limit);
    let in_time = async {
        match options.time_limit {
            Some(limit) => {
                tokio::time::timeout(limit, finding_out).await.map_err(|_| SessionError::OutOfTime(limit))
            }
            None => Ok(finding_out.await),
        }
    };
    let found = how.stop.unless_given_up(in_time).await.transpose()?;
    client.spell_like(&scout);
    // A discovery that was interrupted does not describe the server.
    let environment = found.filter(|_| !how.stop.is_set()).ok_or(SessionError::Stopped)??;
    let planner = plan(&contract, &environment, options);
    let unplanned = planner.reasons();
    let lacking = planner.lacking();
    let numbers = planner.numbers;
    let cases = chosen(planner.cases, &unplanned, (&contract, &environment), options, target.cap)?;
    let cost: crate::plan::case::Cost = cases.iter().map(|case| case.cost).sum();
    let budget = Budget { cases: cases.len() as u64, cost, cap: target.cap };
    let header = header(&contract, target.shown(), environment.clone(), options, budget);
    let states = states.map(|it| it.outlasting(absence));
    let runner = Arc::new(Runner::new(contract, client, states, target, environment, how));
    Ok(Prepared { header, cases, unplanned, lacking, runner, until, numbers })
}

impl Prepared {
    /// Returns valid orders of a role, except for their number of items, one after the other as the plan would render
    /// them for the first actor of a case; none if the server has nothing to sell. No case of the plan has them.
    pub fn orders(&self, role: &str, items: usize) -> impl Iterator<Item = Outgoing> {
        let Header { environment, tier, seed, .. } = &self.header;
        let mut planner = Planner::new(&self.runner.contract, environment, checks::rules(), *tier, *seed);
        let draft = OrderDraft::good(role, items);
        std::iter::from_fn(move || planner.render(&draft, 0).map(|it| it.outgoing))
    }

    /// Tears down what was set up for discovery, for a caller that sends nothing after all.
    pub(crate) async fn leave(self, options: &Options) {
        tear_down(self.runner.states.as_ref(), options).await;
    }

    /// Returns the number of cases that are sent before the others because of a change.
    #[must_use]
    pub(crate) fn brought_forward(&self, ids: &[String]) -> usize {
        self.cases.iter().filter(|case| distance(case, ids) < REST).count()
    }
}
