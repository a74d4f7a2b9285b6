//! Numbers of recipients that an order shows changed: cut, or put through a type that does not hold them.
//!
//! No page says where an order shows a number, so a changed one is told by its place among numbers that are right, or by
//! what a type makes of those that were sent. A number behind a mask is not shown, and so not changed.

use spec::Contract;

use super::json::Json;
use super::msisdn::phone;

/// The deepest nesting of an entry that is searched.
const DEEPEST: usize = 3;

/// The deepest nesting of an order that is searched for its recipients.
const DEEPEST_LIST: usize = 5;

/// The number of values of an integer of 32 bits.
const WRAPS: u64 = 1 << 32;

/// A scientific notation of a number is one of it if it is off by less than one part in this many: some keep five digits.
const EXACT_TO: u64 = 10_000;

/// Returns true if a text consists of what a number is written with.
#[must_use]
pub(super) fn of_digits(text: &str) -> bool {
    let spells = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | 'e' | 'E');
    text.chars().all(spells) && text.contains(|c: char| c.is_ascii_digit())
}

/// Returns the digits of a JSON number, however it is written, as a text; `None` for other values.
#[must_use]
pub(super) fn integer(json: &Json) -> Option<String> {
    let text = json.as_number()?;
    Some(json.as_integer().map_or_else(|| text.to_owned(), |it| it.to_string()))
}

/// Returns for each entry of a list what stands in the place where the others have their numbers, if it is made of digits
/// and is no number; `known` says which entries have one.
#[must_use]
pub(super) fn beside(contract: &Contract, items: &[Json], known: &[bool]) -> Vec<Option<String>> {
    let mut with = items.iter().zip(known).filter(|(_, known)| **known);
    let place = with.find_map(|(item, _)| place_of(contract, item)).unwrap_or_default();
    let shown = |item: &Json| {
        let json = place.iter().try_fold(item, |json, name| json.get(name))?;
        json.as_str().or(json.as_number()).filter(|it| of_digits(it)).map(str::to_owned)
    };
    items.iter().zip(known).map(|(item, known)| shown(item).filter(|_| !known)).collect()
}

/// Returns the names of the members that lead to the number of an entry.
fn place_of(contract: &Contract, item: &Json) -> Option<Vec<String>> {
    let mut leaves = Vec::new();
    leaves_of(item, &mut Vec::new(), &mut leaves);
    let number = |json: &Json| integer(json).or(json.as_str().map(str::to_owned));
    let mut places = leaves.into_iter();
    places
        .find(|(_, json)| number(json).is_some_and(|it| phone(contract, &it).is_some()))
        .map(|(place, _)| place)
}

/// Collects the values of an entry that are neither lists nor objects, each with the names that lead to it.
fn leaves_of<'j>(json: &'j Json, place: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'j Json)>) {
    match json.as_object().filter(|_| place.len() < DEEPEST) {
        Some(members) => {
            for (name, value) in members {
                place.push(name.clone());
                leaves_of(value, place, found);
                place.pop();
            }
        }
        None => found.push((place.clone(), json)),
    }
}

/// Returns what an order shows in place of the first of the numbers that were sent, if it has a list with what a type too
/// narrow for them makes of each.
#[must_use]
pub(crate) fn narrowed(order: &Json, sent: &[u64]) -> Option<String> {
    search(order, sent, 0)
}

fn search(json: &Json, sent: &[u64], depth: usize) -> Option<String> {
    if depth > DEEPEST_LIST {
        return None;
    }
    if let Some(items) = json.as_array() {
        let list = || in_list(items, sent);
        return list().or_else(|| items.iter().find_map(|it| search(it, sent, depth + 1)));
    }
    json.as_object()?.iter().find_map(|(_, it)| search(it, sent, depth + 1))
}

