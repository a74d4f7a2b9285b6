//! Checks the sources against ARCHITECTURE.md: the paths that it names exist, it names every room, loose files are few,
//! and every file is part of its crate.

use std::collections::BTreeSet;

use super::imports::Crate;
use super::workspace::{Parsed, Workspace};

const PAGE: &str = "ARCHITECTURE.md";

/// The sources that the page explains room by room.
const ROOMS: &str = "conformance/src/";

/// Maximum number of loose files in these sources; more of them belong into rooms.
const MOST_LOOSE: usize = 6;

/// Extensions by which a name is recognised as a file name.
const ENDINGS: [&str; 17] = [
    "css", "html", "js", "json", "lock", "md", "ndjson", "png", "py", "rs", "sh", "snap", "toml", "ts",
    "txt", "yaml", "yml",
];

/// A path that the page names.
struct Named {
    line: usize,
    /// The path as written.
    text: String,
    /// The file or folder that it refers to, from the root and without a trailing slash, or `None` if there is none.
    means: Option<String>,
}

/// Returns all files and folders of the repository, without trailing slashes.
fn paths<'a>(files: &[Parsed<'a>]) -> BTreeSet<&'a str> {
    let with_folders = |path: &'a str| {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.chain([path]).collect::<Vec<_>>()
    };
    files.iter().flat_map(|it| with_folders(it.path())).collect()
}

/// Returns the paths in backticks and what they refer to: from the root, from a folder or file named earlier in the
/// same row or paragraph, or from the folder of rooms.
fn named(text: &str, paths: &BTreeSet<&str>) -> Vec<Named> {
    let mut found = Vec::new();
    let (mut bases, mut fenced) = (Vec::<String>::new(), false);
    for (index, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let goes_on = line.starts_with(|first: char| first.is_alphanumeric() || first == '`' || first == ' ')
            && !line.trim().is_empty();
        if fenced || line.trim_start().starts_with("```") {
            continue;
        }
        if !goes_on || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok()) {
            bases.clear();
        }
        for text in line.split('`').skip(1).step_by(2).filter(|text| is_path(text, paths)) {
            let bare = text.trim_end_matches('/');
            let bare = bare.split_once(".rs:").map_or(bare.to_owned(), |(file, _)| format!("{file}.rs"));
            let from_bases = bases.iter().rev().map(|base| format!("{base}/{bare}"));
            let mut candidates =
                [bare.clone()].into_iter().chain(from_bases).chain([format!("{ROOMS}{bare}")]);
            let means = candidates.find(|it| paths.contains(it.as_str()));
            if let Some(means) = &means {
                // The neighbours of a file are named by their file names alone.
                bases.extend(means.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
                bases.push(means.clone());
            }
            found.push(Named { line: index + 1, text: text.to_owned(), means });
        }
    }
    found
}

/// Returns true if a text in backticks is meant as one path of this repository; `order/*.rs` is not.
fn is_path(text: &str, paths: &BTreeSet<&str>) -> bool {
    let letters = |it: char| it.is_ascii_alphanumeric() || matches!(it, '/' | '.' | '_' | '-' | ':');
    if text.is_empty() || text.starts_with(['/', '-']) || text.contains("::") || !text.chars().all(letters) {
        return false;
    }
    let (stem, ending) = text.rsplit_once('.').unwrap_or((text, ""));
    let file = ENDINGS.contains(&ending.split(':').next().unwrap_or_default());
    // A name in capitals, as `GROUP.rs`, is a placeholder.
    let placeholder =
        ending == "rs" && stem.rsplit('/').next().is_some_and(|it| it.chars().any(char::is_uppercase));
    let known = text.split_once('/').is_some_and(|(first, _)| paths.contains(first));
    !placeholder && (text.ends_with('/') || file || known)
}

/// Every path that the page names must exist.
pub(super) fn dead_path(workspace: &mut Workspace<'_>) {
    let Some(page) = workspace.file(PAGE) else { return };
    for it in named(&page.file.text, &paths(workspace.files)) {
        if it.means.is_none() {
            let message = format!("there is no `{}`; name what took its place", it.text);
            workspace.put(page, it.line, message);
        }
    }
}

/// The page must name every room and every loose file of the conformance crate.
pub(super) fn unnamed_room(workspace: &mut Workspace<'_>) {
    let Some(page) = workspace.file(PAGE) else { return };
    let named = named(&page.file.text, &paths(workspace.files));
    let named: BTreeSet<&str> = named.iter().filter_map(|it| it.means.as_deref()).collect();
    let mut seen = BTreeSet::new();
    for file in workspace.below(ROOMS) {
        let below = &file.path()[ROOMS.len()..];
        let (name, what) = below.split_once('/').map_or((below, "file"), |(folder, _)| (folder, "room"));
        let path = format!("{ROOMS}{name}");
        if !named.contains(path.as_str()) && seen.insert(name) {
            let message = format!("{PAGE} does not name the {what} `{path}`; add what it is for");
            workspace.put(file, 1, message);
        }
    }
}

/// The sources of the conformance crate must be in rooms, except for a few loose files.
pub(super) fn loose_files(workspace: &mut Workspace<'_>) {
    let loose: Vec<_> = workspace.below(ROOMS).filter(|it| !it.path()[ROOMS.len()..].contains('/')).collect();
    for file in loose.iter().skip(MOST_LOOSE) {
        let message = format!(
            "{} loose files in {ROOMS}, at most {MOST_LOOSE}; move it into the room that it serves",
            loose.len()
        );
        workspace.put(file, 1, message);
    }
}

/// Every file must be reached by a `mod`: others are not built, and mislead a reader.
pub(super) fn unreached_file(workspace: &mut Workspace<'_>) {
    let folders = workspace.files.iter().filter_map(|it| it.path().split_once("/src/").map(|(name, _)| name));
    let is_crate = |name: &&str| {
        !name.contains('/') || workspace.files.iter().any(|it| it.path() == format!("{name}/Cargo.toml"))
    };
    let crates: BTreeSet<&str> = folders.filter(is_crate).collect();
    for name in crates {
        let Some(sources) = Crate::read(workspace.files, name) else { continue };
        let reached = sources.reached();
        let folder = format!("{name}/src/");
        let left: Vec<_> = workspace.below(&folder).filter(|it| !reached.contains(it.path())).collect();
        for file in left {
            workspace.put(
                file,
                1,
                "no `mod` reaches this file, so nothing builds it; declare it or delete it",
            );
        }
    }
}
