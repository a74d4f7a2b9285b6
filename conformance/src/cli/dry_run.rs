//! Shows what a plan would send, and why in this order: text for people, JSON for programs. Nothing is sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::history::{Cost, Header};
use crate::judge::summary::Unplanned;
use crate::plan::case::{Case, Condition, Step};
use crate::plan::outlook::outlook;

/// Shows a plan: every request with its cost, and the ids that each case serves.
#[must_use]
pub(crate) fn dry_run(header: &Header, cases: &[Case], unplanned: &Unplanned) -> String {
    let budget = &header.budget;
    let mut out = String::new();
    for case in cases {
        _ = writeln!(out, "{}  {} [{}]", case.id, case.title, case.serves.join(", "));
        for step in &case.steps {
            describe(step, 1, &mut out);
        }
    }
    _ = writeln!(out, "\n{:<22}{:>6}{:>8}{:>12}{:>12}", "", "cases", "orders", "expected", "at worst");
    for (id, (cases, cost)) in by_requirement(cases) {
        let expected = (cost.expected + cost.open).to_string();
        let worst = cost.worst.to_string();
        _ = writeln!(out, "{id:<22}{cases:>6}{:>8}{expected:>12}{worst:>12}", cost.orders);
    }
    _ = writeln!(out, "\nWhat money buys, in the order of the plan");
    for line in outlook(&[], &cases.iter().collect::<Vec<_>>()) {
        _ = writeln!(out, "  {line}");
    }
    _ = writeln!(
        out,
        "\n{} cases, {} order requests, of which a conforming server accepts {}\nexpected {} GHS, up to {} GHS more where the pages leave it open, worst case {} GHS, cap {}",
        budget.cases,
        budget.cost.orders,
        budget.cost.purchases,
        budget.cost.expected,
        budget.cost.open,
        budget.cost.worst,
        budget.cap.map_or("none".to_owned(), |cap| format!("{cap} GHS")),
    );
    if budget.cost.unpriced > 0 {
        _ = writeln!(
            out,
            "{} order requests have no known price; a cap keeps them from being sent",
            budget.cost.unpriced
        );
    }
    for (id, whys) in unplanned {
        let whys: Vec<&str> = whys.iter().map(String::as_str).collect();
        _ = writeln!(out, "not all planned for {id}: {}", whys.join("; "));
    }
    _ = writeln!(out, "nothing was sent (seed {}, tier {})", header.seed, header.tier.name());
    out
}

fn describe(step: &Step, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match step {
        Step::Order(order) | Step::OrderIf(_, order) => {
            match step {
                Step::OrderIf(Condition::Unserved, _) => {
                    _ = writeln!(out, "{pad}only if no order for the same operator was accepted:");
                }
                Step::OrderIf(Condition::Short, _) => {
                    _ = writeln!(out, "{pad}only if the wallet holds less than that:");
                }
                _ => {}
            }
            let cost = order.cost;
            let bytes = order.body.len();
            let price = if cost.unpriced > 0 {
                "price not known".to_owned()
            } else {
                format!("{} GHS expected, {} at worst", cost.expected, cost.worst)
            };
            let excerpt: String =
                String::from_utf8_lossy(&order.body).chars().filter(|c| !c.is_control()).take(90).collect();
            _ = writeln!(
                out,
                "{pad}order, {bytes} bytes, {price}: {excerpt}{}",
                if bytes > 90 { "…" } else { "" }
            );
        }
        Step::Batch(steps) => {
            _ = writeln!(out, "{pad}at once:");
            for step in steps {
                describe(step, depth + 1, out);
            }
        }
        Step::Wallet(_) => _ = writeln!(out, "{pad}read the wallet"),
        Step::Profile(_) => _ = writeln!(out, "{pad}read the profile"),
        Step::Read { status: true, .. } => _ = writeln!(out, "{pad}read the order's status"),
        Step::Read { .. } => _ = writeln!(out, "{pad}read the order"),
        Step::ReadUnknown(_) => _ = writeln!(out, "{pad}read an order that nobody has"),
        Step::ReadAgain(..) => _ = writeln!(out, "{pad}read an old order again"),
        Step::List { limit, follow, .. } => {
            let limit = limit.map_or(String::new(), |limit| format!(" by {limit}"));
            _ = writeln!(out, "{pad}list orders{limit}{}", if *follow { ", page after page" } else { "" });
        }
        Step::Package(_, id) => _ = writeln!(out, "{pad}read package {id}"),
        Step::Products(_, id) => _ = writeln!(out, "{pad}list products of {id}"),
        Step::Watch { .. } => _ = writeln!(out, "{pad}read the order's status until it rests"),
        Step::Retry { .. } => _ = writeln!(out, "{pad}retry the failed recipient"),
        Step::Ask(ask) => _ = writeln!(out, "{pad}read {}, in an unusual way", ask.operation.name()),
        Step::Revoke(_) => _ = writeln!(out, "{pad}provider state: a key is revoked"),
        Step::Pause(millis) => _ = writeln!(out, "{pad}wait {millis} ms"),
        Step::FailRecipient(_) => _ = writeln!(out, "{pad}provider state: a recipient fails"),
    }
}

/// Counts the cases of each requirement and adds up their costs. A case counts for the first requirement that it
/// serves.
fn by_requirement(cases: &[Case]) -> BTreeMap<&'static str, (usize, Cost)> {
    let mut groups: BTreeMap<&'static str, (usize, Cost)> = BTreeMap::new();
    for case in cases {
        let (count, cost) = groups.entry(case.serves.first().copied().unwrap_or("any answer")).or_default();
        *count += 1;
        *cost = *cost + case.cost;
    }
    groups
}

/// Explains the position of each case whose id starts with `wanted`, one line each: position, id, expected and worst
/// cost, reason.
#[must_use]
pub(crate) fn explain_plan(cases: &[Case], wanted: &str) -> String {
    let mut out = String::new();
    for (place, case) in cases.iter().enumerate().filter(|(_, it)| it.id.starts_with(wanted)) {
        let Cost { worst, .. } = case.cost;
        _ = writeln!(
            out,
            "{:>4}  {}  {} GHS expected, {worst} at worst: {}",
            place + 1,
            case.id,
            case.price(),
            case.turn
        );
    }
    out
}

/// Returns the plan as JSON: an object with the budget and the cases in the order in which they are sent.
#[must_use]
pub(crate) fn json(header: &Header, cases: &[Case]) -> String {
    let cases: Vec<serde_json::Value> = cases
        .iter()
        .map(|case| {
            serde_json::json!({
                "id": case.id,
                "title": case.title,
                "serves": case.serves,
                "cost": case.cost,
                "turn": case.turn.to_string(),
            })
        })
        .collect();
    let plan = serde_json::json!({
        "target": header.target,
        "specDigest": header.spec_digest,
        "seed": header.seed,
        "tier": header.tier,
        "budget": header.budget,
        "cases": cases,
    });
    format!("{plan:#}\n")
}
