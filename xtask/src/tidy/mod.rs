//! `cargo xtask tidy`: holds the invariants of ARCHITECTURE.md that no compiler knows.
//!
//! A rule looks at one file or at all of them, as text, tokens, syntax or arrows between files, and each violation names
//! its line and the way out. Where an exception is right, the line (or the one above it) says so: `// tidy: RULE: why`.
//! The order of rooms has no exceptions, and a circle of files has one in its header only.

mod architecture;
mod circles;
mod crates;
mod dependencies;
mod errors;
mod files;
mod ids;
mod imports;
mod places;
mod rooms;
mod rules;
mod texts;
mod tokens;
mod workspace;

use std::path::PathBuf;

use spec::Contract;

use crate::Error;
pub use files::{File, files};
pub(crate) use places::fault_ids;
pub use workspace::Violation;
use workspace::{Checker, Parsed, Workspace};

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

/// A rule: its name, and what it looks at.
struct Rule {
    id: &'static str,
    check: Check,
}

enum Check {
    /// Each file for itself.
    Each(fn(&mut Checker<'_>)),
    /// All files at once.
    All(fn(&mut Workspace<'_>)),
}

const fn each(id: &'static str, check: fn(&mut Checker<'_>)) -> Rule {
    Rule { id, check: Check::Each(check) }
}

const fn all(id: &'static str, check: fn(&mut Workspace<'_>)) -> Rule {
    Rule { id, check: Check::All(check) }
}

const RULES: &[Rule] = &[
    each("not-rust", texts::not_rust),
    each("contract-status", rules::contract_status),
    each("contract-word", rules::contract_word),
    each("network", rules::network),
    each("pure-room", rules::pure_room),
    each("printable-secret", rules::printable_secret),
    each("string-error", errors::string_error),
    each("error-text", errors::error_text),
    each("requirement-id", ids::requirement_id),
    each("arrow", crates::arrow),
    each("shared-lints", crates::shared_lints),
    each("one-reqwest", crates::one_reqwest),
    each("module-doc", texts::module_doc),
    each("long-file", texts::long_file),
    each("allow-attribute", texts::allow_attribute),
    each("machine-path", texts::machine_path),
    each("pending-snapshot", texts::pending_snapshot),
    all("room-order", rooms::order),
    all("circle", circles::none),
    all("unreached-file", architecture::unreached_file),
    all("loose-files", architecture::loose_files),
    all("unnamed-room", architecture::unnamed_room),
    all("dead-path", architecture::dead_path),
    all("unused-dependency", dependencies::unused),
    all("unlisted-check", places::unlisted_check),
    all("unlisted-faults", places::unlisted_faults),
    all("requirement-without-check", places::without_check),
    all("requirement-without-code", places::without_code),
    all("requirement-without-history", places::without_history),
    all("fault-without-plant", places::without_plant),
    all("kill-matrix", places::kill_matrix),
];

/// Names of all rules.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}

/// Every violation in these files, by file and line.
#[must_use]
pub fn check(files: &[File], contract: &Contract) -> Vec<Violation> {
    let files: Vec<Parsed<'_>> = files.iter().map(Parsed::new).collect();
    let mut violations = Vec::new();
    for Rule { id: rule, check } in RULES {
        match check {
            Check::Each(check) => {
                for parsed in &files {
                    check(&mut Checker { parsed, contract, rule, violations: &mut violations });
                }
            }
            Check::All(check) => {
                check(&mut Workspace { files: &files, contract, rule, violations: &mut violations });
            }
        }
    }
    violations.sort();
    violations.dedup();
    violations
}
