//! Recognises bodies that are valid by the grammar of JSON but refused by some parsers. It looks at their content, not
//! at the result of one particular parser.

use serde_json::value::RawValue;

/// The deepest nesting that common parsers accept.
pub(super) const DEEPEST: usize = 127;

/// Returns true if lists and objects are nested deeper than this. Parsers notice it before they know whether the text is
/// complete.
pub(super) fn is_deeper(body: &[u8], than: usize) -> bool {
    let mut depth = 0_usize;
    let text = std::str::from_utf8(body).unwrap_or_default();
    split(text).into_iter().any(|token| {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Text(_) | Token::Word(_) => {}
        }
        depth > than
    })
}

/// Returns true if a string contains half of a surrogate pair.
pub(super) fn has_lone_surrogate(body: &[u8]) -> bool {
    tokens(body).iter().any(Token::is_half)
}

/// Returns true if the string under this name contains half of a surrogate pair.
pub(super) fn has_lone_surrogate_under(body: &[u8], name: &str) -> bool {
    let name = format!("\"{name}\"");
    tokens(body)
        .windows(2)
        .any(|pair| matches!(pair, [Token::Text(key), value] if *key == name && value.is_half()))
}

/// Returns true if a number is too large for a double.
pub(super) fn has_huge_number(body: &[u8]) -> bool {
    let is_huge = |word: &str| word.parse::<f64>().is_ok_and(f64::is_infinite);
    tokens(body).iter().any(|it| matches!(it, Token::Word(word) if is_huge(word)))
}

/// A token of a JSON text; separators are left out.
#[derive(Debug, PartialEq)]
enum Token<'b> {
    /// The beginning of a list or an object.
    Open,
    /// The end of a list or an object.
    Close,
    /// A string, with its quotes.
    Text(&'b str),
    /// A number or a literal.
    Word(&'b str),
}

impl Token<'_> {
    /// Returns true for a string that contains half of a surrogate pair.
    fn is_half(&self) -> bool {
        // The body matches the grammar, so nothing else can be wrong with the string.
        matches!(self, Token::Text(text) if serde_json::from_str::<String>(text).is_err())
    }
}

/// Returns the tokens of a body; none if it is not JSON.
fn tokens(body: &[u8]) -> Vec<Token<'_>> {
    serde_json::from_slice::<&RawValue>(body).map_or_else(|_| Vec::new(), |json| split(json.get()))
}

/// Returns the tokens of a text, which need not be valid JSON.
fn split(text: &str) -> Vec<Token<'_>> {
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => text_length(rest),
            '{' | '}' | '[' | ']' | ',' | ':' | ' ' | '\n' | '\r' | '\t' => 1,
            _ => rest.find(['}', ']', ',', ' ', '\n', '\r', '\t']).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        match first {
            '{' | '[' => found.push(Token::Open),
            '}' | ']' => found.push(Token::Close),
            '"' => found.push(Token::Text(token)),
            ',' | ':' | ' ' | '\n' | '\r' | '\t' => {}
            _ => found.push(Token::Word(token)),
        }
        rest = behind;
    }
    found
}

/// Returns the length of the string at the beginning of a text, including its quotes.
fn text_length(from: &str) -> usize {
    let mut escaped = false;
    let end = from.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(from.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dispute_is_told_from_the_others() {
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let rows = [
            (deep(127), [false; 3]),
            (deep(128), [true, false, false]),
            ("[".repeat(128), [true, false, false]),
            (r#"{"a":"\ud800","b":["\ud83d\ude00"]}"#.to_owned(), [false, true, false]),
            (r#"{"a":"\ud800x"}"#.to_owned(), [false, true, false]),
            (r#"{"a":"\ud83d\ude00 \\ud800 \" 1e999"}"#.to_owned(), [false; 3]),
            (r#"{"a":[1e999 ],"b":"x"}"#.to_owned(), [false, false, true]),
            (r#"{"a":-1E+400}"#.to_owned(), [false, false, true]),
            (r#"{"a":1e308,"b":true,"c":null}"#.to_owned(), [false; 3]),
            (r#"{"a":1e999"#.to_owned(), [false; 3]),
        ];
        for (body, expected) in rows {
            let bytes = body.as_bytes();
            let found = [is_deeper(bytes, DEEPEST), has_lone_surrogate(bytes), has_huge_number(bytes)];
            assert_eq!(found, expected, "{body}");
        }
        let half = |body: &str| has_lone_surrogate_under(body.as_bytes(), "a");
        assert!(half(r#"{"b":[{"a": "\ud800"}]}"#));
        assert!(!half(r#"{"b":"\ud800","a":"x"}"#) && !half(r#"{"a":"\ud83d\ude00","b":"\ud800"}"#));
    }

    #[test]
    fn whatever_is_disputed_is_refused_by_a_common_parser() {
        for body in [r#"["\ud800"]"#.to_owned(), "[1e999]".to_owned(), "[".repeat(128) + &"]".repeat(128)] {
            assert!(serde_json::from_str::<serde_json::Value>(&body).is_err(), "{body}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(&("[".repeat(127) + &"]".repeat(127))).is_ok());
    }
}
