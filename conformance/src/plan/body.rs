//! Writes the body of an order as bytes, well-formed or with any fault that a draft can ask for.

use serde_json::{Map, Value as Tree, json};
use spec::Contract;

use super::defect::{BodyFault, Claimant, ItemFault, Part, Right, Spelling, Value};
use super::hostile::{Edit, Hostile, Keys};
use super::order_draft::OrderDraft;

/// The amount that an order claims to cost, in GHS as JSON.
const CLAIMED: &str = "0.01";

/// Writes an order as the bytes of a body. A tree becomes text and the text becomes bytes; a body fault may change each
/// of the three.
pub(super) fn write(contract: &Contract, mut order: Map<String, Tree>, draft: &OrderDraft) -> Vec<u8> {
    let Some(fault) = &draft.body else { return fill(Tree::Object(order).to_string(), draft).into_bytes() };
    order = reshaped(contract, order, fault);
    let text = if *fault == BodyFault::Pretty {
        serde_json::to_string_pretty(&order).unwrap_or_default().replace('\n', "\r\n\t")
    } else {
        Tree::Object(order).to_string()
    };
    let text = reworded(contract, fill(text, draft), fault);
    encoded(contract, text, fault)
}

/// Returns the name of a field of the order.
fn name(contract: &Contract, part: Part) -> &str {
    let names = &contract.fields.order;
    match part {
        Part::Operator => &names.operator,
        Part::Product => &names.product,
        Part::Items => &names.items,
    }
}

/// Applies a fault to the tree of an order.
fn reshaped(contract: &Contract, mut order: Map<String, Tree>, fault: &BodyFault) -> Map<String, Tree> {
    match fault {
        BodyFault::Field(part, value) => set(&mut order, name(contract, *part), *value),
        BodyFault::FieldSpelled(part, spelling) => spell(&mut order, name(contract, *part), *spelling),
        BodyFault::FieldHostile(part, hostile) => {
            order.insert(name(contract, *part).to_owned(), json!(hostile.stand_in()));
        }
        BodyFault::ItemsUnder(keys) => {
            if let Some(items) = order.get_mut(name(contract, Part::Items)) {
                *items = under(*keys, items.take());
            }
        }
        BodyFault::Claims(claimant) => claim(contract, &mut order, *claimant),
        BodyFault::Reversed => return reversed(order),
        BodyFault::NamesInCapitals => return in_capitals(order),
        _ => {}
    }
    order
}

/// Adds properties, under the names that the contract's answers have for them, that claim what only the server may decide:
/// the lowest amount, one recipient, and a role that may buy and pays the least where prices differ.
fn claim(contract: &Contract, order: &mut Map<String, Tree>, claimant: Claimant) {
    let names = &contract.fields;
    let amount = || serde_json::from_str::<Tree>(CLAIMED).unwrap_or_default();
    if claimant != Claimant::Items {
        let amounts = [&names.summary.total, &names.package_read.price, &names.order_read.amount];
        order.extend(amounts.map(|name| (name.clone(), amount())));
        order.insert(names.summary.count.clone(), json!(1));
        order.insert(names.role.clone(), json!(contract.roles.buyers.last()));
    }
    let items = order.get_mut(&names.order.items).and_then(Tree::as_array_mut);
    let items = items.filter(|_| claimant != Claimant::Order);
    for item in items.into_iter().flatten().filter_map(Tree::as_object_mut) {
        let amounts = [&names.package_read.price, &names.recipient.amount];
        item.extend(amounts.map(|name| (name.clone(), amount())));
    }
}

/// Applies a fault to the text of an order.
fn reworded(contract: &Contract, text: String, fault: &BodyFault) -> String {
    let splice = |at: &str, value: Hostile| {
        text.replacen(at, &format!("{at}\"{}\":{},", value.property(), value.json()), 1)
    };
    match fault {
        BodyFault::Trailing => format!("{text}]}}"),
        BodyFault::SingleQuotes => text.replace('"', "'"),
        BodyFault::Garbage => "this is no JSON".to_owned(),
        BodyFault::InArray => format!("[{text}]"),
        BodyFault::InString => Tree::String(text).to_string(),
        BodyFault::ValuesInPlace => match serde_json::from_str::<Map<String, Tree>>(&text) {
            Ok(order) => {
                let parts = [Part::Operator, Part::Product, Part::Items];
                Tree::from_iter(parts.map(|part| order.get(name(contract, part)).cloned())).to_string()
            }
            Err(_) => text,
        },
        BodyFault::Bare(value) => tree(*value).to_string(),
        BodyFault::Extra(value) => splice("{", *value),
        BodyFault::InvalidUtf8InExtra => splice("{", Hostile::Word),
        BodyFault::ExtraInItem(value) => splice("[{", *value),
        BodyFault::Repeated(part, right) => {
            let twin = tree(if *part == Part::Items { Value::Array } else { Value::Empty });
            let (name, members) = (name(contract, *part), &text[1..text.len() - 1]);
            match right {
                Right::First => format!("{{{members},\"{name}\":{twin}}}"),
                Right::Last => format!("{{\"{name}\":{twin},{members}}}"),
            }
        }
        BodyFault::Padded(spaces) => format!("{0}{text}{0}", " \n".repeat(spaces / 2)),
        BodyFault::Escaped => escaped(&text),
        _ => text,
    }
}

