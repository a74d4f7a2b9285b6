//! Writes files that are either complete or absent, since a truncated report would be taken for a short one. The
//! findings of a run may have cost money, so a file that can't be written in its place is kept elsewhere.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::buffer::Contents;

/// The error for a file that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write {}: {source}{}", path.display(), elsewhere(.kept.as_deref()))]
pub struct WriteError {
    /// The path of the file.
    pub(crate) path: PathBuf,
    /// The reason.
    pub(crate) source: io::Error,
    /// The path where the contents are kept instead, if they are.
    pub(crate) kept: Option<PathBuf>,
}

fn elsewhere(kept: Option<&Path>) -> String {
    kept.map(|path| format!("; it is kept as {}", path.display())).unwrap_or_default()
}

/// The path that stands for standard output.
const STDOUT: &str = "-";

/// Paths of files that are standard output.
const STDOUT_FILES: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// The maximum number of links that are followed, which is the limit of the system too.
const MOST_LINKS: usize = 40;

/// How long a named pipe waits for a reader.
const LONGEST_OPENING: Duration = Duration::from_secs(10);

/// Returns true if a path stands for standard output.
#[must_use]
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT) || STDOUT_FILES.iter().any(|it| path == Path::new(it))
}

/// What is at a path after links have been followed.
enum Place {
    /// Standard output.
    Stdout,
    /// A file, or nothing yet.
    File(PathBuf),
    /// Something that can be written but not replaced: a device, a pipe, or an open file of this process.
    Stream,
}

/// Writes a file completely or not at all, and creates its directory if it is missing. What can't be replaced (a
/// device, a pipe, a mounted file, or a file with other names) is written in place. A link is kept, and the file that
/// it names is written.
///
/// # Errors
/// Returns an error if the directory can't be created or the file can't be written.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    whole_of(path, &bytes)
}

/// As [`whole`], for contents that need not be in memory.
fn whole_of(path: &Path, contents: &dyn Contents) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    match place(path).map_err(failed)? {
        Place::Stdout => to_stdout(contents),
        Place::Stream => to_stream(path, contents),
        Place::File(file) => to_file(&file, contents),
    }
    .map_err(failed)
}

/// Checks that a file can be written later. Creates its directory, but does not change the file.
///
/// # Errors
/// Returns an error if the directory can't be created or written, or if there is a directory at the path.
pub(crate) fn writable(path: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    let tried = match place(path).map_err(failed)? {
        Place::Stdout => Ok(()),
        // Opening a pipe and closing it again would signal the end of the file to its reader.
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

/// A folder for files that can't be written in their place; it is created when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Refuge(Option<PathBuf>);

impl Refuge {
    /// Writes a file as [`whole`] does. If that fails, keeps it elsewhere under the given name, and the error says
    /// where.
    ///
    /// # Errors
    /// Returns an error if the file can't be written in its place.
    pub(crate) fn whole(&mut self, path: &Path, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.whole_of(path, name, &bytes)
    }

    /// As [`Refuge::whole`], for contents that need not be in memory.
    ///
    /// # Errors
    /// Returns an error if the file can't be written in its place.
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

/// Returns the folder for state of this program (XDG Base Directory Specification).
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
    // There is nothing at the path, except perhaps a link to where the file is to be created.
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
        // A reader that closes the pipe early has read what it wanted, so this is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn to_stream(path: &Path, contents: &dyn Contents) -> io::Result<()> {
    if !is_pipe(path) {
        return contents.write_to(&mut OpenOptions::new().append(true).open(path)?);
    }
    // Opening a pipe blocks until it has a reader, which may never come. So a thread opens it, and is abandoned after a
    // time.
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
        // A mounted file can't be replaced, and neither can a file in a directory that belongs to another user.
        Err(_) if there.is_some() => {
            let mut file = OpenOptions::new().write(true).truncate(true).open(file)?;
            contents.write_to(&mut file).and_then(|()| file.flush())
        }
        other => other,
    }
}

/// Returns true if a new file may replace an existing one: not if that one has other names or another owner.
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

/// Creates a temporary file in the same directory, which is deleted unless it is moved into place.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".report-");
    // The permissions are those of any new file: what the user's umask leaves.
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
        // Links to a file, to another link, and to a file that does not exist yet.
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
        // A file with a second name, and a file with restricted permissions.
        fs::hard_link(at("real"), at("other")).unwrap();
        fs::set_permissions(at("real"), fs::Permissions::from_mode(0o600)).unwrap();
        whole(&at("real"), b"both").unwrap();
        assert_eq!(fs::read(at("other")).unwrap(), b"both");
        fs::remove_file(at("other")).unwrap();
        whole(&at("real"), b"alone").unwrap();
        assert_eq!(fs::metadata(at("real")).unwrap().permissions().mode() & 0o777, 0o600);
        // A named pipe.
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
