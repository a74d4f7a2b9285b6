//! One of the two runs that are compared: the parts of a JSON report that the comparison needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::history::{End, Tier};
use crate::judge::verdict::{Ledger, Outcome};
use crate::report::shape::Shape;
use crate::report::text::visible;
use crate::report::view::{LatencyView, View};

/// The error for a text that is not a report.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// The text is not JSON, or not of this form.
    #[error(
        "it is neither a history nor a JSON report ({0}); those are written with --report ndjson=FILE and json=FILE"
    )]
    Form(#[from] serde_json::Error),
    /// The report has another format version.
    #[error("its format is {0}; this program reads format {known}", known = crate::report::view::FORMAT)]
    Format(u32),
}

/// The parts of a run that are compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Side {
    format: u32,
    /// The name of the verdict.
    pub(crate) verdict: String,
    /// The verdict in one sentence.
    pub(crate) claim: String,
    /// The target and the settings of the run.
    pub(crate) run: RunPart,
    /// The ledger of the run.
    pub(crate) ledger: Ledger,
    #[serde(skip_serializing)]
    pub(crate) findings: Vec<FindingPart>,
    #[serde(skip_serializing)]
    groups: Vec<GroupPart>,
    #[serde(skip_serializing)]
    ambiguities: Vec<QuestionPart>,
    #[serde(skip_serializing)]
    precedence: Vec<ErrorPart>,
    #[serde(skip_serializing, default)]
    unordered: Vec<ErrorPart>,
    #[serde(skip_serializing, default)]
    pub(crate) latency: Vec<LatencyView>,
    #[serde(skip_serializing, default)]
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// The target and the settings of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunPart {
    pub(crate) target: String,
    pub(crate) spec_digest: String,
    pub(crate) spec_revision: String,
    pub(crate) seed: u64,
    pub(crate) tier: Tier,
    pub(crate) shard: Option<(u32, u32)>,
    pub(crate) started: String,
    pub(crate) elapsed_us: u64,
    pub(crate) end: End,
    pub(crate) cases: u64,
    pub(crate) requests: u64,
    #[serde(default)]
    pub(crate) only: Vec<String>,
}

/// The parts of a finding that are compared.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FindingPart {
    pub(crate) id: String,
    pub(crate) requirement: String,
    pub(crate) outcome: Outcome,
    pub(crate) summary: String,
    pub(crate) occurrences: u64,
    pub(crate) replay: String,
    #[serde(default)]
    pub(crate) ways: Vec<String>,
    #[serde(default)]
    pub(crate) under: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct GroupPart {
    requirements: Vec<RequirementPart>,
}

#[derive(Debug, Clone, Deserialize)]
struct RequirementPart {
    id: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Deserialize)]
struct QuestionPart {
    id: String,
    choices: Vec<(String, u64, String)>,
}

#[derive(Debug, Clone, Deserialize)]
struct ErrorPart {
    meaning: String,
    status: Option<u16>,
}

impl Side {
    /// Reads a JSON report and makes its texts safe to show, since the file can come from anywhere.
    ///
    /// # Errors
    /// Returns an error if the text is not a JSON report, or has another format version.
    pub fn read(text: &str) -> Result<Self, SideError> {
        let mut side: Self = serde_json::from_str(text)?;
        if side.format != crate::report::view::FORMAT {
            return Err(SideError::Format(side.format));
        }
        side.make_safe();
        Ok(side)
    }

    /// Returns the side of a run that has just been judged.
    ///
    /// # Errors
    /// Returns an error if serde fails, which it does not in practice.
    pub(crate) fn of(view: &View) -> Result<Self, SideError> {
        Self::read(&serde_json::to_string(view)?)
    }

    fn make_safe(&mut self) {
        let safe = |text: &mut String| *text = visible(text);
        let run = &mut self.run;
        [&mut self.verdict, &mut self.claim, &mut run.target, &mut run.spec_revision, &mut run.started]
            .into_iter()
            .for_each(safe);
        for it in &mut self.findings {
            [&mut it.id, &mut it.requirement, &mut it.summary, &mut it.replay].into_iter().for_each(safe);
            it.ways.iter_mut().chain(&mut it.under).for_each(safe);
        }
        self.groups.iter_mut().flat_map(|it| &mut it.requirements).for_each(|it| safe(&mut it.id));
        for question in &mut self.ambiguities {
            safe(&mut question.id);
            question.choices.iter_mut().for_each(|it| safe(&mut it.0));
        }
        self.latency.iter_mut().for_each(|it| safe(&mut it.operation));
        self.precedence.iter_mut().chain(&mut self.unordered).for_each(|it| safe(&mut it.meaning));
    }

    /// Returns the failures, whether a baseline knows them or not.
    pub(super) fn failures(&self) -> impl Iterator<Item = &FindingPart> {
        self.findings.iter().filter(|it| matches!(it.outcome, Outcome::Fail | Outcome::Known))
    }

    /// Returns the outcome of each requirement.
    pub(super) fn outcomes(&self) -> BTreeMap<&str, Outcome> {
        let all = self.groups.iter().flat_map(|group| &group.requirements);
        all.map(|it| (it.id.as_str(), it.outcome)).collect()
    }

    /// Returns what the server was seen to do, by open question.
    pub(super) fn answers(&self) -> BTreeMap<String, Vec<String>> {
        let seen = self.ambiguities.iter().filter(|it| !it.choices.is_empty());
        let told = |it: &QuestionPart| {
            let mut choices: Vec<String> = it.choices.iter().map(|(choice, ..)| choice.clone()).collect();
            choices.sort_unstable();
            choices.dedup();
            (it.id.clone(), choices)
        };
        seen.map(told).collect()
    }

    /// Returns the order in which errors take precedence, in one line.
    pub(super) fn order_of_errors(&self) -> String {
        let name = |it: &ErrorPart| it.status.map_or_else(|| it.meaning.clone(), |status| status.to_string());
        let first: Vec<String> = self.precedence.iter().map(name).collect();
        let rest: Vec<String> = self.unordered.iter().map(name).collect();
        match rest.is_empty() {
            true => first.join(", then "),
            false => format!("{}, and in no fixed order {}", first.join(", then "), rest.join(", ")),
        }
    }

    /// Returns true if the run tried everything of its tier.
    pub(super) fn is_whole(&self) -> bool {
        self.run.end == End::Complete && self.run.only.is_empty() && self.run.shard.is_none()
    }

    /// Returns true if the run tried at least what another run did.
    pub(super) fn tries_as_much_as(&self, other: &Self) -> bool {
        self.is_whole() && self.run.tier >= other.run.tier
    }
}
