//! Rules about texts: length, opening words, excuses, and what betrays a machine.

use super::Desk;

/// Longest file, and longest `main.rs`.
const LONGEST: usize = 500;
const LONGEST_MAIN: usize = 80;

/// What the generator writes is as long as it is.
pub(super) fn generated(desk: &Desk<'_>) -> bool {
    desk.file.text.lines().take(5).any(|line| line.contains("@generated"))
}

/// A module opens by saying what it is for.
pub(super) fn module_doc(desk: &mut Desk<'_>) {
    let path = &desk.file.path;
    if path.ends_with(".rs") && !generated(desk) && !desk.file.text.starts_with("//! ") {
        desk.put(1, "no `//!` in the first line; say what this room is for");
    }
}

/// A file is read in one go.
pub(super) fn long_file(desk: &mut Desk<'_>) {
    let path = &desk.file.path;
    if !path.ends_with(".rs") || generated(desk) {
        return;
    }
    let most = if path.ends_with("/main.rs") { LONGEST_MAIN } else { LONGEST };
    let count = desk.file.text.lines().count();
    // A test's main.rs is a table of its rooms.
    if count > most && !(path.contains("/tests/") && count <= LONGEST) {
        desk.put(count, format!("{count} lines, at most {most}; split it by what it is about"));
    }
}

/// An exception says why; `expect` says it too, and ends when it is untrue.
pub(super) fn allow_attribute(desk: &mut Desk<'_>) {
    if !desk.file.path.ends_with(".rs") || generated(desk) {
        return;
    }
    let mut rest = desk.file.text.as_str();
    let mut line = 1;
    while let Some(at) = ["#[allow(", "#![allow("].iter().filter_map(|start| rest.find(start)).min() {
        line += rest[..at].matches('\n').count();
        let opens_line = rest[..at].rsplit('\n').next().is_some_and(|before| before.trim().is_empty());
        let attribute = &rest[at..rest[at..].find(")]").map_or(rest.len(), |end| at + end)];
        if opens_line && !attribute.contains("reason = ") {
            desk.put(line, "`allow` without a reason; write `expect` with one");
        }
        rest = &rest[at + 1..];
    }
}

/// Nothing in the repository knows the machine it was written on.
pub(super) fn machine_path(desk: &mut Desk<'_>) {
    // Taken apart, so that this file does not find itself.
    let roots = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/tm", "p/"], ["C:\\U", "sers"]]
        .map(|it| it.concat());
    for (index, line) in desk.file.text.lines().enumerate() {
        for root in &roots {
            // `https://x/home/` is no machine's path, and neither is `target/tmp/`.
            let stands = line.match_indices(root.as_str()).any(|(at, _)| {
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || "./-_}~".contains(before))
            });
            if stands {
                desk.put(index + 1, "a path of some machine; make it relative");
            }
        }
    }
}

/// A snapshot that nobody accepted is a test that nobody read.
pub(super) fn pending_snapshot(desk: &mut Desk<'_>) {
    if desk.file.path.ends_with(".snap.new") || desk.file.path.ends_with(".pending-snap") {
        desk.put(1, "a pending snapshot; accept it or correct the code");
    }
}
