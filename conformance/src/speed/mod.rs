//! How fast the tester is (`cargo xtask bench`): the same order by `wrk`, by a plain loop of our HTTP library, and judged
//! by the real path from case to verdict, each against a fresh sandbox in a process of its own; and whole runs.

pub mod machine;
pub mod order;
pub mod server;
pub mod table;
pub mod wrk;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use spec::{Contract, Meaning, OperationId};

use self::machine::{Machine, Spent};
use self::order::Way;
use self::server::Server;
use self::table::{Aim, Contender, Rate, Report, Row, Whole};
use crate::cli::error::Failure;
use crate::exec::flood::{FloodError, Shot, flood, once};
use crate::exec::states::States;
use crate::exit::Exit;
use crate::history::Tier;
use crate::report::event::Silent;
use crate::run::session::{self, Options, Prepared};
use crate::sut::{Target, parse_url};

/// Connections of a measurement.
const CONNECTIONS: [usize; 2] = [1, 16];
/// Accounts planned for each second: more than any machine gets through.
const ACCOUNTS: u64 = 5_000;
/// Seed of every run: all measure the same plan.
const SEED: u64 = 1;

/// Measuring the tester.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Length of one measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=30))]
    pub seconds: u64,
    /// Measurements of each kind; what is shown is the median
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub rounds: u32,
    /// Whole runs of each tier
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub runs: u32,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 where an aim is missed; for quiet machines only
    #[arg(long)]
    pub check: bool,
    /// Be the sandbox that is measured, until standard input closes
    #[arg(long, hide = true)]
    pub serve: bool,
}

/// How figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table.
    Text,
    /// One JSON document.
    Json,
}

/// Measures and tells.
///
/// # Errors
/// A contender or the sandbox does not do what it is there for.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    let contract = Arc::new(spec::embedded().map_err(|error| Failure::Own(error.to_string()))?);
    if args.serve {
        server::serve(contract).await?;
        return Ok(Exit::Conformant);
    }
    let machine = Machine::here(wrk::version());
    let field = Field { contract, seconds: args.seconds };
    let mut rates = Vec::new();
    // Round by round, so that whatever else the machine does meets all contenders alike.
    for _ in 0..args.rounds {
        for way in Way::ALL {
            for connections in CONNECTIONS {
                for contender in Contender::ALL {
                    if contender != Contender::Wrk || machine.wrk.is_some() {
                        let rate = field.measure(contender, way, connections).await?;
                        rates.push((way, connections, contender, rate));
                    }
                }
            }
        }
    }
    let mut rows = Vec::new();
    for way in Way::ALL {
        for connections in CONNECTIONS {
            let of = |contender: Contender| {
                let same = rates.iter().filter(|it| (it.0, it.1, it.2) == (way, connections, contender));
                Rate::median(same.map(|it| it.3))
            };
            let [wrk, plain, judged] = Contender::ALL.map(of);
            rows.push(Row { way, connections, wrk, plain, judged });
        }
    }
    let mut whole = Vec::new();
    for tier in [Tier::Smoke, Tier::Standard] {
        whole.push(field.whole(tier, args.runs).await?);
    }
    let report = Report { machine, seconds: args.seconds, rounds: args.rounds, runs: args.runs, rows, whole };
    match args.format {
        Format::Text => print!("{}", table::text(&report)),
        Format::Json => println!("{}", table::json(&report)),
    }
    let missed = args.check && report.aims().iter().any(|it| !Aim::met(it));
    Ok(if missed { Exit::NotConformant } else { Exit::Conformant })
}

impl From<FloodError> for Failure {
    fn from(error: FloodError) -> Self {
        Self::Own(error.to_string())
    }
}

/// What all measurements have in common.
struct Field {
    contract: Arc<Contract>,
    seconds: u64,
}

impl Field {
    async fn measure(&self, contender: Contender, way: Way, connections: usize) -> Result<Rate, Failure> {
        let server = Server::start()?;
        let (mut prepared, options) = self.prepare(&server, Tier::Probe, connections).await?;
        let accounts = if contender == Contender::Judged { self.seconds * ACCOUNTS } else { 1 };
        let cases = order::cases(&self.contract, &prepared.header.world, way, accounts)?;
        let shot = self.shot(&server, &cases[0]).await?;
        let wanted = once(&shot).await?;
        let accepted = wanted == self.contract.status(Meaning::Accepted);
        if accepted != (way == Way::Accepted) {
            return Err(Failure::Own(format!("an order to be {} is answered {wanted}", way.name())));
        }
        let before = (Spent::here(), Spent::by(server.process()));
        let (requests, elapsed, rate) = match contender {
            Contender::Wrk => {
                let said = wrk::run(&shot, connections, self.seconds)?;
                let refused = if accepted { 0 } else { said.answers };
                if said.refused != refused || said.errors > 0 {
                    return Err(Failure::Own(format!("wrk did not get what it was to get: {said:?}")));
                }
                (said.answers, Duration::from_secs(self.seconds), Some(said.rate))
            }
            Contender::Plain => {
                let duration = Duration::from_secs(self.seconds);
                let (answers, elapsed) = flood(&shot, connections, duration, wanted).await?;
                (answers, elapsed, None)
            }
            Contender::Judged => {
                prepared.cases = cases;
                let options = Options { time_limit: Some(Duration::from_secs(self.seconds)), ..options };
                let (requests, elapsed) = judged(prepared, &options).await?;
                (requests, elapsed, None)
            }
        };
        let (here, there) =
            (Spent::here().since(before.0), Spent::by(server.process()).since(before.1).own_ms);
        let each = |ms: u64| ms * 1000 / requests.max(1);
        let per_second = requests * 1_000_000 / u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
        Ok(Rate {
            per_second: rate.unwrap_or(per_second),
            client_us: each(if contender == Contender::Wrk { here.children_ms } else { here.own_ms }),
            server_us: each(there),
        })
    }

