//! The other ways in which common software reads a body that only a strict reader refuses (AMB-ENCODING, AMB-COERCION).
//!
//! A server that takes one of these liberties has processed an order and is judged by the order that it processed; the
//! report says what it accepted. A strict reader's refusal conforms as well.

use spec::Contract;

use super::decode::decodings;
use super::json::{Json, Unreadable};
use super::relaxed::{relaxed, without_lone_surrogates};

/// What a lenient reader did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Liberty {
    /// It decoded or parsed what a strict reader refuses, in the way described.
    Encoding(String),
    /// It read values of another type as the ones that they spell; each is described.
    Coercion(Vec<String>),
    /// It did both; the way of decoding or parsing, and the values.
    Both(String, Vec<String>),
}

impl Liberty {
    /// Describes in one line what was done.
    #[must_use]
    pub(crate) fn what(&self) -> String {
        let (decoded, taken) = match self {
            Self::Encoding(what) => (Some(what), &[][..]),
            Self::Coercion(taken) => (None, &taken[..]),
            Self::Both(what, taken) => (Some(what), &taken[..]),
        };
        let all: Vec<&str> = decoded.into_iter().chain(taken).map(String::as_str).collect();
        match &all[..] {
            [first, second, _, ..] => format!("{first}; {second}; and {} more", all.len() - 2),
            _ => all.join("; "),
        }
    }

    /// Returns true if values of another type were read as the ones that they spell.
    #[must_use]
    pub(crate) const fn is_coercion(&self) -> bool {
        matches!(self, Self::Coercion(_) | Self::Both(..))
    }
}

/// A body as a lenient reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lenient {
    /// What the reader did.
    pub(crate) liberty: Liberty,
    /// What it sees.
    pub(crate) json: Json,
}

/// The most readings that are followed, for bodies that deviate in several ways at once.
const MOST: usize = 24;

/// Returns every reading of a body except the strict one.
#[must_use]
pub(crate) fn readings(contract: &Contract, bytes: &[u8]) -> Vec<Lenient> {
    let mut found: Vec<Lenient> = Vec::new();
    if let Ok(text) = std::str::from_utf8(bytes) {
        match Json::read(bytes) {
            Ok(json) => {
                repeated(&json, None, &mut found);
                coerced(contract, &json, &mut found);
            }
            Err(error) => repaired(text, &error, None, &mut found),
        }
    }
    for decoded in decodings(bytes) {
        match Json::read(decoded.text.as_bytes()) {
            Ok(json) => {
                let before = found.len();
                repeated(&json, Some(decoded.what), &mut found);
                if found.len() == before {
                    found.push(Lenient { liberty: Liberty::Encoding(decoded.what.to_owned()), json });
                }
            }
            Err(error) => repaired(&decoded.text, &error, Some(decoded.what), &mut found),
        }
    }
    // A body that deviates in both ways is also read by a reader that takes both liberties.
    let mut both = Vec::new();
    for reading in &found {
        let Liberty::Encoding(what) = &reading.liberty else { continue };
        let mut coercions = Vec::new();
        coerced(contract, &reading.json, &mut coercions);
        both.extend(coercions.into_iter().filter_map(|it| match it.liberty {
            Liberty::Coercion(taken) => {
                Some(Lenient { liberty: Liberty::Both(what.clone(), taken), json: it.json })
            }
            Liberty::Encoding(_) | Liberty::Both(..) => None,
        }));
    }
    found.extend(both);
    found.truncate(MOST);
    found
}

fn encoding(decoded: Option<&str>, what: &str) -> Liberty {
    Liberty::Encoding(decoded.map_or_else(|| what.to_owned(), |decoded| format!("{decoded}, {what}")))
}

/// Adds the readings of an object with a repeated key: readers take its last value or its first.
fn repeated(json: &Json, decoded: Option<&str>, found: &mut Vec<Lenient>) {
    if !any_repeated(json) {
        return;
    }
    for (first, what) in [
        (false, "read with the last value of a key that stands twice"),
        (true, "read with the first value of a key that stands twice"),
    ] {
        found.push(Lenient { liberty: encoding(decoded, what), json: once(json, first) });
    }
}

fn any_repeated(json: &Json) -> bool {
    json.repeats_a_key()
        || match json {
            Json::Array(items) => items.iter().any(any_repeated),
            Json::Object(members) => members.iter().any(|(_, value)| any_repeated(value)),
            _ => false,
        }
}

