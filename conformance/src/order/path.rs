//! How an id is written in a URL: one spelling for sending a path and for recognising it in a record.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The characters that must be encoded in a path segment or a query value.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Percent-encodes a path segment or a query value.
#[must_use]
pub fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, RESERVED).to_string()
}

/// Returns true if an id is a segment of a path.
#[must_use]
pub(crate) fn names(path: &str, id: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    // Asked of every reading about every order of a case: no text is made for it.
    !id.is_empty() && path.split('/').any(|segment| segment.len() >= id.len() && is_encoded(segment, id))
}

fn is_encoded(segment: &str, id: &str) -> bool {
    let mut pieces = utf8_percent_encode(id, RESERVED);
    pieces.try_fold(segment, |rest, piece| rest.strip_prefix(piece)).is_some_and(str::is_empty)
}

/// Returns the value of a query parameter as it is written in a path.
#[must_use]
pub(crate) fn query<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Returns true if a server may take a path for another one: an id of it holds an encoded slash, which some servers decode
/// before they look for the endpoint. RFC 3986 (2.2, 6.2.2) allows that, and a redirect to the normalised path too.
#[must_use]
pub(crate) fn may_lead_elsewhere(path: &str) -> bool {
    path.to_ascii_lowercase().contains("%2f")
}

#[cfg(test)]
mod tests {
    use super::{encode, may_lead_elsewhere, names};

    #[test]
    fn an_encoded_slash_may_lead_elsewhere() {
        assert!(may_lead_elsewhere(&format!("/orders/{}/status", encode("../../profile"))));
        assert!(!may_lead_elsewhere(&format!("/orders/{}", encode("{\"$ne\":null}"))));
    }

    #[test]
    fn a_path_names_the_ids_that_are_its_segments() {
        assert!(names("/orders/a%2Fb/status", "a/b") && names("/orders/k7?x=/k8", "k7"));
        assert!(
            !names("/orders/a%2Fb", "a%2Fb")
                && names("/orders/a%252Fb", "a%2Fb")
                && !names("/orders/k7", "k77")
        );
        assert!(
            !names("/orders/k7?x=/k8", "k8") && !names("/orders//status", "") && !names("/orders/k77", "k7")
        );
    }

    #[test]
    fn an_id_stays_one_segment_and_one_value() {
        assert_eq!(encode("k57_a-b.c~d:é"), "k57_a-b.c~d:%C3%A9");
        assert_eq!(encode("a/b?c=d&e#f%20 +"), "a%2Fb%3Fc%3Dd%26e%23f%2520%20%2B");
    }
}
