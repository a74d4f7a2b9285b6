//! A run from its options to its judgement: find out, plan, carry out, judge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spec::Contract;
use url::Url;

pub use super::select::Unmatched;
use super::select::{Choice, select};
use crate::checks;
use crate::exec::client::Client;
use crate::exec::discover::{DiscoverError, discover};
use crate::exec::http::SetupError;
use crate::exec::patience::Patience;
use crate::exec::run::{self, Runner};
use crate::exec::states::States;
use crate::exec::stop::Stop;
use crate::history::journal::{Journal, JournalError};
use crate::history::store::Records;
use crate::history::{Budget, End, FORMAT, Footer, Header, History, Power, Tier, World};
use crate::judge::judged::Judged;
use crate::judge::shape::ShapeError;
use crate::judge::summary::{self, Unplanned};
use crate::judge::verdict::Judgement;
use crate::plan::case::Case;
use crate::plan::fuzz;
use crate::plan::lacking::Lacking;
use crate::plan::planner::Planner;
use crate::plan::render::Numbers;
use crate::sut::{Target, TargetError};

/// The longest wait for an answer before the first case: whether anybody is there is to be known soon.
const DISCOVERY: Duration = Duration::from_secs(10);

/// How a run is to go.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much is tried.
    pub tier: Tier,
    /// Seed of every random choice.
    pub seed: u64,
    /// Fuzz cases; by the tier, if not given.
    pub cases: Option<u32>,
    /// Nothing is sent after this long.
    pub time_limit: Option<Duration>,
    /// Cases at a time.
    pub concurrency: usize,
    /// Requests a second, at most.
    pub rate: Option<u32>,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// How long to wait in all for one request that the server throttles.
    pub max_wait: Duration,
    /// Only this part of the plan, from 1, of how many.
    pub shard: Option<(u32, u32)>,
    /// Only cases whose id or served ids match one of these.
    pub only: Vec<String>,
    /// Generators of the plan that are left out, for the tests that show what each is needed for.
    pub without: Vec<String>,
    /// Only cases of just these ids, if there are any.
    pub these: Vec<String>,
    /// Cases that serve these ids go first.
    pub first: Vec<String>,
    /// Nothing more is sent once so many causes have failed.
    pub max_failures: Option<u32>,
    /// Send also what would show again, at a price, what is certain by now.
    pub exhaustive: bool,
    /// Make failing cases smaller.
    pub shrink: bool,
    /// Milliseconds since 1970 when the run began.
    pub started_ms: i64,
    /// Bytes of the history that stay in memory; the rest streams to disk.
    pub memory: usize,
    /// Tear down at the end what was set up; a server that goes away with the run needs none.
    pub tear_down: bool,
    /// Set by whoever wants the run to stop.
    pub stop: Stop,
    /// What is written while the run goes on.
    pub journal: Journal,
}

impl Options {
    /// One case at a time, so that what fails does not depend on timing, and the whole plan.
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

/// Why there is no judgement.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The target may not be touched.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target can't be judged.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// No connections.
    #[error(transparent)]
    Client(#[from] SetupError),
    /// A schema of the contract.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// What is to be sent can't be written down first.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// The time limit came before the first case.
    #[error("the time limit of {} s was over before the first case: nothing was ordered", .0.as_secs())]
    OutOfTime(Duration),
    /// The run was stopped before anything was ordered.
    #[error("stopped before the first case: nothing was ordered")]
    Stopped,
    /// What was asked for matches nothing.
    #[error(transparent)]
    NothingMatches(#[from] Unmatched),
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// What was sent and what came.
    pub history: History,
    /// What each case was found to say, in the same order.
    pub judged: Vec<Judged>,
    /// What the oracle concludes.
    pub judgement: Judgement,
}

/// A plan with what it was made for.
#[derive(Debug)]
pub struct Prepared {
    /// What it sets out to do.
    pub header: Header,
    /// The cases, in order.
    pub cases: Vec<Case>,
    /// Why some ids could not be planned.
    pub unplanned: Unplanned,
    /// What would let more be tried.
    pub lacking: Vec<Lacking>,
    pub(super) runner: Arc<Runner>,
    /// Nothing is sent after this.
    pub(super) until: Option<Instant>,
    /// Numbers that no case has used.
    pub(super) numbers: Numbers,
}

/// Every case of a plan, before sharding and selection: a function of contract, world, tier, seed and number of fuzz cases.
#[must_use]
pub fn plan<'a>(contract: &'a Contract, world: &'a crate::history::World, options: &Options) -> Planner<'a> {
    let mut planner = Planner::new(contract, world, checks::rules(), options.tier, options.seed);
    let drawn = options.cases.unwrap_or(fuzz::default_cases(options.tier));
    checks::plan(&mut planner, drawn, &options.without);
    planner
}

/// How far a case is from these ids: made for one of them, planned by a check that enforces one (what every answer must
/// be has no cases of its own), or neither.
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

/// The [`distance`] of a case that a change has nothing to do with.
const REST: u8 = 2;

/// Finds out who we can be, and plans. Reads only.
///
/// # Errors
/// The target can't be reached, may not be touched, or nothing matches.
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
        stop: options.stop.child(),
        journal: options.journal.clone(),
    };
    let (access, origin) = (target.access.clone(), target.url.origin());
    let handler = |url: Url| {
        // What is said of the target's version of HTTP is not said of another server.
        let access = access.over(access.http2 && url.origin() == origin);
        States::new(url, &access, &contract, how.stop.clone(), how.patience.clone())
    };
    let states = states.map(handler).transpose()?;
    let prepared = find_out(contract, target, states.clone(), how, options).await;
    if prepared.is_err() {
        // Why there is no run is told; what could not be torn down besides would only hide it.
        tear_down(states.as_ref(), options).await;
    }
    prepared
}

