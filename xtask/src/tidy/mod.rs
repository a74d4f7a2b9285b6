//! `cargo xtask tidy`: holds the invariants of ARCHITECTURE.md that no compiler knows.
//!
//! A rule looks at files as text and tokens, and each violation names its line and the way out. Where an exception is
//! right, the line (or the one above it) says so: `// tidy: RULE: why`.

mod crates;
mod places;
mod rules;
mod source;
mod texts;

use std::fmt;
use std::path::{Path, PathBuf};

use spec::Contract;

use crate::Error;
use places::Read;
pub(crate) use places::fault_ids;
use source::{Token, tokens};

/// Command line of `cargo xtask tidy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The repository to look at. Default: this one.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// Looks and prints what it finds.
///
/// # Errors
/// A file can't be read, or there are violations.
pub fn run(args: &Args) -> Result<(), Error> {
    let root = args.root.clone().unwrap_or_else(crate::root);
    let violations = check(&files(&root)?, &spec::embedded()?);
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => Err(Error::Failed(format!("{count} violation(s) of the invariants"))),
    }
}

/// One file of the repository.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root, with forward slashes.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// One line that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// Name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} [{}]", self.path, self.line, self.message, self.rule)
    }
}

/// A rule: its name, and what it says of one file.
struct Rule {
    id: &'static str,
    check: fn(&mut Desk<'_>),
}

const RULES: &[Rule] = &[
    Rule { id: "contract-status", check: rules::contract_status },
    Rule { id: "contract-word", check: rules::contract_word },
    Rule { id: "network", check: rules::network },
    Rule { id: "pure-room", check: rules::pure_room },
    Rule { id: "printable-secret", check: rules::printable_secret },
    Rule { id: "arrow", check: crates::arrow },
    Rule { id: "shared-lints", check: crates::shared_lints },
    Rule { id: "one-reqwest", check: crates::one_reqwest },
    Rule { id: "module-doc", check: texts::module_doc },
    Rule { id: "long-file", check: texts::long_file },
    Rule { id: "allow-attribute", check: texts::allow_attribute },
    Rule { id: "machine-path", check: texts::machine_path },
    Rule { id: "pending-snapshot", check: texts::pending_snapshot },
];

/// Names of all rules.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id).chain(places::rules())
}

/// Every violation in these files, in their order.
#[must_use]
pub fn check(files: &[File], contract: &Contract) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let tokens = if file.path.ends_with(".rs") { tokens(&file.text) } else { Ok(Vec::new()) };
        let tokens = tokens.unwrap_or_else(|line| {
            let message = "not Rust: it can't be read token by token".to_owned();
            violations.push(Violation { path: file.path.clone(), line, rule: "module-doc", message });
            Vec::new()
        });
        for rule in RULES {
            let mut desk =
                Desk { file, tokens: &tokens, contract, rule: rule.id, violations: &mut violations };
            (rule.check)(&mut desk);
        }
        all.push(tokens);
    }
    let read: Vec<Read<'_>> = files.iter().zip(&all).map(|(file, tokens)| Read { file, tokens }).collect();
    places::check(&read, contract, &mut violations);
    violations.sort();
    violations.dedup();
    violations
}

/// What a rule reads, and where it writes.
struct Desk<'a> {
    file: &'a File,
    /// Tokens of a Rust file outside its tests.
    tokens: &'a [Token],
    contract: &'a Contract,
    rule: &'static str,
    violations: &'a mut Vec<Violation>,
}

impl Desk<'_> {
    fn put(&mut self, line: usize, message: impl Into<String>) {
        let excuse = format!("tidy: {}: ", self.rule);
        let excused = |line: usize| {
            let text = line.checked_sub(1).and_then(|at| self.file.text.lines().nth(at)).unwrap_or_default();
            text.split_once(&excuse).is_some_and(|(_, why)| !why.trim().is_empty())
        };
        if !excused(line) && !excused(line.saturating_sub(1)) {
            let message = message.into();
            self.violations.push(Violation { path: self.file.path.clone(), line, rule: self.rule, message });
        }
    }

    /// Whether the file is Rust that ships, in one of these folders.
    fn ships_in(&self, folders: &[&str]) -> bool {
        let path = &self.file.path;
        path.ends_with(".rs")
            && folders.iter().any(|folder| path.starts_with(folder))
            && !path.split('/').any(|step| step == "tests" || step == "tests.rs")
    }
}

/// Every text file of a repository, in order; what is built or fetched is left out.
///
/// # Errors
/// A file can't be read.
pub fn files(root: &Path) -> Result<Vec<File>, Error> {
    const SKIPPED: [&str; 5] = [".git", "target", "reports", "mutants.out", "node_modules"];
    let mut found = Vec::new();
    let mut queue = vec![root.to_path_buf()];
    while let Some(folder) = queue.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let entry = entry.map_err(Error::file(&folder))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().map_err(Error::file(&path))?;
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                queue.push(path);
            } else if kind.is_file()
                // What is not UTF-8 is no text of ours.
                && let Ok(text) = String::from_utf8(std::fs::read(&path).map_err(Error::file(&path))?)
            {
                let steps = path.strip_prefix(root).unwrap_or(&path).components();
                let steps: Vec<_> =
                    steps.map(|step| step.as_os_str().to_string_lossy().into_owned()).collect();
                found.push(File { path: steps.join("/"), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
