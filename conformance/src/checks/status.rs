//! The status of an answer to an order, compared with the set of statuses that are allowed for that request.

use spec::{Contract, Meaning, OperationId};

use super::check::Check;
use crate::history::{Answer, KeyUse};
use crate::judge::findings::Findings;
use crate::judge::scene::{Scene, Seen};
use crate::judge::verdict::Cause;
use crate::order::door;
use crate::order::facts::Facts;
use crate::order::lenient::Liberty;
use crate::order::reading;
use crate::order::rule::Allowed;

/// The check of statuses.
pub(crate) const CHECK: Check = Check {
    name: "status",
    cites: &["STATUS-DOCUMENTED", "AMB-THROTTLE", "AMB-PRECEDENCE"],
    judge: Some(judge),
    ..Check::NOTHING
};

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for seen in scene.seen.iter().filter(|it| it.is_order()) {
        order(scene, seen, findings);
    }
}

/// Judges the status of one answer to an order.
fn order(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let (Some(facts), Some(allowed)) = (&seen.facts, &seen.allowed) else { return };
    let contract = scene.contract;
    let response = match &seen.exchange.answer {
        Answer::Response(response) => response,
        Answer::Lost(lost) => {
            return findings.inconclusive("STATUS-DOCUMENTED", format!("no answer: {}", lost.detail));
        }
        Answer::Unsent(_) => return,
    };
    let status = response.status;
    if reading::is_throttle(contract, status) {
        return findings.observe("AMB-THROTTLE", format!("{status}, and again after a wait"));
    }
    if facts.door && !door::is_created(contract, &seen.exchange.request, response) {
        return by_another_way(seen, status, findings);
    }
    if !allowed.statuses.contains_key(&status) || door::is_denied(contract, response) {
        if reading::is_from_a_gateway(contract, response) && !allowed.is_valid() {
            let why = format!(
                "an unusual request was answered with {status} and a page from in front of the server"
            );
            return findings.inconclusive("STATUS-DOCUMENTED", why);
        }
        return refused_wrongly(scene, seen, facts, allowed, status, findings);
    }
    findings.pass("STATUS-DOCUMENTED");
    if status == contract.status(Meaning::Accepted) {
        for id in positive_ids(contract, facts, seen) {
            findings.pass(id);
        }
        coerced(seen, allowed, findings);
    } else {
        kept(allowed, status, findings);
    }
    open_questions(contract, seen, allowed, status, findings);
    precedence(contract, allowed, status, findings);
}

/// The status that an unknown method may be answered with (RFC 9110, 15.6.2).
const NOT_IMPLEMENTED: u16 = 501;

/// Judges a request with another path or method: no page says how it is refused, but the server must not break down.
fn by_another_way(seen: &Seen<'_>, status: u16, findings: &mut Findings<'_>) {
    if status < 500 || status == NOT_IMPLEMENTED {
        return findings.pass("STATUS-DOCUMENTED");
    }
    let request = &seen.exchange.request;
    findings
        .fail(
            &["STATUS-DOCUMENTED"],
            Cause::Answered(status),
            format!("{} {} was answered with {status}", request.method, request.path),
        )
        .at(seen)
        .wanted("a refusal, or what the documented request gets", "STATUS-DOCUMENTED")
        .put();
}

/// Records a pass for the requirement that a correct refusal shows to be kept, if it is the only possible reason.
fn kept(allowed: &Allowed, status: u16, findings: &mut Findings<'_>) {
    let reasons = &allowed.statuses[&status];
    if let [only] = allowed.reasons()
        && reasons.contains(only)
        && allowed.maybe.iter().all(|id| !reasons.contains(id) || IS_NO_OTHER_REASON.contains(id))
    {
        findings.pass(only);
    }
}

/// Ambiguities that refuse for the same defect as the requirement itself.
const IS_NO_OTHER_REASON: [&str; 3] = ["AMB-ITEMS-ABSENT", "AMB-COERCION", "AMB-ENCODING"];

