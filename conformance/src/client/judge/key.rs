//! Judges where the key is sent: it belongs in its header, only to the server that the task names.

use super::finding::{Finding, finding};
use super::scene::{Scene, header};
use crate::client::history::{Exchange, Place};
use crate::secret::MASK;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let all = || scene.recording.exchanges.iter().enumerate();
    let line = |it: &Exchange| format!("{} {}", it.method, it.target);
    if let Some((at, it)) = all().find(|(_, it)| it.place == Place::Untrusted) {
        let what = "a server with a certificate that nobody trusts got a request";
        return vec![
            finding("KEY-TLS", what, "no request once the certificate is not trusted", line(it)).at(at),
        ];
    }
    let mut findings = Vec::new();
    if let Some((at, it)) = all().find(|(_, it)| it.place == Place::Elsewhere && holds_key(it)) {
        let what = "the key went to another host, where a redirect led";
        findings.push(finding("KEY-REDIRECT", what, "no key for another host", line(it)).at(at));
    }
    let misplaced = |it: &Exchange| it.target.contains(MASK) || it.body.contains(MASK);
    if let Some((at, it)) = scene.exchanges().find(|(_, it)| misplaced(it)) {
        let place = if it.target.contains(MASK) { "the URL" } else { "the body" };
        let what = format!("the key stands in {place} of a request");
        findings.push(finding("KEY-PLACE", what, "the key in its header alone", line(it)).at(at));
    } else {
        findings.extend(in_header(scene));
    }
    if scene.recording.end.as_ref().is_some_and(|it| it.leaked) {
        let printed = finding(
            "KEY-OUTPUT",
            "the program prints the key",
            "output without the key",
            "the key, masked here",
        );
        findings.push(printed.only_warns());
    }
    findings
}

fn holds_key(exchange: &Exchange) -> bool {
    let in_headers = exchange.headers.iter().any(|(_, value)| value.contains(MASK));
    in_headers || exchange.target.contains(MASK) || exchange.body.contains(MASK)
}

/// Returns a finding for the first request without the key in its header.
fn in_header(scene: &Scene<'_>) -> Option<Finding> {
    let name = &scene.contract.key.header;
    let value = |it: &Exchange| header(&it.headers, name).map(|it| it.trim().to_owned());
    // A request that is for no operation of the API is judged by another rule.
    let mut known = scene.exchanges().filter(|(at, _)| scene.operation(*at).is_some());
    let (at, it) = known.find(|(_, it)| value(it).as_deref() != Some(MASK))?;
    let received = match value(it) {
        None => format!("{} {} without {name}", it.method, it.target),
        Some(other) => format!("{} {} with {name}: {other}", it.method, it.target),
    };
    let what = "a request does not have the key in its header";
    Some(finding("KEY-HEADER", what, "the key in its header, whole and nothing else", received).at(at))
}
