//! HAR 1.2: every request and answer, for the network panel of a browser. Keys are masked.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use serde_json::{Map, Number, Value, json};

use crate::bounds;
use crate::history::{Answer, CaseRecord, Exchange, KeyUse, Response, TRACE_HEADER};
use crate::report::Run;
use crate::report::text::{safe_json, visible};
use crate::report::view::timestamp;
use crate::secret::MASK;

/// The maximum number of bytes of entries; larger files are of no use to readers.
const LARGEST: usize = bounds::HAR;

/// The maximum number of bytes of a body.
const LONGEST_BODY: usize = bounds::ORDINARY_BODY;

/// Renders the document with one entry per line. The cases of findings are included first, then the other cases in
/// order, as long as there is room. A comment says what is left out.
///
/// # Errors
/// Returns an error if serde fails, which it does not in practice.
pub fn render(run: &Run<'_>) -> serde_json::Result<String> {
    bounded(run, LARGEST)
}

fn bounded(run: &Run<'_>, largest: usize) -> serde_json::Result<String> {
    let (name, version) = run.history.header.tool.split_once(' ').unwrap_or((&run.history.header.tool, "0"));
    let creator = serde_json::to_string(&json!({ "name": name, "version": version }))?;
    let found: BTreeSet<&str> = run.judgement.findings.iter().map(|it| it.example.case.as_str()).collect();
    let mut room = largest;
    // The key is the index of the case in the history, so that the entries end up in its order.
    let mut kept: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let (mut all, mut left) = (0, 0);
    for examples in [true, false] {
        let cases = run.history.cases.iter().enumerate();
        for (at, case) in cases.filter(|(_, case)| found.contains(case.id.as_str()) == examples) {
            for exchange in case.own() {
                all += 1;
                // Once an entry does not fit, all later ones are left out too, so that there is only one gap.
                let text = if room > 0 {
                    serde_json::to_string(&entry(run, &case, exchange))?
                } else {
                    String::new()
                };
                match room.checked_sub(text.len() + 2).filter(|_| room > 0) {
                    Some(rest) => {
                        room = rest;
                        kept.entry(at).or_default().push(text);
                    }
                    None => {
                        room = 0;
                        left += 1;
                    }
                }
            }
        }
    }
    let comment = match left {
        0 => String::new(),
        _ => {
            let text = format!(
                "{left} of {all} requests are left out, to keep this file below {} MB; the history (ndjson) has them all",
                LARGEST / 1_000_000
            );
            format!(r#""comment":{},"#, serde_json::to_string(&text)?)
        }
    };
    let mut document = String::with_capacity(largest - room + 1024);
    document +=
        &safe_json(&format!(r#"{{"log":{{"version":"1.2","creator":{creator},{comment}"entries":[{}"#, "\n"));
    // Each entry is dropped once it is copied, so that the entries are not in memory twice.
    for (at, entry) in kept.into_values().flatten().enumerate() {
        document += if at > 0 { ",\n" } else { "" };
        document += &safe_json(&entry);
    }
    Ok(document + "]}}\n")
}

/// Returns the HTTP version that the run used.
fn version(run: &Run<'_>) -> &'static str {
    let http2 = run.history.header.again.iter().any(|word| word == "--http2");
    if http2 { "HTTP/2" } else { "HTTP/1.1" }
}

fn entry(run: &Run<'_>, case: &CaseRecord, exchange: &Exchange) -> Value {
    let took = millis(exchange.done_us.saturating_sub(exchange.sent_us));
    let comment = match &exchange.answer {
        Answer::Response(_) => String::new(),
        Answer::Lost(lost) => format!("; answer lost: {}", visible(&lost.detail)),
        Answer::Unsent(why) => format!("; never sent: {}", visible(why)),
    };
    json!({
        "startedDateTime": timestamp(run.history.header.started_ms, exchange.sent_us),
        "time": took,
        "request": request(run, exchange),
        "response": response(version(run), exchange.answer.response()),
        "cache": {},
        "timings": { "send": 0, "wait": took, "receive": 0 },
        "comment": format!("{}{comment}", visible(&case.id)),
        "_case": case.id,
        "_operation": exchange.operation,
    })
}

/// Converts microseconds to milliseconds with three decimals, without using a float.
fn millis(micros: u64) -> Number {
    let text = format!("{}.{:03}", micros / 1_000, micros % 1_000);
    text.parse().unwrap_or_else(|_| Number::from(micros / 1_000))
}

fn request(run: &Run<'_>, exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let (contract, target) = (run.contract, &run.history.header.target);
    let key = match &request.key {
        KeyUse::Own | KeyUse::Bad(_) => Some(contract.key.header.clone()),
        KeyUse::OwnHeaderCase(name) => Some(name.clone()),
        KeyUse::Absent => None,
    };
    let mut headers = pairs(&request.headers);
    headers.extend(exchange.trace.iter().map(|it| json!({ "name": TRACE_HEADER, "value": it })));
    headers.extend(key.map(|name| json!({ "name": name, "value": MASK })));
    let url = format!("{}{}", target.trim_end_matches('/'), request.path);
    let query = url::Url::parse(&url).map(|url| {
        url.query_pairs().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>()
    });
    let mut out = json!({
        "method": request.method,
        "url": url,
        "httpVersion": version(run),
        "cookies": [],
        "headers": headers,
        "queryString": query.unwrap_or_default(),
        "headersSize": -1,
        "bodySize": request.body.0.len(),
    });
    if let (false, Some(object)) = (request.body.0.is_empty(), out.as_object_mut()) {
        let mime = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mime = mime.map_or("", |(_, value)| value.as_str());
        let (text, encoding, cut) = body(&request.body.0);
        let mut data = json!({ "mimeType": mime, "text": text });
        // HAR defines an encoding for the content of a response, but not for the data of a request.
        let encoded = encoding.map(|encoding| format!("{encoding} of bytes that are not text"));
        let comment: Vec<_> = encoded.into_iter().chain(cut).collect();
        if let (false, Some(data)) = (comment.is_empty(), data.as_object_mut()) {
            data.insert("comment".to_owned(), json!(comment.join("; ")));
        }
        object.insert("postData".to_owned(), data);
    }
    out
}

/// Returns the response. Without an answer the status is 0, as in browsers.
fn response(version: &str, response: Option<&Response>) -> Value {
    let mut content = Map::new();
    let mime = response.and_then(|response| response.header("content-type")).unwrap_or_default();
    let bytes = response.map_or(&[][..], |response| &response.body.0);
    content.insert("size".to_owned(), json!(bytes.len()));
    content.insert("mimeType".to_owned(), json!(mime));
    let (text, encoding, cut) = body(bytes);
    content.insert("text".to_owned(), json!(text));
    content.extend(cut.map(|cut| ("comment".to_owned(), json!(cut))));
    content.extend(encoding.map(|encoding| ("encoding".to_owned(), json!(encoding))));
    json!({
        "status": response.map_or(0, |response| response.status),
        "statusText": "",
        "httpVersion": if response.is_some() { version } else { "" },
        "cookies": [],
        "headers": response.map(|response| pairs(&response.headers)).unwrap_or_default(),
        "content": content,
        "redirectURL": response.and_then(|response| response.header("location")).unwrap_or_default(),
        "headersSize": -1,
        "bodySize": response.map_or(-1, |_| i64::try_from(bytes.len()).unwrap_or(-1)),
    })
}

fn pairs(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// Returns a body as text, its encoding if it is encoded, and a note if it is cut.
fn body(bytes: &[u8]) -> (String, Option<&'static str>, Option<String>) {
    let cut =
        (bytes.len() > LONGEST_BODY).then(|| format!("the first {LONGEST_BODY} of {} bytes", bytes.len()));
    match std::str::from_utf8(bytes) {
        Ok(text) => (text[..text.floor_char_boundary(LONGEST_BODY)].to_owned(), None, cut),
        Err(_) => {
            let bytes = &bytes[..bytes.len().min(LONGEST_BODY)];
            (base64::engine::general_purpose::STANDARD.encode(bytes), Some("base64"), cut)
        }
    }
}
