//! JSON as it was written: numbers keep their text and repeated keys are kept, so that nothing is lost before it is
//! judged.

use serde_json::value::RawValue;

/// The deepest nesting that is followed; many parsers refuse deeper values, and may do so.
const DEEPEST: usize = crate::bounds::DEPTH;

/// A JSON value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The text of a number.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// The members of an object in order, including repeated keys.
    Object(Vec<(String, Json)>),
}

/// Why bytes could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// They are not JSON in any reading.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// Some conforming parsers read them and others don't.
    #[error("JSON that parsers disagree on: {0}")]
    Unclear(&'static str),
}

impl Json {
    /// Reads a body.
    ///
    /// # Errors
    /// Returns an error if it is not JSON, or is JSON that conforming parsers disagree on (a byte order mark, lone
    /// surrogates, great depth).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            return match Self::read(rest) {
                Err(Unreadable::NotJson(why)) => Err(Unreadable::NotJson(why)),
                _ => Err(Unreadable::Unclear("a byte order mark before it")),
            };
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // A lenient server reads replacement characters; whether it may accept the order depends on what it then
            // sees.
            Err(error) => return Err(Unreadable::NotJson(format!("not UTF-8: {error}"))),
        };
        let raw: &RawValue =
            serde_json::from_str(text).map_err(|error| Unreadable::NotJson(error.to_string()))?;
        let mut reader = Reader { text: raw.get(), at: 0, shallow: false };
        reader.value(0).map_err(|Disputed(why)| Unreadable::Unclear(why))
    }

    /// Reads a body that is nested more deeply than [`Self::read`] follows, with each value at such a depth taken for
    /// null. No field of an order or of an answer is nested so deeply. Returns `None` if the body can't be read for
    /// another reason.
    pub(crate) fn read_shallow(bytes: &[u8]) -> Option<Self> {
        let raw: &RawValue = serde_json::from_slice(bytes).ok()?;
        Reader { text: raw.get(), at: 0, shallow: true }.value(0).ok()
    }

    /// Returns a member of an object; of repeated ones the last, as most parsers do.
    #[must_use]
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Returns the text of a string.
    #[must_use]
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a member that is a string.
    #[must_use]
    pub(crate) fn string(&self, key: &str) -> Option<String> {
        self.get(key)?.as_str().map(str::to_owned)
    }

    /// Returns a member that is an id. A number stands for its digits: no page says how ids are written where they are
    /// read back.
    #[must_use]
    pub(crate) fn identifier(&self, key: &str) -> Option<String> {
        self.string(key).or_else(|| self.get(key)?.as_integer().map(|it| it.to_string()))
    }

    /// Returns the text of a number.
    #[must_use]
    pub(crate) fn as_number(&self) -> Option<&str> {
        match self {
            Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a boolean.
    #[must_use]
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the elements of an array.
    #[must_use]
    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the members of an object.
    #[must_use]
    pub(crate) fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns true if an object has a key twice.
    #[must_use]
    pub(crate) fn repeats_a_key(&self) -> bool {
        let Self::Object(members) = self else { return false };
        members
            .iter()
            .enumerate()
            .any(|(index, (key, _))| members[..index].iter().any(|(other, _)| other == key))
    }

    /// Returns true if the value contains a number beyond the range of a double, on which parsers differ.
    #[must_use]
    pub(crate) fn has_huge_number(&self) -> bool {
        match self {
            // The number is grammatical, so an error can only be about its range.
            Self::Number(text) => serde_json::from_str::<serde_json::Value>(text).is_err(),
            Self::Array(items) => items.iter().any(Self::has_huge_number),
            Self::Object(members) => members.iter().any(|(_, value)| value.has_huge_number()),
            _ => false,
        }
    }

    /// Returns an integer written in any legal way: `3`, `3.0`, `3e0`.
    #[must_use]
    pub(crate) fn as_integer(&self) -> Option<i64> {
        let pesewas = spec::Pesewas::from_decimal(self.as_number()?).ok()?.get();
        (pesewas % 100 == 0).then_some(pesewas / 100)
    }
}

/// The error for a value that the JSON grammar allows but some parsers refuse, with the reason as words for a report.
struct Disputed(&'static str);

/// Walks once over text that has passed the grammar already, so that it only has to distinguish the values.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Whether a value that is nested too deeply is skipped.
    shallow: bool,
}

impl<'t> Reader<'t> {
    /// Returns the next byte that is not white space, and moves to it.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Result<Json, Disputed> {
        if depth > DEEPEST && self.shallow {
            self.skip();
            return Ok(Json::Null);
        }
        if depth > DEEPEST {
            return Err(Disputed("nested very deeply"));
        }
        Ok(match self.peek() {
            Some(b'{') => {
                let mut members = Vec::new();
                while self.more(b'}') {
                    let key = self.string()?;
                    self.peek();
                    self.at += 1; // skips the colon
                    members.push((key, self.value(depth + 1)?));
                }
                Json::Object(members)
            }
            Some(b'[') => {
                let mut items = Vec::new();
                while self.more(b']') {
                    items.push(self.value(depth + 1)?);
                }
                Json::Array(items)
            }
            Some(b'"') => Json::String(self.string()?),
            _ => match self.word() {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                "null" => Json::Null,
                number => Json::Number(number.to_owned()),
            },
        })
    }

    /// Steps over a value, however deeply it is nested.
    fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => _ = self.string(),
                b'[' | b'{' => (open, self.at) = (open + 1, self.at + 1),
                b']' | b'}' => (open, self.at) = (open.saturating_sub(1), self.at + 1),
                b',' | b':' => self.at += 1,
                _ if self.word().is_empty() => self.at += 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Steps over the opening bracket or a comma, or over the closing bracket. Returns true if a value follows before
    /// the closing bracket.
    fn more(&mut self, close: u8) -> bool {
        let found = self.peek();
        self.at += usize::from(found.is_some());
        if found.is_none_or(|byte| byte == close) {
            return false;
        }
        // An opening bracket may be followed directly by the closing one; a comma is followed by a value.
        let empty = self.peek() == Some(close);
        self.at += usize::from(empty);
        !empty
    }

    fn string(&mut self) -> Result<String, Disputed> {
        self.peek();
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        let mut plain = true;
        while let Some(found) = bytes.get(self.at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            self.at += found + 1;
            if bytes[self.at - 1] == b'"' {
                break;
            }
            plain = false;
            self.at += 1;
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        match quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(inside) if plain => Ok(inside.to_owned()),
            // The escapes are well formed; the only possible error is a lone surrogate.
            _ => serde_json::from_str(quoted).map_err(|_| Disputed("a lone surrogate")),
        }
    }

    /// Reads a literal or a number: up to the next character that can be part of neither.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '+' | '-' | '.'));
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_what_was_written() {
        let json = Json::read(br#"{"a": 37.50, "a": [1e2, null, true, "x"], "b": {}}"#).unwrap();
        assert!(json.repeats_a_key());
        let Json::Object(members) = &json else { panic!() };
        assert_eq!(members[0].1, Json::Number("37.50".into()));
        assert_eq!(json.get("a").unwrap().as_array().unwrap()[0].as_integer(), Some(100));
        assert_eq!(Json::Number("3.0".into()).as_integer(), Some(3));
        assert_eq!(Json::Number("3.5".into()).as_integer(), None);
    }

    #[test]
    fn tells_no_json_from_disputed_json() {
        for bytes in
            [&b""[..], b"{", b"{\"a\":1,}", b"nul", b"\xFF\xFE{\0}\0", b"{\"a\":\"\xFF\"}", b"{} {}", b"NaN"]
        {
            assert!(matches!(Json::read(bytes), Err(Unreadable::NotJson(_))), "{bytes:?}");
        }
        assert!(matches!(Json::read(b"\xEF\xBB\xBF{}"), Err(Unreadable::Unclear(_))));
        assert!(matches!(Json::read(br#"{"a":"\ud800"}"#), Err(Unreadable::Unclear(_))));
        assert!(matches!(Json::read(br#"{"a":"\ud800x"}"#), Err(Unreadable::Unclear(_))));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(Json::read(deep.as_bytes()), Err(Unreadable::Unclear(_))));
    }

    #[test]
    fn what_is_too_deep_is_taken_for_null_and_all_around_it_is_read() {
        let deep = |inside: &str| format!("{}{inside}{}", "[".repeat(50_000), "]".repeat(50_000));
        for inside in ["", "1", r#""]\"""#, r#"{"a":[1,2],"b":{"c":null}},[]"#, "true , -1.5e3"] {
            let text = format!(r#"{{"before":1,"deep":{},"after":{{"b":[2]}}}}"#, deep(inside));
            assert!(matches!(Json::read(text.as_bytes()), Err(Unreadable::Unclear(_))), "{inside}");
            let json = Json::read_shallow(text.as_bytes()).unwrap();
            assert_eq!(json.get("before").unwrap().as_integer(), Some(1), "{inside}");
            let after = json.get("after").unwrap().get("b").unwrap().as_array().unwrap();
            assert_eq!(after[0].as_integer(), Some(2), "{inside}");
        }
        assert_eq!(Json::read_shallow(br#"{"a":"\ud800"}"#), None);
    }

    /// Generates any tree with numbers that every parser reads alike.
    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                proptest::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn plain(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(text) => serde_json::from_str(text).unwrap(),
            Json::String(text) => text.clone().into(),
            Json::Array(items) => items.iter().map(plain).collect(),
            Json::Object(members) => members.iter().map(|(key, it)| (key.clone(), plain(it))).collect(),
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Json::read(&bytes);
        }

        #[test]
        fn reads_what_serde_reads(value in tree(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = Json::read(text.unwrap().as_bytes()).unwrap();
            prop_assert_eq!(plain(&json), value);
        }

        #[test]
        fn agrees_with_serde_on_what_is_json(text in r#"[\[\]{}:, \n"\\0-9a-u+.-]{0,24}"#) {
            let ours = Json::read(text.as_bytes());
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours.is_ok(), "{:?}", ours),
                // Only a number too large for a double and a lone surrogate are allowed by the grammar but not by
                // serde's tree.
                Err(error) => prop_assert!(
                    ours.is_err() || error.to_string().contains("number out of range"),
                    "{:?}", ours
                ),
            }
        }

        #[test]
        fn reads_what_serde_writes(text in "\\PC*", number in any::<i64>()) {
            let value = serde_json::json!({"t": text, "n": [number]});
            let json = Json::read(value.to_string().as_bytes()).unwrap();
            prop_assert_eq!(json.get("t").unwrap().as_str().unwrap(), text);
            let list = json.get("n").unwrap().as_array().unwrap();
            prop_assert_eq!(list[0].as_number().unwrap(), number.to_string());
        }
    }
}
