//! Compares two schemas: what values they accept, and the descriptions around that.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use super::decimal::Decimal;
use super::pen::Pen;
use super::revision::{Document, object, strings};
use super::show::{from_to, order, show};
use super::walk::both_keys;
use crate::place::escape;

/// The keywords that restrict a value; all others only describe it.
pub(super) const BOUNDS: &[&str] = &[
    "type",
    "format",
    "nullable",
    "enum",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "discriminator",
    "default",
    "x-msisdn",
    "x-next",
];

/// A limit: its keyword, the keyword that makes it exclusive, and the changes recorded when it is lowered or raised.
const LIMITS: [(&str, &str, &str, &str); 6] = [
    ("maxItems", "", "max-items-lowered", "max-items-raised"),
    ("maxLength", "", "max-length-lowered", "max-length-raised"),
    ("maximum", "exclusiveMaximum", "maximum-lowered", "maximum-raised"),
    ("minItems", "", "min-items-lowered", "min-items-raised"),
    ("minLength", "", "min-length-lowered", "min-length-raised"),
    ("minimum", "exclusiveMinimum", "minimum-lowered", "minimum-raised"),
];

/// Returns the schemas to compare for a pair: a schema that is `allOf: [$ref]` without other restrictions is replaced
/// by its target. This is the usual way to put a description beside a reference, and makes no difference on the wire.
pub(super) fn cores(base: &Document, at_base: &str, new: &Document, at_new: &str) -> (String, String) {
    let behind = |document: &Document, pointer: &str| -> Option<String> {
        let node = document.at(pointer);
        let single = node["allOf"].as_array().is_some_and(|members| members.len() == 1);
        let alone = object(node).keys().all(|key| key == "allOf" || !BOUNDS.contains(&key.as_str()));
        (single && alone).then(|| document.resolve(&format!("{pointer}/allOf/0")))
    };
    let composed = |document: &Document, pointer: &str| document.at(pointer).get("allOf").is_some();
    match (behind(base, at_base), behind(new, at_new)) {
        (Some(b), Some(n)) => (b, n),
        (Some(b), None) if !composed(new, at_new) => (b, at_new.to_owned()),
        (None, Some(n)) if !composed(base, at_base) => (at_base.to_owned(), n),
        _ => (at_base.to_owned(), at_new.to_owned()),
    }
}

/// Returns the pairs of schemas directly below two schemas, as relative pointers.
pub(super) fn children(b: &Value, n: &Value) -> Vec<(String, String)> {
    let same = |below: String| (below.clone(), below);
    let mut pairs = Vec::new();
    for name in object(&b["properties"]).keys().filter(|name| n["properties"].get(*name).is_some()) {
        pairs.push(same(format!("/properties/{}", escape(name))));
    }
    if b.get("items").is_some() || n.get("items").is_some() {
        pairs.push(same("/items".to_owned()));
    }
    if b["additionalProperties"].is_object() && n["additionalProperties"].is_object() {
        pairs.push(same("/additionalProperties".to_owned()));
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        let matched = members(&b[key], &n[key]).0;
        pairs.extend(matched.into_iter().map(|(b, n)| (format!("/{key}/{b}"), format!("/{key}/{n}"))));
    }
    pairs
}

/// Matches the members of two compositions: first equal ones, then inline schemas in their order. Returns the pairs,
/// then the members of the base alone, then those of the new side alone.
fn members(b: &Value, n: &Value) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
    let list = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let (b, n) = (list(b), list(n));
    let (mut left, mut right): (Vec<usize>, Vec<usize>) = ((0..b.len()).collect(), (0..n.len()).collect());
    let mut pairs = Vec::new();
    left.retain(|at| match right.iter().position(|other| b[*at] == n[*other]) {
        Some(found) => {
            pairs.push((*at, right.remove(found)));
            false
        }
        None => true,
    });
    // Different references are different alternatives; only an inline schema may be the same alternative, edited.
    let plain = |list: &[Value], at: usize| list[at].get("$ref").is_none();
    left.retain(|at| match right.iter().position(|other| plain(&b, *at) && plain(&n, *other)) {
        Some(found) => {
            pairs.push((*at, right.remove(found)));
            false
        }
        None => true,
    });
    (pairs, left, right)
}

/// Compares the descriptions of two schemas.
pub(super) fn words(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    pen.rest(b, n, &[BOUNDS, &["$ref"]].concat());
}

