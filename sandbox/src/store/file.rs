//! Locks the file of a store for one process, and checks that the file is still in place.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// A database file that this process has locked.
#[derive(Debug)]
pub(super) struct OwnFile {
    path: PathBuf,
    /// The identities of the database and its write-ahead log when the database was opened.
    known: Vec<(PathBuf, Option<Identity>)>,
    /// The lock file, which stays locked as long as this value lives.
    _lock: File,
}

/// What distinguishes a file from another one with the same name: device and inode (on Unix).
type Identity = (u64, u64);

impl OwnFile {
    /// Locks the file; the database need not exist yet.
    ///
    /// # Errors
    /// Returns an error if another process holds the lock, or the lock file can't be opened.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        // The canonical path makes every name of the file share one lock.
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
        // The process id is only information for a person; the lock does not depend on it.
        let _ = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self { path, known: Vec::new(), _lock: lock })
    }

    /// Returns the file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Records the identities of the database's files, once the database is open and has been written.
    pub(super) fn remember(&mut self) {
        let files = [self.path.clone(), suffixed(&self.path, "-wal")];
        self.known = files.into_iter().map(|path| (path.clone(), identity(&path))).collect();
    }

    /// Returns true if writes still go to the files with the database's name.
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
