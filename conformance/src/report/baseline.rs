//! Failures that are known: accepted for a reason, under a ticket, until a date.
//!
//! An entry turns the findings that it matches into known ones. An entry that has expired, or that matches nothing although
//! its requirement was exercised, fails the run: a waiver does not outlive its reason.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use spec::Contract;

use super::text::visible;
use crate::judge::verdict::{FindingGroup, Judgement, Outcome, RequirementVerdict, Verdict};

/// Days that an entry written by `--write-baseline` lives.
const LIFE_DAYS: i64 = 90;

/// A baseline file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its entries.
    #[serde(default)]
    pub(crate) known: Vec<Known>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The requirement that fails.
    pub(crate) requirement: String,
    /// Part of the finding's cause or summary; without it, any failure of the requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) matcher: Option<String>,
    /// Why it is accepted.
    pub(crate) reason: String,
    /// Where it is followed up.
    pub(crate) ticket: String,
    /// Last day on which it is accepted.
    #[serde(deserialize_with = "read_date", serialize_with = "write_date")]
    pub(crate) expires: Date,
}

/// Why a baseline file is refused.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not TOML, or not of this form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// An entry makes no sense.
    #[error("entry {number} ({requirement}): {problem}")]
    Entry {
        /// Position from 1.
        number: usize,
        /// The entry's requirement.
        requirement: String,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Why an entry fails the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untrue {
    /// The entry's requirement.
    pub(crate) requirement: String,
    /// The entry's ticket.
    pub(crate) ticket: String,
    /// In a line, with the way out.
    pub message: String,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// The text is not TOML of this form, names an unknown requirement, lacks a reason or a ticket, or repeats itself.
    pub fn parse(text: &str, contract: &Contract) -> Result<Self, BaselineError> {
        let baseline: Self = toml::from_str(text)?;
        for (at, entry) in baseline.known.iter().enumerate() {
            let repeats =
                |other: &Known| other.requirement == entry.requirement && other.matcher == entry.matcher;
            let problem = if contract.catalogue.requirement(&entry.requirement).is_none() {
                "no such requirement; the command `list` names them"
            } else if entry.reason.trim().is_empty() {
                "the reason is empty"
            } else if entry.ticket.trim().is_empty() {
                "the ticket is empty"
            } else if entry.matcher.as_deref() == Some("") {
                "the matcher is empty; leave it out to match every failure of the requirement"
            } else if baseline.known[..at].iter().any(repeats) {
                "stands twice"
            } else {
                continue;
            };
            return Err(BaselineError::Entry {
                number: at + 1,
                requirement: entry.requirement.clone(),
                problem,
            });
        }
        Ok(baseline)
    }

    /// A baseline of every failure of a judgement: the entries of `old` that still match, and a new one for each of the rest.
    #[must_use]
    pub fn covering(judgement: &Judgement, old: &Self, today: Date) -> Self {
        let failures = || judgement.findings.iter().filter(|group| !group.example.warning);
        let mut known: Vec<_> =
            old.known.iter().filter(|it| failures().any(|group| it.matches(group))).cloned().collect();
        for group in failures() {
            if !known.iter().any(|entry| entry.matches(group)) {
                known.push(Known {
                    requirement: group.requirement.clone(),
                    matcher: Some(group.example.cause.to_string()).filter(|cause| !cause.is_empty()),
                    reason: format!("seen on {today}: {}", visible(&group.example.summary)),
                    ticket: "none yet".to_owned(),
                    expires: today.saturating_add(LIFE_DAYS.days()),
                });
            }
        }
        Self { known }
    }

    /// As a file.
    ///
    /// # Errors
    /// Never in practice; the writer's error otherwise.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let head = "# Failures that are accepted until they expire. An entry that is expired, or no longer true, fails the run.\n";
        Ok(format!("{head}\n{}", toml::to_string_pretty(self)?))
    }

    /// Marks what is known, and tells which entries fail the run.
    ///
    /// A requirement becomes [`Outcome::Known`] when each of its failures is. `verdict` concludes from the requirements anew;
    /// with an untrue entry, the verdict is [`Verdict::NotConformant`] whatever it says.
    pub fn apply(
        &self,
        judgement: &mut Judgement,
        today: Date,
        verdict: impl FnOnce(&[RequirementVerdict]) -> Verdict,
    ) -> Vec<Untrue> {
        for group in judgement.findings.iter_mut().filter(|group| !group.example.warning) {
            let entry = self.known.iter().find(|entry| entry.expires >= today && entry.matches(group));
            group.known = entry.map(|entry| entry.ticket.clone());
        }
        for requirement in judgement.requirements.iter_mut().filter(|it| it.outcome == Outcome::Fail) {
            let mut failures = judgement
                .findings
                .iter()
                .filter(|group| group.requirement == requirement.id && !group.example.warning)
                .peekable();
            if failures.peek().is_some() && failures.all(|group| group.known.is_some()) {
                requirement.outcome = Outcome::Known;
                let reasons = self.known.iter().filter(|entry| entry.requirement == requirement.id);
                let reasons: Vec<_> =
                    reasons.map(|entry| format!("{} ({})", entry.reason, entry.ticket)).collect();
                requirement.reason = Some(reasons.join("; "));
            }
        }
        let untrue: Vec<_> = self.known.iter().filter_map(|entry| entry.untrue(judgement, today)).collect();
        judgement.verdict = match untrue.is_empty() {
            true => verdict(&judgement.requirements),
            false => Verdict::NotConformant,
        };
        judgement.notes.extend(untrue.iter().map(|it| it.message.clone()));
        untrue
    }
}

impl Known {
    fn matches(&self, group: &FindingGroup) -> bool {
        let part = |part: &String| group.example.cause.mentions(part) || group.example.summary.contains(part);
        self.requirement == group.requirement && self.matcher.as_ref().is_none_or(part)
    }

    fn untrue(&self, judgement: &Judgement, today: Date) -> Option<Untrue> {
        let seen = judgement.findings.iter().any(|group| !group.example.warning && self.matches(group));
        // Without a chance to fail, nothing says that it no longer would.
        let exercised = judgement.requirements.iter().any(|it| it.id == self.requirement && it.exercised > 0);
        let what = if self.expires < today {
            format!("expired on {}: fix it, or give it a new date", self.expires)
        } else if !seen && exercised {
            "no longer fails: take it out of the baseline".to_owned()
        } else {
            return None;
        };
        let matcher = self.matcher.as_ref().map(|matcher| format!(" `{matcher}`")).unwrap_or_default();
        Some(Untrue {
            requirement: self.requirement.clone(),
            ticket: self.ticket.clone(),
            message: format!("known failure {}{matcher} ({}) {what}", self.requirement, self.ticket),
        })
    }
}

/// A date as TOML's own or as a string.
fn read_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(date) => date.to_string(),
        other => return Err(serde::de::Error::custom(format!("`{other}` is not a date such as 2030-01-31"))),
    };
    text.parse().map_err(|_| serde::de::Error::custom(format!("`{text}` is not a date such as 2030-01-31")))
}

fn write_date<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    let date: toml::value::Datetime = date.to_string().parse().map_err(serde::ser::Error::custom)?;
    date.serialize(serializer)
}
