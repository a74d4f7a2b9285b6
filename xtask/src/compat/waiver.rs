//! Changes that are meant: `spec/compat-allow.yaml`. A waiver names one change, says why, and ends; one that covers
//! nothing any more fails, so that the list never outlives its reasons.

use jiff::civil::Date;
use serde::Deserialize;
use spec::Problem;
use spec::diff::{Change, Document, Impact};

use crate::Error;

/// What a file that can't be read should have been.
const FORM: &str =
    "`waivers` lists `rule`, `pointer`, `reason`, `expires` (YYYY-MM-DD) and, where there is one, `ticket`";

/// One change that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Id of the rule that judges the change.
    pub rule: String,
    /// JSON pointer of the change, as the gate reports it.
    pub pointer: String,
    /// Why it is meant.
    pub reason: String,
    /// Where it was decided.
    #[serde(default)]
    pub ticket: Option<String>,
    /// The last day on which it counts.
    pub expires: Date,
}

impl Waiver {
    /// Whether a change is the one that is meant.
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
    /// Reads a file's text: a mapping with the list `waivers`.
    ///
    /// # Errors
    /// It is not YAML, or an entry is wrong; every mistake with its line.
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

    /// Without those that cover none of these changes. What is waived since the last release is told of nothing when a
    /// branch is compared with its own past.
    #[must_use]
    pub fn about(mut self, changes: &[Change]) -> Self {
        self.entries.retain(|(waiver, _)| changes.iter().any(|change| waiver.covers(change)));
        self
    }

    /// Pairs changes with the waivers that cover them, and complains of those that are expired or cover nothing that
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
