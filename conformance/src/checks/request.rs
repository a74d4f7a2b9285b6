//! The request: route, body, required fields, media type, size.

use super::check::Check;
use super::positions::positions;
use crate::order::facts::{Body, Entry, Facts, Field, Media};
use crate::order::lenient::Liberty;
use crate::order::rule::{Applies, Refusal, Rule};
use crate::plan::draft::{self, BodyFault, Draft, ItemFault, Odd, Part, Value};
use crate::plan::planner::{Planner, Watch};
use spec::{Contract, Meaning};

/// The check.
pub const CHECK: Check = Check {
    name: "request",
    cites: &[
        "ROUTE-POST",
        "BODY-JSON",
        "BODY-OBJECT",
        "BODY-OPERATOR",
        "BODY-PRODUCT",
        "BODY-ITEMS",
        "ITEM-PACKAGE",
        "ITEM-MSISDN",
        "AMB-ITEMS-ABSENT",
        "AMB-EXTRA-FIELD",
        "AMB-MEDIA-TYPE",
        "AMB-SIZE",
        "AMB-ENCODING",
        "AMB-COERCION",
        "AMB-CHUNKED-LENGTH",
    ],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

fn any_entry(facts: &Facts, wanted: impl Fn(&Entry) -> bool) -> bool {
    facts.order().and_then(|order| order.entries.as_ref()).is_some_and(|entries| entries.iter().any(wanted))
}

const fn invalid(id: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Rule {
    Rule::refuses(id, Meaning::Invalid, applies)
}

const RULES: &[Rule] = &[
    invalid("BODY-JSON", |facts, _| Applies::surely(facts.body == Body::NotJson)),
    // Of a body that parsers disagree on, one of the readings may be an order with a number twice.
    Rule {
        id: "BODY-JSON",
        refusal: Refusal::Any,
        applies: |facts, _| Applies::maybe(matches!(facts.body, Body::Unclear(_))),
    },
    Rule {
        id: "BODY-JSON",
        refusal: Refusal::Open("AMB-DUPLICATE"),
        applies: |facts, _| Applies::maybe(matches!(facts.body, Body::Unclear(_))),
    },
    invalid("BODY-JSON", |facts, _| Applies::maybe(facts.disputed)),
    invalid("BODY-OBJECT", |facts, _| Applies::surely(facts.body == Body::NotObject)),
    invalid("BODY-OPERATOR", |facts, _| {
        Applies::surely(facts.order().is_some_and(|it| it.operator == Field::Bad))
    }),
    invalid("BODY-PRODUCT", |facts, _| {
        Applies::surely(facts.order().is_some_and(|it| it.product == Field::Bad))
    }),
    Rule {
        id: "BODY-ITEMS",
        refusal: Refusal::Open("AMB-ITEMS-ABSENT"),
        applies: |facts, _| Applies::surely(facts.order().is_some_and(|it| it.entries.is_none())),
    },
    invalid("ITEM-PACKAGE", |facts, _| Applies::surely(any_entry(facts, |it| it.package == Field::Bad))),
    invalid("ITEM-MSISDN", |facts, _| Applies::surely(any_entry(facts, |it| it.msisdn == Field::Bad))),
    // Which of the two questions a server answers with what is the server's; here only that it may refuse.
    Rule::open("AMB-ITEMS-ABSENT", |facts, _| {
        Applies::maybe(facts.order().is_some_and(|it| it.entries.is_none()))
    }),
    Rule::open("AMB-EXTRA-FIELD", |facts, _| Applies::maybe(facts.order().is_some_and(|it| it.extra))),
    Rule::open("AMB-MEDIA-TYPE", |facts, _| Applies::maybe(facts.media == Media::Other)),
    Rule::open("AMB-CHUNKED-LENGTH", |facts, _| Applies::maybe(facts.chunked)),
    Rule::open("AMB-SIZE", |facts, _| Applies::maybe(facts.large)),
    Rule::open("AMB-ENCODING", |facts, _| {
        Applies::maybe(facts.others.iter().any(|it| matches!(it.liberty, Liberty::Encoding(_))))
    }),
    Rule::open("AMB-COERCION", |facts, _| {
        Applies::maybe(facts.others.iter().any(|it| matches!(it.liberty, Liberty::Coercion(_))))
    }),
];

fn plan(p: &mut Planner<'_>) {
    let Some(role) = p.buyers().first().cloned() else {
        return p.cannot(CHECK.cites, "no key of a role that may buy");
    };
    let count = p.contract.limits.min_items;
    let good = || Draft::good(&role, count);
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
        p.order(&format!("json/{}", fault.name()), title, &["BODY-JSON"], &good().body(fault), Watch::Wallet);
    }
    let wrappers = [BodyFault::InArray, BodyFault::InString];
    let bare = [Value::Null, Value::Number, Value::Bool, Value::Empty, Value::Array];
    for fault in wrappers.into_iter().chain(bare.map(BodyFault::Bare)) {
        let address = format!("object/{}", fault.name());
        p.order(&address, "JSON that is not an object", &["BODY-OBJECT"], &good().body(fault), Watch::Wallet);
    }
    for (part, id, what) in [
        (Part::Operator, "BODY-OPERATOR", "the operator"),
        (Part::Product, "BODY-PRODUCT", "the product"),
        (Part::Items, "BODY-ITEMS", "the items"),
    ] {
        for value in Value::ALL {
            // An empty string is a string, and so an unknown id; a list is what items are.
            let other_rule = if part == Part::Items { Value::Array } else { Value::Empty };
            if value == other_rule {
                continue;
            }
            let fault = BodyFault::Field(part, value);
            let title = format!("{what} {}", told(value));
            let mut serves = vec![id];
            if part == Part::Items {
                serves.push("AMB-ITEMS-ABSENT");
            }
            p.order(&format!("field/{}", fault.name()), &title, &serves, &good().body(fault), Watch::Wallet);
        }
    }
    let long = 12.min(p.contract.limits.max_items);
    for (count, values) in [(count, &Value::ALL[..]), (long, &[Value::Absent, Value::Number][..])] {
        for value in values.iter().copied().filter(|value| *value != Value::Empty) {
            for position in positions(count) {
                for (fault, id, what) in [
                    (ItemFault::Package(value), "ITEM-PACKAGE", "the package"),
                    (ItemFault::Msisdn(value), "ITEM-MSISDN", "the number"),
                ] {
                    let address = format!("item/{}/{count}/{position}", fault.name());
                    let title = format!("{what} of item {position} of {count} {}", told(value));
                    p.order(
                        &address,
                        &title,
                        &[id],
                        &Draft::good(&role, count).item(position, fault),
                        Watch::Wallet,
                    );
                }
            }
        }
    }
    for value in [Value::Null, Value::Number, Value::Empty, Value::Array] {
        let draft = good().item(count - 1, ItemFault::Entry(value));
        let title = format!("an entry {}", told(value));
        p.order(
            &format!("entry/{}", value.name()),
            &title,
            &["ITEM-PACKAGE", "ITEM-MSISDN"],
            &draft,
            Watch::Wallet,
        );
    }
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
            p.order(
                &address,
                "a property that nobody asked for",
                &["AMB-EXTRA-FIELD"],
                &good().body(fault),
                Watch::Wallet,
            );
        }
    }
    for media in draft::Media::OPEN {
        let mut draft = good();
        draft.media = media;
        let address = format!("media/{media:?}").to_lowercase();
        p.order(&address, "another or no Content-Type", &["AMB-MEDIA-TYPE"], &draft, Watch::Wallet);
    }
    let mut charset = good();
    charset.media = draft::Media::JsonUtf8;
    p.order("media/charset", "JSON with a charset", &["ROUTE-POST"], &charset, Watch::Wallet);
    let mut chunked = good();
    chunked.transport = crate::history::Transport::Chunked;
    p.order("transport/chunked", "a body in chunks", &["ROUTE-POST"], &chunked, Watch::Wallet);
    p.order(
        "json/padded",
        "a body with spaces around it",
        &["ROUTE-POST"],
        &good().body(BodyFault::Padded(40)),
        Watch::Wallet,
    );
    p.order(
        "json/bom",
        "a byte order mark before the body",
        &["BODY-JSON"],
        &good().body(BodyFault::Bom),
        Watch::Wallet,
    );
    for part in [Part::Operator, Part::Items] {
        let fault = BodyFault::Repeated(part);
        p.order(
            &format!("json/{}", fault.name()),
            "a key that stands twice",
            &["BODY-JSON"],
            &good().body(fault),
            Watch::Wallet,
        );
    }
    for length in [100_000, 1_000_000] {
        let fault = BodyFault::Extra(Odd::Long(length));
        p.order(
            &format!("size/{length}"),
            "a very large body",
            &["AMB-SIZE"],
            &good().body(fault),
            Watch::Wallet,
        );
    }
    p.order(
        "size/deep",
        "lists in lists, ten thousand deep",
        &["AMB-SIZE"],
        &good().body(BodyFault::Extra(Odd::Deep(10_000))),
        Watch::Wallet,
    );
}

fn told(value: Value) -> String {
    match value {
        Value::Absent => "absent".into(),
        Value::Null => "null".into(),
        Value::Empty => "as an empty string".into(),
        Value::Number => "as a number".into(),
        Value::Bool => "as a boolean".into(),
        Value::Array => "as a list".into(),
        Value::Object => "as an object".into(),
    }
}
