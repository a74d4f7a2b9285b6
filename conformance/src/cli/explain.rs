//! What a requirement is, what a plan would send: text for people, nothing sent.

use std::fmt::Write as _;

use spec::{Contract, Level, Source};

use crate::checks;
use crate::history::Header;
use crate::judge::summary::Unplanned;
use crate::order::rule::Refusal;
use crate::plan::case::{Case, Step};
use crate::report::view::tier_name;

/// Lines of cases that an explanation shows.
const CASES: usize = 8;

/// Requirements by group, open questions, checks.
#[must_use]
pub fn list(contract: &Contract, width: usize) -> String {
    let mut out = String::new();
    let mut group = "";
    for requirement in &contract.catalogue.requirements {
        if requirement.group != group {
            group = &requirement.group;
            _ = writeln!(out, "\n{group}");
        }
        hang(&mut out, &format!("  {:<18} ", requirement.id), &requirement.statement, width);
    }
    _ = writeln!(out, "\nopen questions");
    for ambiguity in &contract.catalogue.ambiguities {
        hang(&mut out, &format!("  {:<22} ", ambiguity.id), &ambiguity.question, width);
    }
    _ = writeln!(out, "\nchecks");
    for check in checks::ALL {
        hang(&mut out, &format!("  {:<18} ", check.name), &check.cites.join(", "), width);
    }
    out.push('\n');
    hang(&mut out, "", "`conformance explain ID` tells what is sent for an id and what is allowed.", width);
    out.trim_start().to_owned()
}

/// A text behind a first indent, with its further lines under its start.
fn hang(out: &mut String, first: &str, text: &str, width: usize) {
    let indent = first.chars().count();
    let rest = " ".repeat(indent);
    let options =
        textwrap::Options::new(width.max(indent + 20)).initial_indent(first).subsequent_indent(&rest);
    for line in textwrap::wrap(text, options.word_splitter(textwrap::WordSplitter::NoHyphenation)) {
        _ = writeln!(out, "{}", line.trim_end());
    }
}

/// The id as the catalogue writes it.
///
/// # Errors
/// There is no such id; what it may have been.
pub fn known(contract: &Contract, id: &str) -> Result<String, String> {
    let catalogue = &contract.catalogue;
    let asked = id.to_ascii_uppercase();
    let requirements = catalogue.requirements.iter().map(|it| it.id.as_str());
    let ids = || requirements.clone().chain(catalogue.ambiguities.iter().map(|it| it.id.as_str()));
    if ids().any(|it| it == asked) {
        return Ok(asked);
    }
    let part = asked.split('-').next().unwrap_or(&asked);
    let near: Vec<&str> = ids().filter(|it| it.starts_with(part)).collect();
    let hint = if near.is_empty() {
        "`conformance list` shows all".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Err(format!("there is no requirement `{asked}`; {hint}"))
}

/// Everything about one id; `cases` are what is sent for it to a server of full power.
#[must_use]
pub fn explain(contract: &Contract, id: &str, cases: &[Case], width: usize) -> String {
    let mut out = String::new();
    let mut say = |label: &str, text: &str| hang(&mut out, &format!("{label:<14}"), text, width);
    if let Some(requirement) = contract.catalogue.requirement(id) {
        say(id, "");
        say("  says", &requirement.statement);
        say("  source", source(requirement.source));
        say("  binds", level(requirement.level));
        let needs: Vec<String> = requirement.needs.iter().map(ToString::to_string).collect();
        say(
            "  needs",
            if needs.is_empty() { "nothing but a URL".to_owned() } else { needs.join(", ") }.as_str(),
        );
    } else if let Some(ambiguity) = contract.catalogue.ambiguity(id) {
        say(id, "");
        say("  asks", &ambiguity.question);
        let accepts: Vec<String> = ambiguity.accepts.iter().map(ToString::to_string).collect();
        let accepts =
            if accepts.is_empty() { "either; what was seen is told".to_owned() } else { accepts.join(", ") };
        say("  accepted", &accepts);
    }
    for pointer in contract.cited_at(id) {
        say("  stated at", &format!("{}:{} ({pointer})", contract.file(), contract.line(&pointer)));
    }
    let cited: Vec<&str> = checks::ALL.iter().filter(|it| it.cites.contains(&id)).map(|it| it.name).collect();
    say("  checked by", &cited.join(", "));
    for rule in checks::rules().iter().filter(|rule| rule.id == id) {
        say("  allowed", &allowed(contract, rule.refusal));
    }
    match cases.len() {
        0 => say("  sent", "nothing of its own: it is judged in the answers to everything else"),
        1 => say("  sent", "1 case, to a server with provider states"),
        many => say("  sent", &format!("{many} cases, to a server with provider states")),
    }
    for case in cases.iter().take(CASES) {
        say("", &format!("{}: {}", case.id, case.title));
    }
    if !cases.is_empty() {
        let more = if cases.len() > CASES { "…; " } else { "" };
        say("", &format!("{more}`conformance --only {id} --dry-run` shows every request"));
    }
    let faults: Vec<&str> =
        sandbox::faults::all().filter(|it| it.breaks.contains(&id)).map(|it| it.id).collect();
    if !faults.is_empty() {
        say("  proved by", &format!("the faults {}", faults.join(", ")));
    }
    out
}

/// What may come where a rule applies.
fn allowed(contract: &Contract, refusal: Refusal) -> String {
    match refusal {
        Refusal::With(meaning) => {
            let status = contract.status(meaning);
            let description = contract.buy().response(status).map_or("", |it| it.description.as_str());
            format!("{status} {description}")
        }
        Refusal::Open(open) => {
            let statuses: Vec<String> =
                contract.catalogue.accepts(open).iter().map(ToString::to_string).collect();
            format!("{} ({open})", statuses.join(" or "))
        }
        Refusal::Any => "any documented refusal, or acceptance".to_owned(),
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Page => "the page of buy-bulk",
        Source::Companion => "the neighbouring pages of the same reference",
        Source::Http => "RFC 9110 and RFC 8259",
        Source::Revision => "the later revision of the page",
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Documented => "every server; a run that could not exercise it is incomplete",
        Level::Companion => "a server that has the endpoint",
        Level::Provisional => "a server that offers what the page names without shaping it",
        Level::Revision => "a server that sends the later revision's fields",
    }
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
    _ = writeln!(out, "nothing was sent (seed {}, tier {})", header.seed, tier_name(header.tier));
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
