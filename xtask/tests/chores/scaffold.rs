//! What `new-check` and `new-fault` write, in a copy of what they need; and that each place of it is missed when it goes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use xtask::tidy;

const COPIED: [&str; 7] = [
    "spec/openapi.yaml",
    "spec/requirements.yaml",
    "conformance/src/checks",
    "conformance/tests/histories",
    "conformance/KILL_MATRIX.md",
    "sandbox/src/faults",
    "generated",
];

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// What the chores need, without the rest.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for path in COPIED.into_iter().chain(["rustfmt.toml"]) {
        copy(&xtask::root().join(path), &dir.path().join(path));
    }
    dir
}

/// Runs a chore: exit code, and what it says.
fn run(root: &Path, arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).arg("--root").arg(root).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap_or(-1), text)
}

/// What a dry run adds, without what changes with every requirement and fault that others add.
fn added(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with([' ', '@']) || (line.starts_with('-') && !line.starts_with("---")) {
            return String::new();
        }
        let line =
            line.split_once("SHA-256 ").map_or(line.to_owned(), |(head, _)| format!("{head}SHA-256 ..."));
        let line = match (line.split_once("x-requirements: ["), line.rsplit_once(", ")) {
            (Some((head, _)), Some((_, last))) => format!("{head}x-requirements: [..., {last}"),
            _ => line,
        };
        let counts = line.contains(" faults are caught ");
        let line = if counts { line.replace(|it: char| it.is_ascii_digit(), "N") } else { line };
        format!("{line}\n")
    };
    text.lines().map(line).collect()
}

/// What tidy says of the places that the chores write; what else it says of the files that were copied is not theirs.
fn violations(root: &Path) -> String {
    static COPY: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| said(repository().path()).into_iter().collect());
    said(root).into_iter().filter(|it| !COPY.contains(it)).collect()
}

fn said(root: &Path) -> Vec<String> {
    let contract = spec::embedded().unwrap();
    let mut files = tidy::files(root).unwrap();
    // Long, and no place of either.
    files.retain(|it| !it.path.starts_with("generated/"));
    let found = tidy::check(&files, &contract);
    // Lines move with what others add.
    found.iter().map(|it| format!("{}: {} [{}]\n", it.path, it.message, it.rule)).collect()
}

fn texts(root: &Path) -> Vec<(String, String)> {
    tidy::files(root).unwrap().into_iter().map(|it| (it.path, it.text)).collect()
}

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let path = root.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{} has no {from:?}", path.display());
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

const OLD_ROOM: [&str; 10] = [
    "new-fault",
    "count",
    "count-seven-twice",
    "--wrong",
    "an order of \"seven\" is bought twice",
    "--breaks",
    "COUNT-RANGE,MONEY-DEBIT",
    "--needs",
    "balance",
    "--dry-run",
];
const NEW_ROOM: [&str; 10] = [
    "new-fault",
    "limit",
    "limit-off",
    "--about",
    "How much a day may cost",
    "--wrong",
    "the day has no limit",
    "--breaks",
    "LIMIT-DAY",
    "--needs=sequence,raw-http",
];
const NEW_CHECK: [&str; 12] = [
    "new-check",
    "limit",
    "--requirement",
    "LIMIT-DAY",
    "--statement",
    "An account's orders of one day: as many as {maxItems}.",
    "--source",
    "companion",
    "--level",
    "companion",
    "--needs",
    "buyer,role:Agent",
];
const OLD_CHECK: [&str; 16] = [
    "new-check",
    "race",
    "--requirement",
    "RACE-ORDER",
    "--statement",
    "Orders at once are created one after the other.",
    "--source",
    "page",
    "--level",
    "provisional",
    "--operation",
    "get-order",
    "--quote=Failed recipients can be retried individually",
    "--kind=state",
    "--severity=money",
    "--dry-run",
];

#[test]
fn a_dry_run_shows_each_place_and_writes_nothing() {
    let dir = repository();
    let before = texts(dir.path());
    for (name, arguments) in
        [("fault_in_an_old_room", &OLD_ROOM[..]), ("requirement_of_an_old_check", &OLD_CHECK)]
    {
        let (code, said) = run(dir.path(), arguments);
        assert_eq!(code, 0, "{said}");
        insta::assert_snapshot!(name, added(&said));
    }
    let mut new = NEW_CHECK.to_vec();
    new.push("--dry-run");
    insta::assert_snapshot!("requirement_of_a_new_check", added(&run(dir.path(), &new).1));
    let after = texts(dir.path());
    assert!(before == after, "a dry run wrote something");
}

