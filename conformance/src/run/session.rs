//! A run from its options to its judgement: find out, plan, carry out, judge.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use spec::Contract;
use tokio::sync::mpsc;
use url::Url;

use crate::checks;
use crate::exec::client::{Client, ClientError};
use crate::exec::discover::{DiscoverError, discover};
use crate::exec::run::{self, Runner};
use crate::exec::states::States;
use crate::history::store::Records;
use crate::history::{Budget, CaseRecord, End, FORMAT, Footer, Header, Tier};
use crate::judge::judged::Judged;
use crate::judge::shape::ShapeError;
use crate::judge::summary::{self, Unplanned};
use crate::judge::verdict::{Judgement, Marks};
use crate::plan::case::Case;
use crate::plan::fuzz;
use crate::plan::planner::Planner;
use crate::plan::render::Numbers;
use crate::report::event::{Event, Sink};
use crate::run::shrink::{Examples, Shrinker};
use crate::sut::{Target, TargetError};

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
    /// Only this part of the plan, from 1, of how many.
    pub shard: Option<(u32, u32)>,
    /// Only cases whose id or served ids match one of these.
    pub only: Vec<String>,
    /// Cases that serve these ids go first.
    pub first: Vec<String>,
    /// Make failing cases smaller.
    pub shrink: bool,
    /// Milliseconds since 1970 when the run began.
    pub started_ms: i64,
    /// Bytes of the history that stay in memory; the rest streams to disk.
    pub memory: usize,
}