/// What is reported of a run that did not come about, since the target can't be judged: nothing was sent but what it took to
/// find that out.
///
/// # Errors
/// A schema of the contract can't be used.
pub fn unreached(
    contract: &Contract,
    target: String,
    options: &Options,
    why: &DiscoverError,
) -> Result<Finished, ShapeError> {
    let world = World {
        power: Power::None,
        accounts: Vec::new(),
        catalog: None,
        endpoints: BTreeMap::new(),
        extra_states: Vec::new(),
        refused: Vec::new(),
    };
    let header = header(contract, target, world, options, Budget::default());
    let footer = Footer { notes: vec![why.to_string()], ..Footer::new(End::Unreachable, 0) };
    let judge = checks::judge(contract)?;
    let judgement = summary::conclude(&judge, &header, &[], &footer, &Unplanned::new());
    let history = History { header, cases: Records::default(), footer };
    Ok(Finished { history, judged: Vec::new(), judgement })
}

fn header(contract: &Contract, target: String, world: World, options: &Options, budget: Budget) -> Header {
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
        world,
        budget,
        shard: options.shard,
        only: options.only.clone(),
    }
}

/// Tears down what was set up, if that is asked for; gives a line for what could not be.
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
    let client = Client::new(&target, options.timeout)?.until(how.stop.clone()).of_seed(options.seed);
    let mut target = target;
    let scout =
        Client::new(&target, options.timeout.min(DISCOVERY))?.until(how.stop.clone()).of_seed(options.seed);
    let finding_out = discover(&contract, &mut target, &scout, states.as_ref());
    // What is being set up is waited for, so that it can be torn down.
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
    // What half of it found is not what the server is.
    let world = found.filter(|_| !how.stop.is_set()).ok_or(SessionError::Stopped)??;
    let planner = plan(&contract, &world, options);
    let unplanned = planner.reasons();
    let lacking = planner.lacking();
    let numbers = planner.numbers;
    let Options { only, these, shard, .. } = options;
    let mut cases = select(planner.cases, &unplanned, &contract, Choice { only, these, shard: *shard })?;
    if !options.first.is_empty() {
        // Stable: what a change touches goes first, each part in the order of the plan.
        cases.sort_by_key(|case| distance(case, &options.first));
    }
    let cost: crate::plan::case::Cost = cases.iter().map(|case| case.cost).sum();
    let budget = Budget { cases: cases.len() as u64, cost, cap: target.cap };
    let header = header(&contract, target.shown(), world.clone(), options, budget);
    let runner = Arc::new(Runner::new(contract, client, states, target, world, how));
    Ok(Prepared { header, cases, unplanned, lacking, runner, until, numbers })
}

impl Prepared {
    /// Nothing is to be sent after all: tears down what was set up to find out.
    pub async fn leave(self, options: &Options) {
        tear_down(self.runner.states.as_ref(), options).await;
    }

    /// How many cases go before the rest because of what changed.
    #[must_use]
    pub fn brought_forward(&self, ids: &[String]) -> usize {
        self.cases.iter().filter(|case| distance(case, ids) < REST).count()
    }
}
