//! The same case for other recipients: each number in its orders is replaced, and all else stays as it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use spec::contract::Msisdn;

use super::case::{Case, Step};

/// Returns a case under another id in which `other` has replaced each recipient's number, the same number by the same
/// one everywhere. Returns `None` if no number is written in the case in the form of the page, or if `other` has none.
#[must_use]
pub(crate) fn with_other_numbers(
    case: &Case,
    id: String,
    msisdn: &Msisdn,
    mut other: impl FnMut(&str) -> Option<String>,
) -> Option<Case> {
    let mut renamed = BTreeMap::new();
    for number in case.orders().flat_map(|it| numbers(&it.body, msisdn)) {
        if let Entry::Vacant(place) = renamed.entry(number) {
            let instead = other(place.key())?;
            place.insert(instead);
        }
    }
    let mut case = Case { id, ..case.clone() };
    case.steps.iter_mut().for_each(|it| rename(it, &renamed, msisdn));
    (!renamed.is_empty()).then_some(case)
}

/// Returns the numbers of the country that a body holds in the form of the page, in order.
fn numbers(body: &[u8], msisdn: &Msisdn) -> Vec<String> {
    places(body, msisdn)
        .into_iter()
        .map(|at| body[at..at + length(msisdn)].iter().copied().map(char::from).collect())
        .collect()
}

fn length(msisdn: &Msisdn) -> usize {
    msisdn.country_code.len() + msisdn.national_digits
}

/// Returns where a body has such numbers: as many digits as a number has, and no more, the country code first.
fn places(body: &[u8], msisdn: &Msisdn) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    for run in body.split(|byte| !byte.is_ascii_digit()) {
        if run.len() == length(msisdn) && run.starts_with(msisdn.country_code.as_bytes()) {
            found.push(start);
        }
        start += run.len() + 1;
    }
    found
}

fn rename(step: &mut Step, renamed: &BTreeMap<String, String>, msisdn: &Msisdn) {
    match step {
        Step::Order(order) | Step::OrderIf(_, order) => {
            for at in places(&order.body, msisdn) {
                let place = &mut order.body[at..at + length(msisdn)];
                let number: String = place.iter().copied().map(char::from).collect();
                if let Some(other) = renamed.get(&number).filter(|it| it.len() == place.len()) {
                    place.copy_from_slice(other.as_bytes());
                }
            }
        }
        Step::Batch(steps) => steps.iter_mut().for_each(|it| rename(it, renamed, msisdn)),
        Step::FailRecipient(number) => {
            if let Some(other) = renamed.get(number) {
                number.clone_from(other);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::case::{Actor, Cost, Outgoing, Turn};

    fn case(steps: Vec<Step>) -> Case {
        Case {
            index: 7,
            id: "count/2".into(),
            origin: "count",
            varies: false,
            title: String::new(),
            serves: Vec::new(),
            coordinates: None,
            actors: vec![Actor::Nobody],
            steps,
            cost: Cost::default(),
            draft: None,
            turn: Turn::Open,
        }
    }

    #[test]
    fn each_number_is_replaced_by_one_other_and_nothing_else_changes() {
        let msisdn = &spec::embedded().unwrap().msisdn;
        let (one, two) = ("233201234567", "233201234568");
        let longer = format!("{one}0");
        let body =
            |one: &str, two: &str| format!(r#"[{{"a":"{one}"}},{{"a":"{two}"}},{longer},"20123456789"]"#);
        let steps = |one: &str, two: &str| {
            vec![
                Step::FailRecipient(two.to_owned()),
                Step::Order(Outgoing::of_body(&body(one, two))),
                Step::Batch(vec![Step::Order(Outgoing::of_body(&body(two, one))), Step::Wallet(0)]),
            ]
        };
        let mut asked = Vec::new();
        let other = |number: &str| {
            asked.push(number.to_owned());
            Some(number.replacen("23320", "23324", 1))
        };
        let changed =
            with_other_numbers(&case(steps(one, two)), "count/2#numbers".into(), msisdn, other).unwrap();
        assert_eq!(changed.steps, steps("233241234567", "233241234568"));
        assert_eq!((changed.index, changed.id.as_str()), (7, "count/2#numbers"));
        assert_eq!(asked, [one, two]);
        let none = |steps| with_other_numbers(&case(steps), String::new(), msisdn, |_| None).is_none();
        assert!(none(steps(one, two)), "no other number is known");
        assert!(none(vec![Step::Order(Outgoing::of_body("{}"))]), "there is no number");
    }
}