/// Records which side of each open question the answer takes.
fn open_questions(
    contract: &Contract,
    seen: &Seen<'_>,
    allowed: &Allowed,
    status: u16,
    findings: &mut Findings<'_>,
) {
    let accepted = status == contract.status(Meaning::Accepted);
    let reasons = &allowed.statuses[&status];
    for id in allowed.maybe.iter().filter(|id| id.starts_with("AMB-")) {
        // A refusal answers a question only if nothing else explains it.
        let alone = accepted || allowed.maybe.iter().all(|other| other == id || !reasons.contains(other));
        let open =
            alone && allowed.sure.is_empty() || (*id == "AMB-ITEMS-ABSENT" && allowed.sure == ["BODY-ITEMS"]);
        if open && (accepted || reasons.contains(id)) {
            let how = seen.liberty.as_ref().filter(|_| accepted && IS_NO_OTHER_REASON.contains(id));
            let choice = choice(contract, status);
            findings.observe(id, how.map_or(choice.clone(), |how| format!("{choice}: {}", how.what())));
        }
    }
}

/// Warns of a server that takes values of another type for what they spell, since it hides its clients' mistakes. A body
/// that is no JSON for a strict reader is left to AMB-ENCODING alone.
fn coerced(seen: &Seen<'_>, allowed: &Allowed, findings: &mut Findings<'_>) {
    let Some(Liberty::Coercion(taken)) = &seen.liberty else { return };
    let Some(first) = taken.first() else { return };
    let Some(requirement) = allowed.strict.first() else { return };
    findings
        .fail(&[requirement], format!("accepted: {first}"), format!("accepted though {first}"))
        .at(seen)
        .wanted("a refusal, or acceptance as what it spells (AMB-COERCION)", requirement)
        .detail(
            "no page says that a value or a name must be refused that spells the right one in another way",
        )
        .warning()
        .put();
}

/// Returns a status with its description.
fn choice(contract: &Contract, status: u16) -> String {
    match contract.buy().response(status) {
        Some(response) => format!("{status} {}", response.description.trim_end_matches('.')),
        None => status.to_string(),
    }
}

/// Returns the requirements that are about the caller's role.
fn about_role<'c>(contract: &'c Contract, facts: &Facts) -> impl Iterator<Item = &'c str> {
    let own = |it: &&spec::Requirement| it.role.is_some() && it.role == facts.role;
    contract.catalogue.requirements.iter().filter(own).map(|it| it.id.as_str())
}

/// Returns true if the caller created an order before.
fn bought_before(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    scene.created.iter().any(|it| it.exchange < seen.at && Some(it.actor) == seen.exchange.actor)
}

/// Returns the requirements that an accepted order shows to be kept.
fn positive_ids<'c>(contract: &'c Contract, facts: &Facts, seen: &Seen<'_>) -> Vec<&'c str> {
    let mut ids = vec!["ROUTE-POST", "COUNT-RANGE"];
    ids.extend(about_role(contract, facts));
    if facts.exact_cost().is_some() && facts.wallet.exact() == facts.exact_cost() && !facts.contended {
        ids.push("BALANCE-EXACT");
    }
    if matches!(seen.exchange.request.key, KeyUse::OwnHeaderCase(_)) {
        ids.push("AUTH-HEADER");
    }
    ids
}

/// Records which error was answered if several applied.
fn precedence(contract: &Contract, allowed: &Allowed, status: u16, findings: &mut Findings<'_>) {
    let meaning = |status: u16| contract.buy().response(status).map(|it| it.meaning);
    let Some(winner) = meaning(status).filter(|it| !it.is_success()) else { return };
    for (other, ids) in &allowed.statuses {
        if *other != status
            && ids.iter().any(|id| allowed.sure.contains(id))
            && !allowed.statuses[&status].iter().any(|id| ids.contains(id))
            && let Some(loser) = meaning(*other)
        {
            findings.precedence(winner, loser);
        }
    }
}

/// What a wrong answer may be attributed to: the candidates, likeliest first, other explanations, and a summary.
struct Attributed<'a> {
    candidates: Vec<&'a str>,
    suspects: Vec<&'a str>,
    summary: String,
}

