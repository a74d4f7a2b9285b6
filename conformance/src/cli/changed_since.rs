//! Which requirements a change of the contract touches, for `--changed-since`.

use std::path::Path;
use std::process::Command;

use spec::diff::Revision;

/// The two files of a contract, from the root of its repository.
const FILES: [&str; 2] = ["spec/openapi.yaml", "spec/requirements.yaml"];

/// Ids that differ between a revision and the contract in use (`current`, or the built-in one). The revision is a file, a
/// folder with `openapi.yaml`, or anything that git calls a revision.
///
/// # Errors
/// There is no such revision, or it can't be read.
pub fn since(revision: &str, current: Option<&Path>) -> Result<Vec<String>, String> {
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
    let (base, new) = (base.map_err(|it| it.to_string())?, new.map_err(|it| it.to_string())?);
    Ok(spec::diff::touched_requirements(&base, &new).into_iter().collect())
}

fn show(revision: &str, file: &str) -> Result<String, String> {
    let said = |what: &str| format!("--changed-since {revision}: {what}");
    // What git would take for an option is no revision.
    if revision.starts_with('-') || revision.is_empty() {
        return Err(said("neither a path nor a git revision"));
    }
    let output = Command::new("git")
        .args(["show", "--no-textconv", &format!("{revision}:{file}")])
        .output()
        .map_err(|error| said(&format!("git can't be started: {error}")))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let text = text.trim().trim_start_matches("fatal: ").trim_end_matches('.');
        return Err(said(&format!("neither a path nor a git revision with {file} ({text})")));
    }
    String::from_utf8(output.stdout).map_err(|_| said(&format!("{file} is not UTF-8")))
}

/// What a run tells of it.
#[must_use]
pub fn note(revision: &str, ids: &[String], first: usize, cases: usize) -> String {
    if ids.is_empty() {
        return format!(
            "since {revision}: nothing that a requirement speaks of has changed; the plan keeps its order"
        );
    }
    format!("since {revision}, first {first} of {cases} cases: {}", ids.join(", "))
}