/// Returns the same value with each key once.
fn once(json: &Json, first: bool) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(|it| once(it, first)).collect()),
        Json::Object(members) => {
            let mut kept: Vec<(String, Json)> = Vec::new();
            for (key, value) in members {
                match kept.iter_mut().find(|(known, _)| known == key) {
                    Some(_) if first => {}
                    Some(known) => known.1 = once(value, first),
                    None => kept.push((key.clone(), once(value, first))),
                }
            }
            Json::Object(kept)
        }
        other => other.clone(),
    }
}

/// Adds what a lenient parser reads in a text that is not JSON to a strict one.
fn repaired(text: &str, error: &Unreadable, decoded: Option<&str>, found: &mut Vec<Lenient>) {
    let mut push = |what: &str, json: Json| {
        found.push(Lenient { liberty: encoding(decoded, what), json });
    };
    if let Unreadable::Unclear(_) = error {
        if let Ok(json) = Json::read(without_lone_surrogates(text).as_bytes()) {
            push("read with lone surrogates replaced", json);
        }
        return;
    }
    // A streaming parser takes the first value and ignores the rest.
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    if let Some(Ok(_)) = stream.next()
        && let Some(value) = text.get(..stream.byte_offset())
        && !text[value.len()..].trim().is_empty()
        && let Ok(json @ Json::Object(_)) = Json::read(value.as_bytes())
    {
        push("read as far as its first value", json);
    }
    // Parsers of JSON dialects accept more than JSON.
    let texts = [
        ("read with unknown escapes taken for their letters", relaxed(text, true, false)),
        ("read without its comments", relaxed(text, false, true)),
    ];
    for (what, text) in texts {
        if let Some(json) = text.and_then(|it| Json::read(it.as_bytes()).ok()) {
            push(what, json);
        }
    }
}

/// Adds the order that is seen by a reader that converts values of other types and ignores the letter case of names.
fn coerced(contract: &Contract, json: &Json, found: &mut Vec<Lenient>) {
    let mut taken = Vec::new();
    let names = &contract.fields.order;
    let Some(mut members) = json.as_object().map(<[_]>::to_vec) else { return };
    rename(&mut members, &[&names.operator, &names.product, &names.items], &mut taken);
    for name in [&names.operator, &names.product] {
        member(&mut members, name, &mut taken, spelled);
    }
    member(&mut members, &names.items, &mut taken, |name, json, taken| {
        let list = listed(name, json, taken)?;
        Some(Json::Array(list.into_iter().map(|item| entry(contract, item, taken)).collect()))
    });
    if !taken.is_empty() {
        taken.dedup();
        found.push(Lenient { liberty: Liberty::Coercion(taken), json: Json::Object(members) });
    }
}

fn entry(contract: &Contract, item: Json, taken: &mut Vec<String>) -> Json {
    let names = &contract.fields.item;
    let Json::Object(mut members) = item else { return item };
    rename(&mut members, &[&names.package, &names.msisdn], taken);
    for name in [&names.package, &names.msisdn] {
        member(&mut members, name, taken, spelled);
    }
    Json::Object(members)
}

/// Replaces a member's value by the value that the reader takes it for.
fn member(
    members: &mut [(String, Json)],
    name: &str,
    taken: &mut Vec<String>,
    read: impl Fn(&str, &Json, &mut Vec<String>) -> Option<Json>,
) {
    if let Some((_, value)) = members.iter_mut().rev().find(|(key, _)| key == name)
        && let Some(read) = read(name, value, taken)
    {
        *value = read;
    }
}

/// Gives members whose names differ only in letter case their documented names.
fn rename(members: &mut [(String, Json)], names: &[&String], taken: &mut Vec<String>) {
    for name in names {
        if members.iter().any(|(key, _)| key == *name) {
            continue;
        }
        if let Some((key, _)) = members.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            taken.push(format!("the name `{key}` was taken for `{name}`"));
            key.clone_from(name);
        }
    }
}

/// Returns the string that is spelled by a value of another type, or by one with blanks around it.
fn spelled(name: &str, json: &Json, taken: &mut Vec<String>) -> Option<Json> {
    let (what, text) = match json {
        Json::String(text) if text.trim() != text && !text.trim().is_empty() => {
            ("a string with blanks around it", text.trim().to_owned())
        }
        Json::Number(text) => ("a number", plain_number(text)),
        Json::Array(items) => match &items[..] {
            [Json::String(text)] => ("a list with one string", text.clone()),
            [Json::Number(text)] => ("a list with one number", plain_number(text)),
            _ => return None,
        },
        _ => return None,
    };
    taken.push(format!("{what} was taken for the string `{name}`"));
    Some(Json::String(text))
}

