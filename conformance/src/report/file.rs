//! Files that are whole or not there: a report that breaks off would be taken for a short one. What a run has found may have
//! cost money, so that what can't be written where it belongs is kept elsewhere.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::spool::Contents;

/// A file that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write {}: {source}{}", path.display(), elsewhere(.kept.as_deref()))]
pub struct WriteError {
    /// Which.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) source: io::Error,
    /// Where it is kept instead.
    pub(crate) kept: Option<PathBuf>,
}

fn elsewhere(kept: Option<&Path>) -> String {
    kept.map(|path| format!("; it is kept as {}", path.display())).unwrap_or_default()
}

/// The path that stands for standard output.
const STDOUT: &str = "-";

/// What standard output is called among files.
const STDOUT_FILES: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Links that lead to links are followed this far, as the system does.
const MOST_LINKS: usize = 40;

/// How long a pipe with a name waits for its reader.
const LONGEST_OPENING: Duration = Duration::from_secs(10);

/// Whether a path stands for standard output.
#[must_use]
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT) || STDOUT_FILES.iter().any(|it| path == Path::new(it))
}

/// What is at a path, once links are followed.
enum Place {
    /// Standard output.
    Stdout,
    /// A file, or nothing yet.
    File(PathBuf),
    /// What is written to and can't be replaced: a device, a pipe, an open file of this process.
    Stream,
}

/// Writes a file whole or not at all; makes its directory where it is missing. What can't be replaced (a device, a pipe, a
/// file that is mounted by itself or has other names) is written in place; a link stays, and what it names is written.
///
/// # Errors
/// The directory or the file can't be written.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    whole_of(path, &bytes)
}

/// As [`whole`], of what need not be in memory.
fn whole_of(path: &Path, contents: &dyn Contents) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    match place(path).map_err(failed)? {
        Place::Stdout => to_stdout(contents),
        Place::Stream => to_stream(path, contents),
        Place::File(file) => to_file(&file, contents),
    }
    .map_err(failed)
}

/// Makes sure that a file can be written later on; makes its directory, and leaves the file alone.
///
/// # Errors
/// It can't: its directory can't be made or written, or a directory stands in its place.
pub(crate) fn writable(path: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    let tried = match place(path).map_err(failed)? {
        Place::Stdout => Ok(()),
        // Whoever reads a pipe would take a look for its end.
        Place::Stream if is_pipe(path) => Ok(()),
        Place::Stream => OpenOptions::new().append(true).open(path).map(drop),
        Place::File(file) if file.is_dir() => Err(io::Error::other("it is a directory")),
        Place::File(file) if file.is_file() => {
            beside(&file).map(drop).or_else(|_| OpenOptions::new().append(true).open(&file).map(drop))
        }
        Place::File(file) => beside(&file).map(drop),
    };
    tried.map_err(failed)
}

/// A folder for what can't be written where it belongs, made once it is needed.
#[derive(Debug, Default)]
pub(crate) struct Refuge(Option<PathBuf>);

impl Refuge {
    /// Writes a file as [`whole`]; where that fails, keeps it elsewhere under a name of its own, and the error says where.
    ///
    /// # Errors
    /// The file can't be written where it belongs.
    pub(crate) fn whole(&mut self, path: &Path, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.whole_of(path, name, &bytes)
    }

    /// As [`Refuge::whole`], of what need not be in memory.
    ///
    /// # Errors
    /// The file can't be written where it belongs.
    pub(crate) fn whole_of(
        &mut self,
        path: &Path,
        name: &str,
        contents: &dyn Contents,
    ) -> Result<(), WriteError> {
        whole_of(path, contents).map_err(|error| WriteError { kept: self.keep(name, contents), ..error })
    }

    fn keep(&mut self, name: &str, contents: &dyn Contents) -> Option<PathBuf> {
        let folders = [Some(std::env::temp_dir()), state_folder()].into_iter().flatten();
        let made = folders.filter_map(|it| {
            fs::create_dir_all(&it).ok()?;
            tempfile::Builder::new().prefix("conformance-").tempdir_in(it).ok().map(tempfile::TempDir::keep)
        });
        for folder in self.0.clone().into_iter().chain(made) {
            let file = folder.join(name);
            if fs::File::create(&file).and_then(|mut it| contents.write_to(&mut it)).is_ok() {
                self.0 = Some(folder);
                return Some(file);
            }
        }
        None
    }
}

/// Where programs keep what they don't want to lose (XDG base directories).
fn state_folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|it| it.join(".local/state")));
    state.map(|it| it.join("conformance"))
}

