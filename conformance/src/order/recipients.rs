//! The recipients of an order that is read back, recognised by what they hold.
//!
//! The page says that a parent order has embedded bulk recipient state, and gives it neither a name nor a shape. So it is
//! looked for: the list, or the object, whose entries hold phone numbers. What can't be recognised is not there, as far as
//! anybody can tell, and nothing is held against it.

use std::collections::BTreeSet;

use spec::Contract;

use super::amount::Amount;
use super::json::Json;
use super::msisdn::normal_form;

/// A recipient of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// Its state in lower case, where one of the known states is shown.
    pub(crate) state: Option<String>,
    /// Whether something is shown under a name of states that is none of the known ones.
    pub(crate) other_state: bool,
    /// Its number without its spelling, where it is shown.
    pub(crate) msisdn: Option<String>,
    /// Its cost, where it is shown.
    pub(crate) amount: Option<Amount>,
    /// Whether that is called as the document calls it, so that it is what was paid and not what something costs.
    pub(crate) names_amount: bool,
    /// Every text that it shows, so that ids can be looked for in it.
    pub(crate) texts: Vec<String>,
}

impl Recipient {
    /// The first of these ids that it shows.
    #[must_use]
    pub(crate) fn shows<'i>(&self, mut ids: impl Iterator<Item = &'i str>) -> Option<&'i str> {
        ids.find(|id| self.texts.iter().any(|text| text == id))
    }
}

/// Lists nested deeper than this in an order are not looked into.
const DEEPEST: usize = 5;

/// The recipients that an order shows, if any can be recognised.
#[must_use]
pub(crate) fn recipients(contract: &Contract, order: &Json) -> Option<Vec<Recipient>> {
    let mut found = Vec::new();
    collect(contract, order, 0, &mut found);
    // Of several lists that hold numbers the one that says most: of as many numbers rather the one that has each once, since a
    // list with several entries for a number may be a log of what happened to it.
    found.into_iter().rev().max_by_key(|list: &Vec<Recipient>| {
        let states = list.iter().filter(|it| it.state.is_some()).count();
        let numbers = list.iter().filter_map(|it| it.msisdn.as_ref());
        let all = numbers.clone().count();
        let distinct = numbers.collect::<BTreeSet<_>>().len();
        (distinct, distinct == all, all, states)
    })
}

fn collect(contract: &Contract, json: &Json, depth: usize, found: &mut Vec<Vec<Recipient>>) {
    if depth > DEEPEST {
        return;
    }
    match json {
        Json::Array(items) => {
            let list: Vec<Recipient> =
                items.iter().filter(|it| it.as_object().is_some()).map(|it| entry(contract, it)).collect();
            if list.len() == items.len() && list.iter().any(|it| it.msisdn.is_some()) {
                found.push(list);
                return;
            }
            items.iter().for_each(|it| collect(contract, it, depth + 1, found));
        }
        Json::Object(members) => {
            if let Some(list) = keyed(contract, members).or_else(|| grouped(contract, members)) {
                found.push(list);
                return;
            }
            members.iter().for_each(|(_, it)| collect(contract, it, depth + 1, found));
        }
        _ => {}
    }
}

/// An object whose keys are the numbers.
fn keyed(contract: &Contract, members: &[(String, Json)]) -> Option<Vec<Recipient>> {
    let numbers: Vec<String> =
        members.iter().map(|(key, _)| phone(contract, key)).collect::<Option<Vec<String>>>()?;
    if numbers.is_empty() {
        return None;
    }
    let list = members.iter().zip(numbers).map(|((_, value), number)| {
        let mut recipient = entry(contract, value);
        if let Json::String(state) = value {
            recipient.state = known_state(contract, state);
        }
        recipient.msisdn = Some(number);
        recipient
    });
    Some(list.collect())
}

/// An object whose members are lists, each of the recipients in one state: the state is the member's name.
fn grouped(contract: &Contract, members: &[(String, Json)]) -> Option<Vec<Recipient>> {
    let mut all = Vec::new();
    for (name, list) in members {
        let state = known_state(contract, name)?;
        for item in list.as_array()? {
            let mut recipient = entry(contract, item);
            if let Json::String(number) = item {
                recipient.msisdn = phone(contract, number);
            }
            recipient.msisdn.as_ref()?;
            recipient.state.get_or_insert_with(|| state.clone());
            all.push(recipient);
        }
    }
    (!all.is_empty()).then_some(all)
}

/// A phone number without its spelling, if this text is one of the country's.
fn phone(contract: &Contract, text: &str) -> Option<String> {
    let spelling = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')');
    if !text.chars().all(spelling) {
        return None;
    }
    let rules = &contract.msisdn;
    let number = normal_form(contract, text);
    let length = rules.country_code.len() + rules.national_digits;
    (number.len() == length && number.starts_with(&rules.country_code)).then_some(number)
}

fn known_state(contract: &Contract, text: &str) -> Option<String> {
    let state = text.to_ascii_lowercase();
    contract.states.knows(&state).then_some(state)
}

