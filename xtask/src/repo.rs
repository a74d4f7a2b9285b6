//! Where the repository stands, how its files are called in messages, and the cargo that works in it.

use std::path::Path;
use std::process::Command;

use crate::Error;

pub use crate::root;

/// The cargo that runs this program, at work in this repository.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// A path as messages name it: from the root, with forward slashes.
#[must_use]
pub fn name(path: &Path) -> String {
    let Ok(path) = path.strip_prefix(root()) else {
        return path.display().to_string().replace('\\', "/");
    };
    path.components().map(|step| step.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The text of a file.
///
/// # Errors
/// It can't be read.
pub fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::file(path))
}
