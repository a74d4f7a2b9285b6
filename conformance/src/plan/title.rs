//! Describes a draft in words: what is unusual about an order, so that the title of a case says what it sends.

use super::hostile::{HEADERS, dashed};
use super::key::{Key, UNKNOWN_KEYS};
use super::order_draft::{Balance, Media, Mix, OrderDraft};
use crate::history::Transport;

impl OrderDraft {
    /// Returns who orders how many items, and everything about the order that is not plain.
    #[must_use]
    pub(crate) fn title(&self) -> String {
        let mut parts = vec![format!("{} orders {}", self.role, self.count)];
        let words = |name: String| name.replace('-', " ");
        if self.balance != Balance::Plenty {
            parts.push(match self.balance {
                Balance::Holds(held) => format!("balance {held}"),
                other => format!("balance {}", other.name()),
            });
        }
        match self.mix {
            Mix::Cheapest => {}
            Mix::Distinct => parts.push("packages of different prices".into()),
            Mix::Awkward => parts.push("packages whose sum is awkward".into()),
            Mix::Dearest => parts.push("the dearest package".into()),
        }
        parts.extend(
            self.items.iter().map(|(at, fault)| format!("{} at item {}", words(fault.name()), at + 1)),
        );
        if self.duplicate {
            parts.push("a number twice".into());
        }
        if let Some(parent) = self.parent {
            parts.push(words(dashed(&parent)));
        }
        if let Some(body) = &self.body {
            parts.push(format!("body {}", words(body.name())));
        }
        if self.media != Media::Json {
            parts.push(format!("content type {}", self.media.value().unwrap_or("absent")));
        }
        match &self.key {
            Key::Own => {}
            Key::HeaderCase(_) => parts.push("key header in another letter case".into()),
            Key::Absent => parts.push("no key".into()),
            Key::Unknown(at) => parts.push(UNKNOWN_KEYS[at % UNKNOWN_KEYS.len()].1.into()),
            Key::Changed(change) => parts.push(change.what().into()),
        }
        match self.transport {
            Transport::Plain => {}
            Transport::Chunked => parts.push("in chunks".into()),
            Transport::Pieces => parts.push("in pieces".into()),
        }
        if let Some((name, value)) = self.header.map(|at| HEADERS[at % HEADERS.len()]) {
            parts.push(format!("{name}: {value}"));
        }
        parts.join(", ")
    }
}
