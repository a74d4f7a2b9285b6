//! The answer to a created order: form, fields, count, total, and the later revision's fields.

mod message;

use spec::{Contract, Meaning, Pesewas};

use super::check::Check;
use crate::history::{Response, Tier};
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::json::Json;
use crate::order::reading::{self, Amount};
use crate::order::rule::Rule;
use crate::plan::builder::Watch;
use crate::plan::order_draft::{Balance, Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// The check of the answer to a created order.
pub(crate) const CHECK: Check = Check {
    name: "response",
    cites: &[
        "RESP-STATUS",
        "RESP-SHAPE",
        "RESP-MESSAGE",
        "RESP-ORDER-ID",
        "RESP-REFERENCE",
        "RESP-COUNT",
        "RESP-TOTAL",
        "RESP-LINEAR",
        "REV-STATUS",
        "REV-BALANCE",
        "AMB-REFERENCE-UNIQUE",
        "AMB-DECIMALS",
    ],
    accepted: &OF_EVERY_ORDER,
    rules: &[Rule::accepts("RESP-STATUS")],
    plan: Some(plan),
    judge: Some(judge),
    ..Check::NOTHING
};

/// The length beyond which a reference is not short; no page names one, so longer ones are a warning.
const LONGEST_REFERENCE: usize = 16;

/// The requirements that every case of a created order serves.
const OF_EVERY_ORDER: [&str; 7] = [
    "RESP-STATUS",
    "RESP-SHAPE",
    "RESP-MESSAGE",
    "RESP-ORDER-ID",
    "RESP-REFERENCE",
    "RESP-COUNT",
    "RESP-TOTAL",
];

fn plan(p: &mut Planner<'_>) {
    let min = p.contract.limits.min_items;
    let buyers = p.buyers();
    if buyers.is_empty() {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    }
    let counts = [min, min + 1, p.contract.limits.max_items];
    let counts = if p.tier < Tier::Standard { &counts[1..2] } else { &counts[..] };
    // The balance equals the total, which shows whether the server compares the wallet with the sum that it answers.
    let balance = if p.has_states() { Balance::Exact } else { Balance::Plenty };
    for role in &buyers {
        for (mix, what) in
            [(Mix::Distinct, "of different prices"), (Mix::Awkward, "their sum awkward in binary")]
        {
            for count in counts {
                p.case(format!("{mix:?}/{role}/{count}").to_lowercase())
                    .title(format!("{role} orders {count} packages, {what}"))
                    .serves(&OF_EVERY_ORDER)
                    .order(&OrderDraft::good(role, *count).mix(mix).balance(balance))
                    .watch(Watch::Everything)
                    .add();
            }
        }
    }
}

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let contract = scene.contract;
    let accepted = contract.status(Meaning::Accepted);
    for created in &scene.created {
        let seen = &scene.seen[created.exchange];
        // An answer with another success status is judged by the check of statuses, not by its form.
        if let Some(response) = seen.response().filter(|it| it.status == accepted)
            && form(contract, seen, response, findings)
        {
            fields(seen, created, findings);
            revision(scene, seen, created, findings);
        }
    }
}

/// Judges the form of an answer, and returns true if it can be read.
fn form(contract: &Contract, seen: &Seen<'_>, response: &Response, findings: &mut Findings<'_>) -> bool {
    if let Some(why) = reading::unreadable(response) {
        findings.inconclusive("RESP-STATUS", why.clone());
        findings.inconclusive("RESP-SHAPE", why);
        return false;
    }
    let json = reading::json(response);
    if let Some(cause) = not_plain_json(response, json.as_ref()) {
        let kind = response.header("content-type").unwrap_or("none").to_owned();
        findings
            .fail(
                &["RESP-STATUS"],
                cause.as_str(),
                format!("the answer to a created order is not plain JSON in UTF-8: {cause}"),
            )
            .at(seen)
            .wanted("application/json in UTF-8 without a byte order mark", "RESP-STATUS")
            .detail(format!("content type: {kind}"))
            .put();
        return json.is_some();
    }
    findings.pass("RESP-STATUS");
    repeated(contract, seen, json.as_ref(), findings);
    let Some(differences) = findings.differences("RESP-SHAPE", contract.buy().id, response) else {
        return false;
    };
    let revision = [
        &contract.fields.summary.status,
        &contract.fields.summary.balance_before,
        &contract.fields.summary.balance_after,
    ];
    let (later, first): (Vec<_>, Vec<_>) = differences.into_iter().partition(|difference| {
        revision.iter().any(|name| !name.is_empty() && difference.pointer.ends_with(&format!("/{name}")))
    });
    for difference in later {
        let id =
            if difference.pointer.ends_with(revision[0].as_str()) { "REV-STATUS" } else { "REV-BALANCE" };
        findings
            .fail(&[id], &difference.pointer, format!("{}: {}", difference.pointer, difference.message))
            .at(seen)
            .wanted("the type that the contract states, or no such field", id)
            .put();
    }
    if first.is_empty() {
        findings.pass("RESP-SHAPE");
        return true;
    }
    let cause: Vec<String> =
        first.iter().map(|it| format!("{} {}", it.pointer, rule_of(&it.message))).collect();
    findings
        .fail(
            &["RESP-SHAPE"],
            cause.join("; "),
            "the answer to a created order has another shape than documented",
        )
        .at(seen)
        .wanted("the documented fields in their documented types", "RESP-SHAPE")
        .differences(&first)
        .put();
    true
}