/// Returns the first value of a list in whose entries one place has what a narrow type makes of a number that was sent.
fn in_list(items: &[Json], sent: &[u64]) -> Option<String> {
    if items.is_empty() || items.len() != sent.len() {
        return None;
    }
    let mut leaves = Vec::new();
    leaves_of(&items[0], &mut Vec::new(), &mut leaves);
    let narrow = |item: &Json, place: &[String]| {
        let json = place.iter().try_fold(item, |json, name| json.get(name));
        json.is_some_and(|json| sent.iter().any(|number| is_made_of(*number, json, place)))
    };
    let (_, first) = leaves.iter().find(|(place, _)| items.iter().all(|item| narrow(item, place)))?;
    first.as_str().or(first.as_number()).map(str::to_owned)
}

/// Returns true if a value is what a type too narrow for a number makes of it.
fn is_made_of(number: u64, json: &Json, place: &[String]) -> bool {
    let Some(text) = json.as_str().or(json.as_number()) else { return false };
    let spelled = Json::Number(text.to_owned());
    let Some(value) = spelled.as_integer().filter(|_| text.len() > 1) else { return false };
    let (wraps, low) = (WRAPS as i64, (number % WRAPS) as i64);
    // A text in scientific notation is no number that anybody could call; a JSON number in it is recognised as one.
    if json.as_str().is_some() && text.contains(['e', 'E']) {
        return u64::try_from(value).is_ok_and(|it| it.abs_diff(number).saturating_mul(EXACT_TO) < number);
    }
    let wrapped = number >= WRAPS && (value == low || value == low - wraps);
    // The end of the range may be a limit of something else, unless the name says what it is.
    let ends = [wraps - 1, wraps / 2 - 1, -(wraps / 2)].contains(&value);
    let name = place.last().map(|it| it.to_ascii_lowercase()).unwrap_or_default();
    let named = ["msisdn", "phone", "number", "mobile", "recipient", "beneficiary"]
        .iter()
        .any(|it| name.contains(it));
    wrapped || ends && named && number >= WRAPS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SENT: [u64; 2] = [233_201_240_000, 233_201_240_001];

    fn read(order: &serde_json::Value) -> Json {
        Json::read(order.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_number_that_was_cut_is_told_by_its_place() {
        let contract = spec::embedded().unwrap();
        let beside = |first: serde_json::Value| {
            let list = json!([{"id": 7, "to": {"phone": first}}, {"id": 8, "to": {"phone": "233201240001"}}]);
            let list = read(&list);
            beside(&contract, list.as_array().unwrap(), &[false, true])
        };
        for value in [json!("23320124"), json!(23_320_124), json!("2.3320124E11"), json!(0), json!(-1)] {
            let [Some(_), None] = &beside(value.clone())[..] else { panic!("{value}") };
        }
        // What stands behind a mask or not at all is not changed.
        for value in [json!("2332012****"), json!("x"), json!(null), json!(""), json!("e")] {
            assert_eq!(beside(value.clone()), [None, None], "{value}");
        }
    }

    #[test]
    fn what_a_narrow_type_makes_of_all_numbers_is_told_by_its_value() {
        let of = |first: serde_json::Value, second: serde_json::Value| {
            let list = json!({"items": [{"id": 1, "msisdn": first}, {"id": 2, "msisdn": second}]});
            narrowed(&read(&list), &SENT)
        };
        let low = |number: u64| number % WRAPS;
        for (first, second) in [
            (json!(low(SENT[0])), json!(low(SENT[1]))),
            (json!(low(SENT[0]).to_string()), json!(low(SENT[1]).to_string())),
            (json!(low(SENT[1]) as i64 - WRAPS as i64), json!(low(SENT[0]) as i64 - WRAPS as i64)),
            (json!(2_147_483_647), json!(2_147_483_647)),
            (json!("2.3320124e+11"), json!("2.3320E11")),
        ] {
            assert!(of(first.clone(), second.clone()).is_some(), "{first} {second}");
        }
        for (first, second) in [
            (json!(1), json!(2)),
            (json!("***0000"), json!("***0001")),
            (json!(low(SENT[0])), json!("hidden")),
            (json!("201240000"), json!("201240001")),
        ] {
            assert_eq!(of(first.clone(), second.clone()), None, "{first} {second}");
        }
        let limits = json!({"items": [{"ttl": 2_147_483_647}, {"ttl": 2_147_483_647}]});
        assert_eq!(narrowed(&read(&limits), &SENT), None);
    }
}
