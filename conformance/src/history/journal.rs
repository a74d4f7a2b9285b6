//! The recording of a run while it goes on. Each order is written before it is sent and each answer when it arrives,
//! one record per line, and each line is handed to the operating system at once. So the orders that were sent are
//! known even if the process is killed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Header, Line};

/// How many bytes at the end of a recording are searched for its footer.
const LONGEST_FOOTER: u64 = 4 << 20;

/// Where a journal is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this file, which may already hold a complete recording.
    Named(PathBuf),
    /// In a file of this name, or of this name with a number: the first that does not exist or holds a complete
    /// recording.
    New(PathBuf),
}

/// The reasons why a journal can't be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be opened.
    #[error("the journal {} can't be opened: {source}; --journal FILE names another place, --no-journal does without", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file may be the only recording of a run, so it is not replaced.
    #[error(
        "{} is no recording that came to its end, or another run writes to it, so it is not replaced: judge it or move it \
         away, or name another file with --journal", .0.display()
    )]
    Taken(PathBuf),
    /// A line can't be written.
    #[error("the journal {} can't be written: {source}; nothing more was sent", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// A journal, which may be switched off. Clones write to the same file.
#[derive(Debug, Clone, Default)]
pub struct Journal(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    place: Place,
    file: Mutex<Option<(File, PathBuf)>>,
    cases: AtomicU64,
    /// The first error; once it is set, nothing more is written.
    trouble: OnceLock<Arc<JournalError>>,
}

impl Inner {
    fn file(&self) -> MutexGuard<'_, Option<(File, PathBuf)>> {
        // After a panic elsewhere the last line is either whole or broken, and a reader accepts both.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Returns a journal that writes nothing.
    #[must_use]
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Returns a journal for this place, without touching any file yet.
    #[must_use]
    pub(crate) fn at(place: Place) -> Self {
        let (file, cases) = (Mutex::new(None), AtomicU64::new(0));
        Self(Some(Arc::new(Inner { place, file, cases, trouble: OnceLock::new() })))
    }

    /// Returns true if the journal is switched on.
    #[must_use]
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the place where the journal is written; `None` if it is switched off.
    #[must_use]
    pub(crate) fn place(&self) -> Option<&Place> {
        self.0.as_ref().map(|it| &it.place)
    }

    /// Opens the file and writes the header.
    ///
    /// # Errors
    /// Returns an error if the file can't be opened or written, or if it holds a recording that must not be lost.
    pub(crate) fn start(&self, header: &Header) -> Result<(), Arc<JournalError>> {
        let Some(inner) = &self.0 else { return Ok(()) };
        *inner.file() = Some(open(&inner.place)?);
        self.write(|| Line::Header(Box::new(header.clone())))
    }

    /// Returns a new case number.
    #[must_use]
    pub(crate) fn number(&self) -> u64 {
        self.0.as_ref().map_or(0, |it| it.cases.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes a line and hands it to the operating system. After the first line that can't be written, every call
    /// fails, so the caller must not send what it wanted to record.
    ///
    /// # Errors
    /// Returns an error if this line or an earlier one can't be written.
    pub(crate) fn write(&self, line: impl FnOnce() -> Line) -> Result<(), Arc<JournalError>> {
        let Some(inner) = &self.0 else { return Ok(()) };
        // The text is made before the lock is taken, since all workers share the lock.
        let text = line().text().map_err(io::Error::from);
        let mut guard = inner.file();
        if let Some(error) = inner.trouble.get() {
            return Err(error.clone());
        }
        let Some((file, path)) = guard.as_mut() else { return Ok(()) };
        let written = text.and_then(|text| file.write_all(text.as_bytes()));
        written.map_err(|source| {
            let error = Arc::new(JournalError::Write { path: path.clone(), source });
            inner.trouble.get_or_init(|| error).clone()
        })
    }

    /// Returns the first error, if there was one.
    #[must_use]
    pub(crate) fn trouble(&self) -> Option<Arc<JournalError>> {
        self.0.as_ref()?.trouble.get().cloned()
    }

    /// Returns the path of the file, once it is open.
    #[must_use]
    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.0.as_ref()?.file().as_ref().map(|(_, path)| path.clone())
    }

    /// Returns true if the user named the file, in which case it is kept.
    #[must_use]
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.place(), Some(Place::Named(_)))
    }

    /// Removes the file, for a caller that has recorded everything in it elsewhere.
    ///
    /// # Errors
    /// Returns an error if the file system does.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let taken = self.0.as_ref().and_then(|it| it.file().take());
        taken.map_or(Ok(()), |(_, path)| fs::remove_file(path))
    }
}

