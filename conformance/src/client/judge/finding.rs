//! A finding about a client.

use serde::Serialize;

/// A rule that a client breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The id of the rule.
    pub id: String,
    /// True if the finding is a failure, false if it is a warning.
    pub fails: bool,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What a correct client does.
    pub expected: String,
    /// What this client did.
    pub received: String,
    /// The index of the exchange that shows it.
    pub exchange: Option<usize>,
    /// The rule that it would break in a plain scenario, if this scenario attributes it to another rule.
    #[serde(skip)]
    pub(super) usual: Option<String>,
}

/// Returns a finding that is a failure; [`Finding::only_warns`] makes it a warning.
pub(super) fn finding(
    id: &str,
    summary: impl Into<String>,
    expected: &str,
    received: impl Into<String>,
) -> Finding {
    Finding {
        id: id.to_owned(),
        fails: true,
        summary: summary.into(),
        expected: expected.to_owned(),
        received: received.into(),
        exchange: None,
        usual: None,
    }
}

impl Finding {
    /// Sets the exchange that shows it.
    pub(super) fn at(mut self, exchange: usize) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// Makes it a warning.
    pub(super) fn only_warns(mut self) -> Self {
        self.fails = false;
        self
    }
}
