//! Amounts of money as integers: one pesewa is 0.01 GHS, and no amount is ever represented as a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The largest plausible amount, in pesewas: ten trillion cedis.
const LARGEST_PESEWAS: i128 = 1_000_000_000_000_000;

/// An amount of money in pesewas, 1/100 of a Ghana cedi.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pesewas(i64);

/// The reason why a decimal text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("`{0}` is not a decimal number such as 37.5")]
    NotDecimal(String),
    /// The number has digits below one pesewa, which floating-point arithmetic may produce.
    #[error("`{0}` is not a whole number of pesewas: it has digits below 0.01 GHS")]
    BelowPesewa(String),
    /// The number is larger than any wallet.
    #[error("`{0}` is larger than any wallet")]
    TooLarge(String),
}

impl Pesewas {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The smallest positive amount.
    pub const ONE: Self = Self(1);

    /// Creates an amount from a number of pesewas.
    #[must_use]
    pub const fn new(pesewas: i64) -> Self {
        Self(pesewas)
    }

    /// Returns the number of pesewas.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns true if the amount is zero.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// Reads the text of a JSON number: `37.5`, `37.50`, `3.75e1` and `38` are all valid amounts.
    ///
    /// # Errors
    /// Returns an error if the text is not a JSON number, has digits below one pesewa, or is larger than any wallet.
    pub fn from_decimal(text: &str) -> Result<Self, MoneyError> {
        let bad = || MoneyError::NotDecimal(text.chars().take(40).collect());
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().map_err(|_| bad())?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(bad()),
            None => (mantissa, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || !digits_only(whole) || !digits_only(fraction) {
            return Err(bad());
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        // The value in pesewas is `digits` times ten to the power of `scale`.
        let scale = i64::from(exponent) - fraction.len() as i64 + 2;
        let significant = digits.trim_end_matches('0');
        let scale = scale + (digits.len() - significant.len()) as i64;
        if scale < 0 {
            return Err(MoneyError::BelowPesewa(text.chars().take(40).collect()));
        }
        let too_large = || MoneyError::TooLarge(text.chars().take(40).collect());
        if significant.len() as i64 + scale > 18 {
            return Err(too_large());
        }
        let value = significant.parse::<i128>().map_err(|_| too_large())? * 10_i128.pow(scale as u32);
        if value > LARGEST_PESEWAS {
            return Err(too_large());
        }
        let value = i64::try_from(value).map_err(|_| too_large())?;
        Ok(Self(if negative { -value } else { value }))
    }

    /// Returns the shortest decimal text: `37.5` rather than `37.50`, `38` rather than `38.00`.
    #[must_use]
    pub fn to_json_number(self) -> String {
        let text = self.to_string();
        match text.strip_suffix('0') {
            Some(short) => short.strip_suffix(".0").unwrap_or(short).to_owned(),
            None => text,
        }
    }

    /// Adds two amounts; returns `None` if the sum is out of range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

/// Formats the amount with exactly two decimals: `37.50`.
impl fmt::Display for Pesewas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let absolute = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", absolute / 100, absolute % 100))
    }
}

impl FromStr for Pesewas {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_decimal(text.trim())
    }
}

impl Add for Pesewas {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Pesewas {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Pesewas {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Pesewas {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Pesewas {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<i64> for Pesewas {
    type Output = Self;
    fn mul(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Sum for Pesewas {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |sum, amount| sum + amount)
    }
}

/// Serializes the amount as a JSON number made from its decimal text.
impl Serialize for Pesewas {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_json_number()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Deserializes the text of a JSON number. This works with `serde_json` only, since other formats don't keep the text.
impl<'de> Deserialize<'de> for Pesewas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_decimal(raw.get()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_json_calls_a_number() {
        for (text, pesewas) in [
            ("37.5", 3750),
            ("37.50", 3750),
            ("38", 3800),
            ("38.0", 3800),
            ("3.75e1", 3750),
            ("375E-1", 3750),
            ("0", 0),
        ] {
            assert_eq!(Pesewas::from_decimal(text), Ok(Pesewas::new(pesewas)), "{text}");
        }
        assert_eq!(Pesewas::from_decimal("-0.01"), Ok(Pesewas::new(-1)));
        assert_eq!(Pesewas::from_decimal("0e999999999"), Ok(Pesewas::ZERO));
    }

    #[test]
    fn refuses_noise_and_nonsense() {
        assert!(matches!(Pesewas::from_decimal("0.30000000000000004"), Err(MoneyError::BelowPesewa(_))));
        assert!(matches!(Pesewas::from_decimal("1e30"), Err(MoneyError::TooLarge(_))));
        assert!(matches!(Pesewas::from_decimal("1e-999999999999"), Err(MoneyError::NotDecimal(_))));
        for text in ["", "-", ".5", "5.", "05", "+5", "1,5", "NaN", "\"1\"", "1e", "٣"] {
            assert!(matches!(Pesewas::from_decimal(text), Err(MoneyError::NotDecimal(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn print_then_parse_is_identity(pesewas in -1_000_000_000_000_i64..1_000_000_000_000) {
            let amount = Pesewas::new(pesewas);
            prop_assert_eq!(Pesewas::from_decimal(&amount.to_string()), Ok(amount));
            prop_assert_eq!(Pesewas::from_decimal(&amount.to_json_number()), Ok(amount));
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Pesewas>(&json).unwrap(), amount);
        }
    }
}