#[test]
fn all_mistakes_at_once_and_nothing_written() {
    let dir = repository();
    let before = texts(dir.path());
    let mut said = String::new();
    for arguments in [
        &[
            "new-fault",
            "counts",
            "Count",
            "--wrong",
            "a|b.",
            "--breaks",
            "COUNT-RANG,AMB-HELD,COUNT-LOW,COUNT-LOW",
        ][..],
        &["new-fault", "tools", "tools-x", "--wrong", "", "--breaks", "COUNT-LOW", "--needs", "balanc"],
        &["new-fault", "count", "role-x", "--wrong", "x", "--breaks", "COUNT-LOW", "--about", "Counts"],
        &["new-fault", "count", "count-unbounded", "--wrong", "a\nb", "--breaks", "COUNT-LOW"],
        &[
            "new-check",
            "status",
            "--requirement",
            "low",
            "--statement",
            "no sentence",
            "--source",
            "page",
            "--level",
            "documented",
            "--needs",
            "buyr,role:Agen,key,key",
            "--operation",
            "buyBulks",
        ],
        &[
            "new-check",
            "count",
            "--requirement",
            "COUNT-LOW",
            "--statement",
            "A.",
            "--source",
            "page",
            "--level",
            "documented",
            "--quote",
            "an order of one is refused",
        ],
    ] {
        let (code, text) = run(dir.path(), arguments);
        assert_eq!(code, 2, "{text}");
        said += &text;
    }
    insta::assert_snapshot!("mistakes", said);
    let after = texts(dir.path());
    assert!(before == after, "a mistake wrote something");
}

/// What is left to a person, done.
const BY_HAND: [(&str, &str, &str); 4] = [
    ("sandbox/src/faults/limit.rs", "plant: |_| {}", "plant: |rules| rules.limits.max_items += 1"),
    (
        "conformance/src/checks/limit.rs",
        "_bench: &mut Bench<'_>) {}",
        "bench: &mut Bench<'_>) {\n    bench.pass(\"LIMIT-DAY\");\n}",
    ),
    (
        "conformance/tests/histories/money.rs",
        "\nuse ",
        "\n/// Breaks it.\nconst NEW: &str = \"LIMIT-DAY\";\n\nuse ",
    ),
    ("conformance/KILL_MATRIX.md", "**nothing**", "LIMIT-DAY"),
];

/// Each place that the chores wrote or a person filled: what is taken out, and what then names it.
const PLACES: [(&str, &str, &str, &str); 9] = [
    ("sandbox/src/faults/mod.rs", "mod limit;\n", "", "unlisted-faults"),
    ("sandbox/src/faults/mod.rs", "    limit::FAULTS,\n", "", "unlisted-faults"),
    ("sandbox/src/faults/limit.rs", "|rules| rules.limits.max_items += 1", "|_| {}", "fault-without-plant"),
    ("conformance/KILL_MATRIX.md", "| `limit-off`", "| `limit-of`", "kill-matrix"),
    ("conformance/src/checks/mod.rs", "pub mod limit;\n", "", "unlisted-check"),
    ("conformance/src/checks/mod.rs", "    &limit::CHECK,\n", "", "unlisted-check"),
    ("conformance/src/checks/limit.rs", "cites: &[\"LIMIT-DAY\"]", "cites: &[]", "requirement-without-check"),
    ("conformance/src/checks/limit.rs", "bench.pass(\"LIMIT-DAY\");", "", "requirement-without-code"),
    ("conformance/tests/histories/money.rs", "\"LIMIT-DAY\"", "\"\"", "requirement-without-history"),
];

#[test]
fn what_is_written_is_complete_once_a_person_has_done_the_rest() {
    let dir = repository();
    let root = dir.path();
    let (code, check) = run(root, &NEW_CHECK);
    assert_eq!(code, 0, "{check}");
    let (code, fault) = run(root, &NEW_ROOM);
    assert_eq!(code, 0, "{fault}");
    let room = fs::read_to_string(root.join("sandbox/src/faults/limit.rs")).unwrap();
    insta::assert_snapshot!("written", format!("{check}\n{fault}\n{room}"));
    insta::assert_snapshot!("left", violations(root));
    for (path, from, to) in BY_HAND {
        edit(root, path, from, to);
    }
    assert_eq!(violations(root), "");
    // The document cites it, and what is generated is fresh.
    let args = |path: &str| root.join(path);
    xtask::lint::run(&xtask::lint::Args { spec: Some(args("spec/openapi.yaml")) }).unwrap();
    let codegen =
        xtask::codegen::Args { check: true, spec: args("spec/openapi.yaml"), out: args("generated") };
    xtask::codegen::run(&codegen).unwrap();
    let mut table = String::new();
    for (path, from, to, rule) in PLACES {
        let whole = fs::read_to_string(root.join(path)).unwrap();
        edit(root, path, from, to);
        let found = violations(root);
        assert!(found.contains(rule) && found.to_lowercase().contains("limit"), "{path}: {from:?}: {found}");
        table += &format!("{path} without {from:?}\n{found}\n");
        fs::write(root.join(path), whole).unwrap();
    }
    insta::assert_snapshot!("missed", table);
    edit(root, "spec/openapi.yaml", ", LIMIT-DAY]", "]");
    let spec = xtask::lint::Args { spec: Some(args("spec/openapi.yaml")) };
    assert!(xtask::lint::run(&spec).is_err(), "nothing cites it, and the lint is silent");
}
