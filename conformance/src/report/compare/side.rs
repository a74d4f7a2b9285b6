//! One of two runs: what of a JSON report is compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::history::{End, Tier};
use crate::judge::verdict::{Ledger, Outcome};
use crate::report::shape::Shape;
use crate::report::text::visible;
use crate::report::view::{LatencyView, View};

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// Not JSON, or not of this form.
    #[error(
        "it is neither a history nor a JSON report ({0}); those are written with --report ndjson=FILE and json=FILE"
    )]
    Form(#[from] serde_json::Error),
    /// Of another format.
    #[error("its format is {0}; this program reads format {known}", known = crate::report::view::FORMAT)]
    Format(u32),
}

/// A run, as far as it is compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Side {
    format: u32,
    /// How the verdict is called.
    pub(crate) verdict: String,
    /// The verdict in a sentence.
    pub(crate) claim: String,
    /// Against what and how.
    pub(crate) run: RunPart,
    /// Where the money went.
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

/// Against what and how a run went.
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

/// A finding, as far as it is compared.
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
    /// Reads a JSON report. What it says is made safe to show: a file can come from anywhere.
    ///
    /// # Errors
    /// The text is no JSON report of a known format.
    pub fn read(text: &str) -> Result<Self, SideError> {
        let mut side: Self = serde_json::from_str(text)?;
        if side.format != crate::report::view::FORMAT {
            return Err(SideError::Format(side.format));
        }
        side.make_safe();
        Ok(side)
    }

    /// A run that was judged just now.
    ///
    /// # Errors
    /// Never in practice; serde's error otherwise.
    pub fn of(view: &View) -> Result<Self, SideError> {
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
            it.ways.iter_mut().for_each(safe);
        }
        self.groups.iter_mut().flat_map(|it| &mut it.requirements).for_each(|it| safe(&mut it.id));
        for question in &mut self.ambiguities {
            safe(&mut question.id);
            question.choices.iter_mut().for_each(|it| safe(&mut it.0));
        }
        self.latency.iter_mut().for_each(|it| safe(&mut it.operation));
        self.precedence.iter_mut().chain(&mut self.unordered).for_each(|it| safe(&mut it.meaning));
    }

    /// Findings that say that something is wrong, known or not.
    pub(super) fn failures(&self) -> impl Iterator<Item = &FindingPart> {
        self.findings.iter().filter(|it| matches!(it.outcome, Outcome::Fail | Outcome::Known))
    }

    /// The outcome of each requirement.
    pub(super) fn outcomes(&self) -> BTreeMap<&str, Outcome> {
        let all = self.groups.iter().flat_map(|group| &group.requirements);
        all.map(|it| (it.id.as_str(), it.outcome)).collect()
    }

    /// What the server was seen to do, by open question.
    pub(super) fn answers(&self) -> BTreeMap<String, String> {
        let seen = self.ambiguities.iter().filter(|it| !it.choices.is_empty());
        let told = |it: &QuestionPart| {
            let mut choices: Vec<&str> = it.choices.iter().map(|(choice, ..)| choice.as_str()).collect();
            choices.sort_unstable();
            (it.id.clone(), choices.join("; "))
        };
        seen.map(told).collect()
    }

    /// The order in which errors win, in a line.
    pub(super) fn order_of_errors(&self) -> String {
        let name = |it: &ErrorPart| it.status.map_or_else(|| it.meaning.clone(), |status| status.to_string());
        let first: Vec<String> = self.precedence.iter().map(name).collect();
        let rest: Vec<String> = self.unordered.iter().map(name).collect();
        match rest.is_empty() {
            true => first.join(", then "),
            false => format!("{}, and in no fixed order {}", first.join(", then "), rest.join(", ")),
        }
    }

    /// Whether the run tried everything of its tier.
    pub(super) fn is_whole(&self) -> bool {
        self.run.end == End::Complete && self.run.only.is_empty() && self.run.shard.is_none()
    }

    /// Whether the run tried at least what another one did.
    pub(super) fn tries_as_much_as(&self, other: &Self) -> bool {
        self.is_whole() && self.run.tier >= other.run.tier
    }
}
