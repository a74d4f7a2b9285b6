//! A reading that is not the plain one: with a bad key, of an odd id, with a query of any kind, from a cursor of before.

use spec::OperationId;

use super::key::Key;

/// A reading with everything that can be odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who reads.
    pub actor: usize,
    /// What is read.
    pub operation: OperationId,
    /// Which key goes with it.
    pub key: Key,
    /// Values of the path's parameters.
    pub values: Vec<String>,
    /// An order that the case created, counted from 0, whose id is the path's first value.
    pub nth: Option<usize>,
    /// The query, by the marks that the contract gives its parameters.
    pub query: Vec<(&'static str, String)>,
    /// Start where the last page ended that this actor has read.
    pub cursor_of: Option<usize>,
    /// Follow the cursor to the end.
    pub follow: bool,
}

impl Ask {
    /// The plain reading of an operation by an actor.
    #[must_use]
    pub const fn new(actor: usize, operation: OperationId) -> Self {
        Self {
            actor,
            operation,
            key: Key::Own,
            values: Vec::new(),
            nth: None,
            query: Vec::new(),
            cursor_of: None,
            follow: false,
        }
    }

    /// With another key.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Of this id.
    #[must_use]
    pub fn of(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Of an order that the case created.
    #[must_use]
    pub const fn nth(mut self, nth: usize) -> Self {
        self.nth = Some(nth);
        self
    }

    /// With one more parameter of the query.
    #[must_use]
    pub fn query(mut self, mark: &'static str, value: impl Into<String>) -> Self {
        self.query.push((mark, value.into()));
        self
    }

    /// From where a page of this actor ended.
    #[must_use]
    pub const fn cursor_of(mut self, actor: usize) -> Self {
        self.cursor_of = Some(actor);
        self
    }

    /// To the end.
    #[must_use]
    pub const fn follow(mut self) -> Self {
        self.follow = true;
        self
    }
}
