//! What a server answers where it has nothing: the measure of whether an endpoint is there. No status and no code word says
//! so by itself, since no page names what a path is answered that the API does not have.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use serde_json::Value;

use crate::history::Response;

/// A word that no path of any server has.
fn word() -> String {
    format!("nobody-has-this-{:016x}", RandomState::new().build_hasher().finish())
}

/// A path that surely does not exist, beside one of the contract (parameters in braces) with these values: its last word
/// is another one.
pub(super) fn beside(template: &str, path: &str) -> String {
    let words: Vec<&str> = template.split('/').collect();
    let last = words.iter().rposition(|it| !it.is_empty() && !it.starts_with('{')).unwrap_or(0);
    let word = word();
    let own = path.split('/').enumerate().map(|(at, it)| if at == last { word.as_str() } else { it });
    own.collect::<Vec<_>>().join("/")
}

/// Answers to two paths that surely do not exist. What differs between them says nothing: a request's id, a time.
#[derive(Debug)]
pub(super) struct Absent {
    first: Form,
    volatile: Vec<String>,
}

/// A status, a media type, and the texts and numbers of a body by their places.
#[derive(Debug, PartialEq)]
struct Form {
    status: u16,
    kind: String,
    leaves: BTreeMap<String, String>,
}

impl Form {
    /// The form of an answer to a path; where a text repeats the path, or a word of it, that says nothing.
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
    /// From the answers to two paths.
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

    /// Whether the answer to a path is another one than where there is nothing.
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
