//! Which requirements a change of the contract touches, for `--changed-since`.

use std::path::Path;
use std::process::Command;

use spec::diff::Revision;

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
        let (openapi, requirements) = ("spec/openapi.yaml", "spec/requirements.yaml");
        let name = |file: &str| format!("{revision}:{file}");
        let texts = (show(revision, openapi)?, show(revision, requirements)?);
        Revision::from_texts((&name(openapi), &texts.0), (&name(requirements), &texts.1))
    };
    let new = current.map_or_else(Revision::embedded, Revision::from_path);
    let (base, new) = (base.map_err(|it| it.to_string())?, new.map_err(|it| it.to_string())?);
    Ok(spec::diff::touched_requirements(&base, &new).into_iter().collect())
}

fn show(revision: &str, file: &str) -> Result<String, String> {
    let output = Command::new("git")
        .args(["show", &format!("{revision}:{file}")])
        .output()
        .map_err(|error| format!("--changed-since {revision}: git can't be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "--changed-since {revision}: neither a file nor a revision with {file} ({})",
            said.trim()
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{revision}:{file} is not UTF-8"))
}
