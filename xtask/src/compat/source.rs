//! Reads a revision from a folder, a file or a commit.

use std::path::{Path, PathBuf};
use std::process::Command;

use spec::diff::Revision;

use super::openapi_in;
use crate::{Error, repo};

/// Reads a revision from a folder, a file or a git revision; a name that exists as a path is read as one. A file
/// without a `requirements.yaml` beside it is judged with the one in spec/.
///
/// # Errors
/// The revision can't be read, or is not an OpenAPI document.
pub fn load(name: &str) -> Result<Revision, Error> {
    // The path is tried as given, then relative to the root: `cargo xtask` may run in any folder of the repository.
    for path in [PathBuf::from(name), repo::root().join(name)] {
        let openapi = openapi_in(&path);
        if path.is_dir() && !openapi.is_file() {
            return Err(Error::Usage(format!("the folder `{name}` has no openapi.yaml; name one that has")));
        }
        if path.exists() {
            return from_path(&openapi).and_then(usable);
        }
    }
    // The message of git would mislead for a name that was meant as a path.
    if name.starts_with(['/', '.']) || [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
        return Err(Error::Usage(format!("there is no file or folder `{name}`")));
    }
    from_commit(&repo::root(), name).and_then(usable)
}

/// Reads the blessed revision with the highest version.
///
/// # Errors
/// There is none, or it can't be read.
pub fn newest_blessed() -> Result<Revision, Error> {
    let folder = repo::root().join("spec/blessed");
    let numbers = |name: &str| name.split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok();
    let entries = std::fs::read_dir(&folder).map_err(Error::file(&folder))?;
    let newest = entries
        .flatten()
        .filter_map(|entry| Some((numbers(&entry.file_name().to_string_lossy())?, entry.path())))
        .max();
    match newest {
        Some((_, path)) => from_path(&openapi_in(&path)),
        None => {
            Err(Error::Usage("spec/blessed has no revision such as 1.0.0; give one with --base".to_owned()))
        }
    }
}

/// Refuses YAML that is not an OpenAPI document: compared with it, everything would count as removed.
fn usable(revision: Revision) -> Result<Revision, Error> {
    let file = &revision.openapi.file;
    if revision.openapi.at("/openapi").is_string() {
        Ok(revision)
    } else {
        Err(Error::Usage(format!("{file} is no OpenAPI document: it has no `openapi: 3.…`")))
    }
}

fn from_path(openapi: &Path) -> Result<Revision, Error> {
    let beside = openapi.with_file_name("requirements.yaml");
    let requirements = if beside.is_file() { beside } else { repo::root().join("spec/requirements.yaml") };
    let (texts, names) = (
        (repo::read(openapi)?, repo::read(&requirements)?),
        (repo::name(openapi), repo::name(&requirements)),
    );
    Ok(Revision::from_texts((&names.0, &texts.0), (&names.1, &texts.1))?)
}

/// Reads a revision from a commit of the repository in `root`.
///
/// # Errors
/// There is no such commit, or it has no contract in spec/.
pub fn from_commit(root: &Path, revision: &str) -> Result<Revision, Error> {
    // A name that git would take for an option is not a revision.
    if revision.starts_with('-') || revision.is_empty() {
        return Err(Error::Usage(format!("`{revision}` is neither a path nor a git revision")));
    }
    let show = |file: &str| -> Result<String, Error> {
        let object = format!("{revision}:{file}");
        let output = Command::new("git")
            .args(["show", "--no-textconv", &object])
            .current_dir(root)
            .output()
            .map_err(|error| Error::Usage(format!("git can't be started: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::Usage(format!(
                "`{revision}` is neither a path nor a git revision with {file} ({})",
                said.trim().trim_start_matches("fatal: ").trim_end_matches('.')
            )));
        }
        String::from_utf8(output.stdout).map_err(|_| Error::Usage(format!("{object} is not UTF-8")))
    };
    let (openapi, requirements) = ("spec/openapi.yaml", "spec/requirements.yaml");
    let names = (format!("{revision}:{openapi}"), format!("{revision}:{requirements}"));
    let texts = (show(openapi)?, show(requirements)?);
    Ok(Revision::from_texts((&names.0, &texts.0), (&names.1, &texts.1))?)
}
