//! The root of the repository, paths as messages name them, and cargo as run in the repository.

use std::path::Path;
use std::process::Command;

use crate::Error;

pub use crate::root;

/// Returns a command for the cargo that runs this program, in the root of the repository.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Returns a path as messages name it: relative to the root, with forward slashes.
#[must_use]
pub fn name(path: &Path) -> String {
    let Ok(path) = path.strip_prefix(root()) else {
        return path.display().to_string().replace('\\', "/");
    };
    path.components().map(|step| step.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Reads the text of a file.
///
/// # Errors
/// The file can't be read.
pub fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::file(path))
}