/// Returns why an answer is not plain JSON in UTF-8; `None` if it is.
fn not_plain_json(response: &Response, json: Option<&Json>) -> Option<String> {
    if let Some(coding) = reading::false_coding(response) {
        return Some(format!("said to be in {coding}, and it is not"));
    }
    let cause = if response.body.has_byte_order_mark() {
        "byte order mark"
    } else if std::str::from_utf8(&response.body.0).is_err() {
        "not UTF-8"
    } else if !reading::declared_json(response) {
        "not declared as JSON"
    } else if json.is_none() {
        "not JSON"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// Warns of a repeated member: some clients read the first one and others the last.
fn repeated(contract: &Contract, seen: &Seen<'_>, json: Option<&Json>, findings: &mut Findings<'_>) {
    let data = json.and_then(|it| it.get(&contract.fields.data));
    if json.into_iter().chain(data).any(Json::repeats_a_key) {
        findings
            .fail(&["RESP-SHAPE"], "a member twice", "the answer to a created order names a member twice")
            .at(seen)
            .wanted("each member once (RFC 8259, 4): of two, some clients read the first", "RESP-SHAPE")
            .warning()
            .put();
    }
}

/// Returns a difference without the value that differs, so that the same mistake has the same cause.
fn rule_of(message: &str) -> &str {
    message.rfind(" is ").map_or(message, |at| &message[at + 1..])
}

fn fields(seen: &Seen<'_>, created: &Created, findings: &mut Findings<'_>) {
    let summary = &created.summary;
    if let Some(message) = &summary.message {
        verdict(
            findings,
            seen,
            "RESP-MESSAGE",
            !message.trim().is_empty(),
            "empty",
            "the message is empty",
            "a message",
        );
        message::counted(seen, created, message, findings);
    }
    if let Some(id) = &summary.order_id {
        verdict(
            findings,
            seen,
            "RESP-ORDER-ID",
            !id.trim().is_empty(),
            "empty",
            "the order id is empty",
            "an id",
        );
    }
    if let Some(reference) = &summary.reference {
        let fine = !reference.is_empty() && reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let summary = format!("the reference {reference:?} is not alphanumeric");
        verdict(findings, seen, "RESP-REFERENCE", fine, "form", &summary, "letters and digits");
        if fine && reference.len() > LONGEST_REFERENCE {
            // No page says how long a short reference may be.
            findings
                .fail(
                    &["RESP-REFERENCE"],
                    "long",
                    format!("the short reference has {} characters", reference.len()),
                )
                .at(seen)
                .wanted(format!("at most {LONGEST_REFERENCE} letters and digits"), "RESP-REFERENCE")
                .warning()
                .put();
        }
    }
    let sent = created.order.as_ref().and_then(|order| order.entries.as_ref()).map(Vec::len);
    if let (Some((count, text)), Some(sent)) = (&summary.count, sent) {
        let summary = format!("the recipient count is {text} for {sent} items");
        let fine = *count == Some(sent as i64);
        // What is no number at all has another shape than the documented one.
        let follows: &[&str] = if count.is_none() { &["RESP-SHAPE"] } else { &[] };
        following(findings, seen, ("RESP-COUNT", follows), fine, "wrong", &summary, &sent.to_string());
        if text.contains(['.', 'e', 'E']) {
            findings.observe("AMB-DECIMALS", "a count with decimals");
        }
    }
    total(seen, created, sent, findings);
}

/// Checks the total: an amount, and the sum of what the packages cost.
fn total(seen: &Seen<'_>, created: &Created, sent: Option<usize>, findings: &mut Findings<'_>) {
    let Some(total) = &created.summary.total else { return };
    let is_valid = seen.allowed.as_ref().is_some_and(|it| it.sure.is_empty());
    match &total.value {
        Err(error) => findings
            .fail(&["RESP-TOTAL"], "not pesewas", format!("the total is no amount: {error}"))
            .at(seen)
            .wanted("an amount exact to the pesewa", "RESP-TOTAL")
            .put(),
        Ok(total_pesewas) => {
            decimals(total, findings);
            match created.cost.filter(|_| is_valid) {
                Some(cost) => {
                    let summary =
                        format!("the total is {} where the packages cost {}", ghs(*total_pesewas), ghs(cost));
                    let fine = *total_pesewas == cost;
                    // A total of fewer or more recipients follows from their number.
                    let stated = summary_count(created).filter(|it| sent.is_some_and(|sent| sent != *it));
                    let of_those = stated.zip(sent).is_some_and(|(stated, sent)| {
                        i128::from(total_pesewas.get()) * sent as i128
                            == i128::from(cost.get()) * stated as i128
                    });
                    let follows: &[&str] = if of_those { &["RESP-COUNT"] } else { &[] };
                    following(findings, seen, ("RESP-TOTAL", follows), fine, "wrong", &summary, &ghs(cost));
                }
                // Without prices the run as a whole shows whether totals add up (RESP-LINEAR).
                None if is_valid => {
                    let (fine, said) = (*total_pesewas > Pesewas::ZERO, "the total is nothing");
                    verdict(findings, seen, "RESP-TOTAL", fine, "nothing", said, "what was charged");
                }
                None => {}
            }
        }
    }
}

/// Returns the number of recipients that the answer states.
fn summary_count(created: &Created) -> Option<usize> {
    created.summary.count.as_ref()?.0.and_then(|it| usize::try_from(it).ok())
}

/// Records how an amount is written: every form conforms, but partners learn what to expect.
fn decimals(total: &Amount, findings: &mut Findings<'_>) {
    let written = match total.text.split_once('.') {
        _ if total.text.contains(['e', 'E']) => "an amount with an exponent",
        Some((_, fraction)) if fraction.ends_with('0') => "an amount with trailing zeros",
        Some(_) => "the shortest decimal",
        None => "a whole number",
    };
    findings.observe("AMB-DECIMALS", written);
}

#[expect(clippy::too_many_arguments, reason = "a pass or a finding in one call")]
fn verdict(
    findings: &mut Findings<'_>,
    seen: &Seen<'_>,
    id: &str,
    fine: bool,
    cause: &str,
    summary: &str,
    wanted: &str,
) {
    following(findings, seen, (id, &[]), fine, cause, summary, wanted);
}

/// Does the same as [`verdict`] for a failure that follows from a breach of other requirements.
#[expect(clippy::too_many_arguments, reason = "a pass or a finding in one call")]
fn following(
    findings: &mut Findings<'_>,
    seen: &Seen<'_>,
    (id, follows): (&str, &[&str]),
    fine: bool,
    cause: &str,
    summary: &str,
    wanted: &str,
) {
    if fine {
        return findings.pass(id);
    }
    findings.fail(&[id], cause, summary).at(seen).wanted(wanted, id).follows(follows).put();
}

fn revision(scene: &Scene<'_>, seen: &Seen<'_>, created: &Created, findings: &mut Findings<'_>) {
    let contract = scene.contract;
    let summary = &created.summary;
    if let Some(status) = summary.status.as_ref().and_then(Json::as_str) {
        let wanted = &contract.revision_status;
        let said = format!("the status is {status:?}");
        verdict(findings, seen, "REV-STATUS", status == wanted, "another status", &said, wanted);
    }
    let (Some(before), Some(after)) = (&summary.before, &summary.after) else { return };
    let total = summary.pesewas();
    match (&before.value, &after.value, total) {
        (Ok(before), Ok(after), Some(total)) => {
            let said = format!("{} before, {} after, total {}", ghs(*before), ghs(*after), ghs(total));
            let wanted = "after = before - total";
            verdict(
                findings,
                seen,
                "REV-BALANCE",
                *before - total == *after,
                "does not add up",
                &said,
                wanted,
            );
            let contended = seen.facts.as_ref().is_some_and(|it| it.contended);
            let known = seen.before.may_be(*before) || scene.may_hold(seen, created.actor, *before);
            if !contended && !known {
                let held: Vec<String> = seen.before.possible().into_iter().map(ghs).collect();
                findings
                    .fail(
                        &["REV-BALANCE"],
                        "not the balance",
                        format!("the balance before is said to be {}", ghs(*before)),
                    )
                    .at(seen)
                    .wanted(held.join(" or "), "REV-BALANCE")
                    .put();
            }
        }
        (Err(error), ..) | (_, Err(error), _) => findings
            .fail(&["REV-BALANCE"], "not pesewas", format!("a balance is no amount: {error}"))
            .at(seen)
            .wanted("amounts exact to the pesewa", "REV-BALANCE")
            .put(),
        _ => {}
    }
}
