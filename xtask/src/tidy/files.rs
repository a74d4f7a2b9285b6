//! Reads the files of a repository: everything that is written by hand or committed, and nothing that is built or
//! fetched.

use std::path::Path;

use crate::Error;

/// Folders that are skipped, by their full paths, so that a source folder may have any name.
const SKIPPED: [&str; 8] = [
    ".git",
    "conformance/tests/html/node_modules",
    "mutants.out",
    "mutants.out.old",
    "node_modules",
    "reports",
    "sandbox/tests/console/node_modules",
    "target",
];

/// One file of the repository.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the root, with forward slashes.
    pub path: String,
    /// The text; empty for a file that is not text, such as an image.
    pub text: String,
}

/// Reads every file of a repository, sorted by path.
///
/// # Errors
/// A folder or a file can't be read.
pub fn files(root: &Path) -> Result<Vec<File>, Error> {
    let mut found = Vec::new();
    let mut queue = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = queue.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let entry = entry.map_err(Error::file(&folder))?;
            let on_disk = entry.path();
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(Error::file(&on_disk))?;
            if kind.is_dir() && !SKIPPED.contains(&path.as_str()) {
                queue.push((on_disk, format!("{path}/")));
            } else if kind.is_file() {
                let bytes = std::fs::read(&on_disk).map_err(Error::file(&on_disk))?;
                found.push(File { path, text: String::from_utf8(bytes).unwrap_or_default() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
