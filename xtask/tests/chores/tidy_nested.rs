//! A crate within the folder of another is a crate of its own: what one of them uses or reaches does not count for the
//! other.

use std::collections::BTreeMap;

use xtask::tidy::{File, check};

const MANIFEST: &str = "[lints]\nworkspace = true\n\n[dependencies]\n";

/// Two crates, each with a dependency that it uses. Rust files open with a line of their own.
fn tree() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("conformance/Cargo.toml", format!("{MANIFEST}serde_json.workspace = true\n")),
        ("conformance/src/lib.rs", "pub fn start() -> serde_json::Value {\n    todo()\n}\n".to_owned()),
        ("conformance/selftest/Cargo.toml", format!("{MANIFEST}conformance.workspace = true\n")),
        ("conformance/selftest/src/main.rs", "mod run;\n\nfn main() {\n    run::all();\n}\n".to_owned()),
        (
            "conformance/selftest/src/run.rs",
            "pub(crate) fn all() {\n    conformance::start();\n}\n".to_owned(),
        ),
    ])
}

/// Returns what is found in files.
fn found(files: BTreeMap<&'static str, String>) -> Vec<String> {
    let file = |(path, text): (&str, String)| {
        let text = if path.ends_with(".rs") { format!("//! A room.\n{text}") } else { text };
        File { path: path.to_owned(), text }
    };
    let files: Vec<File> = files.into_iter().map(file).collect();
    let found = check(&files, &spec::embedded().expect("the committed contract"));
    found.iter().map(|it| format!("{}:{} {}", it.path, it.line, it.rule)).collect()
}

/// Returns what is found in the two crates after a file was written.
fn with(path: &'static str, text: &str) -> Vec<String> {
    let mut files = tree();
    files.insert(path, text.to_owned());
    found(files)
}

#[test]
fn two_crates_that_are_right_are_right_together() {
    assert_eq!(found(tree()), [""; 0]);
}

#[test]
fn a_dependency_counts_where_it_is_used() {
    // The inner crate names a dependency of the outer one, and the outer one does not.
    let mut files = tree();
    files.insert("conformance/src/lib.rs", "pub fn start() {}\n".to_owned());
    let inner = "pub(crate) fn all() {\n    conformance::start();\n    serde_json::Value::Null;\n}\n";
    files.insert("conformance/selftest/src/run.rs", inner.to_owned());
    assert_eq!(found(files), ["conformance/Cargo.toml:5 unused-dependency"]);
    // The outer crate names what the inner one depends on.
    let manifest = format!("{MANIFEST}conformance.workspace = true\nserde_json.workspace = true\n");
    let found = with("conformance/selftest/Cargo.toml", &manifest);
    assert_eq!(found, ["conformance/selftest/Cargo.toml:6 unused-dependency"]);
}

#[test]
fn its_files_are_read_as_those_of_any_crate() {
    assert_eq!(
        with("conformance/selftest/src/stray.rs", "const A: u8 = 1;\n"),
        ["conformance/selftest/src/stray.rs:1 unreached-file"]
    );
    let circle = "pub(crate) fn all() {\n    conformance::start();\n    crate::main();\n}\n";
    assert_eq!(
        with("conformance/selftest/src/run.rs", circle),
        ["conformance/selftest/src/main.rs:5 circle"]
    );
    let text = "pub(crate) fn all() -> Result<(), String> {\n    conformance::start()\n}\n";
    assert_eq!(
        with("conformance/selftest/src/run.rs", text),
        ["conformance/selftest/src/run.rs:2 string-error"]
    );
}
