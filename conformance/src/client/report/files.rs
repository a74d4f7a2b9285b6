//! The report files of a client, in those formats of server reports that suit a client.

use std::path::{Path, PathBuf};

use crate::client::judge::Judged;
use crate::client::report::view::View;
use crate::client::report::{html, json, junit, markdown, sarif};
use crate::report::file::Refuge;
use crate::report::output::{Format, RenderError, ReportError, ReportSpec, Written};

/// The formats of a report about a client.
pub(crate) const FORMATS: [Format; 6] =
    [Format::Json, Format::Junit, Format::Sarif, Format::Md, Format::Html, Format::Ndjson];

/// A format that does not exist for clients: it describes requests to a server, or metrics of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no {0} report of a client; kinds are json, junit, sarif, md, html, ndjson, and dir for all of them"
)]
pub(crate) struct NoSuchReport(pub(crate) &'static str);

/// Returns the report files, each with its format.
///
/// # Errors
/// Returns an error if a format does not exist for clients.
pub(crate) fn plan(specs: &[ReportSpec]) -> Result<Vec<(Format, PathBuf)>, NoSuchReport> {
    let named = |format: Format| Format::ALL.iter().find(|(it, ..)| *it == format);
    let mut files = Vec::new();
    for spec in specs {
        match spec {
            ReportSpec::File(format, path) if FORMATS.contains(format) => files.push((*format, path.clone())),
            ReportSpec::File(format, _) => {
                return Err(NoSuchReport(named(*format).map_or("such", |(_, name, _)| name)));
            }
            ReportSpec::Dir(dir) => {
                let each = FORMATS.into_iter().filter_map(|it| Some((it, dir.join(named(it)?.2))));
                files.extend(each);
            }
        }
    }
    Ok(files)
}

/// Writes the report files. A file that can't be written does not prevent the others from being written.
#[must_use]
pub(crate) fn write(files: &[(Format, PathBuf)], view: &View, judged: &[Judged]) -> Written {
    let (mut written, mut refuge) = (Written::default(), Refuge::default());
    for (format, path) in files {
        let text = match render(*format, view, judged) {
            Ok(text) => text,
            Err(source) => {
                written.failures.push(ReportError::Render { format: *format, source });
                continue;
            }
        };
        let name = path.file_name().map_or(Path::new("report"), Path::new).to_string_lossy().into_owned();
        match refuge.whole(path, &name, text.as_bytes()) {
            Ok(()) => written.files.push(path.clone()),
            Err(error) => written.failures.push(error.into()),
        }
    }
    written
}

fn render(format: Format, view: &View, judged: &[Judged]) -> Result<String, RenderError> {
    Ok(match format {
        Format::Json => json::render(view)?,
        Format::Junit => junit::render(view)?,
        Format::Sarif => sarif::render(view)?,
        Format::Md => markdown::render(view),
        Format::Html => html::render(view),
        _ => {
            let lines: Result<Vec<_>, _> = judged.iter().map(|it| it.recording.lines()).collect();
            lines?.concat()
        }
    })
}
