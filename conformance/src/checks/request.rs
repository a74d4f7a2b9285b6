//! The request: route, body, required fields, media type, size.

mod bodies;
mod readings;
mod scouts;

use super::check::Check;
use crate::order::facts::{Body, Entry, Facts, Field, Media};
use crate::order::lenient::Liberty;
use crate::order::rule::{Applies, Refusal, Rule};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;
use spec::{Contract, Meaning};

/// The check of the request.
pub(crate) const CHECK: Check = Check {
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
    accepted: &["ROUTE-POST"],
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
    // One of the readings of a body on which parsers disagree may be an order with a repeated number.
    Rule {
        id: "BODY-JSON",
        refusal: Refusal::Any,
        applies: |facts, _| Applies::maybe(facts.too_deep || matches!(facts.body, Body::Unclear(_))),
    },
    Rule {
        id: "BODY-JSON",
        refusal: Refusal::Open("AMB-DUPLICATE"),
        applies: |facts, _| Applies::maybe(matches!(facts.body, Body::Unclear(_))),
    },
    invalid("BODY-JSON", |facts, _| Applies::maybe(facts.disputed)),
    invalid("BODY-OBJECT", |facts, _| Applies::surely(facts.body == Body::NotObject)),
    Rule {
        id: "BODY-OBJECT",
        refusal: Refusal::Open("AMB-ITEMS-ABSENT"),
        applies: |facts, _| Applies::surely(facts.body == Body::Null),
    },
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
    // The server may answer as for a missing field or as for the count; this rule only says that it may refuse.
    Rule::open("AMB-ITEMS-ABSENT", |facts, _| {
        Applies::maybe(facts.order().is_some_and(|it| it.entries.is_none()))
    }),
    Rule::open("AMB-EXTRA-FIELD", |facts, _| Applies::maybe(facts.order().is_some_and(|it| it.extra))),
    Rule::open("AMB-MEDIA-TYPE", |facts, _| Applies::maybe(facts.media == Media::Other)),
    // A server that does not read a body of that type sees no items in it.
    Rule {
        id: "AMB-MEDIA-TYPE",
        refusal: Refusal::Open("AMB-ITEMS-ABSENT"),
        applies: |facts, _| Applies::maybe(facts.media == Media::Other),
    },
    Rule::open("AMB-CHUNKED-LENGTH", |facts, _| Applies::maybe(facts.chunked)),
    Rule::open("AMB-SIZE", |facts, _| Applies::maybe(facts.large)),
    Rule::open("AMB-ENCODING", |facts, _| {
        Applies::maybe(facts.others.iter().any(|it| matches!(it.liberty, Liberty::Encoding(_))))
    }),
    Rule::open("AMB-COERCION", |facts, _| {
        Applies::maybe(facts.others.iter().any(|it| it.liberty.is_coercion()))
    }),
];

fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    let Some(role) = buyers.first() else {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    };
    scouts::plan(p, role);
    bodies::plan(p, role);
    readings::plan(p, &buyers);
}
