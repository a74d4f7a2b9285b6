//! Rules about the repository as a whole: whoever has one place has them all.
//!
//! A requirement has a check that cites it, code that is about it and a history that breaks it; a check stands in the
//! list of checks, a fault in its room, its room in the list of rooms, and all of them in the matrix. What programs find
//! out by running is left to them: that cases exercise a requirement (`coverage`), that a fault is caught (`faults`),
//! that two faults break each requirement (the tests of `sandbox`), that the document cites it (`lint`).

use std::collections::{BTreeMap, BTreeSet};

use spec::diff::Document;

use super::source::{Kind, Token, tokens};
use super::{Desk, File, Violation};

const CHECKS: &str = "conformance/src/checks/";
const FAULTS: &str = "sandbox/src/faults/";
const HISTORIES: &str = "conformance/tests/histories/";
const MATRIX: &str = "conformance/KILL_MATRIX.md";
const REQUIREMENTS: &str = "spec/requirements.yaml";

/// A file that was read.
pub(super) struct Read<'a> {
    pub(super) file: &'a File,
    pub(super) tokens: &'a [Token],
}

/// The repository, and where a rule writes.
pub(super) struct House<'a> {
    pub(super) files: &'a [Read<'a>],
    pub(super) contract: &'a spec::Contract,
    pub(super) rule: &'static str,
    pub(super) violations: &'a mut Vec<Violation>,
}

/// A rule that looks at all files at once.
pub(super) struct Whole {
    pub(super) id: &'static str,
    pub(super) check: fn(&mut House<'_>),
}

pub(super) const RULES: &[Whole] = &[
    Whole { id: "unlisted-check", check: unlisted_check },
    Whole { id: "unlisted-faults", check: unlisted_faults },
    Whole { id: "requirement-without-check", check: without_check },
    Whole { id: "requirement-without-code", check: without_code },
    Whole { id: "requirement-without-history", check: without_history },
    Whole { id: "fault-without-plant", check: without_plant },
    Whole { id: "kill-matrix", check: kill_matrix },
];

impl<'a> House<'a> {
    fn read(&self, path: &str) -> Option<&'a Read<'a>> {
        self.files.iter().find(|it| it.file.path == path)
    }

    /// Rust files below a folder.
    fn below(&self, folder: &'static str) -> impl Iterator<Item = &'a Read<'a>> + use<'a> {
        self.files.iter().filter(move |it| it.file.path.starts_with(folder) && it.file.path.ends_with(".rs"))
    }

    /// Files of a folder that define a constant, with the names of their modules.
    fn rooms(&self, folder: &'static str, constant: &'static str) -> Vec<(&'a Read<'a>, &'a str)> {
        let defines = move |it: &&Read<'_>| {
            let words = it.tokens.windows(2);
            words
                .into_iter()
                .any(|it| ["const", "static"].contains(&it[0].text.as_str()) && it[1].text == constant)
        };
        let module = |it: &'a Read<'a>| {
            let name = it.file.path.strip_prefix(folder)?.strip_suffix(".rs")?;
            let name = name.strip_suffix("/mod").unwrap_or(name);
            (name != "mod" && !name.contains('/')).then_some((it, name))
        };
        self.below(folder).filter(defines).filter_map(module).collect()
    }

    fn put(&mut self, at: &'a Read<'a>, line: usize, message: String) {
        let (tokens, contract) = (at.tokens, self.contract);
        let violations = &mut *self.violations;
        Desk { file: at.file, tokens, contract, rule: self.rule, violations }.put(line, message);
    }