fn place(path: &Path) -> io::Result<Place> {
    if is_stdout(path) {
        return Ok(Place::Stdout);
    }
    let open = ["/dev/stderr", "/dev/fd", "/proc"].iter().any(|it| path.starts_with(it));
    if let Ok(there) = fs::metadata(path) {
        let replaced = !open && (there.is_file() || there.is_dir());
        return Ok(if replaced { Place::File(path.canonicalize()?) } else { Place::Stream });
    }
    // Nothing is there, but a link may be, to where the file is to come into being.
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else { return Ok(Place::File(path)) };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn to_stdout(contents: &dyn Contents) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match contents.write_to(&mut out).and_then(|()| out.flush()) {
        // A reader that has left has read what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn to_stream(path: &Path, contents: &dyn Contents) -> io::Result<()> {
    if !is_pipe(path) {
        return contents.write_to(&mut OpenOptions::new().append(true).open(path)?);
    }
    // Opening waits for a reader, whom nobody has promised: a thread waits, and is left to itself where none comes.
    let (path, mut bytes) = (path.to_owned(), Vec::new());
    contents.write_to(&mut bytes)?;
    let (opened, opening) = mpsc::channel();
    let writer = std::thread::spawn(move || {
        let mut file = OpenOptions::new().append(true).open(path)?;
        _ = opened.send(());
        file.write_all(&bytes)
    });
    match opening.recv_timeout(LONGEST_OPENING) {
        Err(mpsc::RecvTimeoutError::Timeout) => {
            let limit = LONGEST_OPENING.as_secs();
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("nobody has read from it for {limit} s")))
        }
        _ => writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread broke down"))),
    }
}

fn to_file(file: &Path, contents: &dyn Contents) -> io::Result<()> {
    let there = fs::metadata(file).ok();
    let replaced = beside(file).and_then(|mut beside| {
        if let Some(there) = &there {
            if !may_be_replaced(there, &beside.as_file().metadata()?) {
                return Err(io::Error::other("it stands for more than this name"));
            }
            beside.as_file().set_permissions(there.permissions())?;
        }
        contents.write_to(&mut beside)?;
        beside.persist(file).map(drop).map_err(|error| error.error)
    });
    match replaced {
        // A file that is mounted by itself can't be replaced, nor one in a directory of somebody else.
        Err(_) if there.is_some() => {
            let mut file = OpenOptions::new().write(true).truncate(true).open(file)?;
            contents.write_to(&mut file).and_then(|()| file.flush())
        }
        other => other,
    }
}

/// Whether a file of ours may take the place of one that is there: not where that one has other names, or another owner.
#[cfg(unix)]
fn may_be_replaced(there: &fs::Metadata, ours: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    there.nlink() == 1 && there.uid() == ours.uid()
}

#[cfg(not(unix))]
fn may_be_replaced(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
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

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_stays_what_it_is() {
        use std::io::Read as _;
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        // A device.
        whole(Path::new("/dev/null"), b"one").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let full = whole(Path::new("/dev/full"), b"one");
        assert!(full.is_err() || !Path::new("/dev/full").exists());
        // Links: to a file, to a link, and to what is not there yet.
        fs::write(at("real"), "before").unwrap();
        symlink("real", at("link")).unwrap();
        symlink(at("link"), at("again")).unwrap();
        symlink("later/real", at("dangling")).unwrap();
        for (link, file) in [("link", "real"), ("again", "real"), ("dangling", "later/real")] {
            writable(&at(link)).unwrap();
            whole(&at(link), link.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read(at(file)).unwrap(), link.as_bytes());
        }
        symlink("round", at("round")).unwrap();
        assert!(whole(&at("round"), b"one").is_err());
        // Another name of the same file, and what others may do with it.
        fs::hard_link(at("real"), at("other")).unwrap();
        fs::set_permissions(at("real"), fs::Permissions::from_mode(0o600)).unwrap();
        whole(&at("real"), b"both").unwrap();
        assert_eq!(fs::read(at("other")).unwrap(), b"both");
        fs::remove_file(at("other")).unwrap();
        whole(&at("real"), b"alone").unwrap();
        assert_eq!(fs::metadata(at("real")).unwrap().permissions().mode() & 0o777, 0o600);
        // A pipe with a name.
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        writable(&at("pipe")).unwrap();
        let path = at("pipe");
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
            text
        });
        whole(&at("pipe"), b"through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
    }

    #[test]
    fn what_cannot_be_written_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("file/report.json");
        fs::write(dir.path().join("file"), "").unwrap();
        let mut refuge = Refuge::default();
        let error = refuge.whole(&below, "report.json", b"one").unwrap_err();
        let kept = error.kept.clone().unwrap();
        assert!(error.to_string().ends_with(&format!("; it is kept as {}", kept.display())), "{error}");
        let second = refuge.whole(&below, "junit.xml", b"two").unwrap_err().kept.unwrap();
        assert_eq!(kept.parent(), second.parent());
        assert_eq!(
            (fs::read(&kept).unwrap(), fs::read(&second).unwrap()),
            (b"one".to_vec(), b"two".to_vec())
        );
        fs::remove_dir_all(kept.parent().unwrap()).unwrap();
    }

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
