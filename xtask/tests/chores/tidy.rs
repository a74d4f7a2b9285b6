//! The invariants' keeper: silent on what is right, exact on what is not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use xtask::tidy::{File, check, rules};

fn violations(path: &str, text: &str) -> Vec<xtask::tidy::Violation> {
    let contract = spec::embedded().expect("the committed contract");
    check(&[File { path: path.to_owned(), text: text.to_owned() }], &contract)
}

/// What breaks one rule once: a file and its text after the opening words.
const WRONG: &[(&str, &str)] = &[
    ("conformance/src/checks/count.rs", "const COUNT: u16 = 422;\n"),
    ("conformance/src/checks/count.rs", "fn f(status: u16) -> bool { matches!(status, 403_u16) }\n"),
    ("sandbox/src/buy.rs", "fn f() -> StatusCode { StatusCode::PAYMENT_REQUIRED }\n"),
    ("sandbox/src/buy.rs", "const R: &str = \"SuperAgent\";\n"),
    ("sandbox/src/buy.rs", "const C: &str = \"BUY_DATA_BULK_FAILED\";\n"),
    ("conformance/src/plan/draft.rs", "const F: &str = \"beneficiaryMsisdn\";\n"),
    ("conformance/src/plan/draft.rs", "const H: &str = \"X-API-KEY\";\n"),
    ("generated/src/order.rs", "const K: &str = \"netconnect_live_\";\n"),
    ("conformance/src/sut/mod.rs", "fn f() -> String { format!(\"{}/api/v1/profile\", 1) }\n"),
    ("conformance/src/report/har.rs", "use reqwest::Client;\n"),
    ("conformance/src/main.rs", "use std::net::TcpStream;\n"),
    ("conformance/selftest/src/bench/field.rs", "use tokio::net::TcpStream;\n"),
    ("conformance/selftest/src/bench/order.rs", "const R: &str = \"SuperAgent\";\n"),
    ("conformance/src/order/wallet.rs", "fn f(price: f64) {}\n"),
    ("spec/src/load.rs", "use std::time::Instant;\n"),
    ("conformance/src/secret.rs", "#[derive(Clone, Debug)]\npub struct ApiKey(String);\n"),
    ("sandbox/Cargo.toml", "[lints]\nworkspace = true\n[dev-dependencies]\nconformance.workspace = true\n"),
    ("spec/Cargo.toml", "[lints]\nworkspace = true\n[dependencies]\nsandbox = { path = \"../sandbox\" }\n"),
    ("conformance/Cargo.toml", "[lints]\nworkspace = true\n[dev-dependencies]\nselftest.workspace = true\n"),
    (
        "conformance/selftest/Cargo.toml",
        "[lints]\nworkspace = true\n[dependencies]\ngenerated.workspace = true\n",
    ),
    ("spec/Cargo.toml", "[dependencies]\nserde.workspace = true\n"),
    ("conformance/selftest/Cargo.toml", "[dependencies]\nserde.workspace = true\n"),
    ("Cargo.lock", "name = \"reqwest\"\nversion = \"0.12.1\"\n\nname = \"reqwest\"\nversion = \"0.13.5\"\n"),
    ("spec/src/money.rs", "#[allow(dead_code)]\nfn f() {}\n"),
    ("docs/run.md", concat!("Write to /ho", "me/ann/out.\n")),
    ("spec/tests/snapshots/a.snap.new", "x\n"),
    // tidy: private-word: what the rule must find
    ("docs/run.md", "Several orders in one wave.\n"),
];

/// A check, a fault and a requirement with all their places.
const WHOLE: &[(&str, &str)] = &[
    ("spec/requirements.yaml", "requirements:\n  - id: COUNT-LOW\n    group: count\n"),
    ("conformance/src/checks/mod.rs", "pub mod count;\npub const ALL: &[&Check] = &[&count::CHECK];\n"),
    (
        "conformance/src/checks/count.rs",
        "pub const CHECK: Check = Check { cites: &[\"COUNT-LOW\"], rules: &[refuse(\"COUNT-LOW\")] };\n",
    ),
    ("conformance/tests/histories/requests.rs", "fn f() { fails(\"COUNT-LOW\"); }\n"),
    ("conformance/KILL_MATRIX.md", "| `count-off` | x | COUNT-LOW |\n"),
    ("sandbox/src/faults/mod.rs", "mod count;\nconst GROUPS: &[&[Fault]] = &[count::FAULTS];\n"),
    (
        "sandbox/src/faults/count.rs",
        "pub(super) static FAULTS: &[Fault] = &[\n    Fault { id: \"count-off\", plant: |rules| rules.off(), },\n];\n",
    ),
];

/// What is missing from the whole: a text of it, and what stands instead.
const MISSING: &[(&str, &str)] = &[
    ("pub mod count;", ""),
    ("&count::CHECK", ""),
    ("cites: &[\"COUNT-LOW\"]", "cites: &[]"),
    ("refuse(\"COUNT-LOW\")", ""),
    ("fails(\"COUNT-LOW\")", ""),
    ("mod count;\nconst GROUPS", "const GROUPS"),
    ("count::FAULTS", ""),
    ("|rules| rules.off()", "|_| {}"),
    ("| COUNT-LOW |", "| **nothing** |"),
    ("| `count-off` | x | COUNT-LOW |\n", ""),
    ("| COUNT-LOW |\n", "| COUNT-LOW |\n| `count-gone` | y | COUNT-LOW |\n"),
];