/// Returns the digits of a number, without a zero fraction or an exponent if it is an integer.
fn plain_number(text: &str) -> String {
    Json::Number(text.to_owned()).as_integer().map_or_else(|| text.to_owned(), |it| it.to_string())
}

/// Returns the list that an object with the keys `0`, `1`, … stands for in languages whose lists are maps.
fn listed(name: &str, json: &Json, taken: &mut Vec<String>) -> Option<Vec<Json>> {
    match json {
        Json::Array(items) => Some(items.clone()),
        Json::Object(members)
            if !members.is_empty()
                && members.iter().enumerate().all(|(at, (key, _))| *key == at.to_string()) =>
        {
            taken.push(format!("an object with the keys 0, 1, … was taken for the list `{name}`"));
            Some(members.iter().map(|(_, value)| value.clone()).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Vec<(String, Json)> {
        let contract = spec::embedded().unwrap();
        readings(&contract, body).into_iter().map(|it| (it.liberty.what(), it.json)).collect()
    }

    fn said(body: &str) -> Vec<String> {
        read(body.as_bytes()).into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn a_plain_order_has_one_reading() {
        let body =
            r#"{"operatorId":"o","productId":"p","items":[{"packageId":"k","beneficiaryMsisdn":"233"}]}"#;
        assert!(said(body).is_empty());
        assert!(
            said("[]").is_empty() && said("7").is_empty() && said("").is_empty() && said("nul").is_empty()
        );
        assert!(said(r#"{"operatorId":null,"items":{}}"#).is_empty());
    }

    #[test]
    fn each_liberty_by_itself() {
        for (body, what) in [
            (r#"{"operatorId":7}"#, "a number was taken for the string `operatorId`"),
            (r#"{"productId":["p"]}"#, "a list with one string was taken for the string `productId`"),
            (
                r#"{"operatorId":" o\n"}"#,
                "a string with blanks around it was taken for the string `operatorId`",
            ),
            (r#"{"OPERATORID":"o"}"#, "the name `OPERATORID` was taken for `operatorId`"),
            (
                r#"{"items":{"0":{},"1":{}}}"#,
                "an object with the keys 0, 1, … was taken for the list `items`",
            ),
            (
                r#"{"items":[{"beneficiaryMsisdn":233201234567}]}"#,
                "a number was taken for the string `beneficiaryMsisdn`",
            ),
            (r#"{"a":1} }"#, "read as far as its first value"),
            (r#"{"a":"\ud800"}"#, "read with lone surrogates replaced"),
            (r#"{"\iciary":"\\i"}"#, "read with unknown escapes taken for their letters"),
            ("{/* a \" */\"a\":\"//\"} // b", "read without its comments"),
        ] {
            assert_eq!(said(body), [what], "{body}");
        }
        assert_eq!(
            said(r#"{"a":1,"a":2}"#),
            [
                "read with the last value of a key that stands twice",
                "read with the first value of a key that stands twice"
            ]
        );
    }

    #[test]
    fn two_liberties_at_once() {
        let twice = "read with the last value of a key that stands twice";
        let listed = "a list with one string was taken for the string `productId`";
        let both = format!("{twice}; {listed}");
        assert!(said(r#"{"operatorId":"","operatorId":"o","productId":["p"]}"#).contains(&both));
    }

    #[test]
    fn what_is_read_is_what_it_spells() {
        let [(_, json)] = &read(br#"{"items":[{"beneficiaryMsisdn":2.33201234567e11}]}"#)[..] else {
            panic!()
        };
        let items = json.get("items").unwrap().as_array().unwrap();
        assert_eq!(items[0].get("beneficiaryMsisdn").unwrap().as_str(), Some("233201234567"));
        let [(_, last), (_, first)] = &read(br#"{"a":1,"a":2,"b":{"c":3,"c":4}}"#)[..] else { panic!() };
        assert_eq!(first.get("b").unwrap().get("c").unwrap().as_number(), Some("3"));
        assert_eq!(last.get("a").unwrap().as_number(), Some("2"));
        assert_eq!(without_lone_surrogates(r"\ud83d\ude00 \\ud800 \ud800x"), r"\ud83d\ude00 \\ud800 \ufffdx");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn never_panics_on_text(text in r#"[{}\[\]:,"\\ud8f0-9 a]{0,40}"#) {
            let _ = read(text.as_bytes());
        }
    }
}
