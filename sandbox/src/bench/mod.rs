//! `cargo xtask bench sandbox`, which runs the hidden `sandbox bench`: how much a sandbox carries, beside a bare loop that writes the same rows.
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
/// Clients that page through all orders without a pause.
const LISTERS: usize = 8;
/// Orders that the bare loop writes in one transaction where nothing is measured.
const BULK: u64 = 1000;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Length of one measurement
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measurements of each kind; what is shown is the median
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=25))]
    rounds: u32,
    /// Orders that are listed while others buy
    #[arg(long, default_value_t = 100_000)]
    listed: u64,
    /// Where databases are; on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value = "target")]
    folder: PathBuf,
}

/// Measures and prints tables.
///
/// # Errors
/// The sandbox can't be started, an order was not taken, or the database can't be written.
pub(crate) fn run(args: &Args) -> Result<(), BenchError> {
    let folder = Folder::new(&args.folder)?;
    let bench = Bench { args, folder: &folder.0 };
    let mut carried = Vec::new();
    for items in ITEMS {
        for connections in CONNECTIONS {
            progress(&format!("{items} recipients, {connections} connections"));
            carried.push(bench.carried(items, connections)?);
        }
    }
    let most = carried.iter().find(|it| it.items == ITEMS[0] && it.connections == CONNECTIONS[1]);
    let most = most.map_or(1, |it| it.served);
    progress(&format!("{} orders in the file, {LISTERS} clients that list them", args.listed));
    let crowded = bench.crowded(most / 2)?;
    let report = Report { seconds: args.seconds, rounds: args.rounds, carried, crowded };
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

    /// Orders a second, by turns of the server and of the loop; then how long an answer takes at half of it.
    fn carried(&self, items: usize, connections: u64) -> Result<Carried, BenchError> {
        let (mut served, mut written) = (Vec::new(), Vec::new());
        let shop = Shop::open(self.folder, "served.db")?;
        let (first, mut last) = (shop.resident_kib(), 0);
        let request = shop.order(items);
        let buy = |pace| buyers::buy(&shop.address, &request, connections, pace, self.time());
        let mut bare = self.bare(&shop)?;
        for _ in 0..self.args.rounds {
            served.push(buy(Pace::AsFastAsTheyCan)?.a_second());
            last = shop.resident_kib();
            written.push(written_by(&mut bare, items, connections, self.time())?);
        }
        let served = median(served);
        let half = buy(Pace::ASecond((served / 2).max(1)))?;
        Ok(Carried { items, connections, served, written: median(written), half, kib: (first, last) })
    }

    /// A loop on a database of its own, with the tables and the account of the shop's.
    fn bare(&self, shop: &Shop) -> Result<Bare, BenchError> {
        let db = self.folder.join("written.db");
        shop::remove(&db);
        sandbox::snapshot(&shop.db, &db)?;
        Ok(Bare::open(&db, &shop.package)?)
    }

    /// How long a purchase takes where there are many orders, while others list them and while nobody does.
    fn crowded(&self, rate: u64) -> Result<Crowded, BenchError> {
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
        let request = shop.order(ITEMS[0]);
        let buy =
            |rate| buyers::buy(&shop.address, &request, CONNECTIONS[1], Pace::ASecond(rate), 3 * self.time());
        let first = shop.resident_kib();
        let alone = buy(rate)?;
        let stop = Arc::new(AtomicBool::new(false));
        let listers = listers::start(&shop, LISTERS, &stop);
        let beside = buy(rate);
        let slowly = buy((rate / 10).max(1));
        stop.store(true, Ordering::Relaxed);
        let (pages, listed) = listers.end()?;
        let kib = (first, shop.resident_kib());
        let pages = pages * 1000 / u64::try_from(listed.as_millis()).unwrap_or(u64::MAX).max(1);
        Ok(Crowded { orders: self.args.listed, alone, beside: beside?, slowly: slowly?, pages, kib })
    }
}

/// Orders a second of the bare loop, in groups of as many as there would be buyers.
fn written_by(bare: &mut Bare, items: usize, group: u64, time: Duration) -> Result<u64, BenchError> {
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < time {
        bare.group(group, items)?;
        count += group;
    }
    Ok(Taken::rate(count, begun.elapsed()))
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
