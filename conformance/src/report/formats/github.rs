//! What a run says inside GitHub Actions, by itself: annotations in the log and the summary of the step.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::markdown;
use crate::judge::verdict::Outcome;
use crate::report::file::WriteError;
use crate::report::view::View;

/// One workflow command per finding, pointing at the contract.
#[must_use]
pub(crate) fn annotations(view: &View) -> String {
    let mut out = String::new();
    for finding in &view.findings {
        let level = match finding.outcome {
            Outcome::Warning => "warning",
            Outcome::Known => "notice",
            _ => "error",
        };
        let place = finding
            .places
            .first()
            .map(|place| format!("file={},line={},", property(&place.file), place.line));
        let expected: Vec<_> = finding.expected.iter().map(|expected| expected.what.as_str()).collect();
        let expected = if expected.is_empty() {
            String::new()
        } else {
            format!("\nexpected: {}", expected.join(", or "))
        };
        let message =
            format!("{}{expected}\nreceived: {}\n{}", finding.summary, finding.actual, finding.replay);
        out += &format!(
            "::{level} {}title={}::{}\n",
            place.unwrap_or_default(),
            property(&finding.id),
            data(&message)
        );
    }
    out
}

/// Annotations to `out` and the summary to the step's file, if the environment says that this is GitHub Actions.
///
/// # Errors
/// The file or `out` can't be written.
pub fn emit(
    view: &View,
    env: impl Fn(&str) -> Option<String>,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    if env("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    let failed = |path: PathBuf| move |source: io::Error| WriteError { path, source };
    out.write_all(annotations(view).as_bytes()).map_err(failed("standard output".into()))?;
    if let Some(path) = env("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from) {
        let file = OpenOptions::new().append(true).create(true).open(&path);
        file.and_then(|mut file| file.write_all(markdown::render(view).as_bytes())).map_err(failed(path))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
