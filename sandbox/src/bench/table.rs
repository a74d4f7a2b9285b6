//! The figures as tables in Markdown.

use std::fmt;

use super::buyers::Taken;

/// What was carried by so many connections.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) items: usize,
    pub(super) connections: u64,
    /// Orders a second of the server, and of the bare loop.
    pub(super) served: u64,
    pub(super) written: u64,
    /// At half of what is served.
    pub(super) half: Taken,
    /// Memory before, and after the last round.
    pub(super) kib: (u64, u64),
}

/// What purchases are like where there are many orders.
#[derive(Debug)]
pub(super) struct Crowded {
    pub(super) orders: u64,
    /// While nobody lists.
    pub(super) alone: Taken,
    /// While others list.
    pub(super) beside: Taken,
    /// The same, with a tenth of the buyers' orders.
    pub(super) slowly: Taken,
    /// Pages a second that those got.
    pub(super) pages: u64,
    pub(super) kib: (u64, u64),
}

/// All of it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) seconds: u64,
    pub(super) rounds: u32,
    pub(super) carried: Vec<Carried>,
    pub(super) crowded: Crowded,
}

/// Milliseconds with a decimal.
fn ms(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
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
        writeln!(
            f,
            "| recipients | connections | orders/s | bare loop | ratio | p50, p99 at half load, ms | memory, MiB |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for it in &self.carried {
            let ratio = it.served * 100 / it.written.max(1);
            let (p50, p99) = (ms(it.half.within(50)), ms(it.half.within(99)));
            let Carried { items, connections, served, written, kib, .. } = it;
            writeln!(
                f,
                "| {items} | {connections} | {served} | {written} | {ratio} % | {p50}, {p99} | {} |",
                mib(*kib)
            )?;
        }
        let it = &self.crowded;
        writeln!(
            f,
            "\n| {} orders in the file | orders/s | p50, ms | p99, ms |\n|---|---|---|---|",
            it.orders
        )?;
        for (what, taken) in [
            ("16 buyers", &it.alone),
            ("16 buyers while 8 clients list", &it.beside),
            ("16 buyers, a tenth as often, while 8 clients list", &it.slowly),
        ] {
            let (p50, p99) = (ms(taken.within(50)), ms(taken.within(99)));
            writeln!(f, "| {what} | {} | {p50} | {p99} |", taken.a_second())?;
        }
        writeln!(f, "\n{} pages a second were listed; memory {} MiB", it.pages, mib(it.kib))
    }
}
