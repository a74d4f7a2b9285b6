//! What the server has been asked and has answered: counted, told line by line, and the last of it kept to be looked at.

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

/// Of a body no more is kept.
const LONGEST: usize = 16 << 10;

/// A request that has been answered, without its key.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its number on the server.
    pub(crate) id: String,
    /// When it came.
    pub(crate) at: Micros,
    /// How long its answer took.
    pub(crate) took: Duration,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// The headers that were sent; the key is masked.
    pub(crate) headers: Vec<(String, String)>,
    /// What was sent.
    pub(crate) request: String,
    /// Id of the profile whose key it was.
    pub(crate) profile: Option<String>,
    pub(crate) status: u16,
    /// Whether the answer was lost on purpose.
    pub(crate) lost: bool,
    /// What was answered, or would have been.
    pub(crate) answer: String,
}

impl Seen {
    /// As JSON.
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

    /// A line for people.
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

    /// A command that sends it again, with the key from the environment.
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

/// Headers that are a connection's or a browser's own.
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

/// The headers of a request, with what is secret cut to its beginning.
pub(crate) fn masked(headers: &HeaderMap, secret: &[&str]) -> Vec<(String, String)> {
    let shown = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let hide = secret.iter().any(|it| it.eq_ignore_ascii_case(name.as_str()));
        (name.to_string(), if hide { hinted(&value) } else { value })
    };
    headers.iter().map(shown).collect()
}

/// The beginning of a text, without the key that it came with and without any other.
pub(crate) fn excerpt(scheme: &KeyScheme, bytes: &[u8], own: &str) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
    // A key of our own need not begin as keys do.
    let text = if own.is_empty() { text.into_owned() } else { text.replace(own, &hinted(own)) };
    mask::keys(scheme, &text, hinted)
}

fn hinted(secret: &str) -> String {
    format!("{}{MASK}", hint(secret))
}

/// The last requests, the newest first, and how many there have been.
#[derive(Debug, Default)]
struct Last {
    kept: VecDeque<Seen>,
    count: u64,
}

/// What has been asked so far.
#[derive(Debug)]
pub(crate) struct Log {
    how: AccessLog,
    kept: usize,
    last: Mutex<Last>,
    /// How many answers had which status, and how long they took in all.
    counted: Mutex<BTreeMap<u16, (u64, Duration)>>,
}

impl Log {
    pub(crate) fn new(how: AccessLog, kept: usize) -> Self {
        Self { how, kept, last: Mutex::default(), counted: Mutex::default() }
    }

    /// Whether more than the number of requests is wanted.
    pub(crate) fn looks(&self) -> bool {
        self.how != AccessLog::Off || self.kept > 0
    }

    /// Counts an answer.
    pub(crate) fn count(&self, status: u16, took: Duration) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = counted.entry(status).or_default();
        entry.0 += 1;
        entry.1 += took;
    }

    /// How many answers had which status, and how long they took in all.
    pub(crate) fn counts(&self) -> BTreeMap<u16, (u64, Duration)> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells of a request, and keeps it.
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

    /// The last requests that contain a text, the newest first, with commands that send them again to this server.
    pub(crate) fn last(&self, text: &str, most: usize, url: &str) -> Vec<Json> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = last.kept.iter().filter(|it| text.is_empty() || it.has(text)).take(most);
        found.map(|it| Json::from(it.to_json(url, true))).collect()
    }

    /// The requests that were kept since so many had been, the oldest first, and how many there have been by now.
    pub(crate) fn since(&self, count: u64, url: &str) -> (Vec<Object>, u64) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let new = usize::try_from(last.count.saturating_sub(count)).unwrap_or(usize::MAX);
        (last.kept.iter().take(new).rev().map(|it| it.to_json(url, true)).collect(), last.count)
    }
}

/// A line on standard error; nobody may be there to read it.
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
