//! How an id stands in a URL: one spelling for whoever sends a path and whoever recognises it in a record.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What does not stand in a path segment or a query value as it is.
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

/// Whether an id is a segment of a path.
#[must_use]
pub(crate) fn names(path: &str, id: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let id = encode(id);
    !id.is_empty() && path.split('/').any(|segment| segment == id)
}

#[cfg(test)]
mod tests {
    use super::{encode, names};

    #[test]
    fn a_path_names_the_ids_that_are_its_segments() {
        assert!(names("/orders/a%2Fb/status", "a/b") && names("/orders/k7?x=/k8", "k7"));
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
