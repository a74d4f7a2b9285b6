//! What is found of a client.

use serde::Serialize;

/// Something that a client does wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub id: String,
    /// Whether it fails the client, rather than warn.
    pub fails: bool,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What a good client does.
    pub expected: String,
    /// What this one did.
    pub received: String,
    /// Which exchange shows it, from 0.
    pub exchange: Option<usize>,
    /// The rule that it would break in a scenario about nothing else, where this one is about something.
    #[serde(skip)]
    pub(super) usual: Option<String>,
}

/// A finding that fails; with [`Finding::only_warns`] one that does not.
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
    /// Which exchange shows it.
    pub(super) fn at(mut self, exchange: usize) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// No more than a warning.
    pub(super) fn only_warns(mut self) -> Self {
        self.fails = false;
        self
    }
}
