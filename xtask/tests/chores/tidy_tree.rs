//! The rules about the repository as a whole, on a small one that stands on disk: silent while it is right, and exact
//! about each thing that is planted in it.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use xtask::tidy::{Violation, check, files};

/// Rules that need more than one file, or more than a line of one; a test below sees each at work.
pub(crate) const RULES: [&str; 10] = [
    "room-order",
    "circle",
    "unreached-file",
    "loose-files",
    "unnamed-room",
    "dead-path",
    "string-error",
    "error-text",
    "requirement-id",
    "unused-dependency",
];

/// A repository with rooms, a page that explains them, and dependencies that are used. Rust files open with a line of
/// their own, so what is written here begins in line 2.
const TREE: &[(&str, &str)] = &[
    (
        "ARCHITECTURE.md",
        "# Architecture\n\n| room | what for |\n|---|---|\n| `conformance/src/lib.rs`, `main.rs` | the crate and its program |\n\
         | `conformance/src/history/` | what was sent: `record.rs` |\n| `conformance/src/order/` | `rule.rs` |\n\
         | `conformance/src/plan/` | see `plan/draft.rs` |\n| `conformance/src/judge/`, `checks/`, `run/` | the rest |\n\n\
         Nobody but `run/` starts anything, see `sandbox/src/wallet.rs` and\n`call.rs`. `GROUP.rs`, `checks/*.rs`, `application/json` and `a b.rs` are no paths.\n",
    ),
    ("Cargo.toml", "[workspace.dependencies]\nserde_json = \"1\"\ntempfile = \"3\"\n"),
    (
        "conformance/Cargo.toml",
        "[lints]\nworkspace = true\n\n[dependencies]\nserde_json.workspace = true\n\n[dev-dependencies]\ntempfile.workspace = true\n",
    ),
    (
        "conformance/src/lib.rs",
        "pub mod checks;\nmod history;\npub mod judge;\nmod order;\nmod plan;\nmod run;\n\npub use run::start;\n",
    ),
    ("conformance/src/main.rs", "fn main() {\n    conformance::start();\n}\n"),
    // A thin module passes on what its children define, and they use it by that way without a circle.
    (
        "conformance/src/history/mod.rs",
        "mod join;\nmod record;\n\npub(crate) use self::join::join;\npub(crate) use self::record::Record;\n",
    ),
    ("conformance/src/history/join.rs", "use super::Record;\n\npub(crate) fn join(_: Record) {}\n"),
    ("conformance/src/history/record.rs", "pub(crate) struct Record;\n"),
    ("conformance/src/order/mod.rs", "mod rule;\npub(crate) use self::rule::{RULES, Rule};\n"),
    (
        "conformance/src/order/rule.rs",
        "pub(crate) struct Rule {\n    id: &'static str,\n}\npub(crate) const RULES: &[Rule] = &[Rule { id: \"COUNT-LOW\" }, surely(\"COUNT-HIGH\")];\n\
         const fn surely(id: &'static str) -> Rule {\n    Rule { id }\n}\n",
    ),
    ("conformance/src/plan/mod.rs", "mod draft;\npub(crate) use self::draft::draft;\n"),
    ("conformance/src/plan/draft.rs", "use crate::order::Rule;\n\npub(crate) fn draft(_: &Rule) {}\n"),
    (
        "conformance/src/judge/mod.rs",
        "use crate::history::{Record, join};\n\npub(crate) fn judge() {\n    join(Record);\n}\n",
    ),
    ("conformance/src/checks/mod.rs", "pub const CITES: &str = \"COUNT-LOW\";\n"),
    (
        "conformance/src/run/mod.rs",
        "use crate::{judge, order, plan::draft};\n\npub fn start() -> serde_json::Value {\n    order::RULES.iter().for_each(draft);\n    judge::judge();\n    serde_json::Value::Null\n}\n",
    ),
    ("conformance/tests/it.rs", "#[test]\nfn it() {\n    tempfile::tempdir().unwrap();\n}\n"),
    ("sandbox/src/lib.rs", "mod call;\nmod wallet;\n"),
    ("sandbox/src/call.rs", "pub(crate) struct Call;\n"),
    ("sandbox/src/wallet.rs", "use crate::call::Call;\n\npub(crate) fn debit(_: Call) {}\n"),
    // What is built is not read, and only here.
    ("target/debug/build/out.rs", "fn f() -> Result<(), String> {}\n"),
    ("reports/ci/a.snap.new", "\n"),
];

