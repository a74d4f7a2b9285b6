//! Rules about texts: length, opening words, excuses, and what betrays a machine.

use super::workspace::Checker;

/// Longest file, and longest `main.rs`.
const LONGEST: usize = 400;
const LONGEST_MAIN: usize = 80;

/// What no rule can read, no rule holds.
pub(super) fn not_rust(checker: &mut Checker<'_>) {
    if let Some((line, reason)) = &checker.parsed.unreadable {
        checker.put(*line, format!("not Rust: {reason}"));
    }
}

/// A module opens by saying what it is for.
pub(super) fn module_doc(checker: &mut Checker<'_>) {
    let path = checker.path();
    if path.ends_with(".rs") && !checker.parsed.is_generated() && !checker.text().starts_with("//! ") {
        checker.put(1, "no `//!` in the first line; say what this room is for");
    }
}

/// A file is read in one go.
pub(super) fn long_file(checker: &mut Checker<'_>) {
    let path = checker.path();
    if !path.ends_with(".rs") || checker.parsed.is_generated() {
        return;
    }
    let most = if path.ends_with("/main.rs") { LONGEST_MAIN } else { LONGEST };
    let count = checker.text().lines().count();
    // A test's main.rs is a table of its rooms.
    if count > most && !(path.contains("/tests/") && count <= LONGEST) {
        checker.put(count, format!("{count} lines, at most {most}; split it by what it is about"));
    }
}

/// An exception says why; `expect` says it too, and ends when it is untrue.
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

/// Nothing in the repository knows the machine it was written on.
pub(super) fn machine_path(checker: &mut Checker<'_>) {
    // Taken apart, so that this file does not find itself.
    let roots = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/tm", "p/"], ["C:\\U", "sers"]]
        .map(|it| it.concat());
    for (index, line) in checker.text().lines().enumerate() {
        for root in &roots {
            // `https://x/home/` is no machine's path, and neither is `target/tmp/`.
            let stands = line.match_indices(root.as_str()).any(|(at, _)| {
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || "./-_}~".contains(before))
            });
            if stands {
                checker.put(index + 1, "a path of some machine; make it relative");
            }
        }
    }
}

/// A snapshot that nobody accepted is a test that nobody read.
pub(super) fn pending_snapshot(checker: &mut Checker<'_>) {
    if checker.path().ends_with(".snap.new") || checker.path().ends_with(".pending-snap") {
        checker.put(1, "a pending snapshot; accept it or correct the code");
    }
}
