//! Figures of a run in the OpenMetrics format: for the textfile collector of node_exporter, a pushgateway, or any other
//! reader of that format.

use std::fmt::Write as _;

use crate::judge::verdict::Outcome;
use crate::report::view::{OUTCOMES, View, outcome_name};

/// The name of a figure, its description, and its samples as labels and value.
type Family = (&'static str, &'static str, Vec<(String, String)>);

/// Renders the document.
#[must_use]
pub(crate) fn render(view: &View) -> String {
    let mut out = String::new();
    for (name, help, samples) in families(view) {
        if samples.is_empty() {
            continue;
        }
        _ = writeln!(out, "# HELP conformance_{name} {help}\n# TYPE conformance_{name} gauge");
        for (labels, value) in samples {
            let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
            _ = writeln!(out, "conformance_{name}{labels} {value}");
        }
    }
    out + "# EOF\n"
}

fn families(view: &View) -> Vec<Family> {
    let (run, ledger) = (&view.run, &view.ledger);
    let one = |value: String| vec![(String::new(), value)];
    let outcomes = OUTCOMES.into_iter();
    let requirements = outcomes.map(|it| (label("outcome", outcome_name(it)), view.total(it).to_string()));
    let causes = [Outcome::Fail, Outcome::Known, Outcome::Warning].into_iter().map(|outcome| {
        let number = view.causes().filter(|it| it.outcome == outcome).count();
        (label("outcome", outcome_name(outcome)), number.to_string())
    });
    let money = |amount: Option<spec::Pesewas>| amount.map(|it| (String::new(), it.to_string()));
    let about = [
        label("target", &run.target),
        label("revision", &run.spec_revision),
        label("digest", &run.spec_digest),
        label("tier", run.tier.name()),
        label("verdict", crate::report::view::verdict_name(view.verdict)),
    ];
    vec![
        ("run_info", "The run: target, contract, tier and verdict.", vec![(about.join(","), "1".to_owned())]),
        ("exit_code", "Exit code of the run; 0 is conformant.", one(view.exit_code.to_string())),
        ("run_started_seconds", "When the run started, in seconds since 1970.", started(view)),
        ("run_seconds", "How long the run took, in seconds.", one(seconds(run.elapsed_us))),
        ("requirements", "Requirements by outcome.", requirements.collect()),
        ("causes", "Causes of failures and warnings that no other one explains.", causes.collect()),
        ("finding", "A failure or warning, by its id, with how often it was seen.", findings(view)),
        ("cases", "Cases that were sent.", one(run.cases.to_string())),
        ("requests", "Requests that were sent.", one(run.requests.to_string())),
        ("orders", "Orders that were sent.", one(ledger.orders.to_string())),
        ("orders_accepted", "Orders that were accepted.", one(ledger.accepted.to_string())),
        ("orders_unanswered", "Orders whose answer was lost.", one(ledger.unknown.to_string())),
        ("charged_ghs", "What the answers say was charged, in GHS.", one(ledger.charged.to_string())),
        (
            "unexplained_ghs",
            "What wallets lost beyond what was charged, in GHS.",
            money(ledger.unexplained).into_iter().collect(),
        ),
        ("latency_seconds", "How long answers took, by operation, status and quantile.", latency(view)),
        ("answers", "Answers by operation and status.", answers(view)),
    ]
}

fn findings(view: &View) -> Vec<(String, String)> {
    let labels = |it: &crate::report::view::FindingView| {
        let outcome = label("outcome", outcome_name(it.outcome));
        format!("{},{},{outcome}", label("id", &it.id), label("requirement", &it.requirement))
    };
    view.findings.iter().map(|it| (labels(it), it.occurrences.to_string())).collect()
}

fn started(view: &View) -> Vec<(String, String)> {
    let time: Option<jiff::Timestamp> = view.run.started.parse().ok();
    time.map(|it| (String::new(), it.as_second().to_string())).into_iter().collect()
}

fn latency(view: &View) -> Vec<(String, String)> {
    let mut samples = Vec::new();
    for it in &view.latency {
        for (quantile, us) in [("0.5", it.p50_us), ("0.9", it.p90_us), ("0.99", it.p99_us), ("1", it.max_us)]
        {
            let labels = [
                label("operation", &it.operation),
                label("status", &it.status.to_string()),
                label("quantile", quantile),
            ];
            samples.push((labels.join(","), seconds(us)));
        }
    }
    samples
}

fn answers(view: &View) -> Vec<(String, String)> {
    let of = |operation: &str, status: u16| {
        format!("{},{}", label("operation", operation), label("status", &status.to_string()))
    };
    view.latency.iter().map(|it| (of(&it.operation, it.status), it.count.to_string())).collect()
}

/// Converts microseconds to seconds exactly.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn label(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
