//! Figures of the measurements: medians, ratios, aims, and how they are shown.

use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::order::Way;

/// Half of wrk, judging included, in thousandths.
const LEAST_OF_WRK: u64 = 500;
/// The connections that this is asked for.
const AT_CONNECTIONS: usize = 16;
/// The most that a standard run may take, milliseconds.
const LONGEST_RUN_MS: u64 = 2_000;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// `wrk`: the ceiling.
    Wrk,
    /// A plain loop of the HTTP library.
    Plain,
    /// The tester, judging included.
    Judged,
}

impl Contender {
    /// All of them, in the order of a round.
    pub(crate) const ALL: [Self; 3] = [Self::Wrk, Self::Plain, Self::Judged];
}

/// How fast somebody was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Rate {
    /// Requests a second.
    pub(crate) per_second: u64,
    /// Processor time of the client for each, microseconds.
    pub(crate) client_us: u64,
    /// Processor time of the server for each, microseconds.
    pub(crate) server_us: u64,
}

impl Rate {
    /// The median by requests a second; `None` of nothing.
    pub(crate) fn median(rates: impl Iterator<Item = Self>) -> Option<Self> {
        let mut rates: Vec<Self> = rates.collect();
        rates.sort_by_key(|it| it.per_second);
        rates.get(rates.len() / 2).copied()
    }
}

/// The median of numbers; 0 of nothing.
#[must_use]
pub(crate) fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

/// One order over so many connections, by everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// Which way the order goes.
    pub(crate) way: Way,
    /// Connections.
    pub(crate) connections: usize,
    /// The ceiling, where it is installed.
    pub(crate) wrk: Option<Rate>,
    /// The plain loop.
    pub(crate) plain: Option<Rate>,
    /// The tester.
    pub(crate) judged: Option<Rate>,
}

/// A whole run against the embedded sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Whole {
    /// How much was tried.
    pub(crate) tier: &'static str,
    /// Requests that were judged.
    pub(crate) requests: u64,
    /// From start to end of the program, reports included, the median.
    pub(crate) wall_ms: u64,
    /// Its processor time, the median.
    pub(crate) cpu_ms: u64,
    /// Processor time of the tester alone, with the sandbox in another process.
    pub(crate) tester_ms: u64,
    /// Processor time of that sandbox.
    pub(crate) sandbox_ms: u64,
    /// Finding out and planning took this long.
    pub(crate) planning_ms: u64,
    /// Judging all of it once more took this long.
    pub(crate) judging_ms: u64,
}

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Where.
    pub(crate) machine: Machine,
    /// Length of a measurement.
    pub(crate) seconds: u64,
    /// Measurements of each kind.
    pub(crate) rounds: u32,
    /// Whole runs of each tier.
    pub(crate) runs: u32,
    /// The orders.
    pub(crate) rows: Vec<Row>,
    /// The whole runs.
    pub(crate) whole: Vec<Whole>,
}

/// Something to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Aim {
    /// What.
    pub(crate) what: String,
    /// What was reached.
    pub(crate) reached: String,
    /// Whether that is enough; `None` where it could not be measured.
    pub(crate) enough: Option<bool>,
}

impl Aim {
    /// Whether nothing speaks against it.
    #[must_use]
    pub(crate) fn met(&self) -> bool {
        self.enough != Some(false)
    }
}

impl Report {
    /// What was to be reached, and whether it was.
    #[must_use]
    pub(crate) fn aims(&self) -> Vec<Aim> {
        let rows = self.rows.iter().filter(|it| it.connections == AT_CONNECTIONS);
        let mut aims: Vec<Aim> = rows
            .map(|row| {
                let share = share(row.judged, row.wrk);
                Aim {
                    what: format!(
                        "judged at least {} of wrk at {AT_CONNECTIONS} connections, orders {}",
                        ratio(Some(LEAST_OF_WRK)),
                        row.way.name()
                    ),
                    reached: ratio(share),
                    enough: share.map(|it| it >= LEAST_OF_WRK),
                }
            })
            .collect();
        aims.extend(self.whole.iter().filter(|it| it.tier == "standard").map(|it| Aim {
            what: format!("a standard run within {LONGEST_RUN_MS} ms"),
            reached: format!("{} ms", it.wall_ms),
            enough: Some(it.wall_ms < LONGEST_RUN_MS),
        }));
        aims
    }
}

/// One rate in thousandths of another.
fn share(of: Option<Rate>, to: Option<Rate>) -> Option<u64> {
    let (of, to) = of.zip(to)?;
    (of.per_second * 1000).checked_div(to.per_second)
}

/// Thousandths as people write them, two digits behind the point.
fn ratio(thousandths: Option<u64>) -> String {
    thousandths.map_or_else(|| "-".to_owned(), |it| format!("{}.{:02}", it / 1000, it % 1000 / 10))
}

