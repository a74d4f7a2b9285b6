//! Reads text files and removes what editors and other writers add around the same content.

use std::borrow::Cow;
use std::path::Path;

use serde_json::Value;

use crate::problem::Problem;

/// Reads a file and returns its name for messages and its text.
///
/// # Errors
/// Returns an error if the file can't be read or is not UTF-8, with the line of the first invalid byte.
pub(crate) fn read(path: &Path) -> Result<(String, String), Problem> {
    let file = path.display().to_string();
    let problem = |line, message| Problem { file: file.clone(), line, pointer: String::new(), message };
    let bytes = std::fs::read(path).map_err(|error| problem(0, format!("can't be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|it| **it == b'\n').count() + 1;
        problem(line, "is not UTF-8 from here on; save the file as UTF-8".to_owned())
    })?;
    Ok((file, text))
}

/// Returns the text without a byte order mark and with Unix line endings; digests are computed over this form.
pub(crate) fn content(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}

/// Returns the text without a byte order mark and with Unix line endings. In JSON, each escaped surrogate pair is
/// replaced by its character, since YAML has no such pairs. Line numbers do not change.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let unix = content(text);
    match unix.trim_start().starts_with('{') {
        true => Cow::Owned(json(&unix)),
        false => unix,
    }
}

/// Rewrites JSON for a YAML parser: escaped surrogate pairs become characters, and tabs outside strings become spaces.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(at) = rest.find(['\\', '"', '\t']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            b'"' => {
                quoted = !quoted;
                out.push('"');
                1
            }
            b'\t' => {
                out.push(if quoted { '\t' } else { ' ' });
                1
            }
            _ => match pair(rest) {
                Some(character) => {
                    out.push(character);
                    PAIR
                }
                // The character after a backslash never begins a string or an escape.
                None => {
                    let escaped = rest.chars().take(2).map(char::len_utf8).sum();
                    out.push_str(&rest[..escaped]);
                    escaped
                }
            },
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// The length in bytes of an escaped surrogate pair.
const PAIR: usize = "\\ud83d\\ude00".len();

/// Returns the character of the escaped surrogate pair at the beginning of a text.
fn pair(text: &str) -> Option<char> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units = [unit(0)?, unit(6)?];
    if !(0xD800..0xDC00).contains(&units[0]) {
        return None;
    }
    let mut characters = char::decode_utf16(units);
    characters.next()?.ok()
}

/// Parses a document with its merge keys (`<<`) resolved.
pub(crate) fn value(text: &str) -> Result<Value, serde_yaml::Error> {
    if !text.contains("<<") {
        return serde_yaml::from_str(text);
    }
    let mut value: serde_yaml::Value = serde_yaml::from_str(text)?;
    value.apply_merge()?;
    Ok(as_json(value))
}

/// Converts a value to JSON, whose keys are strings: an unquoted status code becomes a string too.
fn as_json(value: serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    let key = |it: Yaml| match it {
        Yaml::String(text) => text,
        Yaml::Number(number) => number.to_string(),
        Yaml::Bool(it) => it.to_string(),
        _ => String::new(),
    };
    match value {
        Yaml::Mapping(map) => map.into_iter().map(|(name, it)| (key(name), as_json(it))).collect(),
        Yaml::Sequence(list) => list.into_iter().map(as_json).collect(),
        Yaml::Tagged(tagged) => as_json(tagged.value),
        Yaml::Number(number) => serde_json::to_value(number).unwrap_or_default(),
        Yaml::String(text) => Value::String(text),
        Yaml::Bool(it) => Value::Bool(it),
        Yaml::Null => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_surrogates_are_characters() {
        let read = |text: &str| plain(text).into_owned();
        assert_eq!(read(r#"{"a": "\ud83d\ude00 \uD83D\uDE00"}"#), r#"{"a": "😀 😀"}"#);
        assert_eq!(
            read(r#"{"a": "\\ud83d\\ude00"}"#),
            r#"{"a": "\\ud83d\\ude00"}"#,
            "a backslash and letters"
        );
        assert_eq!(read(r#"{"a": "\ud83d", "b": "\u00e9\""}"#), r#"{"a": "\ud83d", "b": "\u00e9\""}"#);
        assert_eq!(read(r#"{"a": "\ud83d\u00e9"}"#), r#"{"a": "\ud83d\u00e9"}"#);
        assert_eq!(
            read("{\n\t\"a\": \"\\\"\tb\"\t}"),
            "{\n \"a\": \"\\\"\tb\" }",
            "a tab within a text stays"
        );
        assert_eq!(read(r"{\"), r"{\", "cut off");
    }

    #[test]
    fn line_ends_and_a_mark_are_no_content() {
        assert_eq!(plain("\u{feff}a: 1\r\nb: 2\r"), "a: 1\nb: 2\n");
        assert!(matches!(plain("a: '\\ud83d\\ude00'\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn merge_keys_stand_for_what_they_name() {
        let text = "base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3, 7: x}\nlist: [{<<: [*base, {c: 4}]}]\n";
        let found = value(text).unwrap();
        assert_eq!(found["more"], serde_json::json!({"a": 1, "b": 3, "7": "x"}));
        assert_eq!(found["list"][0], serde_json::json!({"a": 1, "b": 2, "c": 4}));
        assert!(value("a: {<<: 7}\n").is_err());
    }
}
