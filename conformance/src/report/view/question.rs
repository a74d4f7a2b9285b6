//! The questions that the API's pages leave open, with what the server was seen to do.

use serde::Serialize;
use spec::{Contract, Meaning, QuestionKind};

use crate::judge::verdict::AmbiguityVerdict;
use crate::report::text::visible;

/// An open question with what the server did.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AmbiguityView {
    /// The id of the ambiguity.
    pub(crate) id: String,
    /// The kind of question.
    #[serde(skip)]
    pub(crate) kind: QuestionKind,
    /// The question.
    pub(crate) question: String,
    /// What was seen, how often, and in which case first.
    pub(crate) choices: Vec<(String, u64, String)>,
}

/// One step of the precedence of errors.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PrecedenceView {
    /// The meaning of the status.
    pub(crate) meaning: Meaning,
    /// The status; `None` if the contract has none for this meaning.
    pub(crate) status: Option<u16>,
}

impl AmbiguityView {
    pub(super) fn of(contract: &Contract, ambiguity: &AmbiguityVerdict) -> Self {
        let choices = ambiguity.choices.iter();
        Self {
            id: ambiguity.id.clone(),
            kind: contract.catalogue.ambiguity(&ambiguity.id).map(|it| it.kind).unwrap_or_default(),
            question: contract.catalogue.statement(&ambiguity.id).to_owned(),
            choices: choices.map(|(choice, times, case)| (visible(choice), *times, visible(case))).collect(),
        }
    }
}

impl PrecedenceView {
    pub(super) fn of(contract: &Contract, meaning: Meaning) -> Self {
        Self { meaning, status: contract.buy().status(meaning) }
    }

    fn label(&self) -> String {
        let name = match self.meaning {
            Meaning::Accepted | Meaning::Ok => "success",
            Meaning::Invalid => "invalid request",
            Meaning::Unauthorized => "unauthorized",
            Meaning::Insufficient => "insufficient balance",
            Meaning::Forbidden => "forbidden role",
            Meaning::Count => "item count",
            Meaning::NotFound => "not found",
            Meaning::Conflict => "conflict",
        };
        self.status.map_or_else(|| name.to_owned(), |status| format!("{status} {name}"))
    }
}

/// Returns the inferred precedence of errors as a question for the API's team; `None` if it could not be inferred.
pub(super) fn precedence(order: &[PrecedenceView], unordered: &[PrecedenceView]) -> Option<String> {
    let mut steps: Vec<_> = order.iter().map(PrecedenceView::label).collect();
    let rest: Vec<_> = unordered.iter().map(PrecedenceView::label).collect();
    let rest = rest.join(", ");
    if steps.is_empty() && !rest.is_empty() {
        return Some(format!("Is it intended that these errors take precedence in no fixed order: {rest}?"));
    }
    if !rest.is_empty() {
        steps.push(format!("in no fixed order {rest}"));
    }
    (steps.len() > 1).then(|| {
        format!("Is it intended that errors take precedence in this order: {}?", steps.join(", then "))
    })
}
