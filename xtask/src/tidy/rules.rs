//! Rules about code: facts of the contract only in `spec`, the network in one room, pure planning and judging, and
//! unprintable secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spec::{Contract, OperationId};

use super::tokens::{Kind, Token};
use super::workspace::Checker;

/// Crates that must read the contract from `spec`.
const READERS: [&str; 4] =
    ["conformance/src/", "conformance/selftest/src/", "sandbox/src/", "generated/src/"];

/// Returns true if a file must not repeat facts of the contract. Generated files are the contract in another form, and
/// a planted fault has to state what it does wrong.
fn reads_contract(checker: &Checker<'_>) -> bool {
    checker.parsed.ships_in(&READERS)
        && !checker.parsed.is_generated()
        && !checker.path().starts_with("sandbox/src/faults/")
}

/// Names of statuses in HTTP libraries.
const STATUS_NAMES: [(&str, u16); 7] = [
    ("BAD_REQUEST", 400),
    ("UNAUTHORIZED", 401),
    ("PAYMENT_REQUIRED", 402),
    ("FORBIDDEN", 403),
    ("NOT_FOUND", 404),
    ("CONFLICT", 409),
    ("UNPROCESSABLE_ENTITY", 422),
];

/// Returns true if the number at `at` is a bound of a range or of a class of statuses, as in `>= 400` and `400..500`.
fn is_bound(tokens: &[Token], at: usize) -> bool {
    let sign = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text.as_str());
    let (before, last) = (sign(at.checked_sub(2)), sign(at.checked_sub(1)));
    let compared = ["<", ">"].contains(&last) || (last == "=" && ["<", ">", "."].contains(&before));
    compared || last == "." || (sign(Some(at + 1)) == "." && sign(Some(at + 2)) == ".")
}

/// Statuses of the purchase must be taken from the contract by their meaning. Others, such as 404 for a missing route,
/// are allowed.
pub(super) fn contract_status(checker: &mut Checker<'_>) {
    if !reads_contract(checker) {
        return;
    }
    let responses = checker.contract.buy().responses.iter();
    let errors: BTreeSet<u16> =
        responses.filter(|response| !response.meaning.is_success()).map(|response| response.status).collect();
    for (at, token) in checker.tokens().iter().enumerate() {
        let status = match token.kind {
            Kind::Number if !is_bound(checker.tokens(), at) => token.text.parse::<u16>().ok(),
            Kind::Word => {
                STATUS_NAMES.iter().find(|(name, _)| *name == token.text).map(|(_, status)| *status)
            }
            _ => None,
        };
        if status.is_some_and(|status| errors.contains(&status)) {
            checker.put(
                token.line,
                format!("`{}` is a status of the contract; take it from `spec` by its meaning", token.text),
            );
        }
    }
}

/// Returns words that are specific to the contract, each with what it is.
fn words(contract: &Contract) -> BTreeMap<String, &'static str> {
    let mut words = BTreeMap::new();
    let mut add = |word: &str, what| words.insert(word.to_owned(), what);
    for role in &contract.roles.all {
        add(role, "a role; take it from `contract.roles`");
    }
    for id in OperationId::ALL {
        for code in contract.operation(id).responses.iter().flat_map(|response| &response.error_codes) {
            add(code, "an error code; take it from the response");
        }
    }
    add(&contract.key.header, "the key's header; take it from `contract.key`");
    for prefix in [&contract.key.test_prefix, &contract.key.live_prefix] {
        add(prefix, "a prefix of keys; take it from `contract.key`");
    }
    let schemas = contract.document().pointer("/components/schemas").and_then(Value::as_object);
    for schema in schemas.into_iter().flat_map(|map| map.values()) {
        for name in schema["properties"].as_object().into_iter().flat_map(|map| map.keys()) {
            // `status` and `data` occur in every program; `orderId` is specific to this contract.
            if name.starts_with('_') || name.chars().any(char::is_uppercase) {
                add(name, "a field's name; take it from `contract.fields`");
            }
        }
    }
    words
}

/// Returns the common start of all paths of the contract, in whole steps.
fn path_prefix(contract: &Contract) -> String {
    let mut paths = OperationId::ALL.into_iter().map(|id| contract.operation(id).path.as_str());
    let first = paths.next().unwrap_or_default();
    let common = paths.fold(first.len(), |length, path| {
        first.bytes().zip(path.bytes()).take(length).take_while(|(a, b)| a == b).count()
    });
    first[..common].trim_end_matches(|letter| letter != '/').to_owned()
}

