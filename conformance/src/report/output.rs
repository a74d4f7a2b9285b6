//! Report files: what was asked for with `--report`, and their writing, each whole or not at all.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::view::View;
use super::{Run, har, html, json, junit, markdown, ndjson, sarif};

/// Formats of report files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The whole report as one document.
    Json,
    /// A test case per requirement.
    Junit,
    /// Findings at lines of the contract.
    Sarif,
    /// Requests and answers.
    Har,
    /// A summary for a pull request.
    Md,
    /// A page for people.
    Html,
    /// The recorded history.
    Ndjson,
}

impl Format {
    /// Every format with its name on the command line and its file's name in a directory.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Json, "json", "report.json"),
        (Self::Junit, "junit", "junit.xml"),
        (Self::Sarif, "sarif", "report.sarif"),
        (Self::Har, "har", "requests.har"),
        (Self::Md, "md", "summary.md"),
        (Self::Html, "html", "report.html"),
        (Self::Ndjson, "ndjson", "history.ndjson"),
    ];
}

/// Name of the file with the digests of all others, in the form that `sha256sum --check` reads.
pub const DIGESTS: &str = "digests.txt";

/// One `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportSpec {
    /// One format to one file.
    File(Format, PathBuf),
    /// Every format into a directory.
    Dir(PathBuf),
}

/// Why a report is not asked for or not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Not `KIND=PATH`.
    #[error("`{0}` is not KIND=PATH, as in `json=run.json`; kinds are {kinds}", kinds = kinds())]
    Shape(String),
    /// No such format.
    #[error("unknown report `{0}`; kinds are {kinds}", kinds = kinds())]
    Kind(String),
    /// A format failed to render; our own fault.
    #[error("the {0} report can't be made: {1}")]
    Render(&'static str, String),
    /// A file can't be written.
    #[error("can't write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn kinds() -> String {
    let names: Vec<_> = Format::ALL.iter().map(|(_, name, _)| *name).collect();
    format!("{}, and dir for all of them", names.join(", "))
}

impl FromStr for ReportSpec {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        let (kind, path) = match text.split_once('=') {
            Some((kind, path)) if !path.is_empty() => (kind, PathBuf::from(path)),
            _ => return Err(ReportError::Shape(text.to_owned())),
        };
        if kind == "dir" {
            return Ok(Self::Dir(path));
        }
        let format = Format::ALL.iter().find(|(_, name, _)| *name == kind);
        format.map(|(format, ..)| Self::File(*format, path)).ok_or_else(|| ReportError::Kind(kind.to_owned()))
    }
}

impl ReportSpec {
    /// The files that it comes to.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::File(_, path) => vec![path.clone()],
            Self::Dir(dir) => Format::ALL.iter().map(|(_, _, name)| dir.join(name)).collect(),
        }
    }
}

/// The bytes of one format.
///
/// # Errors
/// The format can't express the run; our own fault.
pub fn render(format: Format, run: &Run<'_>, view: &View) -> Result<Vec<u8>, ReportError> {
    let text = match format {
        Format::Json => json::render(view).map_err(|error| ReportError::Render("JSON", error.to_string()))?,
        Format::Junit => {
            junit::render(view).map_err(|error| ReportError::Render("JUnit", error.to_string()))?
        }
        Format::Sarif => {
            sarif::render(view).map_err(|error| ReportError::Render("SARIF", error.to_string()))?
        }
        Format::Har => har::render(run).map_err(|error| ReportError::Render("HAR", error.to_string()))?,
        Format::Md => markdown::render(view),
        Format::Html => html::render(run, view),
        Format::Ndjson => {
            let mut out = Vec::new();
            ndjson::write(run, &mut out)
                .map_err(|error| ReportError::Render("history", error.to_string()))?;
            return Ok(out);
        }
    };
    Ok(text.into_bytes())
}

/// Writes everything that was asked for; gives the files that were written.
///
/// # Errors
/// The first report that can't be made or written.
pub fn write(run: &Run<'_>, view: &View, specs: &[ReportSpec]) -> Result<Vec<PathBuf>, ReportError> {
    let mut written = Vec::new();
    for spec in specs {
        match spec {
            ReportSpec::File(format, path) => {
                whole(path, &render(*format, run, view)?)?;
                written.push(path.clone());
            }
            ReportSpec::Dir(dir) => {
                let mut digests = String::new();
                for (format, _, name) in Format::ALL {
                    let bytes = render(format, run, view)?;
                    let path = dir.join(name);
                    whole(&path, &bytes)?;
                    written.push(path);
                    let digest = Sha256::digest(&bytes);
                    digest.iter().for_each(|byte| _ = write!(digests, "{byte:02x}"));
                    digests += &format!("  {name}\n");
                }
                let path = dir.join(DIGESTS);
                whole(&path, digests.as_bytes())?;
                written.push(path);
            }
        }
    }
    Ok(written)
}

/// Writes a file whole or not at all; makes its directory where it is missing.
///
/// # Errors
/// The directory or the file can't be written.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let failed = |source| ReportError::Write { path: path.to_owned(), source };
    let mut file = beside(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Makes sure that a file can be written later on; makes its directory, and leaves the file alone.
///
/// # Errors
/// It can't: its directory can't be made or written, or a directory stands in its place.
pub fn writable(path: &Path) -> Result<(), ReportError> {
    let failed = |source| ReportError::Write { path: path.to_owned(), source };
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
    fn specs_parse_or_say_what_is_wrong() {
        let parse = |text: &str| text.parse::<ReportSpec>().map_err(|error| error.to_string());
        assert_eq!(parse("json=a=b.json"), Ok(ReportSpec::File(Format::Json, "a=b.json".into())));
        assert_eq!(parse("dir=out"), Ok(ReportSpec::Dir("out".into())));
        let kinds = "kinds are json, junit, sarif, har, md, html, ndjson, and dir for all of them";
        for text in ["json", "json=", ""] {
            let expected = format!("`{text}` is not KIND=PATH, as in `json=run.json`; {kinds}");
            assert_eq!(parse(text), Err(expected));
        }
        assert_eq!(parse("pdf=x"), Err(format!("unknown report `pdf`; {kinds}")));
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
