//! Report files: what was asked for with `--report`, and their writing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::Run;
use super::file::{Refuge, WriteError};
use super::formats::{har, html, json, junit, markdown, ndjson, prom, sarif};
use super::spool::{Spool, hexadecimal};
use super::view::View;

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
    /// Figures for a monitor.
    Prom,
    /// The recorded history.
    Ndjson,
}

impl Format {
    /// Every format with its name on the command line and its file's name in a directory.
    pub const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Json, "json", "report.json"),
        (Self::Junit, "junit", "junit.xml"),
        (Self::Sarif, "sarif", "report.sarif"),
        (Self::Har, "har", "requests.har"),
        (Self::Md, "md", "summary.md"),
        (Self::Html, "html", "report.html"),
        (Self::Prom, "prom", "metrics.prom"),
        (Self::Ndjson, "ndjson", "history.ndjson"),
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| *name)
    }
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

/// Why a text is no `--report`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Not `KIND=PATH`.
    #[error("`{0}` is not KIND=PATH, as in `json=run.json`; kinds are {kinds}", kinds = kinds())]
    Shape(String),
    /// No such format.
    #[error("unknown report `{0}`; kinds are {kinds}", kinds = kinds())]
    Kind(String),
    /// Standard output is no folder.
    #[error("`dir=-`: a folder can't go to standard output; name a folder, or one kind, as in `json=-`")]
    Folder,
}

/// Why a report is not made or not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A format can't express the run; an internal error.
    #[error("the {name} report can't be made: {source}", name = format.name())]
    Render {
        /// The format.
        format: Format,
        /// Why it can't.
        source: RenderError,
    },
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why a format can't express a run.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Not as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Not as XML.
    #[error(transparent)]
    Xml(#[from] quick_junit::SerializeError),
    /// Not line by line.
    #[error(transparent)]
    Lines(#[from] io::Error),
}

fn kinds() -> String {
    let names: Vec<_> = Format::ALL.iter().map(|(_, name, _)| *name).collect();
    format!("{}, and dir for all of them", names.join(", "))
}

impl FromStr for ReportSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let (kind, path) = match text.split_once('=') {
            Some((kind, path)) if !path.is_empty() => (kind, PathBuf::from(path)),
            _ => return Err(SpecError::Shape(text.to_owned())),
        };
        if kind == "dir" && path == Path::new("-") {
            return Err(SpecError::Folder);
        }
        if kind == "dir" {
            return Ok(Self::Dir(path));
        }
        let format = Format::ALL.iter().find(|(_, name, _)| *name == kind);
        format.map(|(format, ..)| Self::File(*format, path)).ok_or_else(|| SpecError::Kind(kind.to_owned()))
    }
}

impl ReportSpec {
    /// The files that it comes to.
    #[must_use]
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::File(_, path) => vec![path.clone()],
            Self::Dir(dir) => {
                let names = Format::ALL.iter().map(|(_, _, name)| *name);
                names.chain([DIGESTS]).map(|name| dir.join(name)).collect()
            }
        }
    }
}

/// The bytes of one format.
///
/// # Errors
/// The format can't express the run; an internal error.
pub fn render(format: Format, run: &Run<'_>, view: &View) -> Result<Vec<u8>, ReportError> {
    bytes(format, run, view).map_err(|source| ReportError::Render { format, source })
}

fn bytes(format: Format, run: &Run<'_>, view: &View) -> Result<Vec<u8>, RenderError> {
    let text = match format {
        Format::Json => json::render(view)?,
        Format::Junit => junit::render(view)?,
        Format::Sarif => sarif::render(view)?,
        Format::Har => har::render(run)?,
        Format::Md => markdown::render(view),
        Format::Html => html::render(run, view),
        Format::Prom => prom::render(view),
        Format::Ndjson => {
            let mut out = Vec::new();
            ndjson::write(run, &mut out)?;
            return Ok(out);
        }
    };
    Ok(text.into_bytes())
}

/// What came of the reports that were asked for.
#[derive(Debug, Default)]
pub struct Written {
    /// The files that are written.
    pub files: Vec<PathBuf>,
    /// Why others are not, and where they are kept instead.
    pub failures: Vec<ReportError>,
}

/// Writes everything that was asked for: one report that can't be made or written keeps no other from being so.
#[must_use]
pub fn write(run: &Run<'_>, view: &View, specs: &[ReportSpec]) -> Written {
    let mut writer = Writer { written: Written::default(), refuge: Refuge::default() };
    for spec in specs {
        match spec {
            ReportSpec::File(format, path) => {
                writer.report(*format, path, run, view);
            }
            ReportSpec::Dir(dir) => writer.folder(dir, run, view),
        }
    }
    writer.written
}

/// Writes one file after the other.
struct Writer {
    written: Written,
    refuge: Refuge,
}

impl Writer {
    fn put(&mut self, path: &Path, name: &str, bytes: &[u8]) {
        match self.refuge.whole(path, name, bytes) {
            Ok(()) => self.written.files.push(path.to_owned()),
            Err(error) => self.written.failures.push(error.into()),
        }
    }

    /// The history, which need not fit into memory; gives its digest.
    ///
    /// # Errors
    /// There is no room for it beside where it goes.
    fn history(&mut self, path: &Path, name: &str, run: &Run<'_>) -> io::Result<String> {
        let mut spool = Spool::new()?;
        ndjson::write(run, &mut spool)?;
        spool.flush()?;
        match self.refuge.whole_of(path, name, &spool) {
            Ok(()) => self.written.files.push(path.to_owned()),
            Err(error) => self.written.failures.push(error.into()),
        }
        Ok(spool.digest())
    }

    /// One format; gives its digest.
    fn report(&mut self, format: Format, path: &Path, run: &Run<'_>, view: &View) -> Option<String> {
        let name = Format::ALL.iter().find(|(it, ..)| *it == format).map_or("report", |(_, _, name)| name);
        if format == Format::Ndjson
            && let Ok(digest) = self.history(path, name, run)
        {
            return Some(digest);
        }
        match render(format, run, view) {
            Ok(bytes) => {
                self.put(path, name, &bytes);
                Some(hexadecimal(&Sha256::digest(&bytes)))
            }
            Err(error) => {
                self.written.failures.push(error);
                None
            }
        }
    }

    /// Every format, and the digests of all of them.
    fn folder(&mut self, dir: &Path, run: &Run<'_>, view: &View) {
        let mut digests = String::new();
        for (format, _, name) in Format::ALL {
            let Some(digest) = self.report(format, &dir.join(name), run, view) else { continue };
            digests += &format!("{digest}  {name}\n");
        }
        self.put(&dir.join(DIGESTS), DIGESTS, digests.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_parse_or_say_what_is_wrong() {
        let parse = |text: &str| text.parse::<ReportSpec>().map_err(|error| error.to_string());
        assert_eq!(parse("json=a=b.json"), Ok(ReportSpec::File(Format::Json, "a=b.json".into())));
        assert_eq!(parse("dir=out"), Ok(ReportSpec::Dir("out".into())));
        let kinds = "kinds are json, junit, sarif, har, md, html, prom, ndjson, and dir for all of them";
        for text in ["json", "json=", ""] {
            let expected = format!("`{text}` is not KIND=PATH, as in `json=run.json`; {kinds}");
            assert_eq!(parse(text), Err(expected));
        }
        assert_eq!(parse("json=-"), Ok(ReportSpec::File(Format::Json, "-".into())));
        assert!(parse("dir=-").unwrap_err().contains("standard output"));
        assert_eq!(parse("pdf=x"), Err(format!("unknown report `pdf`; {kinds}")));
    }
}
