//! Waivers of intended changes: `spec/compat-allow.yaml`. A waiver names one change, gives a reason, and expires. A
//! waiver that no longer covers a change fails, so that the list does not keep obsolete entries.

use jiff::civil::Date;
use serde::Deserialize;
use spec::Problem;
use spec::diff::{Change, Document, Impact};

use crate::Error;

/// The expected form of the file, for error messages.
const FORM: &str =
    "`waivers` lists `rule`, `pointer`, `reason`, `expires` (YYYY-MM-DD) and, where there is one, `ticket`";

/// A waiver of one change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Id of the rule that judges the change.
    pub rule: String,
    /// JSON pointer of the change, as the gate reports it.
    pub pointer: String,
    /// Why the change is intended.
    pub reason: String,
    /// Where the decision was made.
    #[serde(default)]
    pub ticket: Option<String>,
    /// The last day on which the waiver is valid.
    pub expires: Date,
}

impl Waiver {
    /// Returns true if this waiver covers a change.
    fn covers(&self, change: &Change) -> bool {
        change.rule.impact > Impact::Harmless && self.rule == change.rule.id && self.pointer == change.pointer
    }
}

/// All waivers of a file.
#[derive(Debug, Default)]
pub struct Waivers {
    entries: Vec<(Waiver, Problem)>,
}

impl Waivers {
    /// Parses the text of a file: a mapping with the list `waivers`.
    ///
    /// # Errors
    /// The text is not YAML, or an entry is wrong; every mistake is reported with its line.
    pub fn read(file: &str, text: &str) -> Result<Self, Error> {
        let document = Document::from_text(file, text)?;
        let place = |pointer: &str, message: String| Problem {
            file: file.to_owned(),
            line: document.places.line(pointer),
            pointer: pointer.to_owned(),
            message,
        };
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        let known = document.value.as_object().is_some_and(|all| all.keys().all(|key| key == "waivers"));
        let Some(list) = document.at("/waivers").as_array().filter(|_| known) else {
            let message = "expected a list `waivers` and nothing else".to_owned();
            return Err(unusable(&[place("", message)]));
        };
        for (index, entry) in list.iter().enumerate() {
            let pointer = format!("/waivers/{index}");
            match Waiver::deserialize(entry) {
                Ok(waiver) if waiver.reason.trim().is_empty() => {
                    problems.push(place(&pointer, "a waiver without a reason".to_owned()));
                }
                Ok(waiver) if spec::diff::rules::find(&waiver.rule).is_none() => {
                    problems.push(place(&pointer, format!("there is no rule `{}`", waiver.rule)));
                }
                Ok(waiver) => entries.push((waiver, place(&pointer, String::new()))),
                Err(error) => problems.push(place(&pointer, error.to_string())),
            }
        }
        if problems.is_empty() { Ok(Self { entries }) } else { Err(unusable(&problems)) }
    }

    /// Drops the waivers that cover none of these changes. They belong to the comparison with the last release, and
    /// would be reported as stale when a branch is compared with an earlier commit of its own.
    #[must_use]
    pub fn about(mut self, changes: &[Change]) -> Self {
        self.entries.retain(|(waiver, _)| changes.iter().any(|change| waiver.covers(change)));
        self
    }

    /// Pairs changes with the waivers that cover them. Reports the waivers that have expired or cover no change that
    /// could fail.
    #[must_use]
    pub fn apply(&self, changes: Vec<Change>, today: Date) -> (Vec<(Change, Option<Waiver>)>, Vec<Problem>) {
        let mut complaints = Vec::new();
        for (waiver, place) in &self.entries {
            let message = if waiver.expires < today {
                format!(
                    "the waiver of `{}` expired on {}; undo the change or decide again",
                    waiver.rule, waiver.expires
                )
            } else if !changes.iter().any(|change| waiver.covers(change)) {
                format!(
                    "the waiver of `{}` at {} covers no change any more; remove it",
                    waiver.rule, waiver.pointer
                )
            } else {
                continue;
            };
            complaints.push(Problem { message, ..place.clone() });
        }
        let judged = changes.into_iter().map(|change| {
            let valid =
                self.entries.iter().map(|(waiver, _)| waiver).filter(|waiver| waiver.expires >= today);
            let waiver = valid.into_iter().find(|waiver| waiver.covers(&change)).cloned();
            (change, waiver)
        });
        (judged.collect(), complaints)
    }
}

fn unusable(problems: &[Problem]) -> Error {
    let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
    Error::Usage(format!("the waivers can't be used:\n{}\n{FORM}", lines.join("\n")))
}
