//! Performs single measurements of a contender, an order and a number of connections, each against a fresh sandbox.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::checks;
use conformance::history::{History, Tier};
use conformance::judge::summary::{self, Unplanned};
use conformance::plan::case::Case;
use conformance::report::event::Silent;
use conformance::run::session::{self, Finished, Options, Prepared, SessionError};
use conformance::sut::Target;
use spec::{Contract, Meaning, OperationId};

use super::error::BenchError;
use super::load::{Sample, account, load, once};
use super::machine::Spent;
use super::order::{self, NothingToSell, Way};
use super::server::Server;
use super::table::{Contender, Rate, Whole, median};
use super::wrk;

/// The number of accounts that are planned for each second: more than any machine uses.
const ACCOUNTS: u64 = 5_000;
/// The path of the provider states.
const STATES: &str = "/_states";
/// The seed of all runs, so that all measure the same plan.
const SEED: u64 = 1;
/// The number of cases at a time in a whole run.
const CONCURRENCY: usize = 16;

/// The settings that all measurements share.
#[derive(Debug)]
pub(crate) struct Field {
    /// The contract.
    pub(crate) contract: Arc<Contract>,
    /// The length of one measurement, in seconds.
    pub(crate) seconds: u64,
    /// The program whose runs are measured.
    pub(crate) product: PathBuf,
}

/// The raw result of a contender.
struct Got {
    requests: u64,
    elapsed: Duration,
    /// Requests per second, if the contender reports them itself.
    rate: Option<u64>,
}

impl Field {
    /// Measures how fast a contender sends orders of one kind.
    ///
    /// # Errors
    /// Returns an error if the sandbox can't be started or judged, an order is answered unexpectedly, or the contender
    /// fails.
    pub(crate) async fn measure(
        &self,
        contender: Contender,
        way: Way,
        connections: usize,
    ) -> Result<Rate, BenchError> {
        let server = Server::start()?;
        let (mut prepared, options) = self.prepare(&server, Tier::Probe, connections).await?;
        let accounts = if contender == Contender::Judged { self.seconds * ACCOUNTS } else { 1 };
        prepared.cases = order::cases(&self.contract, &prepared, way, accounts)?;
        let sample = self.sample(&server, &prepared.cases).await?;
        let status = once(&sample).await?;
        if (status == self.contract.status(Meaning::Accepted)) != (way == Way::Accepted) {
            return Err(BenchError::Answered { way, status });
        }
        let before = (Spent::here(), Spent::by(server.process()));
        let got = match contender {
            Contender::Wrk => self.wrk(&sample, way, connections)?,
            Contender::Plain => {
                let (requests, elapsed) = load(&sample, connections, self.duration(), status).await?;
                Got { requests, elapsed, rate: None }
            }
            Contender::Judged => {
                let options = Options { time_limit: Some(self.duration()), ..options };
                judged(prepared, &options).await?
            }
        };
        let (here, there) = (Spent::here().since(before.0), Spent::by(server.process()).since(before.1));
        let each = |ms: u64| ms * 1000 / got.requests.max(1);
        let micros = u64::try_from(got.elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
        Ok(Rate {
            per_second: got.rate.unwrap_or(got.requests * 1_000_000 / micros),
            client_us: each(if contender == Contender::Wrk { here.children_ms } else { here.own_ms }),
            server_us: each(there.own_ms),
        })
    }

    const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn wrk(&self, sample: &Sample, way: Way, connections: usize) -> Result<Got, BenchError> {
        let said = wrk::run(sample, connections, self.seconds)?;
        let refused = if way == Way::Accepted { 0 } else { said.answers };
        if said.refused != refused || said.errors > 0 {
            return Err(BenchError::Missed(said));
        }
        Ok(Got { requests: said.answers, elapsed: self.duration(), rate: Some(said.rate) })
    }

    async fn prepare(
        &self,
        server: &Server,
        tier: Tier,
        concurrency: usize,
    ) -> Result<(Prepared, Options), BenchError> {
        let states = server.at(STATES)?;
        let target = Target { states: Some(states.clone()), ..Target::new(server.at("")?) };
        let options = Options { concurrency, ..Options::new(tier, SEED) };
        let prepared = session::prepare(self.contract.clone(), target, Some(states), &options).await?;
        Ok((prepared, options))
    }

    /// Builds the first order of some cases, with the key of a new account.
    async fn sample(&self, server: &Server, cases: &[Case]) -> Result<Sample, BenchError> {
        let key = account(&server.at(STATES)?, &order::buyer(&self.contract), order::WEALTH).await?;
        let buy = self.contract.operation(OperationId::BuyBulk);
        let mut steps = cases.iter().flat_map(|case| &case.steps);
        let outgoing = steps.find_map(|step| step.orders().next()).ok_or(NothingToSell)?;
        Ok(Sample {
            url: server.at(&buy.path)?,
            method: buy.method.clone(),
            header: self.contract.key.header.clone(),
            key,
            headers: outgoing.headers.clone(),
            body: outgoing.body.clone(),
        })
    }

    /// Measures whole runs as a user starts them, and one with the sandbox in its own process, which tells their
    /// processor times apart.
    ///
    /// # Errors
    /// Returns an error if a run or the sandbox can't be started, or a run fails.
    pub(crate) async fn whole(&self, tier: Tier, runs: u32) -> Result<Whole, BenchError> {
        let tier_is = tier.name();
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let (start, before) = (Instant::now(), Spent::here());
            self.run_once(tier_is)?;
            wall.push(ms(start.elapsed()));
            cpu.push(Spent::here().since(before).children_ms);
        }
        let server = Server::start()?;
        let (before, start) = ((Spent::here(), Spent::by(server.process())), Instant::now());
        let (prepared, options) = self.prepare(&server, tier, CONCURRENCY).await?;
        let planned = ms(start.elapsed());
        let finished = prepared.run(&options, &mut Silent).await?;
        let here = Spent::here().since(before.0).own_ms;
        let there = Spent::by(server.process()).since(before.1).own_ms;
        let (requests, judging_ms) = self.judge_again(&finished)?;
        Ok(Whole {
            tier: tier_is,
            requests,
            wall_ms: median(wall),
            cpu_ms: median(cpu),
            tester_ms: here,
            sandbox_ms: there,
            planning_ms: planned,
            judging_ms,
        })
    }

