//! Report files of a client: the formats of a server's report that have something to say of a client.

use std::path::{Path, PathBuf};

use crate::client::judge::Judged;
use crate::client::report::view::View;
use crate::client::report::{html, json, junit, markdown};
use crate::report::file::Refuge;
use crate::report::output::{Format, RenderError, ReportError, ReportSpec, Written};

/// The formats of a client's report.
pub(crate) const FORMATS: [Format; 5] =
    [Format::Json, Format::Junit, Format::Md, Format::Html, Format::Ndjson];

/// A format that says nothing of a client: places in the contract, and requests to a server of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no {0} report of a client; kinds are json, junit, md, html, ndjson, and dir for all of them"
)]
pub(crate) struct NoSuchReport(pub(crate) &'static str);

/// The files that reports come to, each with its format.
///
/// # Errors
/// A format says nothing of a client.
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

/// Writes them; what can't be written keeps no other from being so.
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
        Format::Md => markdown::render(view),
        Format::Html => html::render(view),
        _ => {
            let lines: Result<Vec<_>, _> = judged.iter().map(|it| it.recording.lines()).collect();
            lines?.concat()
        }
    })
}
