//! Files that are whole or not there: a report that breaks off would be taken for a short one.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write {}: {source}", path.display())]
pub struct WriteError {
    /// Which.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) source: io::Error,
}

/// Writes a file whole or not at all; makes its directory where it is missing.
///
/// # Errors
/// The directory or the file can't be written.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    let mut file = beside(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Makes sure that a file can be written later on; makes its directory, and leaves the file alone.
///
/// # Errors
/// It can't: its directory can't be made or written, or a directory stands in its place.
pub(crate) fn writable(path: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(failed(io::Error::other("it is a directory")));
    }
    beside(path).map(drop).map_err(failed)
}

/// A file in the same directory that is gone unless it is put in its place.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".report-");
    // As any file is created: what the user's mask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_whole_or_absent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/report.json");
        whole(&path, b"one").unwrap();
        whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left behind: {names:?}");
        writable(&dir.path().join("later/report.json")).unwrap();
        assert_eq!(fs::read_dir(dir.path().join("later")).unwrap().count(), 0, "only a look");
        let message = writable(&dir.path().join("later")).unwrap_err().to_string();
        assert!(message.ends_with("later: it is a directory"), "{message}");
        let below = path.join("c");
        let message = whole(&below, b"three").unwrap_err().to_string();
        assert!(message.starts_with(&format!("can't write {}: ", below.display())), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }
}
