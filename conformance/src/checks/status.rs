//! The status of an answer to an order, held against the set of statuses that are allowed for that request.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning};

use super::Check;
use crate::history::Answer;
use crate::judge::findings::Bench;
use crate::judge::part::ValidOrder;
use crate::judge::scene::{Scene, Seen};
use crate::judge::verdict::Marks;
use crate::judge::whole::Whole;
use crate::order::facts::{Facts, Form};
use crate::order::reading;
use crate::order::rule::Allowed;

/// Requirements whose breach leads to the statuses of `Meaning::Invalid` by prevalidation.
pub(super) const PREVALIDATED: [&str; 4] = ["PRE-OPERATOR", "PRE-PRODUCT", "PRE-PACKAGE", "PRE-MSISDN"];

/// The check.
pub const CHECK: Check = Check {
    name: "status",
    cites: &["STATUS-DOCUMENTED", "AMB-THROTTLE", "AMB-PRECEDENCE"],
    judge: Some(judge),
    judge_run: Some(decisive),
    ..Check::NOTHING
};

fn judge(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for seen in scene.seen.iter().filter(|it| it.is_order()) {
        order(scene, seen, bench);
    }
}

/// Judges the status of one answer to an order.
fn order(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let (Some(facts), Some(allowed)) = (&seen.facts, &seen.allowed) else { return };
    let contract = scene.contract;
    let response = match &seen.exchange.answer {
        Answer::Response(response) => response,
        Answer::Lost(lost) => {
            return bench.inconclusive("STATUS-DOCUMENTED", format!("no answer: {}", lost.detail));
        }
        Answer::Unsent(_) => return,
    };
    let status = response.status;
    if reading::is_throttle(contract, status) {
        return bench.observe("AMB-THROTTLE", format!("{status}, and again after a wait"));
    }
    let Some(reasons) = allowed.statuses.get(&status) else {
        return refused_wrongly(scene, seen, facts, allowed, status, bench);
    };
    bench.pass("STATUS-DOCUMENTED");
    let accepted = status == contract.status(Meaning::Accepted);
    if accepted {
        for id in positive_ids(contract, facts, seen) {
            bench.pass(id);
        }
    } else if let [only] = allowed.sure[..]
        && reasons.contains(only)
        && allowed.maybe.iter().all(|id| !reasons.contains(id) || *id == "AMB-ITEMS-ABSENT")
    {
        bench.pass(only);
    }
    for id in allowed.maybe.iter().filter(|id| id.starts_with("AMB-")) {
        let open = allowed.sure.is_empty() || (*id == "AMB-ITEMS-ABSENT" && allowed.sure == ["BODY-ITEMS"]);
        if open && (accepted || reasons.contains(id)) {
            bench.observe(id, choice(contract, status));
        }
    }
    precedence(contract, allowed, status, bench);
}

/// A status with its description.
fn choice(contract: &Contract, status: u16) -> String {
    match contract.buy().response(status) {
        Some(response) => format!("{status} {}", response.description.trim_end_matches('.')),
        None => status.to_string(),
    }
}

/// What is promised to the caller's role.
fn about_role<'c>(contract: &'c Contract, facts: &Facts) -> impl Iterator<Item = &'c str> {
    let own = |it: &&spec::Requirement| it.role.is_some() && it.role == facts.role;
    contract.catalogue.requirements.iter().filter(own).map(|it| it.id.as_str())
}

/// Whether the caller had an order created before.
fn bought_before(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    scene.created.iter().any(|it| it.exchange < seen.at && Some(it.actor) == seen.exchange.actor)
}

/// What an accepted order shows to be kept.
fn positive_ids<'c>(contract: &'c Contract, facts: &Facts, seen: &Seen<'_>) -> Vec<&'c str> {
    let mut ids = vec!["ROUTE-POST", "COUNT-RANGE"];
    ids.extend(about_role(contract, facts));
    if facts.exact_cost().is_some() && facts.wallet.exact() == facts.exact_cost() && !facts.contended {
        ids.push("BALANCE-EXACT");
    }
    if matches!(seen.exchange.request.key, crate::history::KeyUse::OwnHeaderCase(_)) {
        ids.push("AUTH-HEADER");
    }
    ids
}