fn refused_wrongly(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    facts: &Facts,
    allowed: &Allowed,
    status: u16,
    findings: &mut Findings<'_>,
) {
    let contract = scene.contract;
    let denied = seen.response().is_some_and(|it| door::is_denied(contract, it));
    let accepted = status == contract.status(Meaning::Accepted) && !denied;
    if accepted
        && allowed.reasons() == ["BALANCE-SHORT"]
        && let Some((actor, cost)) = seen.exchange.actor.zip(facts.exact_cost())
        && scene.could_pay(seen, actor, cost)
    {
        let why = "recipients may have failed and been refunded, so that the wallet was not short";
        return findings.inconclusive("BALANCE-SHORT", why);
    }
    if allowed.reasons().is_empty()
        && is_declared_only(scene, seen)
        && Some(status) == contract.buy().status(Meaning::Insufficient)
    {
        let why = "no wallet can be read, and what the accounts file says of the balance may be out of date";
        return findings.inconclusive("BALANCE-EXACT", why);
    }
    let mut attributed = if accepted {
        wrongly_accepted(scene, seen, allowed)
    } else if contract.buy().response(status).is_none() {
        undocumented(contract, seen, facts, allowed, status)
    } else if allowed.reasons().is_empty() {
        valid_refused(scene, seen, facts, allowed, status)
    } else {
        let mut candidates = allowed.reasons().to_vec();
        if facts.is_read_otherwise() && !candidates.contains(&"BODY-JSON") {
            // A strict parser reads no JSON at all.
            candidates.push("BODY-JSON");
        }
        Attributed {
            candidates,
            suspects: promised(contract, facts, status),
            summary: format!(
                "refused with {status} instead of {} ({})",
                statuses(allowed),
                allowed.reasons().join(", ")
            ),
        }
    };
    if attributed.candidates.is_empty() {
        attributed.candidates.push("STATUS-DOCUMENTED");
    }
    let cause = if accepted { Cause::Accepted } else { Cause::Answered(status) };
    let mut finding = findings
        .fail(&attributed.candidates, cause, attributed.summary)
        .at(seen)
        .expected(allowed.expected(contract))
        .suspects(&attributed.suspects)
        .follows(price_explains(contract, seen, facts, status));
    if let Some(cost) = facts.exact_cost()
        && let Some(balance) = facts.wallet.exact()
    {
        finding = finding.detail(format!("the order costs GHS {cost}; the wallet held GHS {balance}"));
    }
    finding.put();
}

/// Returns true if the balance of the caller's wallet is only what the accounts file says.
fn is_declared_only(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let account = seen.exchange.actor.and_then(|actor| scene.case.accounts.get(actor));
    account.is_some_and(|it| !it.fresh) && scene.environment.lacks(OperationId::Wallet)
}

/// Returns what explains why a wallet was taken for too small or for sufficient: the server's own price for the order.
fn price_explains(
    contract: &Contract,
    seen: &Seen<'_>,
    facts: &Facts,
    status: u16,
) -> &'static [&'static str] {
    let insufficient = contract.buy().status(Meaning::Insufficient) == Some(status);
    let total = seen.response().and_then(|it| reading::total(contract, it));
    let fits = total.zip(facts.wallet.exact()).is_some_and(|(total, wallet)| total <= wallet);
    let dear = facts.exact_cost().zip(facts.wallet.exact()).is_some_and(|(cost, wallet)| cost > wallet);
    if insufficient || (fits && dear) { &["RESP-TOTAL"] } else { &[] }
}

