//! The file of a store: that one process has it, and that it is still there.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// A database's file that this process has for itself.
#[derive(Debug)]
pub(super) struct OwnFile {
    path: PathBuf,
    /// Which files these were when the database was opened: the database and its journal.
    known: Vec<(PathBuf, Option<Identity>)>,
    /// Holds the lock for as long as it lives.
    _lock: File,
}

/// What tells a file from another one under the same name.
type Identity = (u64, u64);

impl OwnFile {
    /// Takes the file; the database may not be there yet.
    ///
    /// # Errors
    /// Another process has it, or the folder can't be written.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        // However the file is called, its lock is the same.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let beside = suffixed(&path, ".lock");
        let failed = |error| StoreError::Lock { path: beside.clone(), error };
        let options = File::options().read(true).write(true).create(true).truncate(false).open(&beside);
        let mut lock = options.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = lock.read_to_string(&mut pid);
                let pid = Some(pid.trim().to_owned()).filter(|it| !it.is_empty());
                return Err(StoreError::InUse { pid });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // For a person who wonders who has it; the lock holds without.
        let _ = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self { path, known: Vec::new(), _lock: lock })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Notes which files the database consists of, once it is open and has been written.
    pub(super) fn remember(&mut self) {
        let files = [self.path.clone(), suffixed(&self.path, "-wal")];
        self.known = files.into_iter().map(|path| (path.clone(), identity(&path))).collect();
    }

    /// Whether what is written still ends up in the files that bear the database's name.
    pub(super) fn is_there(&self) -> bool {
        self.known.iter().all(|(path, known)| known.is_none() || identity(path) == *known)
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}