/// Where several errors applied, which one won.
fn precedence(contract: &Contract, allowed: &Allowed, status: u16, bench: &mut Bench<'_>) {
    let meaning = |status: u16| contract.buy().response(status).map(|it| it.meaning);
    let Some(winner) = meaning(status).filter(|it| !it.is_success()) else { return };
    for (other, ids) in &allowed.statuses {
        if *other != status
            && ids.iter().any(|id| allowed.sure.contains(id))
            && !allowed.statuses[&status].iter().any(|id| ids.contains(id))
            && let Some(loser) = meaning(*other)
        {
            bench.precedence(winner, loser);
        }
    }
}

fn refused_wrongly(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    facts: &Facts,
    allowed: &Allowed,
    status: u16,
    bench: &mut Bench<'_>,
) {
    let contract = scene.contract;
    let accepted = status == contract.status(Meaning::Accepted);
    let documented = contract.buy().response(status).is_some();
    let mut candidates: Vec<&str> = allowed.sure.clone();
    let mut suspects: Vec<&str> = Vec::new();
    let class = status / 100;
    let summary = if accepted {
        if candidates == ["BALANCE-SHORT"] && bought_before(scene, seen) {
            // The wallet should have been empty by then: either it was not debited, or nobody looked.
            candidates = vec!["MONEY-DEBIT", "BALANCE-SHORT"];
        }
        format!("an order was accepted that must be refused ({})", allowed.sure.join(", "))
    } else if !documented {
        if candidates.is_empty() {
            candidates = positive_ids(contract, facts, seen);
        }
        if class != 2 && candidates.len() == 1 {
            suspects.push("STATUS-DOCUMENTED");
        }
        let unanswered = class == 5 || candidates.len() != 1;
        let at = if unanswered { 0 } else { candidates.len() };
        candidates.insert(at, if class == 2 { "RESP-STATUS" } else { "STATUS-DOCUMENTED" });
        format!("answered {status}, which is not a documented status of this request")
    } else if allowed.sure.is_empty() {
        candidates.extend(wrongly_refused(scene, seen, facts, status));
        if candidates.first().is_some_and(|id| id.starts_with("MONEY-")) {
            // A wallet is short too where exactly enough is not enough, or an order is charged more than it costs.
            suspects = vec!["BALANCE-EXACT", "RESP-TOTAL"];
        }
        // What may be held against the order counts where the run shows that this is how it is refused for that.
        let maybe = allowed.maybe.iter().filter(|id| !id.starts_with("AMB-")).copied();
        let form = allowed.maybe.contains(&"AMB-MSISDN-FORM").then_some("PRE-MSISDN");
        for id in maybe.chain(form) {
            if !candidates.contains(&id) {
                candidates.push(id);
            }
        }
        format!("an order beyond reproach was refused with {status}")
    } else {
        suspects = promised(contract, facts, status);
        if facts.form != Form::Certain {
            // A strict parser sees no JSON at all.
            candidates.push("BODY-JSON");
        }
        format!("refused with {status}, for none of the reasons that apply ({})", allowed.sure.join(", "))
    };
    if candidates.is_empty() {
        candidates.push("STATUS-DOCUMENTED");
    }
    let cause = if accepted { "accepted".to_owned() } else { format!("answered {status}") };
    let mut finding = bench
        .fail(&candidates, &cause, summary)
        .at(seen)
        .expected(allowed.expected(contract))
        .suspects(&suspects);
    if let Some(cost) = facts.exact_cost()
        && let Some(balance) = facts.wallet.exact()
    {
        finding = finding.detail(format!("the order costs GHS {cost}; the wallet held GHS {balance}"));
    }
    finding.put();
}

