//! The output inside GitHub Actions, which needs no flag: annotations in the log and the summary of the step.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::markdown;
use crate::judge::verdict::Outcome;
use crate::report::file::WriteError;
use crate::report::text::count;
use crate::report::view::{FindingView, View};

/// The maximum number of annotations of each level that GitHub shows for a step; it silently drops the rest.
const MOST: usize = 10;

/// The maximum number of characters of a message, since GitHub shows little of it.
const LONGEST: usize = 4_000;

/// Returns one workflow command per finding, pointing at the contract if that is a file. The worst come first, as many
/// as GitHub shows. If a level has more, its last annotation says how many.
#[must_use]
pub(crate) fn annotations(view: &View) -> String {
    let mut out = String::new();
    for (level, outcomes) in LEVELS {
        let of_level: Vec<_> = view.findings.iter().filter(|it| outcomes.contains(&it.outcome)).collect();
        let shown = if of_level.len() > MOST { MOST - 1 } else { of_level.len() };
        out.extend(of_level[..shown].iter().map(|finding| annotation(level, finding)));
        if let left @ 1.. = of_level.len() - shown {
            let left = count(left as u64, "more finding", "more findings");
            let more = format!("{left} of this level: see the summary of the step, or the reports");
            out += &format!("::{level} title=more::{}\n", data(&more));
        }
    }
    out
}

/// The levels of annotations, with the outcomes that are reported at each.
const LEVELS: [(&str, &[Outcome]); 3] = [
    (
        "error",
        &[Outcome::Fail, Outcome::Inconclusive, Outcome::Pass, Outcome::NotExercised, Outcome::NotApplicable],
    ),
    ("warning", &[Outcome::Warning]),
    ("notice", &[Outcome::Known]),
];

fn annotation(level: &str, finding: &FindingView) -> String {
    let place = finding.places.first().filter(|it| it.is_file());
    let place = place.map(|place| format!("file={},line={},", property(&place.file), place.line));
    let expected: Vec<_> = finding.expected.iter().map(|expected| expected.what.as_str()).collect();
    let expected = match expected[..] {
        [] => String::new(),
        _ => format!("\nexpected: {}", expected.join(", or ")),
    };
    let message = format!("{}{expected}\nreceived: {}", finding.summary, finding.actual);
    let message: String = message.chars().take(LONGEST).collect();
    let message = data(&format!("{message}\n{}", finding.replay));
    format!("::{level} {}title={}::{message}\n", place.unwrap_or_default(), property(&finding.id))
}

/// Writes the annotations to `out` and the summary to the file of the step, if the environment is that of GitHub
/// Actions.
///
/// # Errors
/// Returns an error if `out` or the file can't be written.
pub fn emit(
    view: &View,
    env: impl Fn(&str) -> Option<String>,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    if env("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    let failed = |path: PathBuf| move |source: io::Error| WriteError { path, source, kept: None };
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
