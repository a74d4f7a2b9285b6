//! What a rule reads, and how it reports: one file, or the workspace as a whole.

use std::fmt;

use spec::Contract;

use super::File;
use super::tokens::{Token, tokens};

/// One line that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Path of the file.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// Name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The places that together cause the violation, one per line; mostly empty.
    pub details: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} [{}]", self.path, self.line, self.message, self.rule)?;
        self.details.iter().try_for_each(|detail| write!(f, "\n    {detail}"))
    }
}

/// A file and what was parsed from it.
pub(super) struct Parsed<'a> {
    pub(super) file: &'a File,
    /// Tokens of a Rust file outside its tests; empty for other files.
    pub(super) tokens: Vec<Token>,
    /// The syntax tree of a Rust file.
    pub(super) syntax: Option<syn::File>,
    /// Line and message of the error in a `.rs` file that is not Rust.
    pub(super) unreadable: Option<(usize, String)>,
}

impl<'a> Parsed<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        let mut parsed = Self { file, tokens: Vec::new(), syntax: None, unreadable: None };
        if file.path.ends_with(".rs") {
            let tokens = tokens(&file.text);
            let syntax = syn::parse_file(&file.text);
            match (tokens, syntax) {
                (Ok(tokens), Ok(syntax)) => (parsed.tokens, parsed.syntax) = (tokens, Some(syntax)),
                (_, Err(error)) => {
                    parsed.unreadable = Some((error.span().start().line, error.to_string()));
                }
                (Err(line), _) => parsed.unreadable = Some((line, "no tokens".to_owned())),
            }
        }
        parsed
    }

    /// The path.
    pub(super) fn path(&self) -> &'a str {
        &self.file.path
    }

    /// Returns true if the file is generated: rules about style do not apply to it then.
    pub(super) fn is_generated(&self) -> bool {
        self.file.text.lines().take(5).any(|line| line.contains("@generated"))
    }

    /// Returns true if the file is Rust that ships: in the `src` of a crate, and not in tests.
    pub(super) fn ships(&self) -> bool {
        let path = self.path();
        // A crate is a folder, or a folder within that of the crate that it belongs to.
        let in_sources = path.split('/').skip(1).take(2).any(|step| step == "src");
        in_sources
            && path.ends_with(".rs")
            && !path.split('/').any(|step| step == "tests" || step == "tests.rs")
    }

    /// Returns true if the file ships and is in one of these folders.
    pub(super) fn ships_in(&self, folders: &[&str]) -> bool {
        self.ships() && folders.iter().any(|folder| self.path().starts_with(folder))
    }
}

/// One file, for a rule about single files.
pub(super) struct Checker<'a> {
    pub(super) parsed: &'a Parsed<'a>,
    pub(super) contract: &'a Contract,
    pub(super) rule: &'static str,
    pub(super) violations: &'a mut Vec<Violation>,
}

impl<'a> Checker<'a> {
    pub(super) fn path(&self) -> &'a str {
        self.parsed.path()
    }

    pub(super) fn text(&self) -> &'a str {
        &self.parsed.file.text
    }

    pub(super) fn tokens(&self) -> &'a [Token] {
        &self.parsed.tokens
    }

    /// Reports a line, unless it or the one above contains `tidy: RULE: why`.
    pub(super) fn put(&mut self, line: usize, message: impl Into<String>) {
        let exception = format!("tidy: {}: ", self.rule);
        let excused = |line: usize| {
            let text = line.checked_sub(1).and_then(|at| self.text().lines().nth(at)).unwrap_or_default();
            text.split_once(&exception).is_some_and(|(_, why)| !why.trim().is_empty())
        };
        if !excused(line) && !excused(line.saturating_sub(1)) {
            self.violations.push(Violation {
                path: self.path().to_owned(),
                line,
                rule: self.rule,
                message: message.into(),
                details: Vec::new(),
            });
        }
    }
}

/// The whole repository, for a rule about several files.
pub(super) struct Workspace<'a> {
    pub(super) files: &'a [Parsed<'a>],
    pub(super) contract: &'a Contract,
    pub(super) rule: &'static str,
    pub(super) violations: &'a mut Vec<Violation>,
}

impl<'a> Workspace<'a> {
    /// Returns the file with a path.
    pub(super) fn file(&self, path: &str) -> Option<&'a Parsed<'a>> {
        self.files.iter().find(|it| it.path() == path)
    }

    /// Returns the Rust files below a folder.
    pub(super) fn below<'f>(&self, folder: &'f str) -> impl Iterator<Item = &'a Parsed<'a>> + use<'a, 'f> {
        self.files.iter().filter(move |it| it.path().starts_with(folder) && it.path().ends_with(".rs"))
    }

    /// Returns the Rust files of a crate, given its folder, without those of a crate within it.
    pub(super) fn of_crate<'f>(&self, folder: &'f str) -> impl Iterator<Item = &'a Parsed<'a>> + use<'a, 'f> {
        let files = self.files;
        let manifests = files.iter().filter_map(|it| it.path().strip_suffix("Cargo.toml"));
        let within: Vec<&str> =
            manifests.filter(|it| it.trim_end_matches('/') != folder && is_below(it, folder)).collect();
        files.iter().filter(move |it| {
            let path = it.path();
            path.ends_with(".rs")
                && is_below(path, folder)
                && !within.iter().any(|other| path.starts_with(other))
        })
    }

    /// Reports a line that an exception may allow.
    pub(super) fn put(&mut self, at: &'a Parsed<'a>, line: usize, message: impl Into<String>) {
        let (contract, rule, violations) = (self.contract, self.rule, &mut *self.violations);
        Checker { parsed: at, contract, rule, violations }.put(line, message);
    }

    /// Reports a line that no exception allows.
    pub(super) fn insist(&mut self, path: &str, line: usize, message: String, details: Vec<String>) {
        self.violations.push(Violation { path: path.to_owned(), line, rule: self.rule, message, details });
    }
}

/// Returns true if a path is below a folder, which is given without a trailing slash.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
