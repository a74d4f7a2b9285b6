//! The recipients of an order that is read back, recognised by their content.
//!
//! The page says that a parent order embeds bulk recipient state, but gives it neither a name nor a shape. So the
//! recipients are looked for in the list or object whose entries contain phone numbers. What can't be recognised counts
//! as absent, and is not held against the server.

use std::collections::BTreeSet;

use spec::Contract;

use super::amount::Amount;
use super::changed;
use super::json::Json;
use super::msisdn::phone;

/// A recipient of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// The state in lower case, if a known state is shown.
    pub(crate) state: Option<String>,
    /// Whether a field with a name for states shows something other than a known state, as null where nothing was
    /// submitted yet.
    pub(crate) other_state: bool,
    /// The number in normal form, if it is shown.
    pub(crate) msisdn: Option<String>,
    /// What stands where other recipients of the order have their numbers, if it is made of digits and is no number.
    pub(crate) changed: Option<String>,
    /// The cost, if it is shown.
    pub(crate) amount: Option<Amount>,
    /// Whether the cost has the document's field name, so that it is what was paid and not a list price.
    pub(crate) names_amount: bool,
    /// Every text in the entry, for looking up ids.
    pub(crate) texts: Vec<String>,
}

impl Recipient {
    /// Returns the first of these ids that the entry contains.
    #[must_use]
    pub(crate) fn shows<'i>(&self, mut ids: impl Iterator<Item = &'i str>) -> Option<&'i str> {
        ids.find(|id| self.texts.iter().any(|text| text == id))
    }
}

/// The deepest nesting of lists in an order that is searched.
const DEEPEST: usize = 5;

/// Returns the recipients that an order shows; `None` if none can be recognised.
#[must_use]
pub(crate) fn recipients(contract: &Contract, order: &Json) -> Option<Vec<Recipient>> {
    let in_value = |json: &Json| {
        let mut found = Vec::new();
        collect(contract, json, 0, &mut found);
        best(found)
    };
    let anywhere = in_value(order)?;
    // A log of events may have an entry more for a number, and is no list of recipients beside the documented one.
    let documented = order.get(&contract.fields.order_read.recipients).and_then(in_value);
    Some(documented.filter(|it| distinct(it) >= distinct(&anywhere)).unwrap_or(anywhere))
}

/// Returns the number of different numbers in a list.
fn distinct(list: &[Recipient]) -> usize {
    list.iter().filter_map(|it| it.msisdn.as_ref()).collect::<BTreeSet<_>>().len()
}

/// Returns the most informative of several lists with numbers: the one with the most different numbers, preferably each
/// once, since a list with several entries for a number may be a log of its events.
fn best(found: Vec<Vec<Recipient>>) -> Option<Vec<Recipient>> {
    found.into_iter().rev().max_by_key(|list: &Vec<Recipient>| {
        let states = list.iter().filter(|it| it.state.is_some()).count();
        let all = list.iter().filter(|it| it.msisdn.is_some()).count();
        let distinct = distinct(list);
        (distinct, distinct == all, all, states)
    })
}

