//! Whole numbers on the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::Money;

/// A count or an index: a whole number from 0. JSON has no integer type, so `3.0` is read as `3` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Count(pub u32);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not a count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The text is not a decimal number, or has too many decimals or digits.
    #[error(transparent)]
    NotDecimal(#[from] spec::money::MoneyError),
    /// The number has a fraction, is below zero, or is too large.
    #[error("`{0}` is not a count")]
    NotWhole(String),
}

impl FromStr for Count {
    type Err = CountError;

    fn from_str(text: &str) -> Result<Self, CountError> {
        // The decimal grammar of JSON is implemented once, for money. It gives a number of hundredths, which must be
        // whole.
        let hundredths = Money::from_decimal(text)?.get();
        let whole = (hundredths % 100 == 0).then(|| u32::try_from(hundredths / 100).ok()).flatten();
        whole.map(Self).ok_or_else(|| CountError::NotWhole(text.to_owned()))
    }
}

impl From<u32> for Count {
    fn from(count: u32) -> Self {
        Self(count)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer)?.get().parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_numbers_however_written() {
        for text in ["3", "3.0", "3.00", "0.3e1"] {
            assert_eq!(serde_json::from_str::<Count>(text).unwrap(), Count(3), "{text}");
        }
        for text in ["3.5", "-1", "\"3\"", "null", "1e12", "0.004"] {
            assert!(serde_json::from_str::<Count>(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::to_string(&Count(3)).unwrap(), "3");
    }
}
