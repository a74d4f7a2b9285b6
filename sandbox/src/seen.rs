//! The log of requests: counts them, writes a line for each, and keeps the last ones for the operator.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use spec::contract::KeyScheme;

use crate::clock::Micros;
use crate::config::AccessLog;
use crate::json::{Json, Object, Spelling};
use crate::mask;
use crate::store::accounts::hint;

/// The maximum number of bytes of a body that are kept.
const LONGEST: usize = 16 << 10;

/// An answered request, without its key.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The id of the request: from its `X-Request-Id` or `traceparent` header, or else a running number.
    pub(crate) id: String,
    /// The time at which it was answered.
    pub(crate) at: Micros,
    /// How long the response took.
    pub(crate) took: Duration,
    pub(crate) method: String,
    /// The path and query.
    pub(crate) path: String,
    /// The headers that were sent, with keys masked.
    pub(crate) headers: Vec<(String, String)>,
    /// The body that was sent.
    pub(crate) request: String,
    /// The id of the profile of its key.
    pub(crate) profile: Option<String>,
    pub(crate) status: u16,
    /// Whether the response was lost on purpose.
    pub(crate) lost: bool,
    /// The body of the response, even if that was lost.
    pub(crate) answer: String,
}

impl Seen {
    /// Returns the request as JSON, with headers and bodies if `full`.
    fn to_json(&self, url: &str, full: bool) -> Object {
        let mut object = Object::new()
            .with("id", self.id.as_str())
            .with("at", self.at.millis())
            .with("tookMicros", i64::try_from(self.took.as_micros()).unwrap_or(i64::MAX))
            .with("method", self.method.as_str())
            .with("path", self.path.as_str())
            .with("profileId", self.profile.as_deref())
            .with("status", i64::from(self.status))
            .with("lost", self.lost);
        if full {
            let headers = self.headers.iter();
            let headers = headers.fold(Object::new(), |all, (name, value)| all.with(name, value.as_str()));
            object = object
                .with("headers", headers)
                .with("request", self.request.as_str())
                .with("answer", self.answer.as_str())
                .with("curl", self.curl(url));
        }
        object
    }

    /// Returns a line for people.
    fn line(&self) -> String {
        let millis = self.took.as_micros();
        format!(
            "{} {}{} {} {} {}.{:03} ms {}",
            self.id,
            self.status,
            if self.lost { " (lost)" } else { "" },
            self.method,
            self.path,
            millis / 1000,
            millis % 1000,
            self.profile.as_deref().unwrap_or("-")
        )
    }

    /// Returns a curl command that sends the request again, with the key taken from the environment.
    fn curl(&self, url: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let mut line = format!("curl -sS -i -X {} {}", self.method, quoted(&format!("{url}{}", self.path)));
        for (name, value) in &self.headers {
            if value.ends_with(MASK) {
                _ = write!(line, " -H \"{name}: $NETCONNECT_API_KEY\"");
            } else if !LEFT_OUT.contains(&name.as_str()) && !name.starts_with("sec-") {
                _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
            }
        }
        if !self.request.is_empty() {
            _ = write!(line, " --data-raw {}", quoted(&self.request));
        }
        line
    }

    fn has(&self, text: &str) -> bool {
        [&self.id, &self.path, &self.request, &self.answer].iter().any(|it| it.contains(text))
            || self.profile.as_deref() == Some(text)
            || self.status.to_string() == text
            || self.method == text
    }
}

/// The headers that a connection or a browser sets itself.
const LEFT_OUT: [&str; 9] = [
    "host",
    "content-length",
    "accept-encoding",
    "accept-language",
    "connection",
    "origin",
    "priority",
    "referer",
    "user-agent",
];

const MASK: char = '…';

/// Returns the headers of a request; secret values are cut to their first characters.
pub(crate) fn masked(headers: &HeaderMap, secret: &[&str]) -> Vec<(String, String)> {
    let shown = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let hide = secret.iter().any(|it| it.eq_ignore_ascii_case(name.as_str()));
        (name.to_string(), if hide { hinted(&value) } else { value })
    };
    headers.iter().map(shown).collect()
}

/// Returns the beginning of a text, with its own key and all other keys masked.
pub(crate) fn excerpt(scheme: &KeyScheme, bytes: &[u8], own: &str) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
    // The request's own key need not begin with a key prefix.
    let text = if own.is_empty() { text.into_owned() } else { text.replace(own, &hinted(own)) };
    mask::keys(scheme, &text, hinted)
}