fn entry(contract: &Contract, json: &Json) -> Recipient {
    let mut recipient = Recipient::default();
    fill(contract, "", json, 0, &mut recipient);
    recipient
}

/// Takes from an entry, and from what is nested in it, whatever can be told by its content.
fn fill(contract: &Contract, name: &str, json: &Json, depth: usize, into: &mut Recipient) {
    match json {
        Json::Object(members) if depth < 3 => {
            for (name, value) in members {
                fill(contract, name, value, depth + 1, into);
            }
        }
        Json::String(text) => {
            if into.msisdn.is_none() {
                into.msisdn = phone(contract, text);
            }
            let name = name.to_ascii_lowercase();
            let names_state = name.contains("state") || name.contains("status");
            match known_state(contract, text) {
                Some(state) if names_state || into.state.is_none() => into.state = Some(state),
                None if names_state => into.other_state = true,
                _ => {}
            }
            into.texts.push(text.clone());
        }
        Json::Number(text) => {
            if into.msisdn.is_none() {
                into.msisdn = phone(contract, text);
            }
            if into.amount.is_none() && is_amount(name) {
                into.amount = Amount::of(Some(json));
                into.names_amount = name == contract.fields.recipient.amount;
            }
        }
        _ => {}
    }
}

fn is_amount(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["amount", "price", "cost", "charge"].iter().any(|word| name.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(order: &serde_json::Value) -> Option<Vec<(Option<String>, Option<String>)>> {
        let contract = spec::embedded().unwrap();
        let json = Json::read(order.to_string().as_bytes()).unwrap();
        let list = recipients(&contract, &json)?;
        Some(list.into_iter().map(|it| (it.msisdn, it.state)).collect())
    }

    #[test]
    fn five_shapes_say_the_same() {
        let shapes = [
            serde_json::json!({"orderId": "o", "state": "processing", "recipients": [
                {"index": 0, "beneficiaryMsisdn": "233201234567", "state": "completed", "amount": 1.5},
                {"index": 1, "beneficiaryMsisdn": "233209876543", "state": "pending", "amount": 1.5}]}),
            serde_json::json!({"items": [
                {"msisdn": "0201234567", "status": "COMPLETED"}, {"msisdn": "0209876543", "status": "PENDING"}]}),
            serde_json::json!({"bulk": {"beneficiaries": {
                "233201234567": "completed", "233209876543": "Pending"}}}),
            serde_json::json!({"bulkRecipients": {
                "+233201234567": {"status": "completed"}, "+233209876543": {"status": "pending"}}}),
            serde_json::json!({"lines": [
                {"recipient": {"phone": 233_201_234_567_u64}, "delivery": {"state": "completed"}},
                {"recipient": {"phone": 233_209_876_543_u64}, "delivery": {"state": "pending"}}]}),
        ];
        let grouped = [
            serde_json::json!({"recipients": {"completed": [{"to": "233201234567"}], "pending": [{"to": "0209876543"}]}}),
            serde_json::json!({"bulk": {"Completed": ["233201234567"], "failed": [], "pending": ["233209876543"]}}),
        ];
        let shapes = shapes.into_iter().chain(grouped);
        let wanted = [("233201234567", "completed"), ("233209876543", "pending")]
            .map(|(number, state)| (Some(number.to_owned()), Some(state.to_owned())));
        for shape in shapes {
            assert_eq!(read(&shape).as_deref(), Some(&wanted[..]), "{shape}");
        }
    }

    #[test]
    fn a_log_is_no_list_of_recipients() {
        let order = serde_json::json!({
            "recipients": [{"msisdn": "233201234567", "state": "completed"}, {"msisdn": "233209876543", "state": "pending"}],
            "events": [{"msisdn": "233201234567", "state": "pending"}, {"msisdn": "233209876543", "state": "pending"},
                {"msisdn": "233201234567", "state": "completed"}],
            "failed": [{"msisdn": "233209876543", "state": "failed"}]});
        let states: Vec<_> = read(&order).unwrap().into_iter().map(|it| it.1.unwrap()).collect();
        assert_eq!(states, ["completed", "pending"]);
    }

    #[test]
    fn what_holds_no_numbers_is_no_list_of_recipients() {
        for order in [
            serde_json::json!({"orderId": "o", "state": "pending", "shortReference": "514220"}),
            serde_json::json!({"history": [{"state": "pending", "at": 1_700_000_000_000_u64}]}),
            serde_json::json!({"recipients": 2, "recipientCount": 2}),
            serde_json::json!({"recipients": []}),
            serde_json::json!({"recipients": [{"msisdn": "23320****567", "state": "pending"}]}),
        ] {
            assert_eq!(read(&order), None, "{order}");
        }
    }

    #[test]
    fn other_states_are_not_recognised_and_numbers_are() {
        let order = serde_json::json!({"recipients": [{"msisdn": "233201234567", "status": "queued"}]});
        assert_eq!(read(&order), Some(vec![(Some("233201234567".into()), None)]));
    }
}
