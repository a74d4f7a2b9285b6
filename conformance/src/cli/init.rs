//! `init`: writes starter files for the repository of an API. Existing files are left unchanged.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A starter file: its path, its content, and its purpose.
struct Start {
    path: &'static str,
    text: &'static str,
    what: &'static str,
}

/// The files that `init` writes.
const STARTS: [Start; 3] = [
    Start {
        path: "conformance.toml",
        text: include_str!("../../init/conformance.toml"),
        what: "the flags of every run; `--config conformance.toml` reads them",
    },
    Start {
        path: "accounts.example.toml",
        text: include_str!("../../accounts.example.toml"),
        what: "the keys and ids that there are; copy it to accounts.toml and fill it in",
    },
    Start {
        path: ".github/workflows/conformance.yml",
        text: include_str!("../../init/workflow.yml"),
        what: "a run for each pull request; its head says what to fill in",
    },
];

/// A starter file can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {source}", path.display())]
pub(crate) struct InitError {
    path: PathBuf,
    source: io::Error,
}

/// Writes into a directory each file that does not exist yet, and returns a line about each.
///
/// # Errors
/// Returns an error if a file can't be written.
pub(crate) fn init(folder: &Path) -> Result<String, InitError> {
    let mut said = String::new();
    for Start { path, text, what } in STARTS {
        let path = folder.join(path);
        let wrote = write_new(&path, text).map_err(|source| InitError { path: path.clone(), source })?;
        _ = match wrote {
            true => writeln!(said, "wrote {}: {what}", path.display()),
            false => writeln!(said, "kept {}: it is there already", path.display()),
        };
    }
    Ok(said)
}

/// Writes a file unless its path exists; returns true if it was written.
fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
