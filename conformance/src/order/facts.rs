//! What an order request is: everything that bears on its answer. `read_request` reads it from the bytes that were sent.

use std::collections::BTreeMap;

use spec::Pesewas;

use super::lenient::Liberty;
use super::msisdn::Number;
use super::wallet::Wallet;

/// Whether the key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// A working key.
    Good,
    /// No key.
    Missing,
    /// A key that nobody has, or a revoked one.
    Bad,
}

/// The `Content-Type` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`, UTF-8.
    Json,
    /// Anything else, or none.
    Other,
}

/// A required string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// Absent, null or of another type.
    Bad,
    /// A string.
    Text(String),
}

impl Field {
    /// The string, if it is one.
    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bad => None,
        }
    }
}

/// What is known of a package in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    /// Active and of the order's product.
    Good,
    /// Unknown, inactive, or of another product.
    Bad,
    /// Nobody can tell: the server's catalog is not known.
    Untold,
}

/// One entry of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The package's id as sent.
    pub(crate) package: Field,
    /// The number as sent.
    pub(crate) msisdn: Field,
    /// What the package is, where the field is a string.
    pub(crate) package_is: Option<Package>,
    /// What the number is, where the field is a string.
    pub(crate) number_is: Option<Number>,
}

impl Entry {
    /// Whether the entry must be refused for itself.
    #[must_use]
    pub(crate) fn is_defective(&self) -> bool {
        self.package == Field::Bad
            || self.msisdn == Field::Bad
            || self.package_is == Some(Package::Bad)
            || self.number_is == Some(Number::Impossible)
    }
}

/// What is known of the parent operator or product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// Known, and they belong together.
    Good,
    /// Unknown, or of another parent.
    Bad,
    /// Known and not on sale: the page says nothing of it.
    Unavailable,
    /// Nobody can tell: the server's catalog is not known.
    Untold,
}

/// An order that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderFacts {
    /// Parent operator.
    pub(crate) operator: Field,
    /// Parent product.
    pub(crate) product: Field,
    /// The entries; `None` where `items` is absent, null or no array.
    pub(crate) entries: Option<Vec<Entry>>,
    /// What the operator is, where the field is a string.
    pub(crate) operator_is: Option<Reference>,
    /// What the product is, where the field is a string.
    pub(crate) product_is: Option<Reference>,
    /// Properties beyond the documented ones, at either level.
    pub(crate) extra: bool,
    /// The same number twice.
    pub(crate) duplicates: bool,
    /// The least and the most that the order can cost the caller; `None` where no bound is known.
    pub(crate) cost: (Pesewas, Option<Pesewas>),
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// No JSON by anybody's reading.
    NotJson,
    /// JSON and no object.
    NotObject,
    /// Parsers disagree on whether or how it reads.
    Unclear(&'static str),
    /// An object.
    Order(OrderFacts),
}

/// A body as a lenient reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherReading {
    /// What the reader does that a strict one does not.
    pub(crate) liberty: Liberty,
    /// What it sees.
    pub(crate) body: Body,
}

/// Everything that bears on the answer to an order request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Whether the key is good.
    pub(crate) auth: Auth,
    /// The caller's role, where known.
    pub(crate) role: Option<String>,
    /// Content type.
    pub(crate) media: Media,
    /// Past any size that a server must take.
    pub(crate) large: bool,
    /// Whether it came by another way than the documented one.
    pub(crate) door: bool,
    /// Whether the body goes out without its length (AMB-CHUNKED-LENGTH).
    pub(crate) chunked: bool,
    /// The body as a strict reader sees it.
    pub(crate) body: Body,
    /// Whether a parser may refuse the body though it is within JSON's grammar: a number past what a double holds.
    pub(crate) disputed: bool,
    /// The body as lenient readers see it, where they see something else.
    pub(crate) others: Vec<OtherReading>,
    /// The caller's spendable balance at the time.
    pub(crate) wallet: Wallet,
    /// Whether other orders of the same wallet were under way.
    pub(crate) contended: bool,
    /// Whether it is word for word an order that the same wallet had just paid, refused with a status of no other meaning.
    pub(crate) repeated: bool,
}

impl Facts {
    /// The order, if it could be read.
    #[must_use]
    pub(crate) fn order(&self) -> Option<&OrderFacts> {
        match &self.body {
            Body::Order(order) => Some(order),
            _ => None,
        }
    }

    /// Whether parsers disagree on what the body says, or whether it says anything.
    #[must_use]
    pub(crate) fn is_read_otherwise(&self) -> bool {
        self.disputed || !self.others.is_empty() || matches!(self.body, Body::Unclear(_))
    }

    /// Number of entries, if the order could be read so far.
    #[must_use]
    pub(crate) fn count(&self) -> Option<usize> {
        self.order().and_then(|order| order.entries.as_ref()).map(Vec::len)
    }

    /// What the order costs, where it is known exactly.
    #[must_use]
    pub(crate) fn exact_cost(&self) -> Option<Pesewas> {
        let order = self.order()?;
        (order.cost.1 == Some(order.cost.0)).then_some(order.cost.0)
    }
}

/// The packages of an order that could be read, each as often as it stands there; what RESP-LINEAR learns prices from.
#[must_use]
pub(crate) fn packages(order: &OrderFacts) -> BTreeMap<&str, i64> {
    let mut found = BTreeMap::new();
    for entry in order.entries.iter().flatten() {
        if let Field::Text(id) = &entry.package {
            *found.entry(id.as_str()).or_default() += 1;
        }
    }
    found
}
