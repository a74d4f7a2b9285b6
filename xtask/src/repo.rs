//! Where the repository stands, and how its files are called in messages.

use std::path::Path;

use crate::Error;

pub use crate::root;

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