static CONTRACT: LazyLock<spec::Contract> = LazyLock::new(|| spec::embedded().unwrap());

/// Writes a file; Rust files say what they are for.
fn write(root: &Path, path: &str, text: &str) {
    let text = if path.ends_with(".rs") && !text.starts_with("//!") {
        format!("//! A file.\n{text}")
    } else {
        text.to_owned()
    };
    fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    fs::write(root.join(path), text).unwrap();
}

/// What is said of the tree with these files in it or instead.
fn planted(plants: &[(&str, &str)]) -> Vec<Violation> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in TREE.iter().chain(plants) {
        write(folder.path(), path, text);
    }
    check(&files(folder.path()).unwrap(), &CONTRACT)
}

/// Violations as `path:line rule`.
fn places(found: &[Violation]) -> Vec<String> {
    found.iter().map(|it| format!("{}:{} {}", it.path, it.line, it.rule)).collect()
}

/// A text of the tree with another in place of a part of it.
fn edited(path: &str, from: &str, to: &str) -> String {
    let (_, text) = TREE.iter().find(|(it, _)| *it == path).unwrap();
    assert!(text.contains(from), "{path}: no {from:?}");
    text.replacen(from, to, 1)
}

#[test]
fn a_tree_that_is_right_is_left_alone() {
    assert_eq!(planted(&[]), []);
}

/// Every way in which `plan` may name `run`, a room above it; each in line 2 of `plan/draft.rs`.
#[test]
fn an_arrow_against_the_order_is_found_however_it_is_written() {
    for text in [
        "use crate::run::start;\n",
        "use crate::run;\nfn f() { run::start(); }\n",
        "use crate::{order::{Rule, RULES}, run::{self as up, start}};\n",
        "use super::super::run::start as begin;\n",
        "use crate::run::*;\n",
        "pub(crate) use crate::run::start;\n",
        "use crate::start;\n",
        "fn f() { crate::run::start(); }\n",
        "fn f() { super::super::run::start(); }\n",
        "fn f(_: Option<crate::run::Anything>) {}\n",
        "impl crate::run::Anything for () {}\n",
        "fn f() { println!(\"{}\", crate::run::start()); }\n",
        "#[serde(with = \"crate::run\")]\nstruct S;\n",
        "mod inner { use crate::run::start; }\n",
        "fn f() { use crate::run::start; start(); }\n",
        "const F: fn() = crate::run::start;\n",
    ] {
        let found = planted(&[(
            "conformance/src/plan/draft.rs",
            &format!("{text}pub(crate) fn draft(_: &crate::order::Rule) {{}}\n"),
        )]);
        let orders: Vec<_> = found.iter().filter(|it| it.rule == "room-order").collect();
        assert_eq!(orders.len(), 1, "{text}: {found:#?}");
        let order = orders[0];
        assert!(order.message.contains("room `plan` needs room `run`"), "{text}: {order}");
        let line = if text.starts_with("use crate::run;") { 3 } else { 2 };
        assert_eq!((order.path.as_str(), order.line), ("conformance/src/plan/draft.rs", line), "{text}");
    }
}

