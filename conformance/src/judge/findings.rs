//! Where a check records what it found in a case: passes, observations, and findings, which it builds step by step.

use spec::{Meaning, OperationId, Pesewas};

use super::scene::Seen;
use super::shape::{Difference, Shapes};
use super::verdict::{Cause, Context, Finding, Mark, MarkKind, Marks, Observation};
use super::ways;
use crate::bounds;
use crate::history::{Answer, CaseRecord, KeyUse, Response};
use crate::order::reading;
use crate::order::rule::Expected;

/// Collects what the checks find in one case.
#[derive(Debug)]
pub struct Findings<'a> {
    /// The compiled schemas.
    pub(crate) shapes: &'a Shapes,
    /// What has been found so far.
    pub(crate) marks: Marks,
    case: &'a CaseRecord,
}

impl<'a> Findings<'a> {
    /// Returns an empty collection for a case.
    #[must_use]
    pub(crate) fn new(shapes: &'a Shapes, case: &'a CaseRecord) -> Self {
        Self { shapes, marks: Marks::default(), case }
    }
}

impl Findings<'_> {
    /// Records that a requirement was exercised and kept.
    pub(crate) fn pass(&mut self, requirement: &str) {
        self.marks.marks.push(Mark { requirement: requirement.to_owned(), kind: MarkKind::Pass });
    }

    /// Records that a requirement was exercised without a conclusion, and why.
    pub(crate) fn inconclusive(&mut self, requirement: &str, why: impl Into<String>) {
        let kind = MarkKind::Inconclusive(why.into());
        self.marks.marks.push(Mark { requirement: requirement.to_owned(), kind });
    }

    /// Returns how an answer differs from the promised shape. If the answer can't be read as a whole, records the
    /// requirement as inconclusive and returns `None`.
    pub(crate) fn differences(
        &mut self,
        requirement: &str,
        operation: OperationId,
        response: &Response,
    ) -> Option<Vec<Difference>> {
        if let Some(why) = reading::unreadable(response) {
            self.inconclusive(requirement, why);
            return None;
        }
        if let Some(coding) = reading::false_coding(response) {
            let message = format!("the body has not the content coding {coding}, which the answer names");
            return Some(vec![Difference { pointer: String::new(), message }]);
        }
        let body = &response.body.0;
        Some(self.shapes.differences(operation, response.status, body).unwrap_or_default())
    }

    /// Records which side of an open question was observed; repeated observations are recorded once.
    pub(crate) fn observe(&mut self, ambiguity: &str, choice: impl Into<String>) {
        let mut choice = choice.into();
        clip(&mut choice);
        let observation = Observation { ambiguity: ambiguity.to_owned(), choice, case: self.case.id.clone() };
        if !self.marks.observations.contains(&observation) {
            self.marks.observations.push(observation);
        }
    }

    /// Records that two errors applied to a request and which of them was answered.
    pub(crate) fn precedence(&mut self, winner: Meaning, loser: Meaning) {
        if winner != loser {
            self.marks.precedence.push((winner, loser));
        }
    }

    /// Starts a finding, which [`FindingBuilder::put`] completes.
    pub(crate) fn fail<'b>(
        &'b mut self,
        candidates: &[&str],
        cause: impl Into<Cause>,
        summary: impl Into<String>,
    ) -> FindingBuilder<'b> {
        let finding = Finding {
            candidates: candidates.iter().map(|id| (*id).to_owned()).collect(),
            suspects: Vec::new(),
            warning: false,
            cause: cause.into(),
            summary: summary.into(),
            expected: Vec::new(),
            actual: String::new(),
            detail: Vec::new(),
            case: self.case.id.clone(),
            index: self.case.index,
            exchange: None,
            context: Context {
                way: ways::of_case(self.case),
                at_once: ways::is_at_once(self.case),
                ..Context::default()
            },
        };
        FindingBuilder { findings: &mut self.marks.findings, finding }
    }
}

/// A finding that is being built.
#[derive(Debug)]
pub(crate) struct FindingBuilder<'b> {
    findings: &'b mut Vec<Finding>,
    finding: Finding,
}

