//! Compares the numbers of a schema as decimals, without floats.

use std::cmp::Ordering;

use serde_json::Value;

/// The value `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// Reads a JSON number; returns `None` for any other value, and for numbers with more than 30 digits or decimal
    /// places.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let Value::Number(number) = value else { return None };
        let text = number.to_string();
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text.as_str(), 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        if scale.abs() > 30 || whole.len() + fraction.len() > 30 {
            return None;
        }
        let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        match u32::try_from(scale) {
            Ok(scale) => Some(Self { mantissa, scale }),
            Err(_) => Some(Self {
                mantissa: mantissa.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?,
                scale: 0,
            }),
        }
    }

    /// Scales both mantissas to the same power of ten; returns `None` if one no longer fits into 128 bits.
    fn aligned(self, other: Self) -> Option<(i128, i128)> {
        let scale = self.scale.max(other.scale);
        let lift = |it: Self| it.mantissa.checked_mul(10_i128.checked_pow(scale - it.scale)?);
        Some((lift(self)?, lift(other)?))
    }

    /// Returns true if this is an integer multiple of `other`.
    pub(super) fn is_multiple_of(self, other: Self) -> bool {
        self.aligned(other).is_some_and(|(a, b)| b != 0 && a % b == 0)
    }

    /// Compares two numbers; numbers whose mantissas can't be aligned count as equal.
    pub(super) fn order(self, other: Self) -> Ordering {
        self.aligned(other).map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::of(&serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn compares_as_decimals() {
        assert_eq!(of("0.1").order(of("0.10")), Ordering::Equal);
        assert_eq!(of("-2").order(of("1.5")), Ordering::Less);
        assert_eq!(of("1e3").order(of("999.99")), Ordering::Greater);
        assert_eq!(of("1e-7").order(of("0.0000001")), Ordering::Equal);
        assert!(of("0.05").is_multiple_of(of("0.01")));
        assert!(!of("0.01").is_multiple_of(of("0.05")));
        assert!(Decimal::of(&Value::Null).is_none());
    }
}
