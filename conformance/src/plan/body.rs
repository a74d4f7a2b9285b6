//! The body of an order as bytes: well-formed, or wrong and odd in every way that a draft can ask for.

use serde_json::{Map, Value as Tree, json};
use spec::Contract;

use super::defect::{BodyFault, ItemFault, Part, Right, Spelling, Value};
use super::draft::Draft;
use super::odd::{Edit, Odd};

/// An order as the bytes of a body: a tree becomes a text and the text bytes, and a fault of the body may change each.
pub(super) fn write(contract: &Contract, mut order: Map<String, Tree>, draft: &Draft) -> Vec<u8> {
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

/// Name of a field of the order.
fn name(contract: &Contract, part: Part) -> &str {
    let names = &contract.fields.order;
    match part {
        Part::Operator => &names.operator,
        Part::Product => &names.product,
        Part::Items => &names.items,
    }
}

/// What a fault makes of the tree of an order.
fn reshaped(contract: &Contract, mut order: Map<String, Tree>, fault: &BodyFault) -> Map<String, Tree> {
    match fault {
        BodyFault::Field(part, value) => set(&mut order, name(contract, *part), *value),
        BodyFault::FieldSpelled(part, spelling) => spell(&mut order, name(contract, *part), *spelling),
        BodyFault::FieldOdd(part, odd) => {
            order.insert(name(contract, *part).to_owned(), json!(odd.stand_in()));
        }
        BodyFault::Reversed => return reversed(order),
        BodyFault::NamesInCapitals => return in_capitals(order),
        _ => {}
    }
    order
}

/// What a fault makes of the text of an order.
fn reworded(contract: &Contract, text: String, fault: &BodyFault) -> String {
    let splice = |at: &str, value: Odd| {
        text.replacen(at, &format!("{at}\"{}\":{},", value.property(), value.json()), 1)
    };
    match fault {
        BodyFault::Trailing => format!("{text}]}}"),
        BodyFault::SingleQuotes => text.replace('"', "'"),
        BodyFault::Garbage => "this is no JSON".to_owned(),
        BodyFault::InArray => format!("[{text}]"),
        BodyFault::InString => Tree::String(text).to_string(),
        BodyFault::Bare(value) => tree(*value).to_string(),
        BodyFault::Extra(value) => splice("{", *value),
        BodyFault::InvalidUtf8InExtra => splice("{", Odd::Word),
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

/// What a fault makes of the bytes of an order.
fn encoded(contract: &Contract, text: String, fault: &BodyFault) -> Vec<u8> {
    match fault {
        BodyFault::Empty => Vec::new(),
        BodyFault::Truncated(percent) => {
            // A cut never leaves the whole: the last byte at least is gone.
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

/// A text as bytes, with further ones at a place.
fn with(text: String, at: usize, more: &[u8]) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.splice(at..at, more.iter().copied());
    bytes
}

/// Puts odd values where their stand-ins are.
fn fill(text: String, draft: &Draft) -> String {
    let of_items = draft.items.iter().filter_map(|(_, fault)| match fault {
        ItemFault::PackageOdd(odd) | ItemFault::MsisdnOdd(odd) => Some(*odd),
        _ => None,
    });
    let of_order = match &draft.body {
        Some(BodyFault::FieldOdd(_, odd)) => Some(*odd),
        _ => None,
    };
    of_items
        .chain(of_order)
        .fold(text, |text, value| text.replace(&json!(value.stand_in()).to_string(), &value.json()))
}

/// The members of an order, and of each entry, from last to first.
fn reversed(order: Map<String, Tree>) -> Map<String, Tree> {
    let members: Vec<(String, Tree)> = order.into_iter().collect();
    members.into_iter().rev().map(|(name, value)| (name, of_entries(value, reversed))).collect()
}

/// The names of an order, and of each entry, in capitals.
fn in_capitals(order: Map<String, Tree>) -> Map<String, Tree> {
    let members = order.into_iter();
    members.map(|(name, value)| (name.to_uppercase(), of_entries(value, in_capitals))).collect()
}

/// A list with each of its objects changed; other values as they are.
fn of_entries(value: Tree, change: fn(Map<String, Tree>) -> Map<String, Tree>) -> Tree {
    let Tree::Array(entries) = value else { return value };
    let entries = entries.into_iter().map(|entry| match entry {
        Tree::Object(entry) => Tree::Object(change(entry)),
        other => other,
    });
    Tree::Array(entries.collect())
}

/// Every character of every string as an escape; strings that hold escapes already stay as they are.
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

/// Gives a member of an object a value that it may not have.
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

/// Writes a member of an object otherwise; what can't be written so stays as it is.
pub(super) fn spell(object: &mut Map<String, Tree>, name: &str, spelling: Spelling) {
    let spelled = object.get(name).and_then(Tree::as_str).and_then(|text| spelling.of(text));
    if let Some(value) = spelled {
        object.insert(name.to_owned(), value);
    }
}

/// A value of another type that a careless server still takes for the right one: wrapped in a list, or in an object.
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

/// A value as a tree.
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