/// Roles, paths, fields, codes and the header of the key must be taken from the contract.
pub(super) fn contract_word(checker: &mut Checker<'_>) {
    if !reads_contract(checker) {
        return;
    }
    let (words, prefix) = (words(checker.contract), path_prefix(checker.contract));
    for token in checker.tokens().iter().filter(|token| token.kind == Kind::Text) {
        if let Some(what) = words.get(&token.text) {
            checker.put(token.line, format!("\"{}\" is {what}", token.text));
        }
        if prefix.len() > 1 && token.text.contains(&prefix) {
            let message =
                format!("\"{}\" names a path of the contract; take it from the operation", token.text);
            checker.put(token.line, message);
        }
    }
}

/// Sources that use the network in a few places only, and these places: the tester as the client of a server under test
/// and as the server of a client, and the plain loop that the tester's speed is compared with.
const NETWORK: [(&str, &[&str]); 2] = [
    ("conformance/src/", &["conformance/src/exec/", "conformance/src/client/serve/"]),
    ("conformance/selftest/src/", &["conformance/selftest/src/bench/load.rs"]),
];

/// Only the places of `NETWORK` may send anything or accept a connection.
pub(super) fn network(checker: &mut Checker<'_>) {
    let Some((_, places)) = NETWORK.iter().find(|(sources, _)| checker.parsed.ships_in(&[sources])) else {
        return;
    };
    if checker.parsed.ships_in(places) {
        return;
    }
    for token in checker.tokens().iter().filter(|token| token.kind == Kind::Word) {
        if ["reqwest", "hyper", "TcpStream", "TcpListener", "UdpSocket", "UnixStream"]
            .contains(&token.text.as_str())
        {
            let message = format!("`{}` outside {}; ask the executor", token.text, places.join(" and "));
            checker.put(token.line, message);
        }
    }
}

/// Words for things that differ from one call to the next.
const IMPURE: [&str; 8] = ["Command", "Instant", "SystemTime", "env", "rand", "reqwest", "thread", "tokio"];

/// Folders whose code must be a function of its arguments, and what else is forbidden there. The loader of the contract
/// may read files, and plans and checks may use floats to look for rounding mistakes.
const PURE: [(&str, &[&str]); 6] = [
    ("spec/src/", &[]),
    ("conformance/src/plan/", &["fs"]),
    ("conformance/src/checks/", &["fs"]),
    ("conformance/src/order/", &["f32", "f64", "fs"]),
    ("conformance/src/judge/", &["f32", "f64", "fs"]),
    ("conformance/src/client/judge/", &["f32", "f64", "fs"]),
];

/// Reading the contract, planning and judging must depend on their arguments alone, so that the same input gives the
/// same result.
pub(super) fn pure_room(checker: &mut Checker<'_>) {
    let Some((_, besides)) = PURE.iter().find(|(folder, _)| checker.parsed.ships_in(&[folder])) else {
        return;
    };
    for token in checker.tokens().iter().filter(|token| token.kind == Kind::Word) {
        let word = token.text.as_str();
        if IMPURE.contains(&word) || besides.contains(&word) {
            checker.put(token.line, format!("`{word}` in a pure room; let the caller pass what it gives"));
        }
    }
}

/// The type of a key must not derive a way to print or serialise it.
pub(super) fn printable_secret(checker: &mut Checker<'_>) {
    if !checker.parsed.ships_in(&READERS) {
        return;
    }
    let mut derived: Option<&str> = None;
    for pair in checker.tokens().windows(2) {
        let [token, next] = pair else { continue };
        match token.kind {
            Kind::Attribute => {
                derived = Some(&token.text).filter(|it| it.starts_with("derive(")).map(|it| &**it).or(derived)
            }
            Kind::Word if token.text == "enum" => derived = None,
            Kind::Word if token.text == "struct" => {
                let secret = next.text.ends_with("Key") || next.text.ends_with("Secret");
                let prints =
                    derived.take().is_some_and(|it| it.contains("Debug") || it.contains("Serialize"));
                if secret && prints {
                    let message =
                        format!("`{}` derives a way to be printed; write a redacting one", next.text);
                    checker.put(next.line, message);
                }
            }
            Kind::Other if token.text == ";" => derived = None,
            _ => {}
        }
    }
}