    /// The requirements of the catalogue.
    fn requirements(&self) -> Option<(&'a Read<'a>, Vec<Entry>)> {
        let read = self.read(REQUIREMENTS)?;
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

    /// What each check cites, for those that the list of checks has.
    fn cited(&self) -> Option<BTreeSet<&'a str>> {
        let listed = listed(self.read(&format!("{CHECKS}mod.rs"))?.tokens, "CHECK");
        let rooms = self.rooms(CHECKS, "CHECK").into_iter().filter(|(_, name)| listed.contains(name));
        Some(rooms.flat_map(|(read, _)| cites(read.tokens).map(|at| read.tokens[at].text.as_str())).collect())
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

/// Where the tokens `cites: &[…]` have their texts.
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

/// Modules whose constant a list names: `count::CHECK`.
fn listed<'a>(tokens: &'a [Token], constant: &str) -> BTreeSet<&'a str> {
    let named = (0..tokens.len()).filter(|at| is(tokens, at + 1, &[":", ":", constant]));
    named.map(|at| tokens[at].text.as_str()).collect()
}

/// Modules that a file declares.
fn declared(tokens: &[Token]) -> BTreeSet<&str> {
    tokens.windows(2).filter(|it| it[0].text == "mod").map(|it| it[1].text.as_str()).collect()
}

fn unlisted(house: &mut House<'_>, folder: &'static str, constant: &'static str, list: &str, element: &str) {
    let table = format!("{folder}mod.rs");
    let Some(read) = house.read(&table) else { return };
    let (declared, listed) = (declared(read.tokens), listed(read.tokens, constant));
    for (room, name) in house.rooms(folder, constant) {
        if !declared.contains(name) {
            house.put(
                room,
                1,
                format!("`{name}` is no module, so nothing builds it; add `mod {name};` to {table}"),
            );
        }
        if !listed.contains(name) {
            let element = element.replace('*', name);
            house.put(
                room,
                1,
                format!("`{name}` is not in `{list}`, so nothing asks it; add `{element}` in {table}"),
            );
        }
    }
}

/// Every check is asked.
fn unlisted_check(house: &mut House<'_>) {
    unlisted(house, CHECKS, "CHECK", "ALL", "&*::CHECK,");
}

/// Every room of faults is known.
fn unlisted_faults(house: &mut House<'_>) {
    unlisted(house, FAULTS, "FAULTS", "GROUPS", "*::FAULTS,");
}

/// Every requirement is cited by a check.
fn without_check(house: &mut House<'_>) {
    let (Some((read, entries)), Some(cited)) = (house.requirements(), house.cited()) else { return };
    for Entry { id, group, line, .. } in entries.iter().filter(|it| !cited.contains(it.id.as_str())) {
        let message = format!("no check cites `{id}`; add it to `cites` of one, as {CHECKS}{group}.rs");
        house.put(read, *line, message);
    }
}

/// A check that cites a requirement is about it somewhere: a rule, a case, a judgement.
fn without_code(house: &mut House<'_>) {
    let (Some((read, entries)), Some(cited)) = (house.requirements(), house.cited()) else { return };
    let mut named = BTreeSet::new();
    for it in house.below("conformance/src/").filter(|it| !it.file.path.ends_with("/tests.rs")) {
        let cites: BTreeSet<usize> = cites(it.tokens).collect();
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
        house.put(read, *line, message);
    }
}

/// Every requirement is judged without a server too.
fn without_history(house: &mut House<'_>) {
    let Some((read, entries)) = house.requirements() else { return };
    let texts: Vec<&str> = house.below(HISTORIES).map(|it| it.file.text.as_str()).collect();
    if texts.is_empty() {
        return;
    }
    for Entry { id, line, .. } in entries {
        if !texts.iter().any(|text| text.contains(&format!("\"{id}\""))) {
            let message = format!("no history breaks `{id}`; add one that does in {HISTORIES}");
            house.put(read, line, message);
        }
    }
}

/// Faults of a file with their lines.
fn ids(tokens: &[Token]) -> impl Iterator<Item = (&str, usize)> {
    let at = (0..tokens.len()).filter(|at| is(tokens, *at, &["id", ":"]));
    at.filter_map(|at| tokens.get(at + 2))
        .filter(|it| it.kind == Kind::Text)
        .map(|it| (it.text.as_str(), it.line))
}

/// Ids of the faults in a Rust text with their lines; none where it is not Rust.
pub(crate) fn fault_ids(text: &str) -> Vec<(String, usize)> {
    let tokens = tokens(text).unwrap_or_default();
    ids(&tokens).map(|(id, line)| (id.to_owned(), line)).collect()
}

/// A fault without anything planted is a correct server.
fn without_plant(house: &mut House<'_>) {
    for read in house.below(FAULTS) {
        // `plant: |_| {}`: empty braces are no token.
        let empty =
            |at: &usize| is(read.tokens, *at, &["plant", ":", "|"]) && is(read.tokens, at + 4, &["|", ","]);
        for at in (0..read.tokens.len()).filter(empty) {
            let id = ids(&read.tokens[..at]).last().map_or("a fault", |(id, _)| id);
            let message = format!("`{id}` plants nothing; write in its `plant` what makes the server wrong");
            house.put(read, read.tokens[at].line, message);
        }
    }
}

/// The matrix has every fault, and every fault of the matrix is there and caught.
fn kill_matrix(house: &mut House<'_>) {
    let renew = "`cargo xtask faults --write`";
    let Some(matrix) = house.read(MATRIX) else { return };
    let mut rows = BTreeMap::new();
    for (index, line) in matrix.file.text.lines().enumerate() {
        if let Some((id, rest)) = line.strip_prefix("| `").and_then(|it| it.split_once('`')) {
            rows.insert(id, (index + 1, rest.contains("**nothing**")));
        }
    }
    for read in house.below(FAULTS) {
        for (id, line) in ids(read.tokens) {
            match rows.remove(id) {
                None => house.put(read, line, format!("`{id}` has no row in {MATRIX}; {renew} adds it")),
                Some((row, true)) => {
                    let message = format!(
                        "nothing catches `{id}` yet; once `cargo xtask faults {id}` does, run {renew}"
                    );
                    house.put(matrix, row, message);
                }
                Some(_) => {}
            }
        }
    }
    for (id, (row, _)) in rows {
        house.put(matrix, row, format!("there is no fault `{id}` below {FAULTS}; {renew} takes the row out"));
    }
}

/// Names of these rules.
pub(super) fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}

/// Applies them.
pub(super) fn check(files: &[Read<'_>], contract: &spec::Contract, violations: &mut Vec<Violation>) {
    for rule in RULES {
        (rule.check)(&mut House { files, contract, rule: rule.id, violations });
    }
}
