//! What is sent about the request itself: bodies, fields, entries, content types, sizes.

use crate::checks::positions::positions;
use crate::history::Transport;
use crate::plan::defect::{BodyFault, ItemFault, Part, Value};
use crate::plan::draft::{Draft, Media};
use crate::plan::odd::Odd;
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// Plans every subject, with orders of a role that may buy.
pub(super) fn plan(p: &mut Planner<'_>, cites: &'static [&'static str]) {
    let Some(role) = p.buyers().into_iter().next() else {
        return p.cannot(cites, &WhyNot::NoBuyer);
    };
    not_json(p, &role);
    not_an_object(p, &role);
    fields(p, &role);
    items(p, &role);
    entries(p, &role);
    extras(p, &role);
    media(p, &role);
    spellings(p, &role);
    sizes(p, &role);
}

/// The smallest order.
fn good(p: &Planner<'_>, role: &str) -> Draft {
    Draft::good(role, p.contract.limits.min_items)
}

/// Sends the smallest order with a fault of its body.
fn body(
    p: &mut Planner<'_>,
    role: &str,
    fault: BodyFault,
    address: String,
    title: &str,
    ids: &[&'static str],
) {
    let draft = good(p, role).body(fault);
    p.case(address).title(title).serves(ids).order(&draft).add();
}

fn not_json(p: &mut Planner<'_>, role: &str) {
    for (fault, title) in [
        (BodyFault::Empty, "an empty body"),
        (BodyFault::Truncated(30), "a body cut off early"),
        (BodyFault::Truncated(100), "a body without its last byte"),
        (BodyFault::Trailing, "a body with brackets too many"),
        (BodyFault::Utf16, "a body in UTF-16"),
        (BodyFault::InvalidUtf8, "a body with bytes that are not UTF-8"),
        (BodyFault::InvalidUtf8InExtra, "a body with a byte that is not UTF-8 where nobody looks"),
        (BodyFault::SingleQuotes, "a body in single quotes"),
    ] {
        let address = format!("json/{}", fault.name());
        body(p, role, fault, address, title, &["BODY-JSON"]);
    }
}

fn not_an_object(p: &mut Planner<'_>, role: &str) {
    let wrappers = [BodyFault::InArray, BodyFault::InString];
    let bare = [Value::Null, Value::Number, Value::Bool, Value::Empty, Value::Array];
    for fault in wrappers.into_iter().chain(bare.map(BodyFault::Bare)) {
        let address = format!("object/{}", fault.name());
        body(p, role, fault, address, "JSON that is not an object", &["BODY-OBJECT"]);
    }
}

/// Each field of the order with each value that it may not have.
fn fields(p: &mut Planner<'_>, role: &str) {
    let rows: [(Part, &[&'static str], &str); 3] = [
        (Part::Operator, &["BODY-OPERATOR"], "the operator"),
        (Part::Product, &["BODY-PRODUCT"], "the product"),
        (Part::Items, &["BODY-ITEMS", "AMB-ITEMS-ABSENT"], "the items"),
    ];
    for (part, ids, what) in rows {
        // An empty string is a string, and so an unknown id; a list is what items are.
        let of_another_rule = if part == Part::Items { Value::Array } else { Value::Empty };
        for value in Value::ALL.into_iter().filter(|value| *value != of_another_rule) {
            let fault = BodyFault::Field(part, value);
            let address = format!("field/{}", fault.name());
            body(p, role, fault, address, &format!("{what} {}", told(value)), ids);
        }
    }
}

/// Each field of an item with each value that it may not have, at every position that may be treated differently.
fn items(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    let long = 12.min(limits.max_items);
    for (count, values) in [(limits.min_items, &Value::ALL[..]), (long, &[Value::Absent, Value::Number][..])]
    {
        for value in values.iter().copied().filter(|value| *value != Value::Empty) {
            for position in positions(count) {
                for (fault, id, what) in [
                    (ItemFault::Package(value), "ITEM-PACKAGE", "the package"),
                    (ItemFault::Msisdn(value), "ITEM-MSISDN", "the number"),
                ] {
                    p.case(format!("item/{}/{count}/{position}", fault.name()))
                        .title(format!("{what} of item {position} of {count} {}", told(value)))
                        .serves(&[id])
                        .order(&Draft::good(role, count).item(position, fault))
                        .add();
                }
            }
        }
    }
}

/// An entry that is no object.
fn entries(p: &mut Planner<'_>, role: &str) {
    let last = p.contract.limits.min_items - 1;
    for value in [Value::Null, Value::Number, Value::Empty, Value::Array] {
        let draft = good(p, role).item(last, ItemFault::Entry(value));
        p.case(format!("entry/{}", value.name()))
            .title(format!("an entry {}", told(value)))
            .serves(&["ITEM-PACKAGE", "ITEM-MSISDN"])
            .order(&draft)
            .add();
    }
}

/// Properties that nobody asked for.
fn extras(p: &mut Planner<'_>, role: &str) {
    for odd in [
        Odd::Word,
        Odd::HugeInteger,
        Odd::HugeExponent,
        Odd::NegativeZero,
        Odd::Deep(20),
        Odd::LoneSurrogate,
        Odd::Nul,
        Odd::Proto,
    ] {
        for fault in [BodyFault::Extra(odd), BodyFault::ExtraInItem(odd)] {
            let address = format!("extra/{}", fault.name());
            body(p, role, fault, address, "a property that nobody asked for", &["AMB-EXTRA-FIELD"]);
        }
    }
}

fn media(p: &mut Planner<'_>, role: &str) {
    for media in Media::OPEN {
        let draft = good(p, role).media(media);
        p.case(format!("media/{media:?}").to_lowercase())
            .title("another or no Content-Type")
            .serves(&["AMB-MEDIA-TYPE"])
            .order(&draft)
            .add();
    }
    let charset = good(p, role).media(Media::JsonUtf8);
    p.case("media/charset").title("JSON with a charset").serves(&["ROUTE-POST"]).order(&charset).add();
}

/// The same order in other bytes.
fn spellings(p: &mut Planner<'_>, role: &str) {
    let chunked = good(p, role).transport(Transport::Chunked);
    p.case("transport/chunked").title("a body in chunks").serves(&["ROUTE-POST"]).order(&chunked).add();
    let repeated = |part| (BodyFault::Repeated(part), "a key that stands twice", "BODY-JSON");
    for (fault, title, id) in [
        (BodyFault::Padded(40), "a body with spaces around it", "ROUTE-POST"),
        (BodyFault::Bom, "a byte order mark before the body", "BODY-JSON"),
        repeated(Part::Operator),
        repeated(Part::Items),
    ] {
        let address = match &fault {
            BodyFault::Padded(_) => "json/padded".to_owned(),
            other => format!("json/{}", other.name()),
        };
        body(p, role, fault, address, title, &[id]);
    }
}

fn sizes(p: &mut Planner<'_>, role: &str) {
    for (size, odd, title) in [
        ("100000", Odd::Long(100_000), "a very large body"),
        ("1000000", Odd::Long(1_000_000), "a very large body"),
        ("deep", Odd::Deep(10_000), "lists in lists, ten thousand deep"),
    ] {
        body(p, role, BodyFault::Extra(odd), format!("size/{size}"), title, &["AMB-SIZE"]);
    }
}

const fn told(value: Value) -> &'static str {
    match value {
        Value::Absent => "absent",
        Value::Null => "null",
        Value::Empty => "as an empty string",
        Value::Number => "as a number",
        Value::Bool => "as a boolean",
        Value::Array => "as a list",
        Value::Object => "as an object",
    }
}
