//! Bodies that are within the grammar of JSON and that some parsers refuse all the same: told apart by what they hold, and
//! not by what one parser says of them.

use serde_json::value::RawValue;

/// Deeper than this common parsers do not follow.
const DEEPEST: usize = 127;

/// Whether lists and objects are nested too deeply. A parser finds this out before it learns whether they end.
pub(super) fn is_deep(body: &[u8]) -> bool {
    let mut depth = 0_usize;
    let text = std::str::from_utf8(body).unwrap_or_default();
    split(text).into_iter().any(|token| {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Text(_) | Token::Word(_) => {}
        }
        depth > DEEPEST
    })
}

/// Whether a text has half of a surrogate pair.
pub(super) fn has_lone_surrogate(body: &[u8]) -> bool {
    // Its escapes are well formed, so that nothing else can be wrong with it.
    tokens(body)
        .iter()
        .any(|it| matches!(it, Token::Text(text) if serde_json::from_str::<String>(text).is_err()))
}

/// Whether a number is past what a double holds.
pub(super) fn has_huge_number(body: &[u8]) -> bool {
    let is_huge = |word: &str| word.parse::<f64>().is_ok_and(f64::is_infinite);
    tokens(body).iter().any(|it| matches!(it, Token::Word(word) if is_huge(word)))
}

/// A part of a JSON text; what separates parts is left out.
#[derive(Debug, PartialEq)]
enum Token<'b> {
    /// A list or an object begins.
    Open,
    /// A list or an object ends.
    Close,
    /// A text, in its quotes.
    Text(&'b str),
    /// A number or a literal.
    Word(&'b str),
}

/// The parts of a body; none where it is no JSON.
fn tokens(body: &[u8]) -> Vec<Token<'_>> {
    serde_json::from_slice::<&RawValue>(body).map_or_else(|_| Vec::new(), |json| split(json.get()))
}

/// The parts of a text, be it JSON to its end or not.
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

/// How far a text goes, its quotes included.
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
            let found = [is_deep(bytes), has_lone_surrogate(bytes), has_huge_number(bytes)];
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn whatever_is_disputed_is_refused_by_a_common_parser() {
        for body in [r#"["\ud800"]"#.to_owned(), "[1e999]".to_owned(), "[".repeat(128) + &"]".repeat(128)] {
            assert!(serde_json::from_str::<serde_json::Value>(&body).is_err(), "{body}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(&("[".repeat(127) + &"]".repeat(127))).is_ok());
    }
}
