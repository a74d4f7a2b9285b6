//! `cargo xtask new-check`: adds a requirement, its check, its citation in the document and the generated files.

use std::path::{Path, PathBuf};

use spec::{Need, OperationId};

use super::templates::{self, fill};
use super::{Change, Mistakes, OPENAPI, REQUIREMENTS, apply, contract, kebab, known, module, rust, yaml};
use crate::{Error, codegen, repo};

/// Command line of `cargo xtask new-check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The check that cites the requirement: an existing module of conformance/src/checks, or a new one.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The id of the requirement, as COUNT-HIGH.
    #[arg(long, value_name = "ID")]
    pub requirement: String,
    /// What a conforming server does, in one sentence.
    #[arg(long, value_name = "SENTENCE")]
    pub statement: String,
    /// Where the requirement is stated.
    #[arg(long, value_parser = ["page", "companion", "http", "revision"])]
    pub source: String,
    /// The sentence behind the requirement, word for word as in spec/pages; without one, breaking it only warns.
    #[arg(long, value_name = "SENTENCE")]
    pub quote: Option<String>,
    /// What the requirement is about.
    #[arg(long, value_parser = ["accept", "refuse", "money", "answer", "state"], default_value = "answer")]
    pub kind: String,
    /// How severe it is to break the requirement.
    #[arg(long, value_parser = ["money", "safety", "refusal", "answer", "detail"], default_value = "answer")]
    pub severity: String,
    /// Whom the requirement binds.
    #[arg(long, value_parser = ["documented", "companion", "provisional", "revision"])]
    pub level: String,
    /// What a check needs of the target; the head of spec/requirements.yaml lists the needs.
    #[arg(long, value_name = "NEED", value_delimiter = ',')]
    pub needs: Vec<String>,
    /// The operation of spec/openapi.yaml that cites the requirement.
    #[arg(long, value_name = "OPERATION", default_value = "buyBulk")]
    pub operation: String,
    /// Show what would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The repository to change. Default: this one.
    #[arg(long, value_name = "DIR", hide = true)]
    pub root: Option<PathBuf>,
}

const FOLDER: &str = "conformance/src/checks";
const MOD: &str = "conformance/src/checks/mod.rs";

/// Writes everything that a new requirement needs, and prints what is left to do.
///
/// # Errors
/// The request has mistakes, or a file is not in the form that the edit needs; nothing is written then.
pub fn run(args: &Args) -> Result<(), Error> {
    let root = args.root.clone().unwrap_or_else(crate::root);
    let room = Room::of(&root, &args.name)?;
    apply(&root, &changes(&root, args)?, args.dry_run)?;
    if !args.dry_run {
        let values = [("file", room.path.as_str()), ("id", &args.requirement)];
        print!("{}", fill(templates::AFTER_CHECK, &values));
    }
    Ok(())
}

/// The file of a check.
struct Room {
    path: String,
    /// The text of the file, or `None` if it does not exist.
    text: Option<String>,
}

impl Room {
    fn of(root: &Path, name: &str) -> Result<Self, Error> {
        let alone = format!("{FOLDER}/{name}.rs");
        for path in [&alone, &format!("{FOLDER}/{name}/mod.rs")] {
            if root.join(path).exists() {
                return Ok(Self { path: path.clone(), text: Some(repo::read(&root.join(path))?) });
            }
        }
        Ok(Self { path: alone, text: None })
    }
}

/// Returns the operation with a name; `buy-bulk` is `buyBulk`.
fn operation(name: &str) -> Option<OperationId> {
    let plain = |it: &str| it.replace('-', "").to_lowercase();
    OperationId::ALL.into_iter().find(|it| plain(it.name()) == plain(name))
}

