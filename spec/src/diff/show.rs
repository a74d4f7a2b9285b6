//! Formats values for the lines of a report, and compares two limits.

use serde_json::Value;

use super::decimal;

/// The number of characters shown of a long value, and how many of them come before the first difference.
const SHOWN: usize = 80;
const BEFORE: usize = 20;

/// Formats a value on one line.
pub(super) fn whole(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if !text.contains('\n') && !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

/// Returns `SHOWN` characters of a text, with dots where text is left out.
fn cut(text: &str, from: usize) -> String {
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if text.chars().nth(from + SHOWN).is_some() { "..." } else { "" };
    format!("{before}{shown}{after}")
}

/// Formats a value on one short line.
pub(super) fn show(value: &Value) -> String {
    cut(&whole(value), 0)
}

/// Formats a change as `20 -> 10`. Long values with a common beginning are shown from shortly before the first
/// difference.
pub(super) fn from_to(base: &Value, new: &Value) -> String {
    let (base, new) = (whole(base), whole(new));
    let alike = base.chars().zip(new.chars()).take_while(|(b, n)| b == n).count();
    let from = if alike > SHOWN - BEFORE { alike - BEFORE } else { 0 };
    format!("{} -> {}", cut(&base, from), cut(&new, from))
}

/// Compares two limits; `missing` says whether a missing one is above or below all others.
pub(super) fn order(base: &Value, new: &Value, missing: std::cmp::Ordering) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (decimal::Decimal::of(base), decimal::Decimal::of(new)) {
        (Some(base), Some(new)) => base.order(new),
        (Some(_), None) => missing.reverse(),
        (None, Some(_)) => missing,
        (None, None) => Equal,
    }
}
