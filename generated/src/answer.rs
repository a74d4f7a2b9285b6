//! Reads the fields of an answer: promised fields are required, and everything else is read where possible.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// One JSON object of an answer. The generated types read their fields from it.
pub(crate) struct Object(BTreeMap<String, Box<RawValue>>);

impl Object {
    /// Reads the object.
    pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self)
    }

    /// Reads a field that the pages promise. The error names the field.
    pub(crate) fn required<T: DeserializeOwned, E: Error>(&mut self, name: &'static str) -> Result<T, E> {
        let raw = self.0.remove(name).ok_or_else(|| E::missing_field(name))?;
        serde_json::from_str(raw.get()).map_err(|error| {
            // serde's position is relative to this value, so it would not help.
            let text = error.to_string();
            E::custom(format!("{name}: {}", text.split(" at line ").next().unwrap_or(&text)))
        })
    }

    /// Reads any other field. A value that can't be read counts as absent, and [`rest`](Self::rest) returns it
    /// unchanged.
    pub(crate) fn optional<T: DeserializeOwned + Default>(&mut self, name: &str) -> T {
        match self.0.get(name).map(|raw| serde_json::from_str(raw.get())) {
            Some(Ok(value)) => {
                self.0.remove(name);
                value
            }
            Some(Err(_)) | None => T::default(),
        }
    }

    /// Returns everything that no field has taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        let read = |(name, raw): (String, Box<RawValue>)| {
            // serde has no JSON value for a number beyond the range of a float, so its text is kept.
            let value = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().into());
            (name, value)
        };
        self.0.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        Object::read(&mut serde_json::Deserializer::from_str(text)).unwrap()
    }

    #[test]
    fn what_is_promised_must_be_there_and_readable() {
        let mut answer = object(r#"{"a": 1, "b": "x", "c": null}"#);
        assert_eq!(answer.required::<u8, serde_json::Error>("a").unwrap(), 1);
        let wrong = answer.required::<u8, serde_json::Error>("b").unwrap_err().to_string();
        assert_eq!(wrong, "b: invalid type: string \"x\", expected u8");
        assert!(answer.required::<u8, serde_json::Error>("c").is_err());
        let missing = answer.required::<u8, serde_json::Error>("d").unwrap_err().to_string();
        assert_eq!(missing, "missing field `d`");
    }

    #[test]
    fn all_else_is_read_where_it_can_be_and_kept_where_it_can_not() {
        let mut answer = object(r#"{"a": "2026-11-28", "b": null, "c": 7, "d": 1e999}"#);
        assert_eq!(answer.optional::<Option<f64>>("a"), None);
        assert_eq!(answer.optional::<Option<u8>>("b"), None);
        assert_eq!(answer.optional::<Option<u8>>("c"), Some(7));
        assert_eq!(answer.optional::<Vec<u8>>("e"), [0; 0]);
        assert_eq!(Value::Object(answer.rest()), serde_json::json!({"a": "2026-11-28", "d": "1e999"}));
    }

    #[test]
    fn only_an_object_is_one() {
        assert!(Object::read(&mut serde_json::Deserializer::from_str("[]")).is_err());
    }
}