/// Compares the values that two schemas accept.
pub(super) fn bounds(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    limits(pen, b, n);
    kinds(pen, b, n);
    values(pen, b, n);
    fields(pen, b, n);
    for (key, added, removed) in [
        ("allOf", "all-of-added", "all-of-removed"),
        ("oneOf", "alternative-added", "alternative-removed"),
        ("anyOf", "alternative-added", "alternative-removed"),
    ] {
        let (_, left, right) = members(&b[key], &n[key]);
        for at in right {
            pen.put(added, &format!("/{key}"), &format!("{} added", show(&n[key][at])));
        }
        for at in left {
            pen.put(removed, &format!("/{key}"), &format!("{} removed", show(&b[key][at])));
        }
    }
    for key in ["not", "minProperties", "maxProperties", "readOnly", "writeOnly", "discriminator"] {
        if b[key] != n[key] {
            pen.put("unjudged-changed", &format!("/{key}"), &from_to(&b[key], &n[key]));
        }
    }
    if b["default"] != n["default"] {
        pen.put("default-changed", "/default", &from_to(&b["default"], &n["default"]));
    }
    states(pen, &b["x-next"], &n["x-next"]);
    msisdn(pen, &b["x-msisdn"], &n["x-msisdn"]);
}

fn limits(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    for (key, exclusive, lowered, raised) in LIMITS {
        let upper = key.starts_with("max");
        // A missing upper limit counts as the highest possible limit, a missing lower one as the lowest.
        let missing = if upper { Ordering::Greater } else { Ordering::Less };
        let strict = |it: &Value| !exclusive.is_empty() && it[exclusive].as_bool().unwrap_or(false);
        let moved = order(&b[key], &n[key], missing).then_with(|| {
            // An exclusive upper limit is slightly lower than an inclusive one, an exclusive lower limit slightly
            // higher.
            if upper { strict(n).cmp(&strict(b)) } else { strict(b).cmp(&strict(n)) }
        });
        let words = |it: &Value| {
            let mark = if strict(it) { " (exclusive)" } else { "" };
            format!("{}{mark}", show(&it[key]))
        };
        let detail = format!("{key} {} -> {}", words(b), words(n));
        match moved {
            Ordering::Greater => pen.put(lowered, &format!("/{key}"), &detail),
            Ordering::Less => pen.put(raised, &format!("/{key}"), &detail),
            Ordering::Equal => {}
        }
    }
}

/// Records the change between two sets of values, of which one may contain the other.
fn step(pen: &mut Pen<'_, '_>, key: &str, fact: &str, (b, n): (&Value, &Value), narrower: bool, wider: bool) {
    if b != n {
        let end = if narrower {
            "narrowed"
        } else if wider {
            "widened"
        } else {
            "changed"
        };
        pen.put(&format!("{fact}-{end}"), &format!("/{key}"), &from_to(b, n));
    }
}

fn kinds(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    let holds = |wide: &Value, narrow: &Value| {
        wide.is_null() || (wide.as_str(), narrow.as_str()) == (Some("number"), Some("integer"))
    };
    let (bt, nt) = (&b["type"], &n["type"]);
    step(pen, "type", "type", (bt, nt), holds(bt, nt), holds(nt, bt));
    // A format belongs to its type, so a change of the type covers it.
    if bt == nt {
        let holds = |wide: &Value, narrow: &Value| {
            let ladder = [("int64", "int32"), ("double", "float")];
            wide.is_null() || wide.as_str().zip(narrow.as_str()).is_some_and(|pair| ladder.contains(&pair))
        };
        let (bf, nf) = (&b["format"], &n["format"]);
        step(pen, "format", "format", (bf, nf), holds(bf, nf), holds(nf, bf));
    }
    match (b["nullable"].as_bool().unwrap_or(false), n["nullable"].as_bool().unwrap_or(false)) {
        (false, true) => pen.put("became-nullable", "/nullable", "never null -> may be null"),
        (true, false) => pen.put("became-not-nullable", "/nullable", "may be null -> never null"),
        _ => {}
    }
}