/// Which promise a server breaks that gives this status to an order that does not deserve it.
fn promised<'c>(contract: &'c Contract, facts: &Facts, status: u16) -> Vec<&'c str> {
    match contract.buy().response(status).map(|it| it.meaning) {
        Some(Meaning::Insufficient) => vec!["BALANCE-EXACT"],
        Some(Meaning::Forbidden) => about_role(contract, facts).collect(),
        Some(Meaning::Count) => vec!["COUNT-RANGE"],
        Some(Meaning::Unauthorized) => vec!["AUTH-HEADER"],
        _ => Vec::new(),
    }
}

/// Which promises a refusal of a good order may break, likeliest first; the run as a whole tells them apart.
fn wrongly_refused<'c>(scene: &'c Scene<'_>, seen: &Seen<'_>, facts: &Facts, status: u16) -> Vec<&'c str> {
    let contract = scene.contract;
    let positive = positive_ids(contract, facts, seen);
    let mut ids: Vec<&str> = Vec::new();
    if contract.buy().status(Meaning::Insufficient) == Some(status) {
        // What was refused wrongly says nothing of what a refusal costs.
        let rightly_refused = |other: &Seen<'_>| {
            other.response().zip(other.allowed.as_ref()).is_some_and(|(it, allowed)| {
                it.status != contract.status(Meaning::Accepted) && allowed.statuses.contains_key(&it.status)
            })
        };
        let own = |other: &&Seen<'_>| other.is_order() && other.exchange.actor == seen.exchange.actor;
        if scene.seen[..seen.at].iter().filter(own).any(rightly_refused) {
            ids.extend(["MONEY-REJECT", "PRE-ATOMIC"]);
        }
        if bought_before(scene, seen) {
            ids.push("MONEY-DEBIT");
        }
    }
    ids.extend(promised(contract, facts, status));
    // What the case set out to show comes before what any order shows.
    let served = scene.case.serves.iter().map(String::as_str).filter(|id| positive.contains(id));
    for id in served.chain(positive.iter().copied()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The features of a valid order that a wrong refusal may hang on, each with the promise that speaks of it.
fn features<'c>(contract: &'c Contract, order: &ValidOrder) -> Vec<(&'c str, String)> {
    let mut features = Vec::new();
    if let Some(role) = &order.role {
        let about = contract.catalogue.requirements.iter().find(|it| it.role.as_ref() == Some(role));
        features.extend(about.map(|it| (it.id.as_str(), role.clone())));
    }
    features.extend(order.count.map(|count| ("COUNT-RANGE", count.to_string())));
    features.push(("BALANCE-EXACT", order.exact_balance.to_string()));
    features
}

/// Tells which promise a server breaks that refuses valid orders: the feature whose every bearer is refused, and nobody
/// else. The finding of each case keeps its candidates; those that the run rules out go to the end.
fn decisive(run: &Whole<'_>, marks: &mut Marks) {
    let valid: Vec<&ValidOrder> = run.parts.iter().flat_map(|part| &part.valid).collect();
    if valid.iter().all(|it| it.refused.is_none()) {
        return;
    }
    let mut refused: BTreeMap<(&str, String), (u64, u64)> = BTreeMap::new();
    for order in &valid {
        for feature in features(run.contract, order) {
            let (all, wrong) = refused.entry(feature).or_default();
            *all += 1;
            *wrong += u64::from(order.refused.is_some());
        }
    }
    let total = valid.iter().filter(|it| it.refused.is_some()).count() as u64;
    // Every refusal has the feature, and every order with it is refused; one order alone shows nothing.
    let decisive: BTreeSet<&str> = refused
        .iter()
        .filter(|(_, (all, wrong))| all == wrong && *wrong == total && total > 1)
        .map(|((id, _), _)| *id)
        .collect();
    let statuses: BTreeSet<u16> = valid.iter().filter_map(|it| it.refused).collect();
    let only = if total == valid.len() as u64 {
        // Nobody can buy at all.
        Some("ROUTE-POST")
    } else {
        let mut decisive = decisive.into_iter();
        decisive.next().filter(|_| decisive.next().is_none())
    };
    marks.decisive = only.map(|only| (only.to_owned(), statuses.into_iter().collect()));
}
