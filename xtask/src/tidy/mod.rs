//! `cargo xtask tidy`: checks the invariants of ARCHITECTURE.md that the compiler does not.
//!
//! A rule examines one file or all files, as text, tokens, syntax or arrows between files, and each violation names its
//! line and a remedy. A justified exception is stated on the line or the one above it: `// tidy: RULE: why`. The order
//! of rooms has no exceptions, and a circle of files is justified only in a header.

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
mod words;
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
    /// The repository to check. Default: this one.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// Checks the repository and prints the violations.
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

/// A rule: its name and its check.
struct Rule {
    id: &'static str,
    check: Check,
}

enum Check {
    /// Examines each file by itself.
    Each(fn(&mut Checker<'_>)),
    /// Examines all files at once.
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
    each("private-word", words::private_word),
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

/// Returns the names of all rules.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}

/// Returns every violation in these files, by file and line.
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
