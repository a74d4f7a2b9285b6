//! Plans what is sent about the request itself: bodies, fields, entries, content types, sizes.

use crate::checks::positions::positions;
use crate::plan::defect::{BodyFault, ItemFault, Part, Value};
use crate::plan::hostile::{Hostile, Keys};
use crate::plan::order_draft::{Media, OrderDraft};
use crate::plan::planner::Planner;

/// Plans each subject, with orders of a role that may buy.
pub(super) fn plan(p: &mut Planner<'_>, role: &str) {
    not_json(p, role);
    not_an_object(p, role);
    fields(p, role);
    items(p, role);
    entries(p, role);
    extras(p, role);
    surrogates(p, role);
    media(p, role);
    sizes(p, role);
}

/// Plans the smallest order with a fault in its body.
fn body(
    p: &mut Planner<'_>,
    role: &str,
    fault: BodyFault,
    address: String,
    title: &str,
    ids: &[&'static str],
) {
    let draft = p.smallest(role).body(fault);
    p.case(address).title(title).serves(ids).order(&draft).add();
}

/// Plans bodies that no reader takes for JSON, and one that only a streaming reader takes for an order.
fn not_json(p: &mut Planner<'_>, role: &str) {
    for (fault, title) in [
        (BodyFault::Empty, "an empty body"),
        (BodyFault::Truncated(30), "a body cut off early"),
        (BodyFault::Truncated(100), "a body without its last byte"),
        (BodyFault::Garbage, "a body of words that are no JSON"),
        (BodyFault::SingleQuotes, "a body in single quotes"),
    ] {
        let address = format!("json/{}", fault.name());
        body(p, role, fault, address, title, &["BODY-JSON"]);
    }
    let draft = p.smallest(role).body(BodyFault::Trailing);
    p.case("json/trailing")
        .title("a body with brackets too many")
        .serves(&["BODY-JSON", "AMB-ENCODING"])
        .order(&draft)
        .asked_elsewhere(true)
        .add();
    let padded = p.smallest(role).body(BodyFault::Padded(40));
    p.case("json/padded").title("a body with spaces around it").serves(&["ROUTE-POST"]).order(&padded).add();
}

fn not_an_object(p: &mut Planner<'_>, role: &str) {
    let wrappers = [BodyFault::InArray, BodyFault::InString, BodyFault::ValuesInPlace];
    let bare = [Value::Null, Value::Number, Value::Bool, Value::Empty, Value::Array];
    for fault in wrappers.into_iter().chain(bare.map(BodyFault::Bare)) {
        let address = format!("object/{}", fault.name());
        body(p, role, fault, address, "JSON that is not an object", &["BODY-OBJECT"]);
    }
}

/// Plans each field of the order with each value that does not spell a right one.
fn fields(p: &mut Planner<'_>, role: &str) {
    let rows: [(Part, &[&'static str], &str); 3] = [
        (Part::Operator, &["BODY-OPERATOR"], "the operator"),
        (Part::Product, &["BODY-PRODUCT"], "the product"),
        (Part::Items, &["BODY-ITEMS", "AMB-ITEMS-ABSENT"], "the items"),
    ];
    for (part, ids, what) in rows {
        // An empty string is a string, hence an unknown id; an array is what items are; values of another type that
        // spell the right value are planned in `readings`.
        let elsewhere =
            if part == Part::Items { [Value::Array, Value::Object] } else { [Value::Empty, Value::Array] };
        for value in Value::ALL.into_iter().filter(|value| !elsewhere.contains(value)) {
            let fault = BodyFault::Field(part, value);
            let address = format!("field/{}", fault.name());
            body(p, role, fault, address, &format!("{what} {}", told(value)), ids);
        }
    }
    for keys in Keys::ALL {
        let fault = BodyFault::ItemsUnder(keys);
        let address = format!("field/{}", fault.name());
        let title = "the items as an object whose keys count nothing";
        body(p, role, fault, address, title, &["BODY-ITEMS", "AMB-ITEMS-ABSENT"]);
    }
}

/// Plans each field of an item with each value that does not spell a right one, at every position that may be treated
/// differently.
fn items(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    let long = 12.min(limits.max_items);
    let all = [Value::Absent, Value::Null, Value::Number, Value::Bool, Value::Object];
    for (count, values) in [(limits.min_items, &all[..]), (long, &[Value::Absent, Value::Number])] {
        for value in values {
            for position in positions(count) {
                for (fault, id, what) in [
                    (ItemFault::Package(*value), "ITEM-PACKAGE", "the package"),
                    (ItemFault::Msisdn(*value), "ITEM-MSISDN", "the number"),
                ] {
                    p.case(format!("item/{}/{count}/{position}", fault.name()))
                        .title(format!("{what} of item {position} of {count} {}", told(*value)))
                        .serves(&[id])
                        .order(&OrderDraft::good(role, count).item(position, fault))
                        .add();
                }
            }
        }
    }
}

/// Plans an entry that is not an object.
fn entries(p: &mut Planner<'_>, role: &str) {
    let last = p.contract.limits.min_items - 1;
    for value in [Value::Null, Value::Number, Value::Empty, Value::Array] {
        let draft = p.smallest(role).item(last, ItemFault::Entry(value));
        p.case(format!("entry/{}", value.name()))
            .title(format!("an entry {}", told(value)))
            .serves(&["ITEM-PACKAGE", "ITEM-MSISDN"])
            .order(&draft)
            .add();
    }
}

/// Plans undocumented properties, in the order and in an item, beginning with a simple one.
fn extras(p: &mut Planner<'_>, role: &str) {
    let hostile = [
        Hostile::HugeInteger,
        Hostile::HugeExponent,
        Hostile::NegativeZero,
        Hostile::Deep(20),
        Hostile::LoneSurrogate,
        Hostile::Nul,
        Hostile::Proto,
    ];
    for value in [Hostile::Word].into_iter().chain(hostile) {
        for fault in [BodyFault::Extra(value), BodyFault::ExtraInItem(value)] {
            let address = format!("extra/{}", fault.name());
            let draft = p.smallest(role).body(fault);
            p.case(address)
                .title("a property that nobody asked for")
                .serves(&["AMB-EXTRA-FIELD"])
                .order(&draft)
                .asked_elsewhere(value != Hostile::Word)
                .add();
        }
    }
}

/// Plans half of a surrogate pair in place of each string of an order. Whether a reader refuses it or replaces it, the order
/// is refused.
fn surrogates(p: &mut Planner<'_>, role: &str) {
    let (half, last) = (Hostile::LoneSurrogate, p.contract.limits.min_items - 1);
    let field = |part| p.smallest(role).body(BodyFault::FieldHostile(part, half));
    let item = |fault| p.smallest(role).item(last, fault);
    let rows: [(&str, OrderDraft, &[&'static str]); 4] = [
        ("operator", field(Part::Operator), &["PRE-OPERATOR", "AMB-ENCODING"]),
        ("product", field(Part::Product), &["PRE-PRODUCT", "AMB-ENCODING"]),
        ("package", item(ItemFault::PackageHostile(half)), &["PRE-PACKAGE", "AMB-ENCODING"]),
        ("number", item(ItemFault::MsisdnHostile(half)), &["PRE-MSISDN", "AMB-ENCODING"]),
    ];
    for (place, draft, ids) in rows {
        p.case(format!("surrogate/{place}"))
            .title(format!("half of a surrogate pair in place of the {place}"))
            .serves(ids)
            .order(&draft)
            .add();
    }
}

/// Plans content types: none, another, and other spellings of that of JSON.
fn media(p: &mut Planner<'_>, role: &str) {
    for media in Media::OPEN {
        let draft = p.smallest(role).media(media);
        p.case(format!("media/{media:?}").to_lowercase())
            .title("another or no Content-Type")
            .serves(&["AMB-MEDIA-TYPE"])
            .order(&draft)
            .asked_elsewhere(!matches!(media, Media::Absent | Media::Text))
            .add();
    }
    let charset = p.smallest(role).media(Media::JsonUtf8);
    p.case("media/charset").title("JSON with a charset").serves(&["ROUTE-POST"]).order(&charset).add();
}

fn sizes(p: &mut Planner<'_>, role: &str) {
    for (size, hostile, title) in [
        ("100000", Hostile::Long(100_000), "a very large body"),
        ("1000000", Hostile::Long(1_000_000), "a very large body"),
        ("deep", Hostile::Deep(10_000), "lists in lists, ten thousand deep"),
        ("deeper", Hostile::Deep(50_000), "lists in lists, fifty thousand deep"),
    ] {
        let draft = p.smallest(role).body(BodyFault::Extra(hostile));
        p.case(format!("size/{size}"))
            .title(title)
            .serves(&["AMB-SIZE"])
            .order(&draft)
            .asked_elsewhere(hostile != Hostile::Long(100_000))
            .add();
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