impl Options {
    /// One case at a time, so that what fails does not depend on timing, and the whole plan.
    #[must_use]
    pub const fn new(tier: Tier, seed: u64) -> Self {
        Self {
            tier,
            seed,
            cases: None,
            time_limit: None,
            concurrency: 1,
            rate: None,
            timeout: Duration::from_secs(30),
            shard: None,
            only: Vec::new(),
            first: Vec::new(),
            shrink: false,
            started_ms: 0,
            memory: crate::history::store::BOUND,
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
    Client(#[from] ClientError),
    /// A schema of the contract.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// `--only` matches nothing.
    #[error("no case matches {0}; the command `list` shows requirements, `--dry-run` shows cases")]
    NothingMatches(String),
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// What it set out to do.
    pub header: Header,
    /// What was sent and what came, in the order of the plan.
    pub cases: Records,
    /// What each case was found to say, in the same order.
    pub judged: Vec<Judged>,
    /// How it ended.
    pub footer: Footer,
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
    runner: Arc<Runner>,
    /// Numbers that no case has used.
    numbers: Numbers,
}

/// Every case of a plan, before sharding and selection: a function of contract, world, tier, seed and number of fuzz cases.
#[must_use]
pub fn plan<'a>(contract: &'a Contract, world: &'a crate::history::World, options: &Options) -> Planner<'a> {
    let mut planner = Planner::new(contract, world, checks::rules(), options.tier, options.seed);
    checks::plan(&mut planner, options.cases.unwrap_or(fuzz::default_cases(options.tier)));
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
    let client = Client::new(target.url.clone(), options.timeout)?;
    let states = states.map(|url| States::new(url, &contract)).transpose()?;
    let world = discover(&contract, &target, &client, states.as_ref()).await?;
    let planner = plan(&contract, &world, options);
    let unplanned = planner.reasons();
    let (mut cases, numbers) = (planner.cases, planner.numbers);
    if !options.only.is_empty() {
        let wanted = |case: &Case| {
            options
                .only
                .iter()
                .any(|it| case.id.starts_with(it.as_str()) || case.serves.contains(&it.as_str()))
        };
        cases.retain(wanted);
        if cases.is_empty() {
            return Err(SessionError::NothingMatches(options.only.join(", ")));
        }
    }
    if let Some((k, n)) = options.shard {
        cases.retain(|case| case.index % u64::from(n) == u64::from(k - 1));
    }
    if !options.first.is_empty() {
        // Stable: what a change touches goes first, each part in the order of the plan.
        cases.sort_by_key(|case| distance(case, &options.first));
    }
    let cost: crate::plan::case::Cost = cases.iter().map(|case| case.cost).sum();
    target.permit(&contract, cost.expected, cost.worst)?;
    let header = Header {
        format: FORMAT,
        tool: concat!("conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
        target: target.shown(),
        again: Vec::new(),
        spec_digest: contract.digest.clone(),
        spec_revision: contract.revision.clone(),
        seed: options.seed,
        tier: options.tier,
        started_ms: options.started_ms,
        world: world.clone(),
        budget: Budget {
            cases: cases.len() as u64,
            orders: cost.orders,
            purchases: cost.purchases,
            expected: cost.expected,
            open: cost.open,
            worst: cost.worst,
            cap: target.cap,
            unpriced: cost.unpriced,
        },
        shard: options.shard,
    };
    let how = run::Options { concurrency: options.concurrency, rate: options.rate };
    let runner = Arc::new(Runner::new(contract, client, states, target, world, how));
    Ok(Prepared { header, cases, unplanned, runner, numbers })
}

impl Prepared {
    /// How many cases go before the rest because of what changed.
    #[must_use]
    pub fn brought_forward(&self, ids: &[String]) -> usize {
        self.cases.iter().filter(|case| distance(case, ids) < REST).count()
    }

    /// Carries out the plan and judges what came.
    ///
    /// # Errors
    /// A schema of the contract can't be used.
    pub async fn run(
        self,
        options: &Options,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Finished, SessionError> {
        let Self { header, cases, unplanned, runner, numbers } = self;
        let contract = runner.contract.clone();
        let judge = checks::judge(&contract)?;
        sink.event(&Event::Planned { budget: header.budget.clone() });
        let cases = Arc::new(cases);
        let (done, mut records) = mpsc::channel::<CaseRecord>(256);
        let interrupted = tokio::spawn(watch_signals(runner.clone()));
        let limit = options.time_limit.map(|limit| {
            let runner = runner.clone();
            tokio::spawn(async move {
                tokio::time::sleep(limit).await;
                runner.stop.store(true, Ordering::Relaxed);
            })
        });
        let work = {
            let (runner, cases) = (runner.clone(), cases.clone());
            tokio::spawn(async move { runner.run(cases, done).await })
        };
        let mut recorded = Records::new(options.memory);
        let mut judged: Vec<Judged> = Vec::with_capacity(cases.len());
        let mut told = std::collections::BTreeSet::new();
        let mut examples = Examples::new(cases.clone());
        let mut unreachable = 0_u32;
        let mut charged_so_far = spec::Pesewas::ZERO;
        while let Some(record) = records.recv().await {
            let said = Judged::of(&judge, &header.world, &record);
            let findings = tell(&said.marks, &record, &runner, &mut told, sink);
            examples.note(&record, &said.marks);
            let charged = runner.budget.charged();
            sink.event(&Event::CaseDone {
                index: record.index,
                requests: record.exchanges.len() as u64,
                findings,
                charged: charged - charged_so_far,
            });
            charged_so_far = charged;
            unreachable = if is_unreachable(&record) { unreachable + 1 } else { 0 };
            if unreachable > 20 {
                runner.stop.store(true, Ordering::Relaxed);
            }
            recorded.push(record);
            judged.push(said);
        }
        let crashed = work.await.is_err();
        let timed_out = limit.as_ref().is_some_and(tokio::task::JoinHandle::is_finished);
        limit.inspect(tokio::task::JoinHandle::abort);
        let stopped = runner.stop.load(Ordering::Relaxed);
        if options.shrink && !stopped {
            let shrinker = Shrinker { runner: runner.clone(), header: header.clone(), numbers };
            for (record, said) in shrinker.shrink(examples).await {
                recorded.push(record);
                judged.push(said);
            }
        }
        interrupted.abort();
        recorded.sort();
        judged.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
        let sent: std::collections::BTreeSet<u64> =
            judged.iter().filter(|it| it.skipped.is_none()).map(|it| it.index).collect();
        let left: Vec<String> =
            cases.iter().filter(|it| !sent.contains(&it.index)).map(|it| it.id.clone()).collect();
        let end = if unreachable > 20 {
            End::Unreachable
        } else if stopped && timed_out {
            End::TimeLimit
        } else if stopped {
            End::Interrupted
        } else if runner.budget.bound() {
            End::Budget
        } else {
            End::Complete
        };
        let own_faults = if crashed {
            vec![("the executor".to_owned(), "a worker panicked".to_owned())]
        } else {
            Vec::new()
        };
        let footer = Footer { end, left, elapsed_us: runner.client.now_us(), own_faults };
        sink.event(&Event::Ended { end });
        let judgement = summary::conclude(&judge, &header, &judged, &footer, &unplanned);
        Ok(Finished { header, cases: recorded, judged, footer, judgement })
    }
}

fn is_unreachable(record: &CaseRecord) -> bool {
    use crate::history::Answer;
    let mut answers = record.exchanges.iter().map(|it| &it.answer).peekable();
    answers.peek().is_some() && answers.all(|it| matches!(it, Answer::Unsent(_)))
}

/// The first Ctrl-C stops sending; the reports are still written. The second leaves at once.
async fn watch_signals(runner: Arc<Runner>) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    runner.stop.store(true, Ordering::Relaxed);
    if tokio::signal::ctrl_c().await.is_ok() {
        #[expect(
            clippy::disallowed_methods,
            reason = "asked for twice: whoever did wants no report any more"
        )]
        std::process::exit(130);
    }
}

/// What a finished case says to whoever watches.
fn tell(
    marks: &Result<Marks, String>,
    record: &CaseRecord,
    runner: &Runner,
    told: &mut std::collections::BTreeSet<(String, String)>,
    sink: &mut (dyn Sink + Send),
) -> u64 {
    let waited = runner.waited_ms.swap(0, Ordering::Relaxed);
    if waited > 1_000 {
        sink.event(&Event::Waiting { throttled_ms: waited as u64 });
    }
    let Ok(marks) = marks else { return 0 };
    for finding in &marks.findings {
        let requirement = finding.candidates.first().cloned().unwrap_or_default();
        if told.insert((requirement.clone(), finding.cause.to_string())) {
            sink.event(&Event::Finding {
                requirement,
                summary: finding.summary.clone(),
                case: record.id.clone(),
            });
        }
    }
    marks.findings.len() as u64
}