/// What looks like it and is right.
const RIGHT: &[(&str, &str)] = &[
    (
        "conformance/src/checks/count.rs",
        "fn f(status: u16) -> bool { status >= 400 && (400..500).contains(&status) }\n",
    ),
    ("conformance/src/checks/count.rs", "/// A 422, see /api/v1/profile.\n// 403\nfn f() {}\n"),
    ("conformance/src/checks/count.rs", "#[cfg(test)]\nmod tests {\n    const A: u16 = 422;\n}\n"),
    (
        "conformance/src/checks/count.rs",
        "// tidy: contract-status: a number of cases\nconst CASES: u16 = 400;\n",
    ),
    ("conformance/tests/matrix.rs", "const R: &str = \"SuperAgent\";\nuse reqwest::Client;\n"),
    ("conformance/src/exec/client.rs", "use reqwest::Client;\n"),
    ("conformance/selftest/src/bench/load.rs", "use hyper::body::Bytes;\n"),
    ("conformance/selftest/src/kill_matrix.rs", "const RACE: &str = \"MONEY-RACE\";\n"),
    (
        "conformance/selftest/Cargo.toml",
        "[lints]\nworkspace = true\n[dependencies]\nconformance.workspace = true\nsandbox.workspace = true\n",
    ),
    ("sandbox/src/server.rs", "use tokio::net::TcpListener;\nconst NO_ROUTE: u16 = 404;\n"),
    ("conformance/src/secret.rs", "#[derive(Clone)]\npub struct ApiKey(String);\n"),
    ("generated/src/contract.rs", "// @generated by `cargo xtask codegen`\npub const COUNT: u16 = 422;\n"),
    ("generated/Cargo.toml", "[lints]\nworkspace = true\n[dev-dependencies]\nsandbox.workspace = true\n"),
    ("sandbox/src/faults/count.rs", "const INSTEAD: StatusCode = StatusCode::BAD_REQUEST;\n"),
    ("spec/src/money.rs", "#[allow(dead_code, reason = \"used by one feature only\")]\nfn f() {}\n"),
    ("docs/run.md", "See https://example.com/home/ann and target/tmp/x.\n"),
    ("xtask/Cargo.toml", "[lints]\nworkspace = true\n[dependencies]\nspec.workspace = true\n"),
];

/// Rust files open with what they are for; the others say nothing.
fn whole(path: &str, text: &str) -> String {
    if path.ends_with(".rs") { format!("//! A room.\n{text}") } else { text.to_owned() }
}

#[test]
fn each_mistake_is_found_once() {
    let mut table = String::new();
    let mut seen = BTreeSet::new();
    for (path, text) in WRONG {
        let found = violations(path, &whole(path, text));
        assert_eq!(found.len(), 1, "{path}: {text} {found:#?}");
        for violation in found {
            let _ = writeln!(table, "{violation}");
            seen.insert(violation.rule);
        }
    }
    let long = format!("//! A room.\n{}", "\n".repeat(400));
    for (path, text) in
        [("spec/src/a.rs", "fn f() {}\n"), ("spec/src/b.rs", &long), ("spec/src/c.rs", "//! x\nfn f( {\n")]
    {
        let found = violations(path, text);
        assert_eq!(found.len(), 1, "{path}: {found:#?}");
        let _ = writeln!(table, "{}", found[0]);
        seen.insert(found[0].rule);
    }
    insta::assert_snapshot!(table);
    seen.extend(missing().1);
    seen.extend(crate::tidy_tree::RULES);
    let idle: Vec<_> = rules().filter(|rule| !seen.contains(rule)).collect();
    assert!(idle.is_empty(), "rules that no mistake exercises: {idle:?}");
}

/// What is said of the whole with each thing missing, and by which rules.
fn missing() -> (String, BTreeSet<&'static str>) {
    let contract = spec::embedded().expect("the committed contract");
    let look = |from: &str, to: &str| {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: whole(path, &text.replacen(from, to, 1)),
        };
        check(&WHOLE.iter().map(file).collect::<Vec<_>>(), &contract)
    };
    assert_eq!(look("", ""), []);
    let (mut table, mut seen) = (String::new(), BTreeSet::new());
    for (from, to) in MISSING {
        let found = look(from, to);
        assert!(!found.is_empty(), "{from}");
        let _ = writeln!(table, "{from:?} -> {to:?}");
        for violation in found {
            let _ = writeln!(table, "  {violation}");
            seen.insert(violation.rule);
        }
    }
    (table, seen)
}

#[test]
fn whoever_has_one_place_has_them_all() {
    insta::assert_snapshot!(missing().0);
}

#[test]
fn what_is_right_is_left_alone() {
    for (path, text) in RIGHT {
        let found = violations(path, &whole(path, text));
        assert!(found.is_empty(), "{path}: {text} {found:#?}");
    }
}

/// An exception without a reason is none.
#[test]
fn an_exception_says_why() {
    let text = "//! A room.\n// tidy: contract-status: \nconst CASES: u16 = 400;\n";
    assert_eq!(violations("conformance/src/plan/mod.rs", text).len(), 1);
}
