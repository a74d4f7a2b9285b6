//! Finds the recipients in an order.
//!
//! The pages say that a parent order embeds the state of each recipient, but not under which name or in which form. So
//! recipients are recognised by their content: a list, or an object, whose entries each have a phone number, at most
//! three levels deep in the order; or else a list with a telling name. What can't be recognised is left out, and never
//! makes an order unreadable.

use serde_json::{Map, Value};

use crate::{Money, Msisdn, contract, types};

/// How many levels deep recipients are looked for within an order.
const DEPTH: usize = 3;

/// One recipient of an order, as far as the server shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Position in the order, from 0.
    pub position: u32,
    /// Phone number, as the server writes it.
    pub msisdn: Option<String>,
    /// Id of the package.
    pub package: Option<String>,
    /// State, as the server writes it.
    pub state: Option<String>,
    /// The amount that it costs.
    pub amount: Option<Money>,
    /// Why it failed.
    pub error: Option<String>,
}

fn is_one_of(state: &str, states: &[&str]) -> bool {
    states.iter().any(|it| it.eq_ignore_ascii_case(state.trim()))
}

impl Recipient {
    /// Returns true if the recipient is still being processed.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.state.as_deref().is_some_and(|state| is_one_of(state, contract::UNDER_WAY))
    }

    /// Returns true if the recipient has ended without being delivered: by its state or, if that is not one of the
    /// contract's, by an error.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        match self.state.as_deref() {
            Some(state) if is_one_of(state, contract::STATES) => is_one_of(state, contract::FAILED),
            _ => self.error.is_some(),
        }
    }

    /// Returns true if the entry has a valid phone number, which makes it a recipient under any name.
    fn is_certain(&self) -> bool {
        self.msisdn.as_ref().is_some_and(|number| number.parse::<Msisdn>().is_ok())
    }
}

impl types::Order {
    /// Returns the recipients that the order shows in a recognisable form, in the sequence of the order; empty if it
    /// shows none.
    #[must_use]
    pub fn recipients(&self) -> Vec<Recipient> {
        let mut lists = Vec::new();
        collect(&self.extra, DEPTH, &mut lists);
        let certain = |list: &[Recipient]| list.iter().filter(|it| it.is_certain()).count();
        // The list with the most phone numbers wins; of two lists with equally many, the first.
        lists.into_iter().rev().max_by_key(|list| certain(list)).unwrap_or_default()
    }

    /// Returns true if the order is still being processed, so that it is worth reading again later.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        is_one_of(&self.state, contract::UNDER_WAY) || self.recipients().iter().any(Recipient::is_under_way)
    }

    /// Returns true if the order as a whole has ended without being delivered.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        is_one_of(&self.state, contract::FAILED)
    }
}

/// Collects everything in an object that may be its recipients.
fn collect(object: &Map<String, Value>, depth: usize, found: &mut Vec<Vec<Recipient>>) {
    for (name, value) in object {
        if let Some(list) = list(value).filter(|list| is_list(name, list)) {
            found.push(list);
        } else if let Some(inner) = value.as_object().filter(|_| depth > 1) {
            collect(inner, depth - 1, found);
        }
    }
}

/// Returns true if every entry has a valid phone number, or if the name fits and every entry has a number or a state.
fn is_list(name: &str, list: &[Recipient]) -> bool {
    let shows = |it: &Recipient| it.msisdn.is_some() || it.state.is_some();
    list.iter().all(Recipient::is_certain)
        || (names(name, &["recipient", "beneficiar", "item"]) && list.iter().all(shows))
}

/// Returns the entries of a list, or of an object with a phone number as each key; `None` if there are none.
fn list(value: &Value) -> Option<Vec<Recipient>> {
    let entries: Vec<Recipient> = match value {
        Value::Array(list) => (0..).zip(list).map(|(at, value)| entry(at, value, None)).collect(),
        Value::Object(map) if map.keys().all(|key| key.parse::<Msisdn>().is_ok()) => {
            (0..).zip(map).map(|(at, (key, value))| entry(at, value, Some(key))).collect()
        }
        _ => return None,
    };
    Some(entries).filter(|list| !list.is_empty())
}

/// Reads the entry at a position; `key` is the phone number under which it stands.
fn entry(position: u32, value: &Value, key: Option<&str>) -> Recipient {
    let mut it = Recipient { position, msisdn: key.map(str::to_owned), ..Recipient::default() };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                field(&mut it, name, value);
            }
        }
        // A text alone is a phone number, or the state of the recipient whose number is the key.
        Value::String(text) if text.parse::<Msisdn>().is_ok() => it.msisdn = Some(text.clone()),
        Value::String(text) if key.is_some() || is_one_of(text, contract::STATES) => {
            it.state = Some(text.clone())
        }
        _ => {}
    }
    it
}

