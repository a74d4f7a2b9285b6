//! Finds the requirements that a change of the contract touches, for `--changed-since`.

use std::io;
use std::path::Path;
use std::process::Command;

use spec::Problems;
use spec::diff::Revision;

/// The two files of a contract, relative to the root of its repository.
const FILES: [&str; 2] = ["spec/openapi.yaml", "spec/requirements.yaml"];

/// Why the contract can't be compared with a revision.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinceError {
    /// A revision of the contract is invalid; lists every mistake with its position.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// The text is empty, or git would take it for an option.
    #[error("--changed-since {0}: neither a path nor a git revision")]
    NoRevision(String),
    /// Git can't be started.
    #[error("--changed-since {revision}: git can't be started: {source}")]
    Git {
        /// The value of the flag.
        revision: String,
        /// The cause.
        source: io::Error,
    },
    /// Git knows no such revision, or the revision has no contract.
    #[error("--changed-since {revision}: neither a path nor a git revision with {file} ({said})")]
    NotThere {
        /// The value of the flag.
        revision: String,
        /// The file of the contract.
        file: &'static str,
        /// The message of git.
        said: String,
    },
    /// A file of the revision is not text.
    #[error("--changed-since {revision}: {file} is not UTF-8")]
    NotText {
        /// The value of the flag.
        revision: String,
        /// The file of the contract.
        file: &'static str,
        /// The position of the first invalid byte.
        source: std::string::FromUtf8Error,
    },
}

/// Returns the ids that differ between a revision and the contract in use (`current`, or the built-in one). The
/// revision is a file, a directory with `openapi.yaml`, or a revision that git can resolve.
///
/// # Errors
/// Returns an error if there is no such revision, or one of the two contracts can't be read.
pub(crate) fn since(revision: &str, current: Option<&Path>) -> Result<Vec<String>, SinceError> {
    let path = Path::new(revision);
    let base = if path.is_dir() {
        Revision::from_path(&path.join("openapi.yaml"))
    } else if path.is_file() {
        Revision::from_path(path)
    } else {
        let names = FILES.map(|file| format!("{revision}:{file}"));
        let texts = (show(revision, FILES[0])?, show(revision, FILES[1])?);
        Revision::from_texts((&names[0], &texts.0), (&names[1], &texts.1))
    };
    let new = current.map_or_else(Revision::embedded, Revision::from_path);
    Ok(spec::diff::touched_requirements(&base?, &new?).into_iter().collect())
}

/// Returns the content of a file of the repository at a revision.
fn show(revision: &str, file: &'static str) -> Result<String, SinceError> {
    // Git would take such a text for an option, so it is not passed on.
    if revision.starts_with('-') || revision.is_empty() {
        return Err(SinceError::NoRevision(revision.to_owned()));
    }
    let output = Command::new("git")
        .args(["show", "--no-textconv", &format!("{revision}:{file}")])
        .output()
        .map_err(|source| SinceError::Git { revision: revision.to_owned(), source })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("fatal: ").trim_end_matches('.').to_owned();
        return Err(SinceError::NotThere { revision: revision.to_owned(), file, said });
    }
    String::from_utf8(output.stdout).map_err(|source| SinceError::NotText {
        revision: revision.to_owned(),
        file,
        source,
    })
}

/// Returns the line that a run prints about the comparison.
#[must_use]
pub(crate) fn note(revision: &str, ids: &[String], first: usize, cases: usize) -> String {
    if ids.is_empty() {
        return format!(
            "since {revision}: nothing that a requirement speaks of has changed; the plan keeps its order"
        );
    }
    format!("since {revision}, first {first} of {cases} cases: {}", ids.join(", "))
}