    async fn prepare(
        &self,
        server: &Server,
        tier: Tier,
        concurrency: usize,
    ) -> Result<(Prepared, Options), Failure> {
        let states = parse_url(&format!("{}/_states", server.url))?;
        let target = Target { states: Some(states.clone()), ..Target::new(parse_url(&server.url)?) };
        let options = Options { concurrency, ..Options::new(tier, SEED) };
        let prepared = session::prepare(self.contract.clone(), target, Some(states), &options).await?;
        Ok((prepared, options))
    }

    /// The first order of a case, with a key of its own.
    async fn shot(&self, server: &Server, case: &crate::plan::case::Case) -> Result<Shot, Failure> {
        let own = |error: &dyn std::fmt::Display| Failure::Own(error.to_string());
        let states = States::new(parse_url(&format!("{}/_states", server.url))?, &self.contract)
            .map_err(|error| own(&error))?;
        let role = order::buyer(&self.contract);
        let made = states.account(&role, order::WEALTH, false).await.map_err(|error| own(&error))?;
        let buy = self.contract.operation(OperationId::BuyBulk);
        let orders = case.steps.first().and_then(|step| step.orders().next());
        let outgoing = orders.ok_or_else(|| Failure::Own("a case without an order".into()))?;
        Ok(Shot {
            url: parse_url(&format!("{}{}", server.url, buy.path))?,
            method: buy.method.clone(),
            header: self.contract.key.header.clone(),
            key: made.key,
            headers: outgoing.headers.clone(),
            body: outgoing.body.clone(),
        })
    }

    /// Whole runs as a user starts them, and one against a sandbox apart, which tells whose time it is.
    async fn whole(&self, tier: Tier, runs: u32) -> Result<Whole, Failure> {
        let name = crate::report::view::tier_name(tier);
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        let program = std::env::current_exe().map_err(|error| Failure::Own(error.to_string()))?;
        for _ in 0..runs {
            let (start, before) = (Instant::now(), Spent::here());
            let status = Command::new(&program)
                .args(["--tier", name, "--seed", &SEED.to_string(), "--quiet"])
                .stdout(Stdio::null())
                .status()
                .map_err(|error| Failure::Own(error.to_string()))?;
            wall.push(ms(start.elapsed()));
            cpu.push(Spent::here().since(before).children_ms);
            if !matches!(status.code(), Some(0 | 3)) {
                return Err(Failure::Own(format!("a run of the {name} tier ended with {status}")));
            }
        }
        let server = Server::start()?;
        let (before, start) = ((Spent::here(), Spent::by(server.process())), Instant::now());
        let (prepared, options) = self.prepare(&server, tier, 16).await?;
        let planned = ms(start.elapsed());
        let finished = prepared.run(&options, &mut Silent).await?;
        let here = Spent::here().since(before.0).own_ms;
        let there = Spent::by(server.process()).since(before.1).own_ms;
        let start = Instant::now();
        let judge = crate::checks::judge(&self.contract).map_err(|error| Failure::Own(error.to_string()))?;
        let (header, footer) = (&finished.history.header, &finished.history.footer);
        let cases = finished.history.cases.iter();
        let again = crate::judge::summary::judge(
            &judge,
            header,
            cases,
            footer,
            &crate::judge::summary::Unplanned::new(),
        );
        Ok(Whole {
            tier: name,
            requests: again.requests,
            wall_ms: table::median(wall),
            cpu_ms: table::median(cpu),
            tester_ms: here,
            sandbox_ms: there,
            planning_ms: planned,
            judging_ms: ms(start.elapsed()),
        })
    }
}

/// Carries out and judges, and counts what was judged.
async fn judged(prepared: Prepared, options: &Options) -> Result<(u64, Duration), Failure> {
    let start = Instant::now();
    let finished = prepared.run(options, &mut Silent).await?;
    let elapsed = start.elapsed();
    let wrong = finished.judgement.findings.iter().find(|it| !it.example.warning);
    if let Some(wrong) = wrong {
        return Err(Failure::Own(format!(
            "the sandbox is judged to break {}: {}",
            wrong.requirement, wrong.example.summary
        )));
    }
    Ok((finished.judgement.requests, elapsed))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
