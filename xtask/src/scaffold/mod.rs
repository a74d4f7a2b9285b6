//! `cargo xtask new-check` and `cargo xtask new-fault`: write everything that a new check or fault needs.
//!
//! Both check the whole request first: all mistakes are reported at once, and nothing is written if there is one. What
//! only a person can write (what to send, what to judge, what to plant) is left open in a form that `cargo xtask tidy`
//! finds and names; see `tidy/places.rs`.

pub mod check;
pub mod fault;
mod matrix;
mod rust;
mod templates;
mod yaml;

use std::path::Path;

use similar::TextDiff;

use crate::{Error, repo};

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path from the root of the repository, with forward slashes.
    pub path: String,
    /// The present text, or `None` if the file does not exist.
    pub old: Option<String>,
    /// The new text.
    pub new: String,
}

impl Change {
    /// Edits an existing file.
    fn of(root: &Path, path: &str, edit: impl FnOnce(&str) -> Result<String, Error>) -> Result<Self, Error> {
        let old = repo::read(&root.join(path))?;
        Ok(Self { path: path.to_owned(), new: edit(&old)?, old: Some(old) })
    }

    /// Returns the change as a diff.
    fn diff(&self) -> String {
        let old = self.old.as_deref().unwrap_or_default();
        let from = if self.old.is_some() { self.path.as_str() } else { "(a new file)" };
        TextDiff::from_lines(old, &self.new)
            .unified_diff()
            .context_radius(1)
            .header(from, &self.path)
            .to_string()
    }
}

/// Writes the changes and names each file, or only shows them if `dry` is set.
fn apply(root: &Path, changes: &[Change], dry: bool) -> Result<(), Error> {
    for change in changes.iter().filter(|it| it.old.as_ref() != Some(&it.new)) {
        if dry {
            print!("{}", change.diff());
            continue;
        }
        let path = root.join(&change.path);
        std::fs::write(&path, &change.new).map_err(Error::file(&path))?;
        println!("wrote {}", change.path);
    }
    if dry {
        println!("\nnothing is written; without --dry-run it is");
    }
    Ok(())
}

/// All mistakes of a request.
#[derive(Debug, Default)]
struct Mistakes(Vec<String>);

impl Mistakes {
    fn put(&mut self, message: impl Into<String>) {
        self.0.push(message.into());
    }

    /// Succeeds if there are no mistakes.
    fn none(self) -> Result<(), Error> {
        match self.0.len() {
            0 => Ok(()),
            count => Err(Error::Usage(format!(
                "nothing is written, for {count} mistake(s):\n  - {}",
                self.0.join("\n  - ")
            ))),
        }
    }

    /// Requires a text to be one line without spaces around it, since it goes into tables and comments.
    fn line(&mut self, flag: &str, text: &str) {
        if text.trim() != text || text.is_empty() || text.contains(['\n', '\r']) {
            self.put(format!("{flag} {text:?}: write one line, with no spaces around it"));
        }
    }
}

/// Returns the known names, or the one that was probably meant.
fn known<'a>(word: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = names.clone().min_by_key(|it| strsim::osa_distance(it, word));
    match nearest.filter(|it| strsim::osa_distance(it, word) <= 3) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    }
}

/// Returns true if a text consists of words of these letters, joined by dashes.
fn kebab(text: &str, letter: fn(&char) -> bool) -> bool {
    text.split('-').all(|word| !word.is_empty() && word.chars().all(|it| letter(&it)))
}

/// Returns true if a text can name a module: lower-case words that are not keywords.
fn module(text: &str) -> bool {
    kebab(text, char::is_ascii_lowercase) && syn::parse_str::<syn::Ident>(text).is_ok()
}

/// Loads the contract of a repository.
fn contract(root: &Path) -> Result<spec::Contract, Error> {
    let read = |name| repo::read(&root.join(name));
    Ok(spec::from_texts((OPENAPI, &read(OPENAPI)?), (REQUIREMENTS, &read(REQUIREMENTS)?))?)
}

const OPENAPI: &str = "spec/openapi.yaml";
const REQUIREMENTS: &str = "spec/requirements.yaml";