fn values(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    match (b.get("enum"), n.get("enum")) {
        (None, Some(list)) => pen.put("enum-introduced", "/enum", &format!("any -> {}", show(list))),
        (Some(list), None) => pen.put("enum-dropped", "/enum", &format!("{} -> any", show(list))),
        (b, n) => {
            let none = Value::Null;
            pen.list(
                b.unwrap_or(&none),
                n.unwrap_or(&none),
                "/enum",
                "enum-value-added",
                "enum-value-removed",
            );
        }
    }
    match (&b["pattern"], &n["pattern"]) {
        (b, n) if b == n => {}
        (b @ Value::Null, n) => pen.put("pattern-added", "/pattern", &from_to(b, n)),
        (b, n @ Value::Null) => pen.put("pattern-removed", "/pattern", &from_to(b, n)),
        (b, n) => pen.put("pattern-changed", "/pattern", &from_to(b, n)),
    }
    let (bm, nm) = (&b["multipleOf"], &n["multipleOf"]);
    let divides = |wide: &Value, narrow: &Value| {
        wide.is_null()
            || Decimal::of(narrow)
                .zip(Decimal::of(wide))
                .is_some_and(|(narrow, wide)| narrow.is_multiple_of(wide))
    };
    step(pen, "multipleOf", "multiple-of", (bm, nm), divides(bm, nm), divides(nm, bm));
    match (b["uniqueItems"].as_bool().unwrap_or(false), n["uniqueItems"].as_bool().unwrap_or(false)) {
        (false, true) => pen.put("unique-items-added", "/uniqueItems", "repetitions -> none"),
        (true, false) => pen.put("unique-items-removed", "/uniqueItems", "no repetitions -> any"),
        _ => {}
    }
}

fn fields(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    let required = |it: &Value, name: &str| strings(&it["required"]).any(|it| it == name);
    let mut names = both_keys(&b["properties"], &n["properties"]);
    names.extend(strings(&b["required"]).chain(strings(&n["required"])).map(str::to_owned));
    for name in names {
        let below = format!("/properties/{}", escape(&name));
        let (was, is) = (required(b, &name), required(n, &name));
        let stood = |it: &Value, required: bool| required || it["properties"].get(&name).is_some();
        let fact = match (stood(b, was), stood(n, is), was, is) {
            (false, true, _, true) => "required-field-added",
            (false, true, _, false) => "optional-field-added",
            (true, false, true, _) => "required-field-removed",
            (true, false, false, _) => "optional-field-removed",
            (true, true, false, true) => "field-became-required",
            (true, true, true, false) => "field-became-optional",
            _ => continue,
        };
        let detail = match fact.rsplit('-').next() {
            Some("required") => "optional -> required",
            Some("optional") => "required -> optional",
            Some(word) => &format!("{name} {word}"),
            None => "",
        };
        pen.put(fact, &below, detail);
    }
    // Forbidding further fields is the narrowest, a schema for them is in between, and allowing any is the default.
    let openness = |it: &Value| match &it["additionalProperties"] {
        Value::Bool(false) => 0,
        Value::Object(_) => 1,
        _ => 2,
    };
    let key = "additionalProperties";
    match openness(n).cmp(&openness(b)) {
        Ordering::Less => {
            pen.put("additional-properties-closed", &format!("/{key}"), &from_to(&b[key], &n[key]))
        }
        Ordering::Greater => {
            pen.put("additional-properties-opened", &format!("/{key}"), &from_to(&b[key], &n[key]))
        }
        Ordering::Equal => {}
    }
}

/// Compares the states of an order and their transitions (`x-next`).
fn states(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    for state in both_keys(b, n) {
        let below = format!("/x-next/{}", escape(&state));
        match (b.get(&state), n.get(&state)) {
            (None, Some(next)) => pen.put("state-added", &below, &format!("{state}, then {}", show(next))),
            (Some(next), None) => pen.put("state-removed", &below, &format!("{state}, then {}", show(next))),
            (Some(b), Some(n)) => pen.list(b, n, &below, "transition-added", "transition-removed"),
            (None, None) => {}
        }
    }
}

/// Compares the definition of a phone number (`x-msisdn`); only its outer bounds can be narrowed or widened.
fn msisdn(pen: &mut Pen<'_, '_>, b: &Value, n: &Value) {
    let mut seen = BTreeSet::new();
    for (key, lowered, raised) in [
        ("shortest-possible", "msisdn-widened", "msisdn-narrowed"),
        ("longest-possible", "msisdn-narrowed", "msisdn-widened"),
    ] {
        seen.insert(key.to_owned());
        let missing = if lowered == "msisdn-widened" { Ordering::Less } else { Ordering::Greater };
        let fact = match order(&b[key], &n[key], missing) {
            Ordering::Greater => lowered,
            Ordering::Less => raised,
            Ordering::Equal => continue,
        };
        pen.put(fact, &format!("/x-msisdn/{key}"), &from_to(&b[key], &n[key]));
    }
    for key in both_keys(b, n).difference(&seen).filter(|key| b[key.as_str()] != n[key.as_str()]) {
        pen.put("msisdn-changed", &format!("/x-msisdn/{}", escape(key)), &from_to(&b[key], &n[key]));
    }
}