fn check(args: &Args, room: &Room, contract: &spec::Contract) -> Result<(), Error> {
    let mut mistakes = Mistakes::default();
    let (name, id) = (args.name.as_str(), args.requirement.as_str());
    let helper = match &room.text {
        Some(text) => !rust::has(&room.path, text, "CHECK")?,
        None => false,
    };
    if helper || name == "mod" || !module(name) {
        mistakes.put(format!("`{name}` can't be a check; take a word of small letters that is free"));
    }
    if !kebab(id, char::is_ascii_uppercase) || !id.contains('-') {
        mistakes.put(format!("--requirement {id}: no id; write words of capitals, joined by dashes"));
    } else if id.starts_with("AMB-") {
        mistakes.put(format!("--requirement {id}: AMB- is for open questions, which are written by hand"));
    }
    if contract.catalogue.knows(id) {
        let statement = contract.catalogue.statement(id);
        mistakes.put(format!("--requirement {id}: there is one ({statement}); take another id"));
    }
    mistakes.line("--statement", &args.statement);
    if !args.statement.ends_with('.')
        || !args.statement.starts_with(|it: char| it.is_uppercase() || it == '{')
    {
        mistakes.put("--statement is a sentence; begin it with a capital and end it with a period");
    }
    if let Some(text) = &args.quote {
        mistakes.line("--quote", text);
        let quote = serde_json::from_value::<spec::Quote>(serde_json::json!({ args.source.as_str(): text }));
        if !quote.is_ok_and(|quote| quote.address().is_some()) {
            mistakes.put(format!(
                "--quote: not on the page of --source {}; spec/pages has the texts",
                args.source
            ));
        }
    }
    for (at, need) in args.needs.iter().enumerate() {
        match Need::try_from(need.clone()) {
            Err(_) => {
                mistakes.put(format!("--needs {need}: not known; the head of {REQUIREMENTS} lists them"))
            }
            Ok(Need::Role(role)) if !contract.roles.all.contains(&role) => {
                let near = known(&role, contract.roles.all.iter().map(String::as_str));
                mistakes.put(format!("--needs {need}: no role of the contract; {near}"));
            }
            Ok(_) if args.needs[..at].contains(need) => {
                mistakes.put(format!("--needs {need}: stands twice; leave one out"));
            }
            Ok(_) => {}
        }
    }
    if operation(&args.operation).is_none() {
        let near = known(&args.operation, OperationId::ALL.iter().map(|it| it.name()));
        mistakes.put(format!("--operation {}: not in {OPENAPI}; {near}", args.operation));
    }
    mistakes.none()
}

/// Returns the entry for spec/requirements.yaml.
fn entry(args: &Args) -> String {
    let needs: Vec<String> = args.needs.iter().map(|it| yaml::item(it)).collect();
    let quoted = |text: &String| format!("\n      - {}: {}", args.source, yaml::quoted(text));
    let quotes = args.quote.as_ref().map_or(" []".to_owned(), quoted);
    let mut entry = fill(
        templates::REQUIREMENT,
        &[
            ("id", &args.requirement),
            ("group", &args.name),
            ("kind", &args.kind),
            ("severity", &args.severity),
            ("statement", &yaml::scalar(&args.statement)),
            ("source", &args.source),
            ("quotes", &quotes),
            ("level", &args.level),
            ("needs", &needs.join(", ")),
        ],
    );
    // A requirement that needs a key of exactly one role is about that role.
    let roles: Vec<&str> = args.needs.iter().filter_map(|it| it.strip_prefix("role:")).collect();
    if let [role] = roles[..] {
        entry += &format!("    role: {role}\n");
    }
    entry
}

/// Returns everything that changes for a new requirement, including the generated files, since the document cites it.
///
/// # Errors
/// The request has mistakes, or a file is not in the form that the edit needs.
pub fn changes(root: &Path, args: &Args) -> Result<Vec<Change>, Error> {
    let room = Room::of(root, &args.name)?;
    let before = contract(root)?;
    check(args, &room, &before)?;
    let (name, id) = (args.name.as_str(), args.requirement.as_str());
    let mut changes = Vec::new();
    if room.text.is_some() {
        changes.push(Change::of(root, &room.path, |text| {
            let text = rust::push_field(&room.path, text, "CHECK", "cites", &format!("\"{id}\""))?;
            rust::format(root, &room.path, &text)
        })?);
    } else {
        // Limits in braces are replaced by numbers in reports; the module header keeps their names.
        let about = args.statement.replace(['{', '}'], "`");
        let about = rust::comment("//!", &about);
        let text = fill(templates::CHECK, &[("about", &about), ("name", name), ("id", id)]);
        let new = rust::format(root, &room.path, &text)?;
        changes.push(Change { path: room.path.clone(), old: None, new });
        changes.push(Change::of(root, MOD, |text| {
            let text = rust::push(MOD, text, "ALL", &format!("&{name}::CHECK"))?;
            rust::format(root, MOD, &rust::declare(MOD, &text, &format!("pub mod {name};"))?)
        })?);
    }
    let requirements =
        Change::of(root, REQUIREMENTS, |text| yaml::add_requirement(text, name, &entry(args)))?;
    let openapi = Change::of(root, OPENAPI, |text| match operation(&args.operation) {
        Some(it) => yaml::cite(text, before.operation(it), id),
        None => Err(Error::Internal(format!("no operation {}", args.operation))),
    })?;
    // Loading the contract shows whether the edits are correct.
    let after = spec::from_texts((OPENAPI, &openapi.new), (REQUIREMENTS, &requirements.new))?;
    changes.extend([requirements, openapi]);
    for generated in codegen::files(&after)? {
        let path = format!("generated/{}", repo::name(&generated.path));
        changes.push(Change::of(root, &path, |_| Ok(generated.text))?);
    }
    Ok(changes)
}
