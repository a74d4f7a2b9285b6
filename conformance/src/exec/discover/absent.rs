//! Recognises the answer that a server gives for nonexistent paths, to find out whether an endpoint exists. No status
//! and no code shows that by itself, since no page says what is answered to a path that the API does not have.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use serde_json::Value;

use crate::history::Response;

/// The statuses with which a server says that nothing answers this method at this path, or that it does not do what the
/// request asks for (RFC 9110, 15.5.6 and 15.6.2).
pub(super) const NOT_SERVED: [u16; 2] = [405, 501];

/// Returns a word that occurs in no path of any server.
fn word() -> String {
    format!("nobody-has-this-{:016x}", RandomState::new().build_hasher().finish())
}

/// Returns a path that certainly does not exist, beside one of the contract: `template` has its parameters in braces,
/// `path` their values. The last fixed word is replaced.
pub(super) fn beside(template: &str, path: &str) -> String {
    let words: Vec<&str> = template.split('/').collect();
    let last = words.iter().rposition(|it| !it.is_empty() && !it.starts_with('{')).unwrap_or(0);
    let word = word();
    let own = path.split('/').enumerate().map(|(at, it)| if at == last { word.as_str() } else { it });
    own.collect::<Vec<_>>().join("/")
}

/// The answers to two nonexistent paths. What differs between them, such as a request id or a time, is ignored.
#[derive(Debug)]
pub(super) struct Absent {
    first: Form,
    volatile: Vec<String>,
}

/// A status, a media type, and the texts and numbers of a body by their positions.
#[derive(Debug, PartialEq)]
struct Form {
    status: u16,
    kind: String,
    leaves: BTreeMap<String, String>,
}

impl Form {
    /// Returns the form of an answer to a path. Where a text repeats the path or a word of it, that is removed.
    fn of(path: &str, response: &Response) -> Self {
        let kind = response.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut leaves = BTreeMap::new();
        let blank = |text: &str| {
            let words = path.split(['/', '?', '&', '=']).filter(|it| it.len() > 3);
            let whole = text.replace(path, "");
            words.fold(whole, |text, word| text.replace(word, ""))
        };
        match serde_json::from_slice(&response.body.0) {
            Ok(json) => leaf(&json, String::new(), &mut |place, text| {
                leaves.insert(place, blank(&text));
            }),
            Err(_) => {
                leaves.insert(String::new(), blank(&response.body.text()));
            }
        }
        Self { status: response.status, kind, leaves }
    }
}

fn leaf(json: &Value, place: String, put: &mut impl FnMut(String, String)) {
    match json {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaf(value, format!("{place}/{name}"), put));
        }
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, value)| leaf(value, format!("{place}/{at}"), put));
        }
        other => put(place, other.to_string()),
    }
}

impl Absent {
    /// Builds it from the answers to two paths.
    pub(super) fn new(
        (first_path, first): (&str, &Response),
        (second_path, second): (&str, &Response),
    ) -> Self {
        let (first, second) = (Form::of(first_path, first), Form::of(second_path, second));
        let places = first.leaves.keys().chain(second.leaves.keys());
        let differs = |place: &&String| first.leaves.get(*place) != second.leaves.get(*place);
        let volatile = places.filter(differs).cloned().collect();
        Self { first, volatile }
    }

    /// Returns true if the answer to a path differs from that to a nonexistent one.
    pub(super) fn differs(&self, path: &str, response: &Response) -> bool {
        let form = Form::of(path, response);
        if (form.status, &form.kind) != (self.first.status, &self.first.kind) {
            return true;
        }
        let places = form.leaves.keys().chain(self.first.leaves.keys());
        let mut steady = places.filter(|place| !self.volatile.contains(place));
        steady.any(|place| form.leaves.get(place) != self.first.leaves.get(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, kind: &str, body: &str) -> Response {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Response { status, headers, body: body.into(), held_key: false, cut: false }
    }

    const JSON: &str = "application/json; charset=utf-8";

    fn absent(body: impl Fn(&str) -> String) -> Absent {
        let (one, two) = (response(404, JSON, &body("/a/one1")), response(404, JSON, &body("/a/two2")));
        Absent::new(("/a/one1", &one), ("/a/two2", &two))
    }

    #[test]
    fn a_path_beside_another_differs_in_its_last_word() {
        for (template, path, begin, end) in [
            ("/api/v1/profile", "/api/v1/profile", "/api/v1/nobody-has-this-", ""),
            ("/api/v1/orders/{id}", "/api/v1/orders/k7", "/api/v1/nobody-has-this-", "/k7"),
            ("/api/v1/orders/{id}/status", "/api/v1/orders/k7/status", "/api/v1/orders/k7/nobody-", ""),
            ("/o/{id}/r/{at}/retry", "/o/k7/r/0/retry", "/o/k7/r/0/nobody-has-this-", ""),
        ] {
            let beside = beside(template, path);
            assert!(beside.starts_with(begin) && beside.ends_with(end), "{beside}");
        }
        assert_ne!(beside("/a", "/a"), beside("/a", "/a"));
    }

    #[test]
    fn what_repeats_the_path_or_changes_by_itself_is_no_difference() {
        let plain = absent(|path| {
            format!(r#"{{"error":{{"message":"No route for GET {path}","code":"NOT_FOUND"}}}}"#)
        });
        let same = r#"{"error":{"message":"No route for GET /a/order3","code":"NOT_FOUND"}}"#;
        assert!(!plain.differs("/a/order3", &response(404, JSON, same)));
        let other = r#"{"error":{"message":"Order not found","code":"NOT_FOUND"}}"#;
        assert!(plain.differs("/a/order3", &response(404, JSON, other)), "the message is another one");
        assert!(plain.differs("/a/order3", &response(405, JSON, same)));
        assert!(plain.differs("/a/order3", &response(404, "text/html", same)));
        let volatile = absent(|path| {
            format!(
                r#"{{"code":"NOT_FOUND","requestId":"{}"}}"#,
                path.len() * path.bytes().map(usize::from).sum::<usize>()
            )
        });
        assert!(
            !volatile.differs("/a/order3", &response(404, JSON, r#"{"code":"NOT_FOUND","requestId":"9"}"#))
        );
        assert!(volatile.differs("/a/order3", &response(404, JSON, r#"{"code":"GONE","requestId":"9"}"#)));
        assert!(volatile.differs(
            "/a/order3",
            &response(404, JSON, r#"{"code":"NOT_FOUND","order":null,"requestId":"9"}"#)
        ));
    }

    #[test]
    fn pages_for_people_are_compared_as_texts() {
        let page = |path: &str| response(404, "text/html", &format!("<pre>Cannot GET {path}</pre>"));
        let absent = Absent::new(("/a/one1", &page("/a/one1")), ("/a/two2", &page("/a/two2")));
        assert!(!absent.differs("/a/order3", &page("/a/order3")));
        assert!(absent.differs("/a/order3", &response(404, "text/html", "<h1>Order</h1>")));
    }
}