/// Returns the statuses that are allowed for an order, separated by `or`.
fn statuses(allowed: &Allowed) -> String {
    allowed.statuses.keys().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn wrongly_accepted<'a>(scene: &Scene<'_>, seen: &Seen<'_>, allowed: &Allowed) -> Attributed<'a> {
    let mut candidates: Vec<&str> = allowed.sure.clone();
    if candidates == ["BALANCE-SHORT"] && bought_before(scene, seen) {
        // The wallet should have been empty by then: either it was not debited, or the balance was not checked.
        candidates = vec!["MONEY-DEBIT", "BALANCE-SHORT"];
    }
    let summary = format!("an order was accepted that must be refused ({})", allowed.sure.join(", "));
    Attributed { candidates, suspects: Vec::new(), summary }
}

/// Attributes a status that no page documents for this request.
fn undocumented<'c>(
    contract: &'c Contract,
    seen: &Seen<'_>,
    facts: &Facts,
    allowed: &Allowed,
    status: u16,
) -> Attributed<'c> {
    let class = status / 100;
    let mut candidates: Vec<&str> = allowed.reasons().to_vec();
    if candidates.is_empty() {
        candidates = positive_ids(contract, facts, seen);
    }
    let mut suspects = Vec::new();
    if class != 2 && candidates.len() == 1 {
        suspects.push("STATUS-DOCUMENTED");
    }
    let unanswered = class == 5 || candidates.len() != 1;
    let at = if unanswered { 0 } else { candidates.len() };
    candidates.insert(at, if class == 2 { "RESP-STATUS" } else { "STATUS-DOCUMENTED" });
    let summary = format!("answered {status}, which is not a documented status of this request");
    Attributed { candidates, suspects, summary }
}

fn valid_refused<'a>(
    scene: &'a Scene<'_>,
    seen: &Seen<'_>,
    facts: &Facts,
    allowed: &Allowed,
    status: u16,
) -> Attributed<'a> {
    let mut candidates = wrongly_refused(scene, seen, facts, status);
    let mut suspects = Vec::new();
    if candidates.first().is_some_and(|id| id.starts_with("MONEY-")) {
        // A wallet is also short if an exactly sufficient balance is refused, or an order is charged more than it
        // costs.
        suspects = vec!["BALANCE-EXACT", "RESP-TOTAL"];
    } else if status == scene.contract.status(Meaning::Insufficient) && contradicted(scene, seen) {
        // The wallet does not hold what was read, or it was charged for what was refused.
        suspects = vec!["WALLET-CONSISTENT", "MONEY-REJECT", "MONEY-DEBIT"];
    }
    // A rule that may apply is a candidate; the run shows whether the server refuses in this way because of it.
    let maybe = allowed.maybe.iter().filter(|id| !id.starts_with("AMB-")).copied();
    let spelled = ["AMB-MSISDN-FORM", "AMB-MSISDN-FOREIGN"];
    let form = allowed.maybe.iter().any(|id| spelled.contains(id)).then_some("PRE-MSISDN");
    for id in maybe.chain(form) {
        if !candidates.contains(&id) {
            candidates.push(id);
        }
    }
    Attributed { candidates, suspects, summary: format!("a valid order was refused with {status}") }
}

/// Returns true if a wallet read before an order showed a balance that the wallet can't have had.
fn contradicted(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let read = |it: &Seen<'_>| it.wallet(scene.contract)?.available.pesewas();
    scene.seen[..seen.at].iter().any(|it| read(it).is_some_and(|balance| !it.before.may_be(balance)))
}

/// Returns the requirements that a server breaks by giving this status to an order to which it does not apply.
fn promised<'c>(contract: &'c Contract, facts: &Facts, status: u16) -> Vec<&'c str> {
    match contract.buy().response(status).map(|it| it.meaning) {
        Some(Meaning::Insufficient) => vec!["BALANCE-EXACT"],
        Some(Meaning::Forbidden) => about_role(contract, facts).collect(),
        Some(Meaning::Count) => vec!["COUNT-RANGE"],
        Some(Meaning::Unauthorized) => vec!["AUTH-HEADER"],
        _ => Vec::new(),
    }
}

/// Returns the requirements that a refusal of a valid order may break, likeliest first; the run as a whole decides.
fn wrongly_refused<'c>(scene: &'c Scene<'_>, seen: &Seen<'_>, facts: &Facts, status: u16) -> Vec<&'c str> {
    let contract = scene.contract;
    let positive = positive_ids(contract, facts, seen);
    let mut ids: Vec<&str> = Vec::new();
    if contract.buy().status(Meaning::Insufficient) == Some(status) {
        // Only correct refusals are evidence of what a refusal costs.
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
    // The requirements that the case serves come before those that any order shows.
    let served = scene.case.serves.iter().map(String::as_str).filter(|id| positive.contains(id));
    for id in served.chain(positive.iter().copied()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