    /// Runs the product against its built-in sandbox.
    fn run_once(&self, tier: &'static str) -> Result<(), BenchError> {
        let failed = |source| BenchError::Run { tier, source };
        let status = Command::new(&self.product)
            .args(["--tier", tier, "--seed", &SEED.to_string(), "--quiet"])
            .stdout(Stdio::null())
            .status()
            .map_err(failed)?;
        // Exit code 3 means that the tier did not exercise everything, which does not matter here.
        if matches!(status.code(), Some(0 | 3)) { Ok(()) } else { Err(BenchError::Ended { tier, status }) }
    }

    /// Judges a finished run again; returns the number of requests, and the duration in milliseconds.
    fn judge_again(&self, finished: &Finished) -> Result<(u64, u64), BenchError> {
        let start = Instant::now();
        let judge = checks::judge(&self.contract).map_err(SessionError::from)?;
        let History { header, cases, footer } = &finished.history;
        let judgement = summary::judge(&judge, header, cases.iter(), footer, &Unplanned::new());
        Ok((judgement.requests, ms(start.elapsed())))
    }
}

/// Runs and judges the cases, and counts the requests that were judged.
async fn judged(prepared: Prepared, options: &Options) -> Result<Got, BenchError> {
    let start = Instant::now();
    let finished = prepared.run(options, &mut Silent).await?;
    let elapsed = start.elapsed();
    if let Some(wrong) = finished.judgement.findings.iter().find(|it| !it.example.warning) {
        let (requirement, summary) = (wrong.requirement.clone(), wrong.example.summary.clone());
        return Err(BenchError::Broken { requirement, summary });
    }
    Ok(Got { requests: finished.judgement.requests, elapsed, rate: None })
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
