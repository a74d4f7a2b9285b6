//! Where a check judges what only the run as a whole shows.

use super::part::{Part, Place};
use super::verdict::{Context, Finding, Mark, MarkKind, Marks, Observation};
use crate::order::rule::Expected;
use spec::Contract;

/// The name of a check and the function with which it judges the run as a whole.
pub(crate) type RunJudge = (&'static str, fn(&Whole<'_>, &mut Marks));

/// The run as a whole: what each of its cases contributes, in their order.
#[derive(Debug)]
pub struct Whole<'p> {
    /// The contract.
    pub(crate) contract: &'p Contract,
    /// What each case contributes.
    pub(crate) parts: Vec<&'p Part>,
}

impl<'p> Whole<'p> {
    /// Returns a run of these cases.
    #[must_use]
    pub(crate) fn new(contract: &'p Contract, parts: impl IntoIterator<Item = &'p Part>) -> Self {
        Self { contract, parts: parts.into_iter().collect() }
    }
}

/// Returns a mark that a requirement was exercised in the run and kept.
pub(crate) fn pass(id: &str) -> Mark {
    Mark { requirement: id.to_owned(), kind: MarkKind::Pass }
}

/// Returns a choice for an open question that the run as a whole shows.
pub(crate) fn observation(ambiguity: &str, choice: &str, case: String) -> Observation {
    Observation { ambiguity: ambiguity.to_owned(), choice: choice.to_owned(), case }
}

/// Returns a finding about the exchange in which the run was seen to be wrong; `ids` are its candidates, likeliest
/// first.
pub(crate) fn finding(
    ids: &[&str],
    cause: &str,
    summary: &str,
    wanted: &str,
    at: &Place,
    detail: String,
) -> Finding {
    Finding {
        candidates: ids.iter().map(|id| (*id).to_owned()).collect(),
        suspects: Vec::new(),
        warning: false,
        cause: cause.into(),
        summary: summary.to_owned(),
        expected: vec![Expected { what: wanted.to_owned(), because: vec![ids[0].to_owned()] }],
        actual: String::new(),
        detail: vec![detail],
        case: at.0.clone(),
        index: at.1,
        exchange: Some(at.2),
        context: Context::default(),
    }
}
