//! Rules about the repository as a whole: whatever is registered in one place must be registered in all.
//!
//! A requirement has a check that cites it, code that is about it and a history that breaks it; a check is in the list
//! of checks, a fault in its group, its group in the list of groups, and every fault in the matrix. What other commands
//! find by running is left to them: that cases exercise a requirement (`coverage`), that a fault is caught (`faults`),
//! that two faults break each requirement (the tests of `sandbox`), and that the document cites it (`lint`).

use std::collections::{BTreeMap, BTreeSet};

use spec::diff::Document;

use super::tokens::{Kind, Token, tokens};
use super::workspace::{Parsed, Workspace};

const CHECKS: &str = "conformance/src/checks/";
const FAULTS: &str = "sandbox/src/faults/";
const HISTORIES: &str = "conformance/tests/histories/";
const MATRIX: &str = "conformance/KILL_MATRIX.md";
const REQUIREMENTS: &str = "spec/requirements.yaml";

impl<'a> Workspace<'a> {
    /// Returns the files of a folder that define a constant, with the names of their modules.
    fn rooms(&self, folder: &'static str, constant: &'static str) -> Vec<(&'a Parsed<'a>, &'a str)> {
        let defines = move |it: &&Parsed<'_>| {
            let words = it.tokens.windows(2);
            words
                .into_iter()
                .any(|it| ["const", "static"].contains(&it[0].text.as_str()) && it[1].text == constant)
        };
        let module = |it: &'a Parsed<'a>| {
            let name = it.path().strip_prefix(folder)?.strip_suffix(".rs")?;
            let name = name.strip_suffix("/mod").unwrap_or(name);
            (name != "mod" && !name.contains('/')).then_some((it, name))
        };
        self.below(folder).filter(defines).filter_map(module).collect()
    }

    /// Returns the requirements of the catalogue.
    fn requirements(&self) -> Option<(&'a Parsed<'a>, Vec<Entry>)> {
        let read = self.file(REQUIREMENTS)?;
        let document = Document::from_text(REQUIREMENTS, &read.file.text).ok()?;
        let entries = document.at("/requirements").as_array()?.iter().enumerate();
        let entries = entries.filter_map(|(at, entry)| {
            Some(Entry {
                id: entry["id"].as_str()?.to_owned(),
                group: entry["group"].as_str().unwrap_or_default().to_owned(),
                by_role: entry["group"] == "role" && entry["role"].is_string(),
                line: document.places.line(&format!("/requirements/{at}")),
            })
        });
        Some((read, entries.collect()))
    }

    /// Returns the ids that the listed checks cite.
    fn cited(&self) -> Option<BTreeSet<&'a str>> {
        let listed = listed(&self.file(&format!("{CHECKS}mod.rs"))?.tokens, "CHECK");
        let rooms = self.rooms(CHECKS, "CHECK").into_iter().filter(|(_, name)| listed.contains(name));
        Some(
            rooms.flat_map(|(read, _)| cites(&read.tokens).map(|at| read.tokens[at].text.as_str())).collect(),
        )
    }
}

/// One requirement of the catalogue.
struct Entry {
    id: String,
    group: String,
    /// Whether its check finds it by the role that it is about, so that no code names it.
    by_role: bool,
    line: usize,
}

/// Returns the indexes of the texts in `cites: &[…]`.
fn cites(tokens: &[Token]) -> impl Iterator<Item = usize> {
    let starts = (0..tokens.len()).filter(|at| is(tokens, *at, &["cites", ":", "&"]));
    starts.flat_map(|at| {
        let list =
            (at + 3..tokens.len()).take_while(|at| tokens[*at].kind == Kind::Text || tokens[*at].text == ",");
        list.filter(|at| tokens[*at].kind == Kind::Text).collect::<Vec<_>>()
    })
}

fn is(tokens: &[Token], at: usize, texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(step, text)| tokens.get(at + step).is_some_and(|it| it.text == *text))
}

/// Returns the modules whose constant a list names: `count::CHECK`.
fn listed<'a>(tokens: &'a [Token], constant: &str) -> BTreeSet<&'a str> {
    let named = (0..tokens.len()).filter(|at| is(tokens, at + 1, &[":", ":", constant]));
    named.map(|at| tokens[at].text.as_str()).collect()
}

/// Returns the modules that a file declares.
fn declared(tokens: &[Token]) -> BTreeSet<&str> {
    tokens.windows(2).filter(|it| it[0].text == "mod").map(|it| it[1].text.as_str()).collect()
}

fn unlisted(
    workspace: &mut Workspace<'_>,
    folder: &'static str,
    constant: &'static str,
    list: &str,
    element: &str,
) {
    let table = format!("{folder}mod.rs");
    let Some(read) = workspace.file(&table) else { return };
    let (declared, listed) = (declared(&read.tokens), listed(&read.tokens, constant));
    for (room, name) in workspace.rooms(folder, constant) {
        if !declared.contains(name) {
            workspace.put(
                room,
                1,
                format!("`{name}` is no module, so nothing builds it; add `mod {name};` to {table}"),
            );
        }
        if !listed.contains(name) {
            let element = element.replace('*', name);
            workspace.put(
                room,
                1,
                format!("`{name}` is not in `{list}`, so nothing asks it; add `{element}` in {table}"),
            );
        }
    }
}

