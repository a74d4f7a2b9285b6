//! The body of an order as bytes: well-formed, or wrong and odd in every way that a draft can ask for.

use serde_json::{Map, Value as Tree, json};
use spec::Contract;

use super::draft::{BodyFault, Draft, Edit, ItemFault, Odd, Part, Value};

/// An order as the bytes of a body.
pub(super) fn write(contract: &Contract, mut order: Map<String, Tree>, draft: &Draft) -> Vec<u8> {
    let names = &contract.fields.order;
    let name = |part: &Part| match part {
        Part::Operator => &names.operator,
        Part::Product => &names.product,
        Part::Items => &names.items,
    };
    match &draft.body {
        Some(BodyFault::Field(part, value)) => set(&mut order, name(part), *value),
        Some(BodyFault::FieldOdd(part, odd)) => {
            order.insert(name(part).clone(), json!(odd.stand_in()));
        }
        Some(BodyFault::Reversed) => order = reversed(order),
        _ => {}
    }
    let order = Tree::Object(order);
    let text = fill(order.to_string(), draft);
    let splice = |at: &str, value: Odd| {
        text.replacen(at, &format!("{at}\"{}\":{},", value.property(), value.json()), 1).into_bytes()
    };
    match &draft.body {
        None | Some(BodyFault::Field(..) | BodyFault::FieldOdd(..) | BodyFault::Reversed) => {
            text.into_bytes()
        }
        Some(BodyFault::Empty) => Vec::new(),
        Some(BodyFault::Truncated(percent)) => {
            // A cut never leaves the whole: the last byte at least is gone.
            let keep = (text.len() * usize::from(*percent) / 100).clamp(1, text.len() - 1);
            text.into_bytes()[..keep].to_vec()
        }
        Some(BodyFault::Trailing) => format!("{text}]}}").into_bytes(),
        Some(BodyFault::Utf16) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(BodyFault::InvalidUtf8) => {
            let mut bytes = text.into_bytes();
            let marker = format!("\"{}\":\"", contract.fields.item.msisdn);
            let found = bytes.windows(marker.len()).position(|window| window == marker.as_bytes());
            let at = found.map_or(1, |at| at + marker.len());
            bytes.splice(at..at, [0xC3, 0x28, 0xFF]);
            bytes
        }
        Some(BodyFault::InvalidUtf8InExtra) => {
            let mut bytes = splice("{", Odd::Word);
            let at = bytes.windows(4).position(|window| window == b"word").unwrap_or(1);
            bytes.splice(at..at, [0xFF]);
            bytes
        }
        Some(BodyFault::Bom) => format!("\u{FEFF}{text}").into_bytes(),
        Some(BodyFault::SingleQuotes) => text.replace('"', "'").into_bytes(),
        Some(BodyFault::InArray) => format!("[{text}]").into_bytes(),
        Some(BodyFault::InString) => Tree::String(text).to_string().into_bytes(),
        Some(BodyFault::Bare(value)) => tree(*value).to_string().into_bytes(),
        Some(BodyFault::Extra(value)) => splice("{", *value),
        Some(BodyFault::ExtraInItem(value)) => splice("[{", *value),
        Some(BodyFault::Repeated(part)) => {
            let twin = tree(if *part == Part::Items { Value::Array } else { Value::Empty });
            format!("{{\"{}\":{twin},{}", name(part), &text[1..]).into_bytes()
        }
        Some(BodyFault::Padded(spaces)) => format!("{0}{text}{0}", " \n".repeat(spaces / 2)).into_bytes(),
        Some(BodyFault::Pretty) => {
            let pretty = serde_json::to_string_pretty(&order).unwrap_or_default();
            fill(pretty.replace('\n', "\r\n\t"), draft).into_bytes()
        }
        Some(BodyFault::Escaped) => escaped(&text).into_bytes(),
        Some(BodyFault::Edited(edits)) => edited(text.into_bytes(), edits),
    }
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
    let turn = |value: Tree| match value {
        Tree::Array(entries) => entries
            .into_iter()
            .map(|entry| match entry {
                Tree::Object(entry) => Tree::Object(reversed(entry)),
                other => other,
            })
            .collect(),
        other => other,
    };
    let members: Vec<(String, Tree)> = order.into_iter().map(|(name, value)| (name, turn(value))).collect();
    members.into_iter().rev().collect()
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
