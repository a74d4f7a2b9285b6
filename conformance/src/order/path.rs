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

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn an_id_stays_one_segment_and_one_value() {
        assert_eq!(encode("k57_a-b.c~d:é"), "k57_a-b.c~d:%C3%A9");
        assert_eq!(encode("a/b?c=d&e#f%20 +"), "a%2Fb%3Fc%3Dd%26e%23f%2520%20%2B");
    }
}
