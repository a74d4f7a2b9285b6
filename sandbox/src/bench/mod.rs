//! `cargo xtask bench sandbox`, which runs the hidden `sandbox bench`: how much a sandbox carries, beside a bare loop that writes
//! the same rows.
//!
//! Server, clients and loop share one machine, and what is measured is a database on a disk: figures of two machines can't
//! be compared, so everything that is compared is measured in one run, in turns.

mod bare;
mod buyers;
mod error;
mod listers;
mod shop;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bare::Bare;
use buyers::{Pace, Taken};
pub(crate) use error::BenchError;
use shop::Shop;
use table::{Carried, Crowded, Report};

/// Buyers at the same time, each with a connection of its own.
const CONNECTIONS: [u64; 3] = [1, 16, 64];
/// Recipients of an order.
const ITEMS: [usize; 3] = [2, 11, 20];
/// So many times as many connections have those who buy at a pace: else one that waits for its answer is late for its next.
const SPARE: u64 = 4;
/// Clients that page through all orders without a pause.
const LISTERS: usize = 8;
/// Orders that the bare loop writes in one transaction where nothing is measured.
const BULK: u64 = 1000;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Length of one measurement
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measurements of each kind; what is shown is the median
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=25))]
    rounds: u32,
    /// Orders that are listed while others buy
    #[arg(long, default_value_t = 100_000)]
    listed: u64,
    /// Orders a second that are bought while others list
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// Only this
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Where databases are; on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value = "target")]
    folder: PathBuf,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Orders a second, beside the bare loop.
    Carried,
    /// Purchases while others list.
    Crowded,
}

/// Measures and prints tables.
///
/// # Errors
/// The sandbox can't be started, an order was not taken, or the database can't be written.
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
    // Whoever reads this may be gone.
    let _ = write!(std::io::stdout(), "{report}");
    Ok(())
}

fn progress(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// A folder of ours, gone when this is dropped.
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

    /// Orders a second by turns of the server and of the loop, and how long an answer takes at half of it.
    fn carried(&self, items: usize, connections: u64) -> Result<Carried, BenchError> {
        let (mut served, mut written, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let (mut commits, mut half) = (Vec::new(), Taken::default());
        let shop = Shop::open(self.folder, "served.db")?;
        let (first, mut last) = (shop.resident_kib(), 0);
        let request = shop.order(items);
        let buy = |buyers, pace| buyers::buy(&shop.address, &request, buyers, pace, self.time());
        let mut bare = self.bare(&shop)?;
        for _ in 0..self.args.rounds {
            let orders = buy(connections, Pace::AsFastAsTheyCan)?.a_second();
            last = shop.resident_kib();
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

    /// A loop on a database of its own, with the tables and the account of the shop's.
    fn bare(&self, shop: &Shop) -> Result<Bare, BenchError> {
        let db = self.folder.join("written.db");
        shop::remove(&db);
        sandbox::snapshot(&shop.db, &db)?;
        Ok(Bare::open(&db, &shop.package)?)
    }

    /// How long a purchase takes where there are many orders, while others list them and while nobody does.
    fn crowded(&self) -> Result<Crowded, BenchError> {
        let (db, package) = {
            let shop = Shop::open(self.folder, "crowded.db")?;
            (shop.db.clone(), shop.package.clone())
        };
        let mut bare = Bare::open(&db, &package)?;
        for _ in 0..self.args.listed.div_ceil(BULK) {
            bare.group(BULK, ITEMS[0])?;
        }
        drop(bare);
        let shop = Shop::on(&db)?;
        let (request, pace) = (shop.order(ITEMS[0]), Pace::ASecond(self.args.rate));
        let buy = || buyers::buy(&shop.address, &request, CONNECTIONS[1], pace, self.time());
        let first = shop.resident_kib();
        let (mut alone, mut beside) = (Taken::default(), Taken::default());
        let (mut pages, mut listed) = (0, Duration::ZERO);
        for _ in 0..self.args.rounds {
            alone = alone.and(buy()?);
            let stop = Arc::new(AtomicBool::new(false));
            let listers = listers::start(&shop, LISTERS, &stop);
            let bought = buy();
            stop.store(true, Ordering::Relaxed);
            let (more, time) = listers.end()?;
            beside = beside.and(bought?);
            (pages, listed) = (pages + more, listed + time);
        }
        let kib = (first, shop.resident_kib());
        Ok(Crowded { orders: self.args.listed, alone, beside, pages: Taken::rate(pages, listed), kib })
    }
}

/// Orders a second of the bare loop, in groups of as many as there would be buyers, and how long each group took.
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
