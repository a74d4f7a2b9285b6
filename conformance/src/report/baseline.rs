//! The baseline: known failures, each accepted for a reason, under a ticket, until a date.
//!
//! An entry is bound to a requirement, to a cause, and to the ways in which the failure was seen: accepting that a
//! revoked key works does not accept that any key does. An entry is out of date if it has expired, or if it matches
//! nothing although the run exercised its requirement in such a way: a waiver does not outlive its reason.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use spec::Contract;

use super::text::visible;
use crate::judge::verdict::{FindingGroup, Judgement, Outcome, RequirementVerdict, Verdict};

/// The number of days until an entry written by `--write-baseline` expires.
const LIFE_DAYS: i64 = 90;

/// A baseline file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The entries.
    #[serde(default)]
    pub(crate) known: Vec<Known>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The requirement that fails.
    pub(crate) requirement: String,
    /// The cause of the finding, as in a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
    /// The ways in which the requirement may fail, as in a report; if empty, any way is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ways: Vec<String>,
    /// The form before causes existed: a part of the finding's cause or summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) matcher: Option<String>,
    /// The reason for accepting the failure.
    pub(crate) reason: String,
    /// The ticket under which the failure is tracked.
    pub(crate) ticket: String,
    /// The last day on which the failure is accepted.
    #[serde(deserialize_with = "read_date", serialize_with = "write_date")]
    pub(crate) expires: Date,
}

/// The reason why a baseline file is rejected.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The text is not TOML, or not of this form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// An entry is not valid.
    #[error("entry {number} ({requirement}): {problem}")]
    Entry {
        /// The position of the entry, from 1.
        number: usize,
        /// The requirement of the entry.
        requirement: String,
        /// What is wrong with the entry.
        problem: &'static str,
    },
}