/// Every check must be listed.
pub(super) fn unlisted_check(workspace: &mut Workspace<'_>) {
    unlisted(workspace, CHECKS, "CHECK", "ALL", "&*::CHECK,");
}

/// Every group of faults must be listed.
pub(super) fn unlisted_faults(workspace: &mut Workspace<'_>) {
    unlisted(workspace, FAULTS, "FAULTS", "GROUPS", "*::FAULTS,");
}

/// A check must cite every requirement.
pub(super) fn without_check(workspace: &mut Workspace<'_>) {
    let (Some((read, entries)), Some(cited)) = (workspace.requirements(), workspace.cited()) else { return };
    for Entry { id, group, line, .. } in entries.iter().filter(|it| !cited.contains(it.id.as_str())) {
        let message = format!("no check cites `{id}`; add it to `cites` of one, as {CHECKS}{group}.rs");
        workspace.put(read, *line, message);
    }
}

/// Code other than `cites` must name every cited requirement: a rule, a case or a judgement.
pub(super) fn without_code(workspace: &mut Workspace<'_>) {
    let (Some((read, entries)), Some(cited)) = (workspace.requirements(), workspace.cited()) else { return };
    let mut named = BTreeSet::new();
    for it in workspace.below("conformance/src/").filter(|it| !it.path().ends_with("/tests.rs")) {
        let cites: BTreeSet<usize> = cites(&it.tokens).collect();
        let texts = it.tokens.iter().enumerate();
        let texts = texts.filter(|(at, token)| token.kind == Kind::Text && !cites.contains(at));
        named.extend(texts.map(|(_, token)| token.text.as_str()));
    }
    let silent = |it: &&Entry| !it.by_role && !named.contains(it.id.as_str());
    for Entry { id, group, line, .. } in
        entries.iter().filter(|it| cited.contains(it.id.as_str())).filter(silent)
    {
        let message = format!(
            "`{id}` is cited, and nothing plans or judges it; name it in a rule, in a case of `plan` or in `judge` of \
             its check, as {CHECKS}{group}.rs"
        );
        workspace.put(read, *line, message);
    }
}

/// Every requirement must be judged by a test without a server.
pub(super) fn without_history(workspace: &mut Workspace<'_>) {
    let Some((read, entries)) = workspace.requirements() else { return };
    let texts: Vec<&str> = workspace.below(HISTORIES).map(|it| it.file.text.as_str()).collect();
    if texts.is_empty() {
        return;
    }
    for Entry { id, line, .. } in entries {
        if !texts.iter().any(|text| text.contains(&format!("\"{id}\""))) {
            let message = format!("no history breaks `{id}`; add one that does in {HISTORIES}");
            workspace.put(read, line, message);
        }
    }
}

/// Returns the ids of the faults in a file with their lines.
fn ids(tokens: &[Token]) -> impl Iterator<Item = (&str, usize)> {
    let at = (0..tokens.len()).filter(|at| is(tokens, *at, &["id", ":"]));
    at.filter_map(|at| tokens.get(at + 2))
        .filter(|it| it.kind == Kind::Text)
        .map(|it| (it.text.as_str(), it.line))
}

/// Returns the ids of the faults in a Rust source with their lines; none if it is not Rust.
pub(crate) fn fault_ids(text: &str) -> Vec<(String, usize)> {
    let tokens = tokens(text).unwrap_or_default();
    ids(&tokens).map(|(id, line)| (id.to_owned(), line)).collect()
}

/// Every fault must plant something; without that, the server is correct.
pub(super) fn without_plant(workspace: &mut Workspace<'_>) {
    for read in workspace.below(FAULTS) {
        // In `plant:
        // _
        // {}`, the empty braces produce no token.
        let empty =
            |at: &usize| is(&read.tokens, *at, &["plant", ":", "|"]) && is(&read.tokens, at + 4, &["|", ","]);
        for at in (0..read.tokens.len()).filter(empty) {
            let id = ids(&read.tokens[..at]).last().map_or("a fault", |(id, _)| id);
            let message = format!("`{id}` plants nothing; write in its `plant` what makes the server wrong");
            workspace.put(read, read.tokens[at].line, message);
        }
    }
}

/// The matrix must have every fault, and every fault in it must exist and be caught.
pub(super) fn kill_matrix(workspace: &mut Workspace<'_>) {
    let renew = "`cargo xtask faults --write`";
    let Some(matrix) = workspace.file(MATRIX) else { return };
    let mut rows = BTreeMap::new();
    for (index, line) in matrix.file.text.lines().enumerate() {
        if let Some((id, rest)) = line.strip_prefix("| `").and_then(|it| it.split_once('`')) {
            rows.insert(id, (index + 1, rest.contains("**nothing**")));
        }
    }
    for read in workspace.below(FAULTS) {
        for (id, line) in ids(&read.tokens) {
            match rows.remove(id) {
                None => workspace.put(read, line, format!("`{id}` has no row in {MATRIX}; {renew} adds it")),
                Some((row, true)) => {
                    let message = format!(
                        "nothing catches `{id}` yet; once `cargo xtask faults {id}` does, run {renew}"
                    );
                    workspace.put(matrix, row, message);
                }
                Some(_) => {}
            }
        }
    }
    for (id, (row, _)) in rows {
        workspace.put(
            matrix,
            row,
            format!("there is no fault `{id}` below {FAULTS}; {renew} takes the row out"),
        );
    }
}
