//! Every answer has a documented status, every error is the documented envelope with a fitting code, and no answer
//! leaks a key or a stack trace.

use spec::Meaning;

use super::check::Check;
use super::stack_trace;
use crate::history::{KeyUse, Response};
use crate::judge::findings::Findings;
use crate::judge::scene::{Scene, Seen};
use crate::order::facts::Media;
use crate::order::json::Json;
use crate::order::path::may_lead_elsewhere;
use crate::order::reading;

/// The check of errors.
pub(crate) const CHECK: Check = Check {
    name: "errors",
    cites: &["STATUS-DOCUMENTED", "ERR-ENVELOPE", "ERR-CODE", "ERR-LEAK", "AMB-CODE", "AMB-THROTTLE"],
    judge: Some(judge),
    ..Check::NOTHING
};

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for seen in &scene.seen {
        let Some(response) = seen.response() else { continue };
        leak(seen, response, findings);
        if reading::is_throttle(scene.contract, response.status) {
            findings.observe("AMB-THROTTLE", format!("{}, and again after a wait", response.status));
            continue;
        }
        if !seen.is_order() {
            read_status(scene, seen, response, findings);
        }
        // No page documents the form of refusals for an undocumented path or method.
        if reading::is_error(response.status) && !seen.facts.as_ref().is_some_and(|it| it.door) {
            envelope(scene, seen, response, findings);
        }
    }
}

/// Checks the status of a read: no page says which statuses refuse it, but a server error or a redirect fails.
fn read_status(scene: &Scene<'_>, seen: &Seen<'_>, response: &Response, findings: &mut Findings<'_>) {
    let operation = scene.contract.operation(seen.exchange.operation);
    let documented = operation.response(response.status).is_some();
    let class = response.status / 100;
    if documented {
        return findings.pass("STATUS-DOCUMENTED");
    }
    // A missing endpoint is no breach; the checks that need it report it.
    if class == 2 || class == 4 || response.status == NOT_IMPLEMENTED {
        return;
    }
    // A redirect to the path that is meant, where an encoded slash makes it another.
    if class == 3 && may_lead_elsewhere(&seen.exchange.request.path) {
        return;
    }
    let documented: Vec<String> = operation.responses.iter().map(|it| it.status.to_string()).collect();
    findings
        .fail(
            &["STATUS-DOCUMENTED"],
            format!("{} answered {}", operation.id.name(), response.status),
            format!("{} answered {}, which it does not document", operation.path, response.status),
        )
        .at(seen)
        .wanted(documented.join(", "), "STATUS-DOCUMENTED")
        .put();
}

/// The status of a server that does not know the method at all (RFC 9110, 15.6.2).
const NOT_IMPLEMENTED: u16 = 501;

fn leak(seen: &Seen<'_>, response: &Response, findings: &mut Findings<'_>) {
    let text = response.body.text();
    let trace = stack_trace::shown(&text);
    if !response.held_key && trace.is_none() {
        // An answer that was not read, or can't be, may contain anything.
        if reading::unreadable(response).is_none() {
            findings.pass("ERR-LEAK");
        }
        return;
    }
    let (cause, summary) = match trace {
        Some(trace) if !response.held_key => {
            ("stack trace", format!("the answer shows a stack trace (`{}`)", trace.trim()))
        }
        _ => ("key echoed", "the answer echoes the API key (masked here)".to_owned()),
    };
    findings
        .fail(&["ERR-LEAK"], cause, summary)
        .at(seen)
        .exposes()
        .wanted("neither key nor stack trace", "ERR-LEAK")
        .put();
}

