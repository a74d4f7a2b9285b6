//! `cargo xtask bench sandbox`, which runs the hidden `sandbox bench`: measures how many orders a sandbox can process,
//! beside a bare loop that writes the same rows.
//!
//! Server, clients and loop share one machine, and the result depends on the disk. Figures of two machines can't be
//! compared, so everything that is compared is measured alternately in one run.

mod bare;
mod buyers;
mod error;
mod listers;
mod table;
mod target;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bare::Bare;
use buyers::{Pace, Taken};
pub(crate) use error::BenchError;
use table::{Carried, Crowded, Report};
use target::BenchTarget;

/// The numbers of concurrent buyers, each with its own connection.
const CONNECTIONS: [u64; 3] = [1, 16, 64];
/// The numbers of recipients of an order.
const ITEMS: [usize; 3] = [2, 11, 20];
/// The factor by which buyers at a fixed rate have more connections, so that waiting for a response does not delay the
/// next order.
const SPARE: u64 = 4;
/// The number of clients that page through all orders without a pause.
const LISTERS: usize = 8;
/// The number of orders that the bare loop writes in one transaction when filling a database.
const BULK: u64 = 1000;

/// The options of a measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Length of one measurement
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measurements of each kind; what is shown is the median
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=25))]
    rounds: u32,
    /// Orders in the database that is listed while others buy
    #[arg(long, default_value_t = 100_000)]
    listed: u64,
    /// Orders a second that are bought while others list
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// Measure only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Folder for the databases, on the disk to be measured
    #[arg(long, value_name = "DIR", default_value = "target")]
    folder: PathBuf,
}

/// The parts of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Orders per second, beside the bare loop.
    Carried,
    /// Purchases while other clients list orders.
    Crowded,
}

/// Measures and prints tables.
///
/// # Errors
/// Returns an error if the sandbox can't be started, an order was not accepted, or the database can't be written.
pub(crate) fn run(args: &Args) -> Result<(), BenchError> {
    let folder = Folder::new(&args.folder)?;
    let bench = Bench { args, folder: &folder.0 };
    let wanted = |part| args.only.is_none_or(|only| only == part);
    let mut report = Report { seconds: args.seconds, rounds: args.rounds, ..Report::default() };
    for items in ITEMS.into_iter().filter(|_| wanted(Part::Carried)) {
        for connections in CONNECTIONS {
            progress(&format!("{items} recipients, {connections} connections"));
            report.carried.push(bench.carried(items, connections)?);
        }
    }
    if wanted(Part::Crowded) {
        progress(&format!("{} orders in the file, {LISTERS} clients that list them", args.listed));
        report.crowded = Some(bench.crowded()?);
    }
    // Standard output may be closed, so a failed write is ignored.
    let _ = write!(std::io::stdout(), "{report}");
    Ok(())
}

fn progress(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// A temporary folder, which is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(parent: &Path) -> Result<Self, BenchError> {
        let path = parent.join(format!("sandbox-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| BenchError::Folder { path: path.clone(), error })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Bench<'a> {
    args: &'a Args,
    folder: &'a Path,
}

impl Bench<'_> {
    fn time(&self) -> Duration {
        Duration::from_secs(self.args.seconds)
    }

    /// Measures the orders per second of server and loop alternately, and the response times at half the server's rate.
    fn carried(&self, items: usize, connections: u64) -> Result<Carried, BenchError> {
        let (mut served, mut written, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let (mut commits, mut half) = (Vec::new(), Taken::default());
        let target = BenchTarget::open(self.folder, "served.db")?;
        let (first, mut last) = (target.resident_kib(), 0);
        let request = target.order(items);
        let buy = |buyers, pace| buyers::buy(&target.address, &request, buyers, pace, self.time());
        let mut bare = self.bare(&target)?;
        for _ in 0..self.args.rounds {
            let orders = buy(connections, Pace::AsFastAsTheyCan)?.a_second();
            last = target.resident_kib();
            let (rate, micros) = written_by(&mut bare, items, connections, self.time())?;
            served.push(orders);
            written.push(rate);
            ratios.push(orders * 100 / rate.max(1));
            commits.extend(micros);
            half = half.and(buy(SPARE * connections, Pace::ASecond((orders / 2).max(1)))?);
        }
        let commits = Taken::of(commits, self.time());
        let (served, written, percent) = (median(served), median(written), median(ratios));
        Ok(Carried { items, connections, served, written, percent, commits, half, kib: (first, last) })
    }

    /// Creates a loop on a copy of the target's database.
    fn bare(&self, target: &BenchTarget) -> Result<Bare, BenchError> {
        let db = self.folder.join("written.db");
        target::remove(&db);
        sandbox::snapshot(&target.db, &db)?;
        Ok(Bare::open(&db, &target.package)?)
    }

    /// Measures how long a purchase takes in a large database, with and without clients that list orders.
    fn crowded(&self) -> Result<Crowded, BenchError> {
        let (db, package) = {
            let target = BenchTarget::open(self.folder, "crowded.db")?;
            (target.db.clone(), target.package.clone())
        };
        let mut bare = Bare::open(&db, &package)?;
        for _ in 0..self.args.listed.div_ceil(BULK) {
            bare.group(BULK, ITEMS[0])?;
        }
        drop(bare);
        let target = BenchTarget::on(&db)?;
        let (request, pace) = (target.order(ITEMS[0]), Pace::ASecond(self.args.rate));
        let buy = || buyers::buy(&target.address, &request, CONNECTIONS[1], pace, self.time());
        let first = target.resident_kib();
        let (mut alone, mut beside) = (Taken::default(), Taken::default());
        let (mut pages, mut listed) = (0, Duration::ZERO);
        for _ in 0..self.args.rounds {
            alone = alone.and(buy()?);
            let stop = Arc::new(AtomicBool::new(false));
            let listers = listers::start(&target, LISTERS, &stop);
            let bought = buy();
            stop.store(true, Ordering::Relaxed);
            let (more, time) = listers.end()?;
            beside = beside.and(bought?);
            (pages, listed) = (pages + more, listed + time);
        }
        let kib = (first, target.resident_kib());
        Ok(Crowded { orders: self.args.listed, alone, beside, pages: Taken::rate(pages, listed), kib })
    }
}

/// Returns the orders per second of the bare loop, in groups of `group` orders, and how long each group took.
fn written_by(
    bare: &mut Bare,
    items: usize,
    group: u64,
    time: Duration,
) -> Result<(u64, Vec<u64>), BenchError> {
    let (begun, mut micros) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let from = Instant::now();
        bare.group(group, items)?;
        micros.push(u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok((Taken::rate(micros.len() as u64 * group, begun.elapsed()), micros))
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