/// A baseline entry that is out of date, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untrue {
    /// The requirement of the entry.
    pub(crate) requirement: String,
    /// The ticket of the entry.
    pub(crate) ticket: String,
    /// A line that says why, and what to do about it.
    pub message: String,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// Returns an error if the text is not TOML of this form, names an unknown requirement, lacks a cause, a reason or
    /// a ticket, or has two entries of the same requirement and cause.
    pub fn parse(text: &str, contract: &Contract) -> Result<Self, BaselineError> {
        let baseline: Self = toml::from_str(text)?;
        for (at, entry) in baseline.known.iter().enumerate() {
            let repeats =
                |other: &Known| (&other.requirement, other.bound()) == (&entry.requirement, entry.bound());
            let problem = if contract.catalogue.requirement(&entry.requirement).is_none() {
                "no such requirement; the command `list` names them"
            } else if entry.reason.trim().is_empty() {
                "the reason is empty"
            } else if entry.ticket.trim().is_empty() {
                "the ticket is empty"
            } else if entry.bound().is_none_or(|it| it.trim().is_empty()) {
                "it names no cause, and would hide whatever else is wrong with the requirement: add `cause = \"…\"` and \
                 `ways`, as the JSON report has them, or write the file anew with --write-baseline"
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

    /// Returns a baseline of every failure of a judgement: the entries of `old` that still match, and a new entry for
    /// each other failure.
    #[must_use]
    pub fn covering(judgement: &Judgement, old: &Self, today: Date) -> Self {
        let failures = || judgement.findings.iter().filter(|group| !group.example.warning);
        let mut known: Vec<_> =
            old.known.iter().filter(|it| failures().any(|group| it.matches(group))).cloned().collect();
        for group in failures() {
            if !known.iter().any(|entry| entry.matches(group)) {
                known.push(Known {
                    requirement: group.requirement.clone(),
                    cause: Some(visible(&group.example.cause.to_string())),
                    ways: group.ways.iter().map(|way| visible(way)).collect(),
                    matcher: None,
                    reason: format!("seen on {today}: {}", visible(&group.example.summary)),
                    ticket: "none yet".to_owned(),
                    expires: today.saturating_add(LIFE_DAYS.days()),
                });
            }
        }
        Self { known }
    }

    /// Returns the baseline as the text of a file.
    ///
    /// # Errors
    /// Returns an error if the TOML serializer fails, which it does not in practice.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let head = "# Failures that are accepted until they expire, each for one cause and in these ways alone.\n\
                    # An entry that has expired or is no longer true is out of date: exit code 6.\n";
        Ok(format!("{head}\n{}", toml::to_string_pretty(self)?))
    }

    /// Marks the known failures, and returns the entries that are out of date. `tried` has the ways in which the run
    /// could have seen a failure.
    ///
    /// A requirement becomes [`Outcome::Known`] if all of its failures are known. `verdict` computes the verdict again.
    /// If the result is no failure, an out-of-date entry turns it into [`Verdict::BaselineOutOfDate`].
    pub fn apply(
        &self,
        judgement: &mut Judgement,
        tried: &BTreeSet<String>,
        today: Date,
        verdict: impl FnOnce(&[RequirementVerdict]) -> Verdict,
    ) -> Vec<Untrue> {
        for group in judgement.findings.iter_mut().filter(|group| !group.example.warning) {
            let valid = || self.known.iter().filter(|entry| entry.expires >= today);
            group.known = valid().find(|entry| entry.matches(group)).map(|entry| entry.ticket.clone());
            if group.known.is_none() {
                group.example.detail.extend(valid().find_map(|entry| entry.beyond(group)));
            }
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
        let untrue: Vec<_> =
            self.known.iter().filter_map(|entry| entry.untrue(judgement, tried, today)).collect();
        judgement.verdict = match verdict(&judgement.requirements) {
            Verdict::Conformant | Verdict::Incomplete | Verdict::BudgetExhausted if !untrue.is_empty() => {
                Verdict::BaselineOutOfDate
            }
            other => other,
        };
        judgement.notes.extend(untrue.iter().map(|it| it.message.clone()));
        let old = self.known.iter().filter(|entry| entry.cause.is_none()).count();
        if old > 0 {
            judgement.notes.push(format!(
                "{old} of {} entries of the baseline have a `matcher` and no `cause`, and hide each failure that it stands in; \
                 --write-baseline writes causes",
                self.known.len()
            ));
        }
        untrue
    }
}

impl Known {
    /// Returns what the entry is bound to: its cause, or the matcher of an older file.
    fn bound(&self) -> Option<&str> {
        self.cause.as_deref().or(self.matcher.as_deref())
    }

    /// Returns true if the entry is about the cause of this group, in any way.
    fn is_about(&self, group: &FindingGroup) -> bool {
        let cause = || visible(&group.example.cause.to_string());
        let same = match (&self.cause, &self.matcher) {
            (Some(known), _) => *known == cause(),
            (None, Some(part)) => group.example.cause.mentions(part) || group.example.summary.contains(part),
            (None, None) => false,
        };
        self.requirement == group.requirement && same
    }

    /// Returns the ways in which the requirement fails that the entry does not accept.
    fn unknown_ways<'g>(&self, group: &'g FindingGroup) -> Vec<&'g str> {
        let known = |way: &&String| self.ways.is_empty() || self.ways.contains(&visible(way));
        group.ways.iter().filter(|way| !known(way)).map(String::as_str).collect()
    }

    fn matches(&self, group: &FindingGroup) -> bool {
        self.is_about(group) && self.unknown_ways(group).is_empty()
    }

    /// Returns a line about the ways of a failure that the entry does not accept.
    fn beyond(&self, group: &FindingGroup) -> Option<String> {
        let more = self.unknown_ways(group);
        (self.is_about(group) && !more.is_empty()).then(|| {
            format!(
                "known only as {} ({}); it fails also as {}",
                self.ways.join(", "),
                self.ticket,
                more.join(", ")
            )
        })
    }

    fn untrue(&self, judgement: &Judgement, tried: &BTreeSet<String>, today: Date) -> Option<Untrue> {
        let in_such_a_way = |it: &FindingGroup| {
            self.ways.is_empty()
                || it.ways.is_empty()
                || it.ways.iter().any(|way| self.ways.contains(&visible(way)))
        };
        let seen =
            judgement.findings.iter().any(|it| !it.example.warning && self.is_about(it) && in_such_a_way(it));
        // If the run gave the requirement no chance to fail in such a way, it may still fail.
        let exercised = judgement.requirements.iter().any(|it| it.id == self.requirement && it.exercised > 0)
            && (self.ways.is_empty() || tried.iter().any(|way| self.ways.contains(&visible(way))));
        let what = if self.expires < today {
            format!("expired on {}: fix it, or give it a new date", self.expires)
        } else if !seen && exercised {
            "no longer fails: take it out of the baseline".to_owned()
        } else {
            return None;
        };
        let bound = self.bound().map(|it| format!(" `{}`", visible(it))).unwrap_or_default();
        Some(Untrue {
            requirement: self.requirement.clone(),
            ticket: self.ticket.clone(),
            message: format!(
                "the baseline is out of date: {}{bound} ({}) {what}",
                self.requirement,
                visible(&self.ticket)
            ),
        })
    }
}

/// Reads a date that is written as a TOML date or as a string.
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
