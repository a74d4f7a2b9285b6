//! Rules about crates: which crate may depend on which, and which settings all share.

use super::workspace::Checker;

/// The directions of ARCHITECTURE.md: the crates of this workspace that a crate, which is named by its folder, must not
/// depend on, whether that applies to its tests too, and why.
const ARROW: [(&str, &[&str], bool, &str); 5] = [
    (
        "spec",
        &["generated", "conformance", "sandbox", "selftest", "xtask"],
        true,
        "everything flows from the spec, nothing back",
    ),
    ("generated", &["conformance", "sandbox", "selftest", "xtask"], false, "clients know the contract only"),
    (
        "sandbox",
        &["conformance", "selftest", "xtask"],
        true,
        "rules shared by judge and judged hide the same mistake twice",
    ),
    (
        "conformance",
        &["selftest", "xtask"],
        true,
        "the product is built, shipped and tested without its tests",
    ),
    (
        "conformance/selftest",
        &["generated", "xtask"],
        true,
        "what it starts and what starts it are other programs",
    ),
];

/// Returns the folder of a crate if the file is its manifest.
fn manifest<'a>(checker: &Checker<'a>) -> Option<&'a str> {
    checker.path().strip_suffix("/Cargo.toml")
}

/// Crates must depend on each other in one direction only.
pub(super) fn arrow(checker: &mut Checker<'_>) {
    let Some(name) = manifest(checker) else { return };
    let Some((_, forbidden, in_tests, why)) = ARROW.iter().find(|(from, ..)| *from == name) else { return };
    let mut section = "";
    for (index, line) in checker.text().lines().enumerate() {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split(['.', ' ', '=']).next().unwrap_or_default();
        let binds = section.contains("dependencies") && (*in_tests || !section.contains("dev-"));
        if binds && forbidden.contains(&key) {
            checker.put(index + 1, format!("`{name}` depends on `{key}`: {why}"));
        }
    }
}

/// Every crate must use the lints of the workspace.
pub(super) fn shared_lints(checker: &mut Checker<'_>) {
    if manifest(checker).is_some() && !checker.text().contains("[lints]\nworkspace = true") {
        checker.put(1, "no `[lints]` with `workspace = true`; add it");
    }
}

/// There must be one version of reqwest: two would mean two connection pools, two redirect policies and two TLS stacks.
pub(super) fn one_reqwest(checker: &mut Checker<'_>) {
    if checker.path() == "Cargo.lock" {
        let lines = checker.text().lines().enumerate().filter(|(_, line)| *line == "name = \"reqwest\"");
        let second: Vec<usize> = lines.map(|(index, _)| index + 1).skip(1).collect();
        for line in second {
            checker
                .put(line, "a second reqwest in the tree; find who asks for it with `cargo tree -i reqwest`");
        }
    }
}
