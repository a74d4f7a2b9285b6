//! Values in the lines of a report, and how two limits compare.

use serde_json::Value;

use super::decimal;

/// Letters of a value that a line shows, and those before a difference that say where it is.
const SHOWN: usize = 80;
const BEFORE: usize = 20;

/// A value on one line.
pub(super) fn whole(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if !text.contains('\n') && !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

/// So many letters of a text, with dots where some are left out.
fn cut(text: &str, from: usize) -> String {
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if text.chars().nth(from + SHOWN).is_some() { "..." } else { "" };
    format!("{before}{shown}{after}")
}

/// A value on one short line.
pub(super) fn show(value: &Value) -> String {
    cut(&whole(value), 0)
}

/// `20 -> 10`. Of long values that begin alike, what is shown begins shortly before they differ.
pub(super) fn from_to(base: &Value, new: &Value) -> String {
    let (base, new) = (whole(base), whole(new));
    let alike = base.chars().zip(new.chars()).take_while(|(b, n)| b == n).count();
    let from = if alike > SHOWN - BEFORE { alike - BEFORE } else { 0 };
    format!("{} -> {}", cut(&base, from), cut(&new, from))
}

/// How two limits compare; a missing one is the end of the scale that `missing` names.
pub(super) fn order(base: &Value, new: &Value, missing: std::cmp::Ordering) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (decimal::Decimal::of(base), decimal::Decimal::of(new)) {
        (Some(base), Some(new)) => base.order(new),
        (Some(_), None) => missing.reverse(),
        (None, Some(_)) => missing,
        (None, None) => Equal,
    }
}