impl FindingBuilder<'_> {
    /// Sets the exchange that the finding is about and, unless already set, describes its answer.
    #[must_use]
    pub(crate) fn at(mut self, seen: &Seen<'_>) -> Self {
        self.finding.exchange = Some(seen.at);
        let context = &mut self.finding.context;
        let key = &seen.exchange.request.key;
        context.key = if *key == KeyUse::Absent { Some("no key".to_owned()) } else { ways::of_key(key) };
        context.way = ways::of_key(key).or_else(|| context.way.take());
        context.down = match &seen.exchange.answer {
            Answer::Response(response) => response.status >= 500,
            answer => !answer.is_stopped() && matches!(answer, Answer::Lost(_)),
        };
        if self.finding.actual.is_empty() {
            self.finding.actual = describe(seen);
        }
        self
    }

    /// Sets the answers that were allowed.
    #[must_use]
    pub(crate) fn expected(mut self, expected: Vec<Expected>) -> Self {
        self.finding.expected = expected;
        self
    }

    /// Adds an answer that was allowed, with the requirement that says so.
    #[must_use]
    pub(crate) fn wanted(mut self, what: impl Into<String>, because: &str) -> Self {
        self.finding.expected.push(Expected { what: what.into(), because: vec![because.to_owned()] });
        self
    }

    /// Sets what was received instead.
    #[must_use]
    pub(crate) fn actual(mut self, actual: impl Into<String>) -> Self {
        self.finding.actual = actual.into();
        self
    }

    /// Adds one line of detail.
    #[must_use]
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Self {
        self.finding.detail.push(line.into());
        self
    }

    /// Adds a line of detail for each difference of shape.
    #[must_use]
    pub(crate) fn differences(self, differences: &[Difference]) -> Self {
        let line = |it: &Difference| format!("{}: {}", it.pointer, it.message);
        differences.iter().fold(self, |draft, it| draft.detail(line(it)))
    }

    /// Sets the requirements that would also explain the finding if they fail elsewhere.
    #[must_use]
    pub(crate) fn suspects(mut self, ids: &[&str]) -> Self {
        self.finding.suspects = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// Sets the requirements whose breach explains the finding as well, judging by the server's own answers in this
    /// case.
    #[must_use]
    pub(crate) fn follows(mut self, ids: &[&str]) -> Self {
        self.finding.context.follows = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// Marks the finding as one in which data of another account was shown or changed.
    #[must_use]
    pub(crate) fn exposes(mut self) -> Self {
        self.finding.context.exposes = true;
        self
    }

    /// Lowers the finding to a warning.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.finding.warning = true;
        self
    }

    /// Records the finding, with text from the server cut to a readable length.
    pub(crate) fn put(mut self) {
        let finding = &mut self.finding;
        if let Cause::Named(name) = &mut finding.cause {
            clip(name);
        }
        clip(&mut finding.summary);
        finding.detail.iter_mut().for_each(clip);
        finding.expected.iter_mut().for_each(|it| clip(&mut it.what));
        self.findings.push(self.finding);
    }
}

/// Cuts a line that repeats text from the server.
fn clip(text: &mut String) {
    let most = 2 * bounds::EXCERPT;
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

/// Returns a one-line description of what was received.
#[must_use]
pub(crate) fn describe(seen: &Seen<'_>) -> String {
    match &seen.exchange.answer {
        Answer::Response(response) => {
            let text = response.body.text();
            let mut excerpt: String = text.chars().take(bounds::EXCERPT).collect();
            if text.chars().nth(bounds::EXCERPT).is_some() {
                excerpt.push('…');
            }
            format!("{} {excerpt}", response.status).trim_end().to_owned()
        }
        Answer::Lost(lost) => format!("no answer: {}", lost.detail),
        Answer::Unsent(why) => format!("not sent: {why}"),
    }
}

/// Returns a text of an answer as a finding shows it.
#[must_use]
pub(crate) fn text(shown: Option<&str>) -> &str {
    shown.unwrap_or("none")
}

/// Formats an amount for display.
#[must_use]
pub(crate) fn ghs(amount: Pesewas) -> String {
    format!("GHS {amount}")
}
