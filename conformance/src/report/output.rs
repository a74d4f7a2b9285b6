//! The report files: parses `--report` and writes the files that it asks for.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::Run;
use super::buffer::{ReportBuffer, hexadecimal};
use super::file::{Refuge, WriteError};
use super::formats::{har, html, json, junit, markdown, ndjson, prom, sarif};
use super::view::View;

/// The formats of report files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The whole report as one JSON document.
    Json,
    /// JUnit XML with a test case per requirement.
    Junit,
    /// SARIF, with the findings at lines of the contract.
    Sarif,
    /// HAR, with the requests and answers.
    Har,
    /// A Markdown summary for a pull request.
    Md,
    /// An HTML page.
    Html,
    /// OpenMetrics figures for monitoring.
    Prom,
    /// The recorded history, one JSON document per line.
    Ndjson,
}

impl Format {
    /// Every format, with its name on the command line and the name of its file in a directory.
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

    /// Returns the name on the command line.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| *name)
    }
}

/// The name of the file with the digests of all others, in the form that `sha256sum --check` reads.
pub const DIGESTS: &str = "digests.txt";

/// The value of one `--report` flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportSpec {
    /// One format, written to one file.
    File(Format, PathBuf),
    /// Every format, written to a directory.
    Dir(PathBuf),
}

/// The error for a text that is not a value of `--report`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The text is not `KIND=PATH`.
    #[error("`{0}` is not KIND=PATH, as in `json=run.json`; kinds are {kinds}", kinds = kinds())]
    Shape(String),
    /// There is no such format.
    #[error("unknown report `{0}`; kinds are {kinds}", kinds = kinds())]
    Kind(String),
    /// The text asks for a folder on standard output.
    #[error("`dir=-`: a folder can't go to standard output; name a folder, or one kind, as in `json=-`")]
    Folder,
}

/// The error for a report that can't be rendered or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A format can't express the run, which is an internal error.
    #[error("the {name} report can't be made: {source}", name = format.name())]
    Render {
        /// The format.
        format: Format,
        /// The reason.
        source: RenderError,
    },
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The reason why a format can't express a run.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The run can't be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The run can't be written as XML.
    #[error(transparent)]
    Xml(#[from] quick_junit::SerializeError),
    /// The run can't be written as lines.
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
    /// Returns the paths of the files to be written.
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

/// Renders one format as bytes.
///
/// # Errors
/// Returns an error if the format can't express the run, which is an internal error.
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

/// The result of writing the requested reports.
#[derive(Debug, Default)]
pub struct Written {
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// The reasons why others were not, and where they are kept instead.
    pub failures: Vec<ReportError>,
}

/// Writes every requested report. A report that can't be rendered or written does not prevent the others.
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

/// Writes one file after another, and collects the results.
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

    /// Writes the history, which need not fit into memory, and returns its digest.
    ///
    /// # Errors
    /// Returns an error if the temporary file for it can't be written.
    fn history(&mut self, path: &Path, name: &str, run: &Run<'_>) -> io::Result<String> {
        let mut buffer = ReportBuffer::new()?;
        ndjson::write(run, &mut buffer)?;
        buffer.flush()?;
        match self.refuge.whole_of(path, name, &buffer) {
            Ok(()) => self.written.files.push(path.to_owned()),
            Err(error) => self.written.failures.push(error.into()),
        }
        Ok(buffer.digest())
    }

    /// Writes one format and returns its digest; `None` if it can't be rendered.
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

    /// Writes every format and a file with the digests of all of them.
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
