//! The benchmark (`cargo xtask bench`). It sends the same order by `wrk`, by a plain loop over the HTTP library, and by
//! a run that judges every answer, each against a fresh sandbox in its own process. It also measures whole runs.

pub(crate) mod error;
mod field;
mod load;
mod machine;
mod order;
mod server;
mod table;
mod wrk;

use std::sync::Arc;

use conformance::exit::Exit;
use conformance::history::Tier;

use self::error::BenchError;
use self::field::Field;
use self::machine::Machine;
use self::order::Way;
use self::table::{Aim, Contender, Rate, Report, Row};

/// The numbers of connections that are measured.
const CONNECTIONS: [usize; 2] = [1, 16];

/// The flags of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Length of one measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=30))]
    pub(crate) seconds: u64,
    /// Measurements of each kind; what is shown is the median
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub(crate) rounds: u32,
    /// Whole runs of each tier
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub(crate) runs: u32,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Exit with 1 where an aim is missed; for quiet machines only
    #[arg(long)]
    pub(crate) check: bool,
    /// Be the sandbox that is measured, until standard input closes
    #[arg(long, hide = true)]
    pub(crate) serve: bool,
}

/// The formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table.
    Text,
    /// One JSON document.
    Json,
}

/// Runs all measurements, and prints the report.
///
/// # Errors
/// Returns an error if the sandbox or a contender fails.
pub(crate) async fn run(args: &Args) -> Result<Exit, BenchError> {
    let contract = Arc::new(spec::embedded()?);
    if args.serve {
        server::serve(contract).await?;
        return Ok(Exit::Conformant);
    }
    let machine = Machine::here(wrk::version());
    let field = Field { contract, seconds: args.seconds, product: machine::product()? };
    let rows = rows(&field, args.rounds, machine.wrk.is_some()).await?;
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

/// One kind of measurement: the order, the number of connections, and the contender.
type Kind = (Way, usize, Contender);

fn kinds() -> impl Iterator<Item = Kind> {
    let each = |way, connections| Contender::ALL.map(|contender| (way, connections, contender));
    Way::ALL
        .into_iter()
        .flat_map(|way| CONNECTIONS.map(|connections| (way, connections)))
        .flat_map(move |(way, connections)| each(way, connections))
}

/// Performs every kind of measurement `rounds` times, without `wrk` if it is not installed.
async fn rows(field: &Field, rounds: u32, has_wrk: bool) -> Result<Vec<Row>, BenchError> {
    let mut rates: Vec<(Kind, Rate)> = Vec::new();
    // The rounds are interleaved, so that other load on the machine affects all contenders alike.
    for _ in 0..rounds {
        for kind in kinds().filter(|(_, _, contender)| has_wrk || *contender != Contender::Wrk) {
            let (way, connections, contender) = kind;
            rates.push((kind, field.measure(contender, way, connections).await?));
        }
    }
    let row = |way, connections| {
        let [wrk, plain, judged] = Contender::ALL.map(|contender| {
            let same = rates.iter().filter(|(kind, _)| *kind == (way, connections, contender));
            Rate::median(same.map(|(_, rate)| *rate))
        });
        Row { way, connections, wrk, plain, judged }
    };
    Ok(Way::ALL.into_iter().flat_map(|way| CONNECTIONS.map(|connections| row(way, connections))).collect())
}
