//! An order as it is sent, with what it may cost and why it must be refused.

use spec::{Contract, Pesewas};

use super::door::Door;
use super::key::Key;
use crate::history::{Cost, Transport};

/// An order request, complete except for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The actor that sends it, as an index into the actors of the case.
    pub actor: usize,
    /// The key that is sent.
    pub key: Key,
    /// A route other than the documented one; `None` for the documented one.
    pub door: Option<Door>,
    /// The headers other than the key.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How the request is transferred.
    pub transport: Transport,
    /// What it may cost.
    pub cost: Cost,
    /// The requirements for which a conforming server surely refuses it.
    pub refused_for: Vec<&'static str>,
    /// The defects of the order, each named by a word that is the same for defects of the same kind; empty for an order
    /// without intended defects.
    pub defects: Vec<String>,
}

impl Outgoing {
    /// Returns true if a conforming server refuses the order.
    #[must_use]
    pub(crate) fn is_refused(&self) -> bool {
        let cost = &self.cost;
        let free = cost.purchases == 0 && cost.open == Pesewas::ZERO && cost.unpriced == 0;
        free || !self.refused_for.is_empty()
    }

    /// Returns the method of the request.
    #[must_use]
    pub(crate) fn method(&self, contract: &Contract) -> String {
        self.door.map_or_else(|| contract.buy().method.clone(), |door| door.method(contract))
    }

    /// Returns the path of the request. A mask stands in place of a key.
    #[must_use]
    pub(crate) fn path(&self, contract: &Contract) -> String {
        self.door.map_or_else(|| contract.buy().path.clone(), |door| door.path(contract))
    }

    /// Returns the headers other than the key, including those that its route needs.
    #[must_use]
    pub(crate) fn all_headers(&self, contract: &Contract) -> Vec<(String, String)> {
        let more = self.door.map(|door| door.headers(contract)).unwrap_or_default();
        self.headers.iter().cloned().chain(more).collect()
    }
}