/// Applies a fault to the bytes of an order.
fn encoded(contract: &Contract, text: String, fault: &BodyFault) -> Vec<u8> {
    match fault {
        BodyFault::Empty => Vec::new(),
        BodyFault::Truncated(percent) => {
            // At least the last byte is removed, so that the body is never complete.
            let keep = (text.len() * usize::from(*percent) / 100).clamp(1, text.len() - 1);
            text.into_bytes()[..keep].to_vec()
        }
        BodyFault::Encoded(encoding) => encoding.encode(&text),
        BodyFault::InvalidUtf8 => {
            let marker = format!("\"{}\":\"", contract.fields.item.msisdn);
            let at = text.find(&marker).map_or(1, |at| at + marker.len());
            with(text, at, &[0xC3, 0x28, 0xFF])
        }
        BodyFault::InvalidUtf8InExtra => {
            let at = text.find("word").unwrap_or(1);
            with(text, at, &[0xFF])
        }
        BodyFault::Edited(edits) => edited(text.into_bytes(), edits),
        _ => text.into_bytes(),
    }
}

/// Returns the bytes of a text with `more` inserted at a position.
fn with(text: String, at: usize, more: &[u8]) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.splice(at..at, more.iter().copied());
    bytes
}

/// Replaces the stand-ins in the text by the hostile values that they stand for.
fn fill(text: String, draft: &OrderDraft) -> String {
    let of_items = draft.items.iter().filter_map(|(_, fault)| match fault {
        ItemFault::PackageHostile(hostile) | ItemFault::MsisdnHostile(hostile) => Some(*hostile),
        _ => None,
    });
    let of_order = match &draft.body {
        Some(BodyFault::FieldHostile(_, hostile)) => Some(*hostile),
        _ => None,
    };
    of_items
        .chain(of_order)
        .fold(text, |text, value| text.replace(&json!(value.stand_in()).to_string(), &value.json()))
}

/// Puts the entries of a list into an object under these keys.
fn under(keys: Keys, items: Tree) -> Tree {
    let Tree::Array(items) = items else { return items };
    Tree::Object(items.into_iter().enumerate().map(|(at, item)| (keys.at(at), item)).collect())
}

/// Reverses the order of the members of an order and of each of its entries.
fn reversed(order: Map<String, Tree>) -> Map<String, Tree> {
    let members: Vec<(String, Tree)> = order.into_iter().collect();
    members.into_iter().rev().map(|(name, value)| (name, of_entries(value, reversed))).collect()
}

/// Writes the names in an order and in each of its entries in capitals.
fn in_capitals(order: Map<String, Tree>) -> Map<String, Tree> {
    let members = order.into_iter();
    members.map(|(name, value)| (name.to_uppercase(), of_entries(value, in_capitals))).collect()
}

/// Changes each object of a list; other values are returned unchanged.
fn of_entries(value: Tree, change: fn(Map<String, Tree>) -> Map<String, Tree>) -> Tree {
    let Tree::Array(entries) = value else { return value };
    let entries = entries.into_iter().map(|entry| match entry {
        Tree::Object(entry) => Tree::Object(change(entry)),
        other => other,
    });
    Tree::Array(entries.collect())
}

/// Writes every character of every string as an escape. A text that already has escapes is returned unchanged.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 6);
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            out.push('"');
        }
        if at % 2 == 0 || text.contains('\\') {
            out.push_str(part);
        } else {
            out.extend(part.encode_utf16().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

fn edited(mut body: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let at = usize::from(edit.at) * body.len() / 65_536;
        let replaced = if edit.keep { at } else { (at + 1).min(body.len()) };
        body.splice(at..replaced, edit.byte);
    }
    body
}

/// Replaces a member of an object by a value of a wrong kind, or removes it.
pub(super) fn set(object: &mut Map<String, Tree>, name: &str, value: Value) {
    match value {
        Value::Absent => {
            object.shift_remove(name);
        }
        other => {
            let own = object.get(name).cloned().unwrap_or_default();
            object.insert(name.to_owned(), wrong(other, own));
        }
    }
}

/// Writes a member of an object in another spelling. A value that can't be written in that spelling is left unchanged.
pub(super) fn spell(object: &mut Map<String, Tree>, name: &str, spelling: Spelling) {
    let spelled = object.get(name).and_then(Tree::as_str).and_then(|text| spelling.of(text));
    if let Some(value) = spelled {
        object.insert(name.to_owned(), value);
    }
}

/// Returns the wrong value for a field. A list and an object wrap the right value (`own`), as a lenient server might
/// still accept it.
pub(super) fn wrong(value: Value, own: Tree) -> Tree {
    match (value, own) {
        (Value::Array, own) => Tree::Array(vec![own]),
        (Value::Object, Tree::Array(items)) => {
            Tree::Object(items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect())
        }
        (Value::Object, own) => json!({"id": own}),
        (value, _) => tree(value),
    }
}

/// Returns the JSON value of a kind of value.
fn tree(value: Value) -> Tree {
    match value {
        Value::Absent | Value::Null => Tree::Null,
        Value::Empty => json!(""),
        Value::Number => json!(1),
        Value::Bool => json!(true),
        Value::Array => json!([]),
        Value::Object => json!({}),
    }
}