/// For a person.
#[must_use]
pub(crate) fn text(report: &Report) -> String {
    let machine = &report.machine;
    let mut out = String::from("Bench\n");
    _ = writeln!(
        out,
        "  machine   {} cores, {}; server and client share them",
        machine.cores,
        machine.cpu.as_deref().unwrap_or("processor unknown")
    );
    let wrk = machine.wrk.as_deref().unwrap_or("not installed (Debian: apt-get install wrk)");
    _ = writeln!(out, "  build     conformance {}, {}; wrk {wrk}", machine.version, machine.profile);
    _ = writeln!(
        out,
        "  medians   of {} rounds of {} s for each contender, {} whole runs of each tier",
        report.rounds, report.seconds, report.runs
    );
    _ = writeln!(
        out,
        "\nOne order, requests a second (in brackets: us of processor time, client + server)\n"
    );
    _ = writeln!(
        out,
        "  {:<9} {:>4}  {:<18} {:<18} {:<18} {:>7} {:>10}",
        "order", "conn", "wrk", "hyper", "judged", "to wrk", "to hyper"
    );
    let cell = |rate: &Option<Rate>| {
        let shown = |it: &Rate| format!("{} ({} + {})", it.per_second, it.client_us, it.server_us);
        rate.as_ref().map_or_else(|| "-".to_owned(), shown)
    };
    for row in &report.rows {
        _ = writeln!(
            out,
            "  {:<9} {:>4}  {:<18} {:<18} {:<18} {:>7} {:>10}",
            row.way.name(),
            row.connections,
            cell(&row.wrk),
            cell(&row.plain),
            cell(&row.judged),
            ratio(share(row.judged, row.wrk)),
            ratio(share(row.judged, row.plain)),
        );
    }
    _ = writeln!(out, "\nWhole runs, ms\n");
    let columns = ["tier", "requests", "wall", "cpu", "tester", "sandbox", "planning", "judging"];
    let line = |cells: [String; 8]| {
        let [first, rest @ ..] = cells;
        let rest: Vec<String> = rest.iter().map(|it| format!("{it:>9}")).collect();
        format!("  {first:<9}{}\n", rest.concat())
    };
    out += &line(columns.map(str::to_owned));
    for it in &report.whole {
        let numbers = [it.wall_ms, it.cpu_ms, it.tester_ms, it.sandbox_ms, it.planning_ms, it.judging_ms];
        let [a, b, c, d, e, f] = numbers.map(|it| it.to_string());
        out += &line([it.tier.to_owned(), it.requests.to_string(), a, b, c, d, e, f]);
    }
    _ = writeln!(out, "\nAims\n");
    for aim in report.aims() {
        let mark = aim.enough.map_or("unknown", |it| if it { "met" } else { "MISSED" });
        _ = writeln!(out, "  {mark:<8} {}: {}", aim.what, aim.reached);
    }
    out
}

/// For a program.
#[must_use]
pub(crate) fn json(report: &Report) -> String {
    let aims = report.aims();
    serde_json::json!({ "report": report, "aims": aims }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(wrk: Option<Rate>) -> Report {
        let rate = |per_second| Rate { per_second, client_us: 40, server_us: 30 };
        let row = |way, connections, judged| Row {
            way,
            connections,
            wrk,
            plain: Some(rate(20_000)),
            judged: Some(rate(judged)),
        };
        let whole = |tier, wall_ms| Whole {
            tier,
            requests: 2_368,
            wall_ms,
            cpu_ms: 410,
            tester_ms: 280,
            sandbox_ms: 120,
            planning_ms: 30,
            judging_ms: 60,
        };
        Report {
            machine: Machine {
                cores: 2,
                cpu: Some("A Processor".to_owned()),
                profile: "release",
                version: "0.1.0",
                wrk: wrk.map(|_| "4.1.0".to_owned()),
            },
            seconds: 3,
            rounds: 3,
            runs: 5,
            rows: vec![
                row(Way::Refused, 1, 9_000),
                row(Way::Refused, 16, 12_000),
                row(Way::Accepted, 16, 15_500),
            ],
            whole: vec![whole("smoke", 150), whole("standard", 2_000)],
        }
    }

    #[test]
    fn medians_and_ratios() {
        assert_eq!((median(vec![]), median(vec![3]), median(vec![9, 1, 5])), (0, 3, 5));
        let rate = |per_second| Rate { per_second, client_us: 0, server_us: 0 };
        assert_eq!(Rate::median([rate(7), rate(2), rate(5)].into_iter()), Some(rate(5)));
        assert_eq!(Rate::median(std::iter::empty()), None);
        let pairs = [(1, 2, "0.50"), (3, 1, "3.00"), (1_239, 1_000, "1.23"), (5, 100, "0.05"), (1, 0, "-")];
        for (of, to, text) in pairs {
            assert_eq!(ratio(share(Some(rate(of)), Some(rate(to)))), text);
        }
    }

    #[test]
    fn a_table_for_people() {
        let wrk = Rate { per_second: 31_000, client_us: 10, server_us: 30 };
        insta::assert_snapshot!(text(&report(Some(wrk))));
        insta::assert_snapshot!(text(&report(None)));
    }

    #[test]
    fn a_document_for_programs() {
        let value: serde_json::Value = serde_json::from_str(&json(&report(None))).unwrap();
        assert_eq!(value["report"]["rows"][0]["judged"]["per_second"], 9_000);
        assert_eq!(value["aims"][0]["enough"], serde_json::Value::Null);
        assert_eq!(value["aims"][2]["enough"], false);
    }

    #[test]
    fn what_was_not_measured_is_not_missed() {
        let met: Vec<bool> = report(None).aims().iter().map(Aim::met).collect();
        assert_eq!(met, [true, true, false]);
    }
}
