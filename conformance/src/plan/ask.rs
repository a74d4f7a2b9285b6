//! A read request that differs from the plain one: with a bad key, of a malformed id, with any query, or from the
//! cursor of an earlier page.

use spec::OperationId;

use super::key::Key;

/// What a read request sends of an order in place of its id. No order has it for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// The id without its last third.
    Beginning,
    /// The short reference.
    Reference,
}

/// The parameter of a query in which a server may look for a key, although the page names a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InQuery {
    /// The name of the key's header.
    HeaderName,
    /// The name that most APIs use.
    UsualName,
}

impl InQuery {
    /// Returns the name of the parameter, given that of the key's header.
    #[must_use]
    pub(crate) fn name(self, header: &str) -> &str {
        match self {
            Self::HeaderName => header,
            Self::UsualName => "api_key",
        }
    }
}

/// A read request with everything about it that can be unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The actor that reads, as an index into the actors of the case.
    pub actor: usize,
    /// The operation that is called.
    pub operation: OperationId,
    /// The key that is sent.
    pub key: Key,
    /// Where in the query the actor's own key stands, if it does.
    pub key_in_query: Option<InQuery>,
    /// The values of the path's parameters.
    pub values: Vec<String>,
    /// An order that the case created, counted from 0, whose id is the first path parameter.
    pub nth: Option<usize>,
    /// What is sent of that order in place of its id.
    pub instead: Option<Instead>,
    /// The query, as pairs of the mark that the contract gives a parameter and its value.
    pub query: Vec<(&'static str, String)>,
    /// The actor at whose last page this reading continues: its cursor is sent.
    pub cursor_of: Option<usize>,
    /// Whether to follow the cursor to the last page.
    pub follow: bool,
}

impl Ask {
    /// Creates the plain reading of an operation by an actor.
    #[must_use]
    pub(crate) const fn new(actor: usize, operation: OperationId) -> Self {
        Self {
            actor,
            operation,
            key: Key::Own,
            key_in_query: None,
            values: Vec::new(),
            nth: None,
            instead: None,
            query: Vec::new(),
            cursor_of: None,
            follow: false,
        }
    }

    /// Sends another key.
    #[must_use]
    pub(crate) fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Sends the key in the query, and no key header.
    #[must_use]
    pub(crate) fn key_in_query(mut self, place: InQuery) -> Self {
        self.key = Key::Absent;
        self.key_in_query = Some(place);
        self
    }

    /// Adds a value for the next parameter of the path.
    #[must_use]
    pub(crate) fn of(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Reads an order that the case created, counted from 0.
    #[must_use]
    pub(crate) const fn nth(mut self, nth: usize) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Sends something else of the order than its id.
    #[must_use]
    pub(crate) const fn instead(mut self, instead: Instead) -> Self {
        self.instead = Some(instead);
        self
    }

    /// Adds a query parameter, by the mark that the contract gives it.
    #[must_use]
    pub(crate) fn query(mut self, mark: &'static str, value: impl Into<String>) -> Self {
        self.query.push((mark, value.into()));
        self
    }

    /// Continues at the cursor of the last page that an actor read.
    #[must_use]
    pub(crate) const fn cursor_of(mut self, actor: usize) -> Self {
        self.cursor_of = Some(actor);
        self
    }

    /// Follows the cursor to the last page.
    #[must_use]
    pub(crate) const fn follow(mut self) -> Self {
        self.follow = true;
        self
    }
}
