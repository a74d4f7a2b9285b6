//! Parses JSON, with the variations that RFC 8259 leaves open or that many parsers allow.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::rules::freedoms::{Reading, Repeated};

/// Parses a text.
///
/// # Errors
/// Returns an error if the text is not JSON.
pub(super) fn parse(reading: &Reading, text: &str) -> serde_json::Result<Value> {
    let text = if reading.not_a_number { without_nan(text) } else { Cow::Borrowed(text) };
    if reading.repeated == Repeated::Last {
        return serde_json::from_str(&text);
    }
    let mut reader = serde_json::Deserializer::from_str(&text);
    let value = Parser(reading.repeated).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Replaces `NaN` and the infinities by null, which is safe because no field of an order is a number.
fn without_nan(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    let (mut quoted, mut escaped) = (false, false);
    while let Some(letter) = rest.chars().next() {
        if let Some(word) = WORDS.iter().find(|word| !quoted && rest.starts_with(**word)) {
            out.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = quoted && letter == '\\' && !escaped;
        out.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    Cow::Owned(out)
}

/// Deserializes a value with a rule for repeated names in an object.
#[derive(Clone, Copy)]
struct Parser(Repeated);

impl<'de> DeserializeSeed<'de> for Parser {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Parser {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            match self.0 {
                Repeated::Refused if object.contains_key(&name) => {
                    return Err(A::Error::custom("a name stands twice"));
                }
                Repeated::First if object.contains_key(&name) => {}
                _ => _ = object.insert(name, value),
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::freedoms::Freedoms;

    #[test]
    fn names_that_stand_twice() {
        let read =
            |repeated, text: &str| parse(&Reading { repeated, ..Freedoms::default().reading }, text).ok();
        let twice = r#"{"a":1,"b":[{"c":1.5,"c":null}],"a":"x"}"#;
        assert_eq!(read(Repeated::Last, twice), Some(json!({"a": "x", "b": [{"c": null}]})));
        assert_eq!(read(Repeated::First, twice), Some(json!({"a": 1, "b": [{"c": 1.5}]})));
        assert_eq!(read(Repeated::Refused, twice), None);
        let once = r#"{"a":true,"b":[-1,18446744073709551615,"é\n"]}"#;
        for repeated in [Repeated::Last, Repeated::First, Repeated::Refused] {
            assert_eq!(read(repeated, once), serde_json::from_str(once).ok());
            for wrong in ["", "{", "{}x", "[1,]", "\"\\ud800\"", "1e999"] {
                assert_eq!(read(repeated, wrong), None, "{wrong}");
            }
        }
    }

    #[test]
    fn words_for_numbers_are_read_outside_of_texts() {
        let reading = Reading { not_a_number: true, ..Freedoms::default().reading };
        let text = r#"{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \" -Infinity","d":"\\","e":NaN}"#;
        let wanted = json!({"a": null, "b": [null, null], "c": "NaN \" -Infinity", "d": "\\", "e": null});
        assert_eq!(parse(&reading, text).ok(), Some(wanted));
        for wrong in ["{\"a\":NaN}x", "[NaN", "nan", "1NaN"] {
            assert!(parse(&reading, wrong).is_err(), "{wrong}");
        }
        assert!(parse(&Freedoms::default().reading, "[NaN]").is_err());
    }
}