fn open(place: &Place) -> Result<(File, PathBuf), JournalError> {
    let (Place::Named(path) | Place::New(path)) = place;
    let failed = |source| JournalError::Open { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    match place {
        Place::New(path) => new(path).map_err(failed),
        Place::Named(path) if path.is_file() => {
            let file = replaced(path, true).map_err(failed)?;
            Ok((file.ok_or_else(|| JournalError::Taken(path.clone()))?, path.clone()))
        }
        Place::Named(path) => {
            let file = OpenOptions::new().append(true).create(true).open(path).map_err(failed)?;
            lock(&file);
            Ok((file, path.clone()))
        }
    }
}

/// Opens the first of `journal.ndjson`, `journal-2.ndjson`, … that does not exist yet or holds a complete recording.
fn new(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".ndjson").unwrap_or(&name);
    for number in 1_u32.. {
        let name = if number == 1 { name.clone() } else { format!("{stem}-{number}.ndjson") };
        let path = path.with_file_name(name);
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => {
                let file = opened?;
                lock(&file);
                return Ok((file, path));
            }
        }
        if let Some(file) = replaced(&path, false)? {
            return Ok((file, path));
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Locks a journal, so that no other run replaces it. Where locks don't work, other runs still look at how the file
/// ends.
fn lock(file: &File) {
    _ = file.lock();
}

/// Empties a file and returns it if no run is writing to it and it holds a complete recording, or is empty where that
/// is allowed. Returns `None` otherwise.
fn replaced(path: &Path, may_be_empty: bool) -> io::Result<Option<File>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Ok(None);
    }
    let length = file.metadata()?.len();
    if !(ends_with_a_footer(&mut file, length)? || length == 0 && may_be_empty) {
        return Ok(None);
    }
    file.set_len(0)?;
    Ok(Some(file))
}

/// Returns true if the last line of a file is a footer.
fn ends_with_a_footer(file: &mut File, length: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_FOOTER)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let last = tail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(matches!(serde_json::from_slice(last), Ok(Line::Footer(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{End, Footer};

    fn footer() -> Line {
        Line::Footer(Footer::new(End::Complete, 1))
    }

    fn opened(place: Place) -> Result<(), String> {
        open(&place).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_recording_that_breaks_off_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/journal.ndjson");
        let named = || Place::Named(path.clone());
        opened(named()).unwrap();
        opened(named()).unwrap();
        fs::write(&path, "{\"renamed\":").unwrap();
        assert!(opened(named()).unwrap_err().contains("is not replaced"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"renamed\":");
        fs::write(&path, format!("x\n{}", footer().text().unwrap())).unwrap();
        opened(named()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_new_file_leaves_those_alone_that_are_not_at_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part-1.journal.ndjson");
        let next = || {
            let (file, path) = new(&path).unwrap();
            (file, path.file_name().unwrap().to_string_lossy().into_owned())
        };
        // Three runs at the same time: the first completes, and the second is killed.
        let (mut first, second, third) = (next(), next(), next());
        let names = [&first.1, &second.1, &third.1];
        assert_eq!(names, ["part-1.journal.ndjson", "part-1.journal-2.ndjson", "part-1.journal-3.ndjson"]);
        first.0.write_all(footer().text().unwrap().as_bytes()).unwrap();
        assert_eq!(next().1, "part-1.journal-4.ndjson", "it may write a line yet");
        drop((first, second));
        assert_eq!(next().1, "part-1.journal.ndjson");
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_journal_that_is_written_to_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.ndjson");
        let (mut file, _) = open(&Place::Named(path.clone())).unwrap();
        file.write_all(footer().text().unwrap().as_bytes()).unwrap();
        assert!(opened(Place::Named(path.clone())).unwrap_err().contains("another run writes to it"));
        drop(file);
        opened(Place::Named(path)).unwrap();
    }

    #[test]
    fn nothing_is_written_after_a_line_that_could_not_be() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let journal = Journal::at(Place::Named(full.to_owned()));
        let Some(inner) = &journal.0 else { panic!() };
        *inner.file() = Some(open(&inner.place).unwrap());
        let error = journal.write(footer).unwrap_err().to_string();
        assert!(error.starts_with("the journal /dev/full can't be written: "), "{error}");
        let mut file = tempfile::tempfile().unwrap();
        *inner.file() = Some((file.try_clone().unwrap(), full.to_owned()));
        assert_eq!(journal.write(footer).unwrap_err().to_string(), error);
        assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), 0);
        assert!(journal.trouble().is_some());
    }

    #[test]
    fn no_journal_takes_everything() {
        let journal = Journal::none();
        journal.write(|| panic!("nobody asks for the line")).unwrap();
        assert_eq!((journal.path(), journal.number()), (None, 0));
        journal.remove().unwrap();
    }
}
