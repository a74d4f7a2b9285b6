//! Where a check lays down what it found: passes, observations, and findings put together line by line.

use spec::{Meaning, OperationId, Pesewas};

use super::scene::Seen;
use super::shape::{Difference, Shapes};
use super::verdict::{Cause, Context, Finding, Mark, MarkKind, Marks, Observation};
use super::ways;
use crate::bounds;
use crate::history::{Answer, CaseRecord, Response};
use crate::order::reading;
use crate::order::rule::Expected;

/// Where checks lay down what they found in a case.
#[derive(Debug)]
pub struct Bench<'a> {
    /// Compiled schemas.
    pub(crate) shapes: &'a Shapes,
    /// What was found so far.
    pub(crate) marks: Marks,
    case: &'a CaseRecord,
}

impl<'a> Bench<'a> {
    /// An empty bench for a case.
    #[must_use]
    pub(crate) fn new(shapes: &'a Shapes, case: &'a CaseRecord) -> Self {
        Self { shapes, marks: Marks::default(), case }
    }
}

impl Bench<'_> {
    /// A requirement had its chance to fail and did not.
    pub(crate) fn pass(&mut self, requirement: &str) {
        self.marks.marks.push(Mark { requirement: requirement.to_owned(), kind: MarkKind::Pass });
    }

    /// A requirement was exercised without a conclusion.
    pub(crate) fn inconclusive(&mut self, requirement: &str, why: impl Into<String>) {
        let kind = MarkKind::Inconclusive(why.into());
        self.marks.marks.push(Mark { requirement: requirement.to_owned(), kind });
    }

    /// What an answer lacks of the shape that is promised. Where nobody can tell, since the answer can't be read as a whole,
    /// the requirement is left open, and there is nothing.
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

    /// An ambiguity was seen.
    pub(crate) fn observe(&mut self, ambiguity: &str, choice: impl Into<String>) {
        let mut choice = choice.into();
        clip(&mut choice);
        let observation = Observation { ambiguity: ambiguity.to_owned(), choice, case: self.case.id.clone() };
        if !self.marks.observations.contains(&observation) {
            self.marks.observations.push(observation);
        }
    }

    /// Two errors applied and one won.
    pub(crate) fn precedence(&mut self, winner: Meaning, loser: Meaning) {
        if winner != loser {
            self.marks.precedence.push((winner, loser));
        }
    }

    /// Starts a finding; finish it with [`Draft::put`].
    pub(crate) fn fail<'b>(
        &'b mut self,
        candidates: &[&str],
        cause: impl Into<Cause>,
        summary: impl Into<String>,
    ) -> Draft<'b> {
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
        Draft { findings: &mut self.marks.findings, finding }
    }
}

/// A finding being put together.
#[derive(Debug)]
pub(crate) struct Draft<'b> {
    findings: &'b mut Vec<Finding>,
    finding: Finding,
}

impl Draft<'_> {
    /// It is about this exchange.
    #[must_use]
    pub(crate) fn at(mut self, seen: &Seen<'_>) -> Self {
        self.finding.exchange = Some(seen.at);
        let context = &mut self.finding.context;
        context.way = ways::of_key(&seen.exchange.request.key).or_else(|| context.way.take());
        context.down = match &seen.exchange.answer {
            Answer::Response(response) => response.status >= 500,
            answer => !answer.is_stopped() && matches!(answer, Answer::Lost(_)),
        };
        if self.finding.actual.is_empty() {
            self.finding.actual = describe(seen);
        }
        self
    }

    /// What was allowed.
    #[must_use]
    pub(crate) fn expected(mut self, expected: Vec<Expected>) -> Self {
        self.finding.expected = expected;
        self
    }

    /// The one thing that was allowed.
    #[must_use]
    pub(crate) fn wanted(mut self, what: impl Into<String>, because: &str) -> Self {
        self.finding.expected.push(Expected { what: what.into(), because: vec![because.to_owned()] });
        self
    }

    /// What came instead.
    #[must_use]
    pub(crate) fn actual(mut self, actual: impl Into<String>) -> Self {
        self.finding.actual = actual.into();
        self
    }

    /// One more line.
    #[must_use]
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Self {
        self.finding.detail.push(line.into());
        self
    }

    /// One more line for each difference of shape.
    #[must_use]
    pub(crate) fn differences(self, differences: &[Difference]) -> Self {
        let line = |it: &Difference| format!("{}: {}", it.pointer, it.message);
        differences.iter().fold(self, |draft, it| draft.detail(line(it)))
    }

    /// What else would explain it, if it fails elsewhere.
    #[must_use]
    pub(crate) fn suspects(mut self, ids: &[&str]) -> Self {
        self.finding.suspects = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// What explains it as well, by what the server answered in this very case.
    #[must_use]
    pub(crate) fn follows(mut self, ids: &[&str]) -> Self {
        self.finding.context.follows = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// What is somebody else's business was shown or touched.
    #[must_use]
    pub(crate) fn exposes(mut self) -> Self {
        self.finding.context.exposes = true;
        self
    }

    /// Only worth a warning.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.finding.warning = true;
        self
    }

    /// Lays it down, with no more of what a server says than anybody reads.
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

/// Cuts a line that repeats what a server says.
fn clip(text: &mut String) {
    let most = 2 * bounds::EXCERPT;
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

/// What came, in a line.
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

/// An amount for a person.
#[must_use]
pub(crate) fn ghs(amount: Pesewas) -> String {
    format!("GHS {amount}")
}
