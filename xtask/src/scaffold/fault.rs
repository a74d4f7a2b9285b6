//! `cargo xtask new-fault`: adds a fault to its group and a row to the matrix; for a new group also a file and its
//! registration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::templates::{self, fill};
use super::{Change, Mistakes, apply, contract, kebab, known, matrix, module, rust};
use crate::tidy::fault_ids;
use crate::{Error, repo};

/// Command line of `cargo xtask new-fault`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The group of the fault: a file of sandbox/src/faults, or a new one with --about.
    #[arg(value_name = "GROUP")]
    pub group: String,
    /// The id of the fault, with the first word of others in the group: count-one-too-many.
    #[arg(value_name = "ID")]
    pub id: String,
    /// What is wrong, in one line without a period.
    #[arg(long, value_name = "LINE")]
    pub wrong: String,
    /// Requirements that a tester may correctly report for the fault.
    #[arg(long, value_name = "ID", value_delimiter = ',', required = true)]
    pub breaks: Vec<String>,
    /// What is needed to see the fault: concurrency, balance …
    #[arg(long, value_name = "NEED", value_delimiter = ',')]
    pub needs: Vec<String>,
    /// What a new group is about, in one line.
    #[arg(long, value_name = "LINE")]
    pub about: Option<String>,
    /// Show what would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The repository to change. Default: this one.
    #[arg(long, value_name = "DIR", hide = true)]
    pub root: Option<PathBuf>,
}

const MOD: &str = "sandbox/src/faults/mod.rs";
/// The file that defines the needs.
const NEEDS: &str = "sandbox/src/faults/fault.rs";

/// Writes everything that a new fault needs, and prints what is left to do.
///
/// # Errors
/// The request has mistakes, or a file is not in the form that the edit needs; nothing is written then.
pub fn run(args: &Args) -> Result<(), Error> {
    let root = args.root.clone().unwrap_or_else(crate::root);
    apply(&root, &changes(&root, args)?, args.dry_run)?;
    if !args.dry_run {
        print!("{}", fill(templates::AFTER_FAULT, &[("file", &file(&args.group)), ("id", &args.id)]));
        if args.about.is_some() {
            print!("{}", fill(templates::AFTER_GROUP, &[("group", &args.group)]));
        }
    }
    Ok(())
}

fn file(group: &str) -> String {
    format!("sandbox/src/faults/{group}.rs")
}

/// The existing groups, ids and needs.
struct Catalogue {
    /// Every group with its ids.
    rooms: Vec<(String, Vec<String>)>,
    /// Files in the folder that are not groups: tools.
    others: Vec<String>,
    /// Needs as the command line spells them, and as the code does.
    needs: Vec<(String, String)>,
}

impl Catalogue {
    fn of(root: &Path) -> Result<Self, Error> {
        let folder = root.join("sandbox/src/faults");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let name = entry.map_err(Error::file(&folder))?.file_name();
            names.extend(name.to_string_lossy().strip_suffix(".rs").map(str::to_owned));
        }
        names.sort();
        let (mut rooms, mut others) = (Vec::new(), Vec::new());
        for name in names {
            let path = file(&name);
            let text = repo::read(&root.join(&path))?;
            if rust::has(&path, &text, "FAULTS")? {
                let ids = fault_ids(&text).into_iter().map(|(id, _)| id).collect();
                rooms.push((name, ids));
            } else {
                others.push(name);
            }
        }
        let variants = rust::variants(NEEDS, &repo::read(&root.join(NEEDS))?, "Need")?;
        let needs = variants.into_iter().map(|it| (dashed(&it), it)).collect();
        Ok(Self { rooms, others, needs })
    }

    fn room(&self, group: &str) -> Option<&[String]> {
        self.rooms.iter().find(|(name, _)| name == group).map(|(_, ids)| ids.as_slice())
    }
}

