//! What a requirement is, what a plan would send: text for people, nothing sent.

use std::fmt::Write as _;

use spec::Contract;

use crate::checks;
use crate::history::Header;
use crate::merge::Unplanned;
use crate::plan::case::{Case, Step};

/// Requirements by group, ambiguities, checks.
#[must_use]
pub fn list(contract: &Contract) -> String {
    let mut out = String::new();
    let mut group = "";
    for requirement in &contract.catalogue.requirements {
        if requirement.group != group {
            group = &requirement.group;
            _ = writeln!(out, "\n{group}");
        }
        _ = writeln!(out, "  {:<18} {}", requirement.id, requirement.statement);
    }
    _ = writeln!(out, "\nopen questions");
    for ambiguity in &contract.catalogue.ambiguities {
        _ = writeln!(out, "  {:<20} {}", ambiguity.id, ambiguity.question);
    }
    _ = writeln!(out, "\n`conformance explain ID` tells what is sent and what is allowed.");
    out.trim_start().to_owned()
}

/// Everything about one id.
///
/// # Errors
/// There is no such id; what it may have been.
pub fn explain(contract: &Contract, id: &str) -> Result<String, String> {
    let id = id.to_ascii_uppercase();
    let mut out = String::new();
    let cited: Vec<&str> =
        checks::ALL.iter().filter(|it| it.cites.contains(&id.as_str())).map(|it| it.name).collect();
    if let Some(requirement) = contract.catalogue.requirement(&id) {
        _ = writeln!(out, "{id}: {}", requirement.statement);
        _ = writeln!(out, "source: {:?}, level: {:?}", requirement.source, requirement.level);
        let needs: Vec<String> = requirement.needs.iter().map(ToString::to_string).collect();
        _ = writeln!(
            out,
            "needs: {}",
            if needs.is_empty() { "nothing but a URL".into() } else { needs.join(", ") }
        );
    } else if let Some(ambiguity) = contract.catalogue.ambiguity(&id) {
        _ = writeln!(out, "{id}: {}", ambiguity.question);
        let accepts: Vec<String> = ambiguity.accepts.iter().map(ToString::to_string).collect();
        _ = writeln!(
            out,
            "accepted: {}",
            if accepts.is_empty() { "either".into() } else { accepts.join(", ") }
        );
    } else {
        let near = contract
            .catalogue
            .requirements
            .iter()
            .map(|it| it.id.as_str())
            .chain(contract.catalogue.ambiguities.iter().map(|it| it.id.as_str()));
        let part = id.split('-').next().unwrap_or(&id).to_owned();
        let near: Vec<&str> = near.filter(|it| it.starts_with(&part)).collect();
        let hint = if near.is_empty() {
            "`conformance list` shows all".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(format!("there is no requirement `{id}`; {hint}"));
    }
    for pointer in contract.cited_at(&id) {
        _ = writeln!(out, "stated at {}:{} ({pointer})", contract.file(), contract.line(&pointer));
    }
    _ = writeln!(out, "checked by: {}", cited.join(", "));
    for rule in checks::rules().iter().filter(|rule| rule.id == id) {
        let what = match rule.refusal {
            crate::oracle::rule::Refusal::With(meaning) => {
                let status = contract.status(meaning);
                let description = contract.buy().response(status).map_or("", |it| it.description.as_str());
                format!("{status} {description}")
            }
            crate::oracle::rule::Refusal::Open(open) => {
                let statuses: Vec<String> =
                    contract.catalogue.accepts(open).iter().map(ToString::to_string).collect();
                format!("{} ({open})", statuses.join(" or "))
            }
            crate::oracle::rule::Refusal::Any => "any documented refusal, or acceptance".into(),
        };
        _ = writeln!(out, "allowed where it applies: {what}");
    }
    let faults: Vec<&str> =
        sandbox::faults::all().filter(|it| it.breaks.contains(&id.as_str())).map(|it| it.id).collect();
    if !faults.is_empty() {
        _ = writeln!(out, "proved by the faults: {}", faults.join(", "));
    }
    _ = writeln!(out, "sent for it: `conformance --only {id} --dry-run`");
    Ok(out)
}

/// A plan: every request with its cost and the ids that it serves.
#[must_use]
pub fn dry_run(header: &Header, cases: &[Case], unplanned: &Unplanned) -> String {
    let budget = &header.budget;
    let mut out = String::new();
    for case in cases {
        _ = writeln!(out, "{}  {} [{}]", case.id, case.title, case.serves.join(", "));
        for step in &case.steps {
            describe(step, 1, &mut out);
        }
    }
    _ = writeln!(
        out,
        "\n{} cases, {} order requests, of which a conforming server accepts {}\nexpected {} GHS, up to {} GHS more where the pages leave it open, worst case {} GHS, cap {}",
        budget.cases,
        budget.orders,
        budget.purchases,
        budget.expected,
        budget.open,
        budget.worst,
        budget.cap.map_or("none".to_owned(), |cap| format!("{cap} GHS")),
    );
    if budget.unpriced > 0 {
        _ = writeln!(
            out,
            "{} order requests have no known price; a cap keeps them from being sent",
            budget.unpriced
        );
    }
    for (id, whys) in unplanned {
        let whys: Vec<&str> = whys.iter().map(String::as_str).collect();
        _ = writeln!(out, "not all planned for {id}: {}", whys.join("; "));
    }
    _ = writeln!(out, "nothing was sent (seed {}, tier {:?})", header.seed, header.tier);
    out
}

fn describe(step: &Step, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match step {
        Step::Order(order) => {
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
        Step::Wave(steps) => {
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
        Step::List { limit, follow, .. } => {
            let limit = limit.map_or(String::new(), |limit| format!(" by {limit}"));
            _ = writeln!(out, "{pad}list orders{limit}{}", if *follow { ", page after page" } else { "" });
        }
        Step::Package(_, id) => _ = writeln!(out, "{pad}read package {id}"),
        Step::Products(_, id) => _ = writeln!(out, "{pad}list products of {id}"),
        Step::Watch { .. } => _ = writeln!(out, "{pad}read the order's status until it rests"),
        Step::Retry { .. } => _ = writeln!(out, "{pad}retry the failed recipient"),
        Step::FailRecipient(_) => _ = writeln!(out, "{pad}provider state: a recipient fails"),
    }
}
