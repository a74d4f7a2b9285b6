//! Rules about texts: length, module headers, exceptions to lints, and paths of a developer's machine.

use super::workspace::Checker;

/// Maximum number of lines of a file and of a `main.rs`.
const LONGEST: usize = 400;
const LONGEST_MAIN: usize = 80;

/// Every `.rs` file must be valid Rust, since no other rule can check one that is not.
pub(super) fn not_rust(checker: &mut Checker<'_>) {
    if let Some((line, reason)) = &checker.parsed.unreadable {
        checker.put(*line, format!("not Rust: {reason}"));
    }
}

/// A module must start with a `//!` line.
pub(super) fn module_doc(checker: &mut Checker<'_>) {
    let path = checker.path();
    if path.ends_with(".rs") && !checker.parsed.is_generated() && !checker.text().starts_with("//! ") {
        checker.put(1, "no `//!` in the first line; say what this room is for");
    }
}

/// A file must be short enough to be read at once.
pub(super) fn long_file(checker: &mut Checker<'_>) {
    let path = checker.path();
    if !path.ends_with(".rs") || checker.parsed.is_generated() {
        return;
    }
    let most = if path.ends_with("/main.rs") { LONGEST_MAIN } else { LONGEST };
    let count = checker.text().lines().count();
    // The `main.rs` of tests lists their modules and may be longer.
    if count > most && !(path.contains("/tests/") && count <= LONGEST) {
        checker.put(count, format!("{count} lines, at most {most}; split it by what it is about"));
    }
}

/// An `allow` must give its reason. `expect` is better, since it also reports when it is no longer needed.
pub(super) fn allow_attribute(checker: &mut Checker<'_>) {
    if !checker.path().ends_with(".rs") || checker.parsed.is_generated() {
        return;
    }
    let mut rest = checker.text();
    let mut line = 1;
    while let Some(at) = ["#[allow(", "#![allow("].iter().filter_map(|start| rest.find(start)).min() {
        line += rest[..at].matches('\n').count();
        let opens_line = rest[..at].rsplit('\n').next().is_some_and(|before| before.trim().is_empty());
        let attribute = &rest[at..rest[at..].find(")]").map_or(rest.len(), |end| at + end)];
        if opens_line && !attribute.contains("reason = ") {
            checker.put(line, "`allow` without a reason; write `expect` with one");
        }
        rest = &rest[at + 1..];
    }
}

/// Files must not contain paths of the machine on which they were written.
pub(super) fn machine_path(checker: &mut Checker<'_>) {
    // The texts are split, so that this file does not match itself.
    let roots = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/tm", "p/"], ["C:\\U", "sers"]]
        .map(|it| it.concat());
    for (index, line) in checker.text().lines().enumerate() {
        for root in &roots {
            // `https://x/home/` and `target/tmp/` are not paths of a machine.
            let stands = line.match_indices(root.as_str()).any(|(at, _)| {
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || "./-_}~".contains(before))
            });
            if stands {
                checker.put(index + 1, "a path of some machine; make it relative");
            }
        }
    }
}

/// There must be no pending snapshots: nobody has reviewed them.
pub(super) fn pending_snapshot(checker: &mut Checker<'_>) {
    if checker.path().ends_with(".snap.new") || checker.path().ends_with(".pending-snap") {
        checker.put(1, "a pending snapshot; accept it or correct the code");
    }
}