fn envelope(scene: &Scene<'_>, seen: &Seen<'_>, response: &Response, findings: &mut Findings<'_>) {
    let contract = scene.contract;
    let json = reading::json(response);
    let claims_success =
        json.as_ref().and_then(|it| it.get(&contract.fields.success)).and_then(Json::as_bool) == Some(true);
    if claims_success {
        return findings
            .fail(&["ERR-ENVELOPE"], "claims success", "an error claims success")
            .at(seen)
            .wanted("success false", "ERR-ENVELOPE")
            .put();
    }
    let allowed = seen.allowed.as_ref().is_none_or(|it| it.statuses.contains_key(&response.status));
    if reading::is_from_a_gateway(contract, response) && !allowed {
        return;
    }
    let operation = contract.operation(seen.exchange.operation);
    // Undocumented statuses (413, 415) often come from a proxy in front of the server, so only documented ones have a
    // required form.
    let Some(documented) = operation.response(response.status) else { return };
    // A 404 without an envelope means that the endpoint is missing, which the checks that need it report, or that the
    // router does not take the id for one. Neither holds for the id of an order where the endpoint is known.
    let is_known = scene.environment.has(operation.id) && scene.asked_for(seen.exchange).is_some();
    if documented.meaning == Meaning::NotFound && json.is_none() && !is_known {
        return;
    }
    // The request may be for another path, which no page documents.
    if may_lead_elsewhere(&seen.exchange.request.path) {
        return;
    }
    let Some(differences) = findings.differences("ERR-ENVELOPE", operation.id, response) else { return };
    let bom = response.body.has_byte_order_mark();
    if !reading::declared_any_json(response) || bom || !differences.is_empty() {
        let kind = response.header("content-type").unwrap_or("none");
        let cause = if differences.is_empty() { "not declared as JSON" } else { "not the envelope" };
        return findings
            .fail(&["ERR-ENVELOPE"], cause, "an error is not the documented envelope as JSON")
            .at(seen)
            .wanted("the envelope of an error as application/json", "ERR-ENVELOPE")
            .detail(format!("content type: {kind}"))
            .differences(&differences)
            .put();
    }
    findings.pass("ERR-ENVELOPE");
    code(scene, seen, response, documented.meaning, findings);
}

/// Checks that the code of an error contradicts no sentence of the pages; any other code is the server's choice.
fn code(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    response: &Response,
    meaning: Meaning,
    findings: &mut Findings<'_>,
) {
    let contract = scene.contract;
    let Some(code) = reading::error_code(contract, response) else { return };
    // By its own words the server refuses the key, with the status of another refusal.
    let explained = match &seen.exchange.request.key {
        _ if contract.promises().codes().get(&code).map(|it| it.meaning) != Some(Meaning::Unauthorized) => {
            &[][..]
        }
        KeyUse::Absent => &["AUTH-MISSING"],
        _ if !seen.authorised(scene.case) => &["AUTH-UNKNOWN"],
        _ => &[],
    };
    let wrong = |findings: &mut Findings<'_>, cause: String, summary: String, wanted: String| {
        let found = findings.fail(&["ERR-CODE"], cause, summary).at(seen).wanted(wanted, "ERR-CODE");
        found.follows(explained).put();
    };
    if code.trim().is_empty() {
        let summary = "the code of an error is empty".to_owned();
        return wrong(findings, "empty".into(), summary, "a code".into());
    }
    // A body parses for certain only if every reader takes it for an object and the server gets to see it. Parsers
    // refuse some undocumented properties, such as `__proto__`.
    let parses = seen.facts.as_ref().is_some_and(|it| {
        it.order().is_some_and(|order| !order.extra)
            && it.others.is_empty()
            && !it.disputed
            && !it.too_deep
            && !it.chunked
            && it.media == Media::Json
    });
    if let Some(sentence) = contract.promises().contradicted(&code, Some(meaning), parses) {
        let by_status = contract.promises().contradicted(&code, Some(meaning), false).is_some();
        let summary = if by_status {
            format!("the code {code} contradicts the status {}", response.status)
        } else {
            format!("the code {code} contradicts the body, which is valid JSON")
        };
        let wanted = format!("as the page says: \u{201c}{}\u{201d}", sentence.text);
        return wrong(findings, format!("{} with {code}", response.status), summary, wanted);
    }
    findings.pass("ERR-CODE");
    if !contract.promises().codes().contains_key(&code) {
        findings.observe("AMB-CODE", format!("{} with {code}", response.status));
    }
}