/// Returns `RawHttp` as the command line spells it: `raw-http`.
fn dashed(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Returns the first word of an id.
fn start(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}

fn check(args: &Args, there: &Catalogue, contract: &spec::Contract) -> Result<(), Error> {
    let mut mistakes = Mistakes::default();
    let group = args.group.as_str();
    let room = there.room(group);
    let rooms = there.rooms.iter().map(|(name, _)| name.as_str());
    match (&args.about, room) {
        _ if there.others.iter().any(|it| it == group) || !module(group) => {
            mistakes.put(format!("`{group}` can't be a group; take a word of small letters that is free"));
        }
        (None, None) => {
            let near = known(group, rooms);
            mistakes.put(format!("there is no group `{group}`, and --about would make one; {near}"));
        }
        (Some(_), Some(_)) => {
            mistakes.put(format!("{} says already what it is about; leave --about out", file(group)));
        }
        (Some(about), None) => mistakes.line("--about", about),
        (None, Some(_)) => {}
    }
    let id = args.id.as_str();
    let starts: BTreeSet<&str> = room.unwrap_or_default().iter().map(|it| start(it)).chain([group]).collect();
    if !kebab(id, char::is_ascii_lowercase) || !id.contains('-') {
        mistakes.put(format!("`{id}` is no id; write words of small letters, joined by dashes"));
    } else if !starts.contains(start(id)) {
        let starts = starts.iter().map(|it| format!("`{it}-`")).collect::<Vec<_>>().join(", ");
        mistakes.put(format!("`{id}` does not tell its group; start it with one of {starts}"));
    }
    if let Some((other, _)) = there.rooms.iter().find(|(_, ids)| ids.iter().any(|it| it == id)) {
        mistakes.put(format!("`{id}` stands in {} already; take another id", file(other)));
    }
    mistakes.line("--wrong", &args.wrong);
    if args.wrong.ends_with('.') {
        mistakes.put("--wrong is no sentence; leave the period out");
    }
    if args.wrong.contains('|') {
        mistakes.put("--wrong stands in a table; write it without `|`");
    }
    let ids = contract.catalogue.requirements.iter().map(|it| it.id.as_str());
    for (at, id) in args.breaks.iter().enumerate() {
        if contract.catalogue.ambiguity(id).is_some() {
            mistakes.put(format!("--breaks {id}: an open question, which no server can break; leave it out"));
        } else if contract.catalogue.requirement(id).is_none() {
            let near = known(id, ids.clone());
            mistakes.put(format!("--breaks {id}: not in spec/requirements.yaml; {near}"));
        }
        if args.breaks[..at].contains(id) {
            mistakes.put(format!("--breaks {id}: stands twice; leave one out"));
        }
    }
    for (at, need) in args.needs.iter().enumerate() {
        if !there.needs.iter().any(|(name, _)| name == need) {
            let near = known(need, there.needs.iter().map(|(name, _)| name.as_str()));
            mistakes.put(format!("--needs {need}: not a `Need` of {NEEDS}; {near}"));
        }
        if args.needs[..at].contains(need) {
            mistakes.put(format!("--needs {need}: stands twice; leave one out"));
        }
    }
    mistakes.none()
}

/// Returns everything that changes for a new fault.
///
/// # Errors
/// The request has mistakes, or a file is not in the form that the edit needs.
pub fn changes(root: &Path, args: &Args) -> Result<Vec<Change>, Error> {
    let there = Catalogue::of(root)?;
    check(args, &there, &contract(root)?)?;
    let (group, path) = (args.group.as_str(), file(&args.group));
    let list = |items: Vec<String>| items.join(", ");
    let needs = args.needs.iter().filter_map(|need| there.needs.iter().find(|(name, _)| name == need));
    let record = fill(
        templates::FAULT,
        &[
            ("id", &args.id),
            ("wrong", &format!("{:?}", args.wrong)),
            ("breaks", &list(args.breaks.iter().map(|id| format!("\"{id}\"")).collect())),
            ("needs", &list(needs.map(|(_, name)| format!("Need::{name}")).collect())),
        ],
    );
    let edit = |text: &str| {
        let text = rust::push(&path, text, "FAULTS", &record)?;
        let needed = !args.needs.is_empty();
        let text = if needed { rust::import_beside(&path, &text, "Fault", "Need")? } else { text };
        rust::format(root, &path, &text)
    };
    let mut changes = Vec::new();
    if there.room(group).is_some() {
        changes.push(Change::of(root, &path, edit)?);
    } else {
        let about = args.about.as_deref().unwrap_or_default();
        let about = if about.ends_with('.') { about.to_owned() } else { format!("{about}.") };
        let room = fill(templates::FAULTS, &[("about", &about), ("group", group)]);
        changes.push(Change { path: path.clone(), old: None, new: edit(&room)? });
        changes.push(Change::of(root, MOD, |text| {
            let text = rust::push(MOD, text, "GROUPS", &format!("{group}::FAULTS"))?;
            rust::format(root, MOD, &rust::declare(MOD, &text, &format!("mod {group};"))?)
        })?);
    }
    changes.push(Change::of(root, matrix::PATH, |text| matrix::add(text, group, &args.id, &args.wrong))?);
    Ok(changes)
}
