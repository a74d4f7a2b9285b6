//! Finds circles of files: files of which each needs the next, so that none can be read, tested or moved alone.
//!
//! A justified circle within one room is declared in the header of a module, by the paths from that file's folder:
//! `//! Circle: parse.rs, value.rs: a value holds a parsed text, and parsing makes values`.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Arrow, Crate};
use super::rooms;
use super::workspace::{Parsed, Workspace};

/// Crates whose files must not form circles.
const CRATES: [&str; 3] = ["conformance", "conformance/selftest", "sandbox"];

/// Start of a declaration in a header.
const DECLARATION: &str = "//! Circle: ";

/// A circle that a header declares.
struct Declared<'a> {
    file: &'a Parsed<'a>,
    line: usize,
    members: BTreeSet<String>,
    reason: &'a str,
}

/// Files must need each other in one direction only.
pub(super) fn none(workspace: &mut Workspace<'_>) {
    for name in CRATES {
        let Some(sources) = Crate::read(workspace.files, name) else { continue };
        let arrows = sources.arrows();
        let mut declared = declared(workspace, &format!("{name}/src/"));
        for circle in circles(&arrows) {
            let at = declared
                .iter()
                .position(|it| it.members.iter().map(String::as_str).eq(circle.iter().copied()));
            let declaration = at.map(|at| declared.remove(at));
            let rooms: BTreeSet<_> = circle.iter().map(|path| rooms::of(path)).collect();
            if rooms.len() > 1 || declaration.is_none() {
                report(workspace, &arrows, &circle, rooms.len() > 1);
            } else if let Some(it) = declaration.filter(|it| it.reason.is_empty()) {
                let message = "this circle is declared without a reason; add `: why`".to_owned();
                workspace.insist(it.file.path(), it.line, message, Vec::new());
            }
        }
        for it in declared {
            let message =
                "there is no circle of just these files; take the line out or correct it".to_owned();
            workspace.insist(it.file.path(), it.line, message, Vec::new());
        }
    }
}

fn report(workspace: &mut Workspace<'_>, arrows: &[Arrow<'_>], circle: &BTreeSet<&str>, between_rooms: bool) {
    let within: Vec<_> =
        arrows.iter().filter(|it| circle.contains(it.from) && circle.contains(it.to)).collect();
    let Some(first) = within.first() else { return };
    let remedy = if between_rooms {
        "no reason allows one between rooms, so move what several of them need into a room below"
    } else {
        "move what both need into a third file, or say why it is right in a header: `//! Circle: a.rs, b.rs: why`"
    };
    let message = format!("a circle of {} files; {remedy}", circle.len());
    let details =
        within.iter().map(|it| format!("{}:{} needs {} (`{}`)", it.from, it.line(), it.to, it.path));
    workspace.insist(first.from, first.line(), message, details.collect());
}

/// Returns the circles that headers below a folder declare.
fn declared<'a>(workspace: &Workspace<'a>, folder: &str) -> Vec<Declared<'a>> {
    let mut found = Vec::new();
    for file in workspace.below(folder) {
        let header = file.file.text.lines().enumerate().take_while(|(_, line)| line.starts_with("//!"));
        for (at, text) in header.filter_map(|(at, line)| Some((at, line.strip_prefix(DECLARATION)?))) {
            let (names, reason) = text.split_once(':').unwrap_or((text, ""));
            let folder = file.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            let members = names.split(',').map(|name| format!("{folder}/{}", name.trim())).collect();
            found.push(Declared { file, line: at + 1, members, reason: reason.trim() });
        }
    }
    found
}

/// Returns the sets of files that all reach each other, sorted.
fn circles<'a>(arrows: &[Arrow<'a>]) -> Vec<BTreeSet<&'a str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(arrow.from).or_default().insert(arrow.to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        next.keys().map(|from| (*from, reachable(&next, from))).collect();
    let mut found = BTreeSet::new();
    for (from, reached) in reach.iter().filter(|(from, reached)| reached.contains(*from)) {
        let back = |to: &&&str| reach.get(*to).is_some_and(|reached| reached.contains(from));
        found.insert(reached.iter().filter(back).copied().collect::<BTreeSet<_>>());
    }
    found.into_iter().collect()
}

/// Returns every file that arrows lead to from a file; the file itself only if they lead back to it.
fn reachable<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let (mut reached, mut queue) = (BTreeSet::new(), vec![from]);
    while let Some(file) = queue.pop() {
        let further = next.get(file).into_iter().flatten();
        queue.extend(further.filter(|to| reached.insert(**to)).copied());
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_reach_each_other_are_one_circle() {
        let arrow = |(from, to)| Arrow { from, to, lines: vec![1], path: String::new() };
        let arrows =
            [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "a"), ("e", "g")];
        let found = circles(&arrows.map(arrow));
        assert_eq!(found, [BTreeSet::from(["a", "b", "c"]), BTreeSet::from(["d", "e"])]);
    }
}