/// What looks like such an arrow and is none.
#[test]
fn what_draws_no_arrow_is_left_alone() {
    for text in [
        "#[cfg(test)]\nmod tests {\n    use crate::run::start;\n}\n",
        "#[cfg(test)]\nuse crate::run::start;\n",
        "#[test]\nfn f() { crate::run::start(); }\n",
        "/// See [`crate::run::start`].\nfn f() {}\n",
        "const TEXT: &str = \"crate::run::start\";\n",
        "fn f(run: u8) -> u8 { run }\n",
        "mod run {\n    pub(super) fn go() {}\n}\nfn f() { run::go(); }\n",
        "use serde_json::value::run;\nfn f() { run(); }\n",
        "pub(in crate::plan) fn f() {}\n",
    ] {
        let text = format!("{text}pub(crate) fn draft(_: &crate::order::Rule) {{}}\n");
        assert_eq!(planted(&[("conformance/src/plan/draft.rs", &text)]), [], "{text}");
    }
    let only_in_tests = [
        (
            "conformance/src/plan/mod.rs",
            "#[cfg(test)]\nmod tests;\nmod draft;\npub(crate) use self::draft::draft;\n",
        ),
        ("conformance/src/plan/tests.rs", "use crate::run::start;\nuse super::draft;\n"),
    ];
    assert_eq!(planted(&only_in_tests), []);
}

/// A folder may have the name of one that is not read, and what stands in it is held to the rules.
#[test]
fn no_folder_of_sources_is_skipped_for_its_name() {
    for name in ["target", "reports", "node_modules", "mutants.out"] {
        let file = format!("conformance/src/{name}/mod.rs");
        let found =
            planted(&[(&file, "fn f() -> Result<(), String> {\n    Ok(())\n}\nconst COUNT: u16 = 422;\n")]);
        let found = places(&found);
        for wanted in ["2 string-error", "5 contract-status", "1 unreached-file", "1 unnamed-room"] {
            assert!(found.contains(&format!("{file}:{wanted}")), "{wanted}: {found:#?}");
        }
    }
}

