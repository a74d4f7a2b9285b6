//! Formats the results as tables in Markdown.

use std::fmt;

use super::buyers::Taken;

/// The results for one number of recipients and connections.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) items: usize,
    pub(super) connections: u64,
    /// The orders per second of the server, and below that of the bare loop.
    pub(super) served: u64,
    pub(super) written: u64,
    /// The ratio of the two in percent, as the median of the rounds.
    pub(super) percent: u64,
    /// The durations of the loop's transactions.
    pub(super) commits: Taken,
    /// The durations of orders at half the server's rate.
    pub(super) half: Taken,
    /// The resident memory before, and after the last round, in KiB.
    pub(super) kib: (u64, u64),
}

/// The results for purchases in a large database.
#[derive(Debug)]
pub(super) struct Crowded {
    pub(super) orders: u64,
    /// The purchases while no client lists orders.
    pub(super) alone: Taken,
    /// The purchases while other clients list orders.
    pub(super) beside: Taken,
    /// The pages per second that those clients read.
    pub(super) pages: u64,
    pub(super) kib: (u64, u64),
}

/// All results.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seconds: u64,
    pub(super) rounds: u32,
    pub(super) carried: Vec<Carried>,
    pub(super) crowded: Option<Crowded>,
}

/// Formats microseconds as milliseconds with one decimal.
fn ms(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}

/// Formats the 50th and the 99th percentile.
fn both(taken: &Taken) -> String {
    format!("{}, {}", ms(taken.within(50)), ms(taken.within(99)))
}

fn mib((before, after): (u64, u64)) -> String {
    format!("{} to {}", before / 1024, after / 1024)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "{cores} cores shared by server and clients; medians of {} rounds of {} s\n",
            self.rounds, self.seconds
        )?;
        if !self.carried.is_empty() {
            let columns = [
                "recipients",
                "connections",
                "orders/s",
                "bare loop",
                "ratio",
                "p50, p99 at half load, ms",
                "commit of the bare loop at any time, ms",
                "memory, MiB",
            ];
            writeln!(f, "| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()))?;
        }
        for it in &self.carried {
            let commits = [50, 99].map(|percent| ms(it.commits.at_any_time(percent))).join(", ");
            let half = both(&it.half);
            let Carried { items, connections, served, written, percent, kib, .. } = it;
            let cells = format!("{items} | {connections} | {served} | {written} | {percent} %");
            writeln!(f, "| {cells} | {half} | {commits} | {} |", mib(*kib))?;
        }
        let Some(it) = &self.crowded else { return Ok(()) };
        writeln!(f, "\n| {} orders in the file | orders/s | p50, p99, ms |\n|---|---|---|", it.orders)?;
        for (what, taken) in [("16 buyers", &it.alone), ("16 buyers while 8 clients list", &it.beside)] {
            writeln!(f, "| {what} | {} | {} |", taken.a_second(), both(taken))?;
        }
        writeln!(f, "\n{} pages a second were listed; memory {} MiB", it.pages, mib(it.kib))
    }
}
