//! A run's recording while it goes on: each order is written before it is sent and each answer when it comes, one line a
//! record, handed to the operating system at once. So what was sent is known also of a process that was killed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Header, Line};

/// The footer of a recording is looked for in so many bytes at its end.
const LONGEST_FOOTER: u64 = 4 << 20;

/// Where a journal is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this file, which may hold a recording that came to its end.
    Named(PathBuf),
    /// In a file of this name, or of this name with a number: the first that is not there, or holds one that came to its end.
    New(PathBuf),
}

/// Why a journal can't be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be opened.
    #[error("the journal {} can't be opened: {source}; --journal FILE names another place, --no-journal does without", path.display())]
    Open {
        /// File.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file may be the only recording of a run.
    #[error(
        "{} is no recording that came to its end, or another run writes to it, so it is not replaced: judge it or move it \
         away, or name another file with --journal", .0.display()
    )]
    Taken(PathBuf),
    /// A line can't be written.
    #[error("the journal {} can't be written: {source}; nothing more was sent", path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A journal, or none; clones write to the same file.
#[derive(Debug, Clone, Default)]
pub struct Journal(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    place: Place,
    file: Mutex<Option<(File, PathBuf)>>,
    cases: AtomicU64,
    /// What went wrong, first of all; from then on nothing is written.
    trouble: OnceLock<Arc<JournalError>>,
}

impl Inner {
    fn file(&self) -> MutexGuard<'_, Option<(File, PathBuf)>> {
        // A panic elsewhere leaves a whole line or a broken one behind, and a reader takes both.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// None: nothing is written.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// One in this place; no file is touched yet.
    #[must_use]
    pub fn at(place: Place) -> Self {
        let (file, cases) = (Mutex::new(None), AtomicU64::new(0));
        Self(Some(Arc::new(Inner { place, file, cases, trouble: OnceLock::new() })))
    }

    /// Whether anything is written.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Where it is to be.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.as_ref().map(|it| &it.place)
    }

    /// Opens the file and writes the header.
    ///
    /// # Errors
    /// The file can't be opened or written, or holds something that must not be lost.
    pub fn start(&self, header: &Header) -> Result<(), Arc<JournalError>> {
        let Some(inner) = &self.0 else { return Ok(()) };
        *inner.file() = Some(open(&inner.place)?);
        self.write(|| Line::Header(Box::new(header.clone())))
    }

    /// A number for one more case.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.as_ref().map_or(0, |it| it.cases.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes a line and hands it to the operating system. After one that can't be written there are no more: what is to be
    /// sent must not be.
    ///
    /// # Errors
    /// This line or an earlier one can't be written.
    pub fn write(&self, line: impl FnOnce() -> Line) -> Result<(), Arc<JournalError>> {
        let Some(inner) = &self.0 else { return Ok(()) };
        // Words are found before the lock is taken, which all workers want.
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

    /// What went wrong with it so far.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<JournalError>> {
        self.0.as_ref()?.trouble.get().cloned()
    }

    /// The file, once it is open.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.0.as_ref()?.file().as_ref().map(|(_, path)| path.clone())
    }

    /// Whether somebody named the file, so that it stays.
    #[must_use]
    pub fn is_named(&self) -> bool {
        matches!(self.place(), Some(Place::Named(_)))
    }

    /// Removes the file: everything in it stands elsewhere.
    ///
    /// # Errors
    /// The file system's.
    pub fn remove(&self) -> io::Result<()> {
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

/// The first of `journal.ndjson`, `journal-2.ndjson`, … that is not there yet, or whose run came to its end.
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

/// Keeps other runs from taking a journal for one that may be replaced; without locks they look at how it ends, as ever.
fn lock(file: &File) {
    _ = file.lock();
}

/// An emptied file in place of one that no run writes to and that is a recording which came to its end, or is empty and may be.
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

/// Whether the last line of a file is a footer.
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
        // Three runs at once, of which the first comes to its end and the second is killed.
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