/// One thing planted: its files, and where what is said of it.
type Planted = (&'static [(&'static str, &'static str)], &'static [&'static str]);

const PLANTED: &[Planted] = &[
    // Rooms.
    (
        &[(
            "conformance/src/history/join.rs",
            "use super::Record;\n\npub(crate) fn join(_: Record) {\n    crate::judge::judge();\n}\n",
        )],
        &["conformance/src/history/join.rs:5 circle", "conformance/src/history/join.rs:5 room-order"],
    ),
    (
        &[
            (
                "conformance/src/lib.rs",
                "pub mod checks;\nmod history;\npub mod judge;\nmod order;\nmod plan;\nmod run;\nmod attic;\n\npub use run::start;\n",
            ),
            ("conformance/src/attic/mod.rs", "const A: u8 = 1;\n"),
        ],
        &["conformance/src/attic/mod.rs:1 room-order", "conformance/src/attic/mod.rs:1 unnamed-room"],
    ),
    // Circles.
    (
        &[(
            "sandbox/src/call.rs",
            "pub(crate) struct Call;\n\nfn f() {\n    crate::wallet::debit(Call);\n}\n",
        )],
        &["sandbox/src/call.rs:5 circle"],
    ),
    (
        &[(
            "conformance/src/history/record.rs",
            "use super::join;\npub(crate) struct Record;\nfn f() {\n    join(Record);\n}\n",
        )],
        &["conformance/src/history/join.rs:2 circle"],
    ),
    (
        &[(
            "conformance/src/history/mod.rs",
            "mod join;\nmod record;\n\npub(crate) use self::join::join;\npub(crate) struct Record;\nfn f() {\n    join(Record);\n}\n",
        )],
        &["conformance/src/history/join.rs:2 circle"],
    ),
    (
        &[(
            "sandbox/src/call.rs",
            "//! Circle: call.rs, wallet.rs: a wallet is charged by a call, and a call holds its wallet\npub(crate) struct Call(fn(Call));\nconst F: fn(Call) = crate::wallet::debit;\n",
        )],
        &[],
    ),
    (
        &[(
            "sandbox/src/call.rs",
            "//! Circle: call.rs, wallet.rs\npub(crate) struct Call(fn(Call));\nconst F: fn(Call) = crate::wallet::debit;\n",
        )],
        &["sandbox/src/call.rs:1 circle"],
    ),
    (
        &[("sandbox/src/call.rs", "//! Circle: call.rs, wallet.rs: it was one\npub(crate) struct Call;\n")],
        &["sandbox/src/call.rs:1 circle"],
    ),
    (
        &[
            (
                "conformance/src/lib.rs",
                "//! Circle: judge/mod.rs, plan/draft.rs: between rooms no reason is enough\npub mod checks;\nmod history;\npub mod judge;\nmod order;\nmod plan;\nmod run;\npub use run::start;\n",
            ),
            (
                "conformance/src/judge/mod.rs",
                "use crate::plan::draft;\npub(crate) fn judge() {\n    draft(&crate::order::RULES[0]);\n}\n",
            ),
            (
                "conformance/src/plan/draft.rs",
                "pub(crate) fn draft(_: &crate::order::Rule) {\n    crate::judge::judge();\n}\n",
            ),
        ],
        &["conformance/src/judge/mod.rs:2 circle", "conformance/src/plan/draft.rs:3 room-order"],
    ),
    // The page and the files.
    (
        &[(
            "ARCHITECTURE.md",
            "`conformance/src/{lib,main}.rs`\n`conformance/src/lib.rs`, `main.rs`, `plan/`, `draft.rs`, `gone.rs`\n\n- `judge/`, `order/`, `run/`\n- `history/` and `checks/away/`, `checks/`, `spec/gone.yaml`\n",
        )],
        &["ARCHITECTURE.md:2 dead-path", "ARCHITECTURE.md:5 dead-path", "ARCHITECTURE.md:5 dead-path"],
    ),
    (
        &[
            (
                "conformance/src/lib.rs",
                "pub mod checks;\nmod exit;\nmod history;\npub mod judge;\nmod order;\nmod plan;\nmod run;\n\npub use run::start;\n",
            ),
            ("conformance/src/exit.rs", "pub(crate) const OK: u8 = 0;\n"),
        ],
        &["conformance/src/exit.rs:1 unnamed-room"],
    ),
    (&[("sandbox/src/stray.rs", "const A: u8 = 1;\n")], &["sandbox/src/stray.rs:1 unreached-file"]),
    // Errors.
    (
        &[(
            "conformance/src/run/mod.rs",
            "pub fn start() -> serde_json::Value {\n    serde_json::Value::Null\n}\ntype Outcome<T> = std::result::Result<T, String>;\nfn f() -> Result<Result<u8, &'static str>, std::borrow::Cow<'static, str>> {\n    Ok(Ok(1))\n}\nimpl std::str::FromStr for S {\n    type Err = String;\n}\nfn right() -> Result<String, std::fmt::Error> {\n    Ok(String::new())\n}\n#[cfg(test)]\nfn test() -> Result<(), String> {\n    Ok(())\n}\n",
        )],
        &[
            "conformance/src/run/mod.rs:5 string-error",
            "conformance/src/run/mod.rs:6 string-error",
            "conformance/src/run/mod.rs:10 string-error",
        ],
    ),
    (
        &[(
            "sandbox/src/call.rs",
            "pub(crate) struct Call;\nfn f(error: E, text: &str) -> bool {\n    let message = error.to_string();\n    let name = text.to_string();\n    name.contains(\"a\")\n        || message.contains(\"timed out\")\n        || error.to_string().to_lowercase().starts_with(\"x\")\n        || self.last_error.to_string() == \"y\"\n        || error.kind() == 1\n}\nfn other(message: &str) -> bool {\n    message.contains(\"a\")\n}\n",
        )],
        &[
            "sandbox/src/call.rs:7 error-text",
            "sandbox/src/call.rs:8 error-text",
            "sandbox/src/call.rs:9 error-text",
        ],
    ),
    // Ids.
    (
        &[(
            "conformance/src/judge/mod.rs",
            "pub(crate) fn judge(id: &str) -> bool {\n    id == \"COUNT-HIGH\"\n        || id.starts_with(\"MONEY\")\n        || matches!(id, \"AMB-PRECEDENCE\")\n        || id == \"BIG-NEWS\"\n        || id == \"for example COUNT-HIGH\"\n}\n",
        )],
        &[
            "conformance/src/judge/mod.rs:3 requirement-id",
            "conformance/src/judge/mod.rs:4 requirement-id",
            "conformance/src/judge/mod.rs:5 requirement-id",
        ],
    ),
    (
        &[(
            "conformance/src/order/rule.rs",
            "pub(crate) struct Rule {\n    id: &'static str,\n    applies: fn(&str) -> bool,\n}\npub(crate) const RULES: &[Rule] = &[Rule {\n    id: \"COUNT-LOW\",\n    applies: |id| id == \"COUNT-HIGH\",\n}];\nfn f(id: &str) -> bool {\n    id == \"COUNT-LOW\"\n}\n",
        )],
        &[
            "conformance/src/order/rule.rs:8 requirement-id",
            "conformance/src/order/rule.rs:11 requirement-id",
        ],
    ),
    // Dependencies.
    (
        &[
            (
                "Cargo.toml",
                "[workspace.dependencies]\nserde_json = \"1\"\ntempfile = \"3\"\nbytes = \"1\"\nurl = \"2\"\n",
            ),
            (
                "conformance/Cargo.toml",
                "[lints]\nworkspace = true\n\n[dependencies]\nbytes.workspace = true\nserde_json.workspace = true\ntempfile.workspace = true\n\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\n[dev-dependencies.proptest]\nversion = \"1\"\n",
            ),
            (
                "conformance/src/history/record.rs",
                "pub(crate) struct Record;\nfn f(bytes: &[u8]) -> usize {\n    bytes.len()\n}\n",
            ),
        ],
        &[
            "Cargo.toml:5 unused-dependency",
            "conformance/Cargo.toml:5 unused-dependency",
            "conformance/Cargo.toml:7 unused-dependency",
            "conformance/Cargo.toml:10 unused-dependency",
            "conformance/Cargo.toml:12 unused-dependency",
        ],
    ),
];

#[test]
fn each_thing_planted_is_found_at_its_line() {
    let mut said = String::new();
    for (plants, wanted) in PLANTED {
        let found = planted(plants);
        assert_eq!(places(&found), *wanted, "{plants:#?}\n{found:#?}");
        found.iter().for_each(|it| said += &format!("{it}\n"));
    }
    insta::assert_snapshot!(said);
}

/// Six loose files are a front hall, seven a heap.
#[test]
fn loose_files_are_few() {
    let names = ["exit", "secret", "a", "b", "c"];
    let declared: String = names.iter().map(|name| format!("mod {name};\n")).collect();
    let lib = edited("conformance/src/lib.rs", "mod plan;\n", &format!("mod plan;\n{declared}"));
    let files: Vec<String> = names.iter().map(|name| format!("conformance/src/{name}.rs")).collect();
    let mut plants = vec![("conformance/src/lib.rs", lib.as_str())];
    plants.extend(files.iter().map(|file| (file.as_str(), "const A: u8 = 1;\n")));
    let found = places(&planted(&plants));
    // In order of their names, the seventh: a, b, c, exit, lib, main, secret.
    assert!(found.contains(&"conformance/src/secret.rs:1 loose-files".to_owned()), "{found:#?}");
    assert_eq!(found.iter().filter(|it| it.ends_with("loose-files")).count(), 1, "{found:#?}");
}
