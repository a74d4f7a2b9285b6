//! What codegen promises: the same bytes every time, a diff that a person can review, and a clear word where it can't.

use std::fs;
use std::path::Path;

use similar::TextDiff;
use xtask::{Error, codegen};

fn spec_text() -> String {
    fs::read_to_string(xtask::root().join("spec/openapi.yaml")).unwrap()
}

fn contract(openapi: &str) -> spec::Contract {
    let requirements = fs::read_to_string(xtask::root().join("spec/requirements.yaml")).unwrap();
    spec::from_texts(("openapi.yaml", openapi), ("requirements.yaml", &requirements)).unwrap()
}

fn files(openapi: &str) -> Vec<codegen::File> {
    codegen::files(&contract(openapi)).unwrap()
}

/// The spec with one thing said otherwise.
fn edited(from: &str, to: &str) -> String {
    let text = spec_text();
    assert!(text.contains(from), "`{from}` is not in the spec any more");
    text.replacen(from, to, 1)
}

/// Everything that an edit changes below `generated/`, without the digest in the preambles.
fn diff(before: &[codegen::File], after: &[codegen::File]) -> String {
    let stable = |text: &str| -> String {
        let lines = text.lines().map(|line| match line.split_once("SHA-256 ") {
            Some((head, _)) => format!("{head}SHA-256 ...\n"),
            None => format!("{line}\n"),
        });
        lines.collect()
    };
    before.iter().zip(after).fold(String::new(), |out, (old, new)| {
        let (name, old, new) = (old.path.display().to_string(), stable(&old.text), stable(&new.text));
        out + &TextDiff::from_lines(&old, &new)
            .unified_diff()
            .context_radius(1)
            .header(&name, &name)
            .to_string()
    })
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let text = spec_text();
    assert_eq!(files(&text), files(&text));
}

#[test]
fn what_is_committed_is_what_the_spec_gives() {
    let args = codegen::Args { check: true, spec: "spec/openapi.yaml".into(), out: "generated".into() };
    codegen::run(&args).unwrap();
}

#[test]
fn a_line_of_the_spec_is_a_few_lines_of_the_client() {
    let before = files(&spec_text());
    let max = contract(&spec_text()).limits.max_items;
    let limit = files(&edited(&format!("maxItems: {max}"), &format!("maxItems: {}", max + 5)));
    insta::assert_snapshot!("raised_limit", diff(&before, &limit));
    let field = "        recipientCount:\n          allOf:\n";
    let added = format!("        note:\n          type: string\n          description: A remark.\n{field}");
    insta::assert_snapshot!("added_field", diff(&before, &files(&edited(field, &added))));
    let reworded = files(&edited("Parent order database id.", "Id of the order."));
    insta::assert_snapshot!("reworded_description", diff(&before, &reworded));
}

#[test]
fn a_comment_changes_nothing_at_all() {
    let commented = edited("openapi: 3.0.3", "# A remark.\nopenapi: 3.0.3");
    assert_eq!(files(&spec_text()), files(&commented));
}

#[test]
fn checking_writes_nothing_and_names_the_command_that_fixes_it() {
    let dir = tempfile::tempdir().unwrap();
    let args = |check| codegen::Args { check, spec: "spec/openapi.yaml".into(), out: dir.path().to_owned() };
    let stale = |count| match codegen::run(&args(true)).unwrap_err() {
        Error::Failed(message) => {
            assert!(message.starts_with(&format!("{count} of 5 generated files are stale")), "{message}");
            assert!(message.ends_with("run `cargo xtask codegen` and commit what it writes"), "{message}");
            message
        }
        other => panic!("{other}"),
    };
    stale(5);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    codegen::run(&args(false)).unwrap();
    codegen::run(&args(true)).unwrap();
    let path = dir.path().join("src/contract.rs");
    let text = fs::read_to_string(&path).unwrap().replace("MIN_ITEMS: usize = ", "MIN_ITEMS: usize = 1");
    fs::write(&path, &text).unwrap();
    let message = stale(1);
    assert!(
        message.contains("-pub const MIN_ITEMS: usize = 12;\n+pub const MIN_ITEMS: usize = 2;"),
        "{message}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_wrong_spec_gives_its_mistakes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("openapi.yaml");
    fs::write(&path, edited("          minItems: 2\n", "")).unwrap();
    let args = codegen::Args { check: false, spec: path, out: dir.path().join("out") };
    let error = codegen::run(&args).unwrap_err();
    assert!(matches!(&error, Error::Contract(_)), "{error}");
    assert!(!Path::new(&args.out).exists());
}

#[test]
fn what_progenitor_can_not_do_is_said_with_its_place() {
    // One operation with two shapes of error makes progenitor panic.
    let mixed = edited(
        "          description: Insufficient wallet balance for total amount.\n          x-meaning: insufficient\n          x-error-codes: [BUY_DATA_BULK_FAILED]\n          x-requirements: [BALANCE-SHORT, MONEY-REJECT]\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/ErrorResponse'",
        "          description: Insufficient wallet balance for total amount.\n          x-meaning: insufficient\n          x-error-codes: [BUY_DATA_BULK_FAILED]\n          x-requirements: [BALANCE-SHORT, MONEY-REJECT]\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/Wallet'",
    );
    // And so does a schema that allows what another forbids.
    let twins = edited(
        "enum: [Agent, SuperAgent, Customer, Staff]",
        "enum: [Agent, agent, SuperAgent, Customer, Staff]",
    );
    for (name, text) in [("mixed_errors", mixed), ("enum_twins", twins)] {
        match codegen::files(&contract(&text)) {
            Err(Error::Usage(message)) => insta::assert_snapshot!(name, message),
            other => panic!("{name}: {:?}", other.map(|files| files.len())),
        }
    }
}