fn collect(contract: &Contract, json: &Json, depth: usize, found: &mut Vec<Vec<Recipient>>) {
    if depth > DEEPEST {
        return;
    }
    match json {
        Json::Array(items) => {
            let mut list: Vec<Recipient> =
                items.iter().filter(|it| it.as_object().is_some()).map(|it| entry(contract, it)).collect();
            if list.len() == items.len() && list.iter().any(|it| it.msisdn.is_some()) {
                let known: Vec<bool> = list.iter().map(|it| it.msisdn.is_some()).collect();
                for (recipient, text) in list.iter_mut().zip(changed::beside(contract, items, &known)) {
                    recipient.changed = text;
                }
                found.push(list);
                return;
            }
            if let Some(list) = in_groups(contract, items, depth) {
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

/// Reads an object whose keys are the numbers, some of which may have been changed.
fn keyed(contract: &Contract, members: &[(String, Json)]) -> Option<Vec<Recipient>> {
    let numbers: Vec<Option<String>> = members.iter().map(|(key, _)| phone(contract, key)).collect();
    let is_key = |(number, (key, _)): (&Option<String>, &(String, Json))| {
        number.is_some() || key.len() >= contract.msisdn.shortest_possible && changed::of_digits(key)
    };
    if numbers.iter().all(Option::is_none) || !numbers.iter().zip(members).all(is_key) {
        return None;
    }
    let list = members.iter().zip(numbers).map(|((key, value), number)| {
        let mut recipient = entry(contract, value);
        if let Json::String(state) = value {
            recipient.state = known_state(contract, state);
        }
        recipient.changed = number.is_none().then(|| key.clone());
        recipient.msisdn = number;
        recipient
    });
    Some(list.collect())
}

/// Reads an object that has a list of recipients for each state, under its name. A server may have names of its own for
/// states, and other members beside the lists. Returns `None` unless one of the names is a known state, or if two lists
/// show the same recipients, as a list of all beside one of those that failed.
fn grouped(contract: &Contract, members: &[(String, Json)]) -> Option<Vec<Recipient>> {
    let lists = members.iter().filter_map(|(name, it)| Some((known_state(contract, name), it.as_array()?)));
    let lists: Vec<_> = lists.map(|(state, items)| (state, in_one_state(contract, items))).collect();
    let all_known = lists.len() == members.len() && lists.iter().all(|(state, _)| state.is_some());
    if !lists.iter().any(|(state, _)| state.is_some()) {
        return None;
    }
    let mut all = Vec::new();
    let mut numbers: BTreeSet<String> = BTreeSet::new();
    for (state, group) in lists {
        let Some(group) = group else {
            // Something else than recipients; in an object of states alone nothing is.
            if all_known {
                return None;
            }
            continue;
        };
        let own: BTreeSet<String> = group.iter().filter_map(|it| it.msisdn.clone()).collect();
        // One number may be sent for two packages, which need not be in the same state.
        if !all_known && !own.is_disjoint(&numbers) {
            return None;
        }
        numbers.extend(own);
        all.extend(group.into_iter().map(|mut recipient| {
            if recipient.state.is_none() && !recipient.other_state {
                recipient.other_state = state.is_none();
                recipient.state.clone_from(&state);
            }
            recipient
        }));
    }
    (!all.is_empty()).then_some(all)
}

/// Reads the recipients that are in one state, as objects or as numbers; `None` if an item is no recipient.
fn in_one_state(contract: &Contract, items: &[Json]) -> Option<Vec<Recipient>> {
    let read = |item: &Json| {
        let mut recipient = entry(contract, item);
        if let Json::String(number) = item {
            recipient.msisdn = phone(contract, number);
        }
        recipient.msisdn.is_some().then_some(recipient)
    };
    items.iter().map(read).collect()
}

/// Returns the recipients of a list whose items are groups of them, as by package or by state; `None` if some item holds
/// no recipients, or if two hold the same ones, as the entries of a log do. What a group shows of itself counts for each
/// of its recipients.
fn in_groups(contract: &Contract, items: &[Json], depth: usize) -> Option<Vec<Recipient>> {
    let mut all = Vec::new();
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for item in items {
        let mut found = Vec::new();
        collect(contract, item, depth + 1, &mut found);
        let group = best(found)?;
        let numbers: BTreeSet<String> = group.iter().filter_map(|it| it.msisdn.clone()).collect();
        // One number may be sent for two packages; several together show the same recipients again.
        if groups.iter().any(|other| other.intersection(&numbers).count() > 1) {
            return None;
        }
        groups.push(numbers);
        let of_group = entry(contract, item);
        for mut recipient in group {
            recipient.texts.extend(of_group.texts.iter().cloned());
            if recipient.state.is_none() && !recipient.other_state {
                recipient.state.clone_from(&of_group.state);
                recipient.other_state = of_group.other_state;
            }
            all.push(recipient);
        }
    }
    (!all.is_empty()).then_some(all)
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

/// Fills a recipient with whatever can be recognised in an entry and in the values nested in it.
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
            match known_state(contract, text) {
                Some(state) if names_state(name) || into.state.is_none() => into.state = Some(state),
                None if names_state(name) => into.other_state = true,
                _ => {}
            }
            into.texts.push(text.clone());
        }
        Json::Null => into.other_state |= names_state(name),
        Json::Number(_) => {
            if into.msisdn.is_none() {
                into.msisdn = changed::integer(json).and_then(|it| phone(contract, &it));
            }
            if into.amount.is_none() && is_amount(name) {
                into.amount = Amount::of(Some(json));
                into.names_amount = name == contract.fields.recipient.amount;
            }
        }
        _ => {}
    }
}

fn names_state(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("state") || name.contains("status")
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
    fn a_state_may_be_null() {
        let contract = spec::embedded().unwrap();
        let order = r#"{"recipients": [{"to": "233200000001", "state": null}, {"to": "233200000002", "state": "pending"}]}"#;
        let shown = recipients(&contract, &Json::read(order.as_bytes()).unwrap()).unwrap();
        let told: Vec<(bool, bool)> = shown.iter().map(|it| (it.state.is_some(), it.other_state)).collect();
        assert_eq!(told, [(false, true), (true, false)]);
    }

    #[test]
    fn recipients_may_stand_in_groups() {
        let by_package = serde_json::json!({"orderId": "o", "packages": [
            {"packageId": "a", "recipients": [{"number": "0200000001", "state": "completed"}, {"number": "0200000002", "state": "failed"}]},
            {"packageId": "b", "recipients": [{"number": "0200000003", "state": "pending"}]},
        ]});
        let shown = read(&by_package).unwrap();
        let numbers: Vec<&str> = shown.iter().filter_map(|it| it.0.as_deref()).collect();
        assert_eq!(numbers, ["233200000001", "233200000002", "233200000003"]);
        assert_eq!(shown[1].1.as_deref(), Some("failed"));
        let by_state = serde_json::json!({"progress": [
            {"state": "completed", "recipients": [{"to": "233200000001"}]},
            {"state": "processing", "recipients": [{"to": "233200000001"}, {"to": "233200000002"}]},
        ]});
        let states: Vec<Option<String>> = read(&by_state).unwrap().into_iter().map(|it| it.1).collect();
        assert_eq!(states, [Some("completed".into()), Some("processing".into()), Some("processing".into())]);
        let log = serde_json::json!({"log": [
            {"at": 1, "lines": [{"to": "233200000001", "state": "pending"}, {"to": "233200000002", "state": "pending"}]},
            {"at": 2, "lines": [{"to": "233200000001", "state": "completed"}, {"to": "233200000002", "state": "completed"}]},
        ]});
        assert_eq!(read(&log).unwrap().len(), 2);
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
        let among_others =
            [serde_json::json!({"orderId": "o", "completed": [{"to": "233201234567"}], "failed": [],
            "pending": [{"to": "0209876543"}], "tags": ["a"]})];
        let shapes = shapes.into_iter().chain(grouped).chain(among_others);
        let wanted = [("233201234567", "completed"), ("233209876543", "pending")]
            .map(|(number, state)| (Some(number.to_owned()), Some(state.to_owned())));
        for shape in shapes {
            assert_eq!(read(&shape).as_deref(), Some(&wanted[..]), "{shape}");
        }
    }

    /// A server may have names of its own for some states, and lists beside the recipients.
    #[test]
    fn groups_by_state_are_read_whole() {
        let by_state = serde_json::json!({"progress": {
            "pending": [{"to": "233200000003"}], "successful": [{"to": "233200000001"}, {"to": "233200000002"}]}});
        assert_eq!(read(&by_state).unwrap().len(), 3);
        // One number, sent twice, in two states.
        let twice = serde_json::json!({"pending": ["233200000001"], "completed": ["233200000001"]});
        assert_eq!(read(&twice).unwrap().len(), 2);
        // The failed ones again.
        let again = serde_json::json!({"all": ["233200000001", "233200000002"], "failed": ["233200000002"],
            "recipients": [{"to": "233200000001"}, {"to": "233200000002"}]});
        assert_eq!(read(&again).unwrap().len(), 2);
    }

    #[test]
    fn a_number_that_was_cut_counts_as_shown_and_as_changed() {
        let contract = spec::embedded().unwrap();
        for order in [
            serde_json::json!({"recipients": {"23320124": "pending", "233201240001": "pending"}}),
            serde_json::json!({"recipients": [{"to": 23_320_124}, {"to": "233201240001"}]}),
        ] {
            let json = Json::read(order.to_string().as_bytes()).unwrap();
            let changed: Vec<_> =
                recipients(&contract, &json).unwrap().into_iter().map(|it| it.changed).collect();
            assert_eq!(changed, [Some("23320124".to_owned()), None], "{order}");
        }
        assert_eq!(read(&serde_json::json!({"recipients": {"count": 2, "233201240001": "pending"}})), None);
        // The same number in another way to write it.
        let float = serde_json::json!({"recipients": [{"to": 233_201_240_000.0}]});
        assert_eq!(read(&float).unwrap()[0].0.as_deref(), Some("233201240000"));
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