/// Reads one field of an entry, by its value if that is unambiguous, otherwise by its name.
fn field(it: &mut Recipient, name: &str, value: &Value) {
    let Some(text) = text(value) else { return };
    if name == contract::RECIPIENT_INDEX {
        it.position = text.parse::<crate::Count>().map_or(it.position, |count| count.0);
    } else if names(name, &["msisdn", "phone"]) || (it.msisdn.is_none() && text.parse::<Msisdn>().is_ok()) {
        it.msisdn = Some(text);
    } else if name == contract::RECIPIENT_STATE || is_one_of(&text, contract::STATES) {
        it.state = Some(text);
    } else if names(name, &["state", "status"]) {
        it.state.get_or_insert(text);
    } else if name == contract::PACKAGE {
        it.package = Some(text);
    } else if names(name, &["package"]) {
        it.package.get_or_insert(text);
    } else if names(name, &[contract::RECIPIENT_AMOUNT, "price"]) {
        it.amount = it.amount.or_else(|| Money::from_decimal(&text).ok());
    } else if names(name, &["error", "reason"]) {
        it.error.get_or_insert(text);
    }
}

/// Returns true if a name contains one of these words, in any letter case.
fn names(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    words.iter().any(|word| name.contains(&word.to_ascii_lowercase()))
}

/// Returns a value as text; `None` for null and for an empty text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(mut extra: Value) -> types::Order {
        let promised = json!({"orderId": "kr7", "state": "processing", "shortReference": "5", "amount": 25});
        extra.as_object_mut().unwrap().extend(promised.as_object().unwrap().clone());
        serde_json::from_value(extra).unwrap()
    }

    /// Returns the number and the state of each recipient.
    fn shown(extra: Value) -> Vec<(String, String)> {
        let or_none = |it: Option<String>| it.unwrap_or_else(|| "-".to_owned());
        order(extra).recipients().into_iter().map(|it| (or_none(it.msisdn), or_none(it.state))).collect()
    }

    #[test]
    fn recipients_are_recognised_wherever_and_however_they_stand() {
        let two = [("233201234567", "completed"), ("233209876543", "PENDING")]
            .map(|(number, state)| (number.to_owned(), state.to_owned()));
        for extra in [
            json!({"recipients": [{"index": 0, "beneficiaryMsisdn": "233201234567", "state": "completed"},
                {"index": 1, "beneficiaryMsisdn": "233209876543", "state": "PENDING"}]}),
            json!({"bulkRecipients": [{"msisdn": "233201234567", "status": "completed", "events": ["submitted"]},
                {"msisdn": "233209876543", "status": "PENDING", "error": null}]}),
            json!({"bulk": {"total": 2, "lines": [{"to": "233201234567", "now": "completed"},
                {"to": "233209876543", "now": "PENDING"}]}}),
            json!({"progress": {"233201234567": "completed", "233209876543": "PENDING"}}),
            json!({"byNumber": {"233201234567": {"state": "completed"}, "233209876543": {"state": "PENDING"}}}),
            json!({"history": [{"state": "pending"}, {"state": "processing"}],
                "items": [{"number": "233201234567", "itemState": "completed"}, {"number": "233209876543", "itemState": "PENDING"}]}),
        ] {
            assert_eq!(shown(extra.clone()), two, "{extra}");
        }
        assert_eq!(shown(json!({"to": ["0201234567", "0209876543"]})).len(), 2);
        assert_eq!(
            shown(json!({"recipients": [{"number": "23320***567", "state": "queued"}]})).len(),
            1,
            "masked"
        );
    }

    #[test]
    fn what_is_no_list_of_recipients_is_none() {
        for extra in [
            json!({}),
            json!({"recipients": null, "extra": 7}),
            json!({"recipients": []}),
            json!({"recipients": 2, "recipientCount": 2}),
            json!({"recipients": {"total": 2, "completed": 1}}),
            json!({"history": [{"state": "pending"}, {"state": "processing"}]}),
            json!({"tags": ["a", "b"]}),
        ] {
            assert_eq!(shown(extra.clone()), [], "{extra}");
        }
    }

    #[test]
    fn the_rest_of_a_recipient_is_read_where_it_is_shown() {
        let list = json!([{"phone": 233201234567_u64, "packageId": "q34", "packageName": "1 GB", "price": 12.5,
            "status": "FAILED", "failureReason": "number barred"}, {"phone": 233209876543_u64, "status": "delivered"}]);
        let order = order(json!({"lines": list}));
        let [barred, delivered] = order.recipients().try_into().unwrap();
        assert_eq!(
            barred,
            Recipient {
                position: 0,
                msisdn: Some("233201234567".to_owned()),
                package: Some("q34".to_owned()),
                state: Some("FAILED".to_owned()),
                amount: Some(Money::new(1250)),
                error: Some("number barred".to_owned()),
            }
        );
        assert!(barred.has_failed() && !barred.is_under_way());
        assert!(!delivered.has_failed() && !delivered.is_under_way());
        assert_eq!(delivered.position, 1);
    }

    #[test]
    fn a_state_is_one_in_either_letter_case() {
        let of = |state: &str| Recipient { state: Some(state.to_owned()), ..Recipient::default() };
        assert!(of("Processing").is_under_way() && of("PENDING").is_under_way());
        assert!(of("failed").has_failed() && of("REVERSED").has_failed());
        let noted = Recipient { error: Some("retried twice".to_owned()), ..of("completed") };
        assert!(!noted.has_failed(), "the state says more than a remark");
    }
}
