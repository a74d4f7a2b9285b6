//! Which requirements a change of the contract touches, for `--changed-since`.

use std::io;
use std::path::Path;
use std::process::Command;

use spec::Problems;
use spec::diff::Revision;

/// The two files of a contract, from the root of its repository.
const FILES: [&str; 2] = ["spec/openapi.yaml", "spec/requirements.yaml"];

/// Why there is no revision to compare with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinceError {
    /// A revision of the contract can't be read; every mistake with its place.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// Git would take it for an option, or for nothing at all.
    #[error("--changed-since {0}: neither a path nor a git revision")]
    NoRevision(String),
    /// Git can't be asked.
    #[error("--changed-since {revision}: git can't be started: {source}")]
    Git {
        /// What was asked for.
        revision: String,
        /// Why git could not be started.
        source: io::Error,
    },
    /// Git knows no such revision, or that has no contract.
    #[error("--changed-since {revision}: neither a path nor a git revision with {file} ({said})")]
    NotThere {
        /// What was asked for.
        revision: String,
        /// The file of the contract.
        file: &'static str,
        /// What git says.
        said: String,
    },
    /// A file of the revision is not text.
    #[error("--changed-since {revision}: {file} is not UTF-8")]
    NotText {
        /// What was asked for.
        revision: String,
        /// The file of the contract.
        file: &'static str,
        /// Where it is not.
        source: std::string::FromUtf8Error,
    },
}

/// Ids that differ between a revision and the contract in use (`current`, or the built-in one). The revision is a file, a
/// folder with `openapi.yaml`, or anything that git calls a revision.
///
/// # Errors
/// There is no such revision, or it can't be read.
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

/// A file of the repository as it was at a revision.
fn show(revision: &str, file: &'static str) -> Result<String, SinceError> {
    // What git would take for an option is no revision.
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

/// What a run tells of it.
#[must_use]
pub(crate) fn note(revision: &str, ids: &[String], first: usize, cases: usize) -> String {
    if ids.is_empty() {
        return format!(
            "since {revision}: nothing that a requirement speaks of has changed; the plan keeps its order"
        );
    }
    format!("since {revision}, first {first} of {cases} cases: {}", ids.join(", "))
}
