//! The results of the measurements: medians, ratios, aims, and the report.

use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::order::Way;

/// The least rate of judged requests in thousandths of wrk's rate: half.
const LEAST_OF_WRK: u64 = 500;
/// The number of connections that the aim applies to.
const AT_CONNECTIONS: usize = 16;
/// The longest duration of a standard run, in milliseconds.
const LONGEST_RUN_MS: u64 = 2_000;

/// The sender of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// `wrk`, which sets the upper bound.
    Wrk,
    /// A plain loop over the HTTP library.
    Plain,
    /// This program, including judging.
    Judged,
}

impl Contender {
    /// All of them, in the order of a round.
    pub(crate) const ALL: [Self; 3] = [Self::Wrk, Self::Plain, Self::Judged];
}

/// The speed of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Rate {
    /// Requests per second.
    pub(crate) per_second: u64,
    /// The processor time of the client per request, in microseconds.
    pub(crate) client_us: u64,
    /// The processor time of the server per request, in microseconds.
    pub(crate) server_us: u64,
}

impl Rate {
    /// Returns the median by requests per second; `None` if there are no rates.
    pub(crate) fn median(rates: impl Iterator<Item = Self>) -> Option<Self> {
        let mut rates: Vec<Self> = rates.collect();
        rates.sort_by_key(|it| it.per_second);
        rates.get(rates.len() / 2).copied()
    }
}

/// Returns the median of numbers; 0 if there are none.
#[must_use]
pub(crate) fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

/// The rates of all contenders for one order and one number of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// The intended result of the order.
    pub(crate) way: Way,
    /// The number of connections.
    pub(crate) connections: usize,
    /// The rate of `wrk`, if it is installed.
    pub(crate) wrk: Option<Rate>,
    /// The rate of the plain loop.
    pub(crate) plain: Option<Rate>,
    /// The rate of this program.
    pub(crate) judged: Option<Rate>,
}

/// The measurements of whole runs. `wall_ms` and `cpu_ms` include the built-in sandbox; the rest is of a run with the
/// sandbox in another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Whole {
    /// The tier.
    pub(crate) tier: &'static str,
    /// The number of requests that were judged.
    pub(crate) requests: u64,
    /// The duration of the program including its reports, in milliseconds; the median.
    pub(crate) wall_ms: u64,
    /// The processor time of the program, in milliseconds; the median.
    pub(crate) cpu_ms: u64,
    /// The processor time of this program without the sandbox, in milliseconds.
    pub(crate) tester_ms: u64,
    /// The processor time of the sandbox, in milliseconds.
    pub(crate) sandbox_ms: u64,
    /// The duration of discovery and planning, in milliseconds.
    pub(crate) planning_ms: u64,
    /// The duration of judging the run again, in milliseconds.
    pub(crate) judging_ms: u64,
}

/// The results of all measurements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// The machine.
    pub(crate) machine: Machine,
    /// The length of a measurement, in seconds.
    pub(crate) seconds: u64,
    /// The number of measurements of each kind.
    pub(crate) rounds: u32,
    /// The number of whole runs of each tier.
    pub(crate) runs: u32,
    /// The rates by order and number of connections.
    pub(crate) rows: Vec<Row>,
    /// The whole runs.
    pub(crate) whole: Vec<Whole>,
}

/// An aim, and whether it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Aim {
    /// A description of the aim.
    pub(crate) what: String,
    /// The value that was measured.
    pub(crate) reached: String,
    /// True if the aim is met; `None` if it could not be measured.
    pub(crate) enough: Option<bool>,
}

impl Aim {
    /// Returns false if the aim was measured and missed.
    #[must_use]
    pub(crate) fn met(&self) -> bool {
        self.enough != Some(false)
    }
}

impl Report {
    /// Returns the aims and whether they are met.
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

/// Returns one rate in thousandths of another.
fn share(of: Option<Rate>, to: Option<Rate>) -> Option<u64> {
    let (of, to) = of.zip(to)?;
    (of.per_second * 1000).checked_div(to.per_second)
}

/// Formats thousandths with two decimal places.
fn ratio(thousandths: Option<u64>) -> String {
    thousandths.map_or_else(|| "-".to_owned(), |it| format!("{}.{:02}", it / 1000, it % 1000 / 10))
}

/// Renders the report as text.
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

/// Renders the report as JSON.
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