fn hinted(secret: &str) -> String {
    format!("{}{MASK}", hint(secret))
}

/// The last requests, newest first, and the total number of requests that were kept.
#[derive(Debug, Default)]
struct Last {
    kept: VecDeque<Seen>,
    count: u64,
}

/// The log of requests.
#[derive(Debug)]
pub(crate) struct Log {
    how: AccessLog,
    kept: usize,
    last: Mutex<Last>,
    /// The number of responses and their total time, by status.
    counted: Mutex<BTreeMap<u16, (u64, Duration)>>,
}

impl Log {
    pub(crate) fn new(how: AccessLog, kept: usize) -> Self {
        Self { how, kept, last: Mutex::default(), counted: Mutex::default() }
    }

    /// Returns true if requests are to be logged or kept, not only counted.
    pub(crate) fn looks(&self) -> bool {
        self.how != AccessLog::Off || self.kept > 0
    }

    /// Counts a response.
    pub(crate) fn count(&self, status: u16, took: Duration) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = counted.entry(status).or_default();
        entry.0 += 1;
        entry.1 += took;
    }

    /// Returns the number of responses and their total time, by status.
    pub(crate) fn counts(&self) -> BTreeMap<u16, (u64, Duration)> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logs a request, and keeps it.
    pub(crate) fn tell(&self, seen: Seen) {
        match self.how {
            AccessLog::Off => {}
            AccessLog::Text => say(&seen.line()),
            AccessLog::Json => say(&Json::from(seen.to_json("", false)).to_text(Spelling::Shortest)),
        }
        if self.kept > 0 {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.kept.truncate(self.kept - 1);
            last.kept.push_front(seen);
            last.count += 1;
        }
    }

    /// Returns the last requests that contain a text, newest first, each with a command that sends it again to this
    /// server.
    pub(crate) fn last(&self, text: &str, most: usize, url: &str) -> Vec<Json> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = last.kept.iter().filter(|it| text.is_empty() || it.has(text)).take(most);
        found.map(|it| Json::from(it.to_json(url, true))).collect()
    }

    /// Returns the requests kept after the first `count` ones, oldest first, and the total number.
    pub(crate) fn since(&self, count: u64, url: &str) -> (Vec<Object>, u64) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let new = usize::try_from(last.count.saturating_sub(count)).unwrap_or(usize::MAX);
        (last.kept.iter().take(new).rev().map(|it| it.to_json(url, true)).collect(), last.count)
    }
}

/// Writes a line to standard error and ignores failures, since the stream may be closed.
fn say(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme() -> KeyScheme {
        spec::embedded().unwrap().key
    }

    fn seen(id: u64) -> Seen {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", "netconnect_test_0123456789".parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        Seen {
            id: format!("req-{id}"),
            at: Micros(1_000_000),
            took: Duration::from_micros(1_234),
            method: "POST".into(),
            path: "/buy?x=1".into(),
            headers: masked(&headers, &["X-API-KEY"]),
            request: excerpt(&scheme(), b"{\"who\":\"it's netconnect_test_0123456789\"}", ""),
            profile: None,
            status: 200,
            lost: false,
            answer: "{}".into(),
        }
    }

    #[test]
    fn a_request_is_shown_without_its_key_and_can_be_sent_again() {
        insta::assert_snapshot!(seen(1).line(), @"req-1 200 POST /buy?x=1 1.234 ms -");
        let shown = seen(1).curl("http://h:1");
        assert!(!shown.contains("0123456789"), "{shown}");
        insta::assert_snapshot!(shown, @r#"curl -sS -i -X POST 'http://h:1/buy?x=1' -H "x-api-key: $NETCONNECT_API_KEY" -H 'content-type: application/json' --data-raw '{"who":"it'\''s netconnect_te…"}'"#);
    }

    #[test]
    fn a_key_is_shown_nowhere_whosever_it_is() {
        let text = b"/wallet?key=netconnect_live_abc-DEF_0123456789&more=own.secret";
        insta::assert_snapshot!(excerpt(&scheme(), text, "own.secret"), @"/wallet?key=netconnect_live_a…&more=own.s…");
    }

    #[test]
    fn only_the_last_are_kept_and_they_are_found_by_what_they_contain() {
        let log = Log::new(AccessLog::Off, 2);
        (1..=3).for_each(|id| log.tell(seen(id)));
        assert_eq!((log.last("", 9, "").len(), log.last("req-3", 9, "").len()), (2, 1));
        assert!(log.last("req-1", 9, "").is_empty() && log.last("", 1, "").len() == 1);
    }
}
