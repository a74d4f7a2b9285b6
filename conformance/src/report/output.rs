//! Report files: what was asked for with `--report`, and their writing.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::Run;
use super::file::{WriteError, whole};
use super::formats::{har, html, json, junit, markdown, ndjson, sarif};
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

    /// Its name on the command line.
    fn name(self) -> &'static str {
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
            Self::Dir(dir) => Format::ALL.iter().map(|(_, _, name)| dir.join(name)).collect(),
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
        Format::Ndjson => {
            let mut out = Vec::new();
            ndjson::write(run, &mut out)?;
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
            ReportSpec::Dir(dir) => written.extend(folder(run, view, dir)?),
        }
    }
    Ok(written)
}

/// Every format, and the digests of all of them.
fn folder(run: &Run<'_>, view: &View, dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut written = Vec::new();
    let mut digests = String::new();
    for (format, _, name) in Format::ALL {
        let bytes = render(format, run, view)?;
        let path = dir.join(name);
        whole(&path, &bytes)?;
        written.push(path);
        Sha256::digest(&bytes).iter().for_each(|byte| _ = write!(digests, "{byte:02x}"));
        digests += &format!("  {name}\n");
    }
    let path = dir.join(DIGESTS);
    whole(&path, digests.as_bytes())?;
    written.push(path);
    Ok(written)
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
}
