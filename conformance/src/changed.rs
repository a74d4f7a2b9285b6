//! Which requirements a change of the contract touches, for `--changed-since`.

use std::path::Path;
use std::process::Command;

use spec::Contract;

/// Ids that differ between a revision and the contract at hand; the revision is a file, a folder with `openapi.yaml`, or
/// anything that git calls a revision.
///
/// # Errors
/// There is no such revision, or its contract does not load.
pub fn since(revision: &str, contract: &Contract) -> Result<Vec<String>, String> {
    let path = Path::new(revision);
    let base = if path.is_dir() {
        spec::from_paths(&path.join("openapi.yaml"), None).map_err(|error| error.to_string())?
    } else if path.is_file() {
        spec::from_paths(path, None).map_err(|error| error.to_string())?
    } else {
        let openapi = show(revision, "spec/openapi.yaml")?;
        let requirements = show(revision, "spec/requirements.yaml")?;
        let name = |file: &str| format!("{revision}:{file}");
        spec::from_texts((&name("spec/openapi.yaml"), &openapi), (&name("spec/requirements.yaml"), &requirements))
            .map_err(|error| error.to_string())?
    };
    Ok(spec::diff::touched_requirements(&base, contract).into_iter().collect())
}

fn show(revision: &str, file: &str) -> Result<String, String> {
    let output = Command::new("git")
        .args(["show", &format!("{revision}:{file}")])
        .output()
        .map_err(|error| format!("--changed-since {revision}: git can't be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("--changed-since {revision}: neither a file nor a revision with {file} ({})", said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{revision}:{file} is not UTF-8"))
}
