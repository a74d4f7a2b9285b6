//! JSON as it was written: numbers as their text, repeated keys kept, so that nothing is lost before it is judged.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Values nested deeper than this are not followed; many parsers refuse them, and may.
const DEEPEST: usize = 64;

/// A JSON value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's text.
    Number(String),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Json>),
    /// Members in order, repeated keys included.
    Object(Vec<(String, Json)>),
}

/// Why bytes could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON by anybody's reading.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// Some conforming parsers read it and others don't.
    #[error("JSON that parsers disagree on: {0}")]
    Unclear(&'static str),
}

struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Json {
    /// Reads a body.
    ///
    /// # Errors
    /// It is not JSON, or JSON that conforming parsers disagree on (a byte order mark, lone surrogates, great depth).
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            return match Self::read(rest) {
                Err(Unreadable::NotJson(why)) => Err(Unreadable::NotJson(why)),
                _ => Err(Unreadable::Unclear("a byte order mark before it")),
            };
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // A lenient server reads replacement characters; what it then sees decides whether it may accept.
            Err(error) => return Err(Unreadable::NotJson(format!("not UTF-8: {error}"))),
        };
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| classify(text, &error))?;
        Self::convert(raw, 0).map_err(|error| match error {
            Stop::Deep => Unreadable::Unclear("nested very deeply"),
            Stop::Serde(error) => classify(text, &error),
        })
    }

    fn convert(raw: &RawValue, depth: usize) -> Result<Self, Stop> {
        let text = raw.get();
        if depth > DEEPEST {
            return Err(Stop::Deep);
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(text)?;
                let members =
                    pairs.into_iter().map(|(key, value)| Ok((key, Self::convert(value, depth + 1)?)));
                Self::Object(members.collect::<Result<_, Stop>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::Array(
                    items.into_iter().map(|item| Self::convert(item, depth + 1)).collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Self::String(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Member of an object; the last of repeated ones, as most parsers have it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Text of a number.
    #[must_use]
    pub fn as_number(&self) -> Option<&str> {
        match self {
            Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Elements of a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether an object has a key twice.
    #[must_use]
    pub fn repeats_a_key(&self) -> bool {
        let Self::Object(members) = self else { return false };
        members
            .iter()
            .enumerate()
            .any(|(index, (key, _))| members[..index].iter().any(|(other, _)| other == key))
    }

    /// Whether a number in it is past what a double holds: parsers differ on those.
    #[must_use]
    pub fn has_huge_number(&self) -> bool {
        match self {
            // Of a legal number nothing else can be wrong.
            Self::Number(text) => serde_json::from_str::<serde_json::Value>(text).is_err(),
            Self::Array(items) => items.iter().any(Self::has_huge_number),
            Self::Object(members) => members.iter().any(|(_, value)| value.has_huge_number()),
            _ => false,
        }
    }

    /// An integer written in any legal way: `3`, `3.0`, `3e0`.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        let pesewas = spec::Pesewas::from_decimal(self.as_number()?).ok()?.get();
        (pesewas % 100 == 0).then_some(pesewas / 100)
    }
}

enum Stop {
    Deep,
    Serde(serde_json::Error),
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::Serde(error)
    }
}

/// Lone surrogates are within JSON's grammar, and parsers differ on them.
fn classify(text: &str, error: &serde_json::Error) -> Unreadable {
    let message = error.to_string();
    let about_surrogates = message.contains("surrogate") || message.contains("unexpected end of hex escape");
    if about_surrogates && text.contains("\\u") {
        return Unreadable::Unclear("a lone surrogate");
    }
    if message.contains("recursion limit") {
        return Unreadable::Unclear("nested very deeply");
    }
    Unreadable::NotJson(message)
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

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Json::read(&bytes);
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
