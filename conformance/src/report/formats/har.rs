//! HAR 1.2: every request and answer, for the network panel of a browser; keys are masked.

use base64::Engine as _;
use serde_json::{Map, Number, Value, json};
use spec::Contract;

use crate::history::{Answer, CaseRecord, Exchange, KeyUse, Request, Response};
use crate::report::Run;
use crate::report::text::{safe_json, visible};
use crate::report::view::timestamp;
use crate::secret::MASK;

/// The document, one entry a line.
///
/// # Errors
/// Never in practice; serde's error otherwise.
pub fn render(run: &Run<'_>) -> serde_json::Result<String> {
    let (name, version) = run.history.header.tool.split_once(' ').unwrap_or((&run.history.header.tool, "0"));
    let creator = serde_json::to_string(&json!({ "name": name, "version": version }))?;
    let entries: Vec<_> = run
        .history
        .cases
        .iter()
        .flat_map(|case| {
            let entries = case.own().map(|it| serde_json::to_string(&entry(run, &case, it)));
            entries.collect::<Vec<_>>()
        })
        .collect::<Result<_, _>>()?;
    let entries = entries.join(",\n");
    let document =
        format!(r#"{{"log":{{"version":"1.2","creator":{creator},"entries":[{}{entries}]}}}}"#, "\n");
    Ok(safe_json(&document) + "\n")
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
        "request": request(run.contract, &run.history.header.target, &exchange.request),
        "response": response(exchange.answer.response()),
        "cache": {},
        "timings": { "send": 0, "wait": took, "receive": 0 },
        "comment": format!("{}{comment}", visible(&case.id)),
        "_case": case.id,
        "_operation": exchange.operation,
    })
}

/// Milliseconds with three decimals; never through a float.
fn millis(micros: u64) -> Number {
    let text = format!("{}.{:03}", micros / 1_000, micros % 1_000);
    text.parse().unwrap_or_else(|_| Number::from(micros / 1_000))
}

fn request(contract: &Contract, target: &str, request: &Request) -> Value {
    let key = match &request.key {
        KeyUse::Own | KeyUse::Bad(_) => Some(contract.key.header.clone()),
        KeyUse::OwnHeaderCase(name) => Some(name.clone()),
        KeyUse::Absent => None,
    };
    let mut headers = pairs(&request.headers);
    headers.extend(key.map(|name| json!({ "name": name, "value": MASK })));
    let url = format!("{}{}", target.trim_end_matches('/'), request.path);
    let query = url::Url::parse(&url).map(|url| {
        url.query_pairs().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>()
    });
    let mut out = json!({
        "method": request.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": query.unwrap_or_default(),
        "headersSize": -1,
        "bodySize": request.body.0.len(),
    });
    if let (false, Some(object)) = (request.body.0.is_empty(), out.as_object_mut()) {
        let mime = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mime = mime.map_or("", |(_, value)| value.as_str());
        let (text, encoding) = body(&request.body.0);
        let mut data = json!({ "mimeType": mime, "text": text });
        if let (Some(encoding), Some(data)) = (encoding, data.as_object_mut()) {
            // The format knows no encoding of what is sent, only of what comes.
            data.insert("comment".to_owned(), json!(format!("{encoding} of bytes that are not text")));
        }
        object.insert("postData".to_owned(), data);
    }
    out
}

/// A status of 0 is what browsers write where no answer came.
fn response(response: Option<&Response>) -> Value {
    let mut content = Map::new();
    let mime = response.and_then(|response| response.header("content-type")).unwrap_or_default();
    let bytes = response.map_or(&[][..], |response| &response.body.0);
    content.insert("size".to_owned(), json!(bytes.len()));
    content.insert("mimeType".to_owned(), json!(mime));
    let (text, encoding) = body(bytes);
    content.insert("text".to_owned(), json!(text));
    content.extend(encoding.map(|encoding| ("encoding".to_owned(), json!(encoding))));
    json!({
        "status": response.map_or(0, |response| response.status),
        "statusText": "",
        "httpVersion": if response.is_some() { "HTTP/1.1" } else { "" },
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

fn body(bytes: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (base64::engine::general_purpose::STANDARD.encode(bytes), Some("base64")),
    }
}
