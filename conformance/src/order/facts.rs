//! The facts of an order request that affect its answer. `read_request` reads them from the bytes that were sent.

use std::collections::BTreeMap;

use spec::Pesewas;

use super::lenient::Liberty;
use super::msisdn::Number;
use super::wallet::Wallet;

/// Whether the key is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// The key works.
    Good,
    /// There is no key.
    Missing,
    /// The key belongs to no account, or is revoked.
    Bad,
}

/// The `Content-Type` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`, in UTF-8.
    Json,
    /// Anything else, or none.
    Other,
}

/// A required string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// The field is absent, null or of another type.
    Bad,
    /// The field is a string.
    Text(String),
}

impl Field {
    /// Returns the string; `None` if the field is not one.
    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bad => None,
        }
    }
}

/// What is known about a package in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    /// It is active and belongs to the order's product.
    Good,
    /// It is unknown, inactive, or belongs to another product.
    Bad,
    /// Its state is unknown, since the server's catalog is not known.
    Undetermined,
}

/// One entry of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The package's id as sent.
    pub(crate) package: Field,
    /// The number as sent.
    pub(crate) msisdn: Field,
    /// What is known about the package, if the field is a string.
    pub(crate) package_is: Option<Package>,
    /// What kind of number it is, if the field is a string.
    pub(crate) number_is: Option<Number>,
}

impl Entry {
    /// Returns true if the entry must be refused because of its own content.
    #[must_use]
    pub(crate) fn is_defective(&self) -> bool {
        self.package == Field::Bad
            || self.msisdn == Field::Bad
            || self.package_is == Some(Package::Bad)
            || self.number_is == Some(Number::Impossible)
    }
}

/// What is known about the operator or the product of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// It is known, and operator and product belong together.
    Good,
    /// It is unknown, or belongs to another operator.
    Bad,
    /// It is known but not on sale; the page does not say what is answered then.
    Unavailable,
    /// Its state is unknown, since the server's catalog is not known.
    Undetermined,
}

/// An order that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderFacts {
    /// The operator's id as sent.
    pub(crate) operator: Field,
    /// The product's id as sent.
    pub(crate) product: Field,
    /// The entries; `None` if `items` is absent, null or not an array.
    pub(crate) entries: Option<Vec<Entry>>,
    /// What is known about the operator, if the field is a string.
    pub(crate) operator_is: Option<Reference>,
    /// What is known about the product, if the field is a string.
    pub(crate) product_is: Option<Reference>,
    /// Whether there are undocumented properties, at either level.
    pub(crate) extra: bool,
    /// Whether the same number occurs twice.
    pub(crate) duplicates: bool,
    /// The least and the most that the order can cost the caller, in pesewas; the most is `None` if no bound is known.
    pub(crate) cost: (Pesewas, Option<Pesewas>),
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// It is not JSON in any reading.
    NotJson,
    /// It is JSON but not an object.
    NotObject,
    /// `null`, which some readers take for an object without members.
    Null,
    /// Parsers disagree on whether or how to read it, for the given reason.
    Unclear(&'static str),
    /// It is an object.
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

/// Everything that affects the answer to an order request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Whether the key is valid.
    pub(crate) auth: Auth,
    /// The caller's role, if known.
    pub(crate) role: Option<String>,
    /// The content type.
    pub(crate) media: Media,
    /// Whether the body is larger than a server must accept.
    pub(crate) large: bool,
    /// Whether the request used another method, path or place of the key than the documented ones.
    pub(crate) door: bool,
    /// Whether the body was sent without its length (AMB-CHUNKED-LENGTH).
    pub(crate) chunked: bool,
    /// The body as a strict reader sees it.
    pub(crate) body: Body,
    /// Whether a parser may refuse the body although the JSON grammar allows it: it has a number beyond the range of a
    /// double.
    pub(crate) disputed: bool,
    /// Whether the body is nested more deeply than every parser follows.
    pub(crate) too_deep: bool,
    /// The body as lenient readers see it, if they see something else.
    pub(crate) others: Vec<OtherReading>,
    /// The caller's spendable balance at the time.
    pub(crate) wallet: Wallet,
    /// Whether other orders of the same wallet were in flight.
    pub(crate) contended: bool,
    /// Whether the body equals that of an order which the same wallet had paid, and was refused with an undocumented
    /// status.
    pub(crate) repeated: bool,
}

impl Facts {
    /// Returns the order; `None` if it could not be read.
    #[must_use]
    pub(crate) fn order(&self) -> Option<&OrderFacts> {
        match &self.body {
            Body::Order(order) => Some(order),
            _ => None,
        }
    }

    /// Returns true if parsers disagree on what the body says, or whether it says anything.
    #[must_use]
    pub(crate) fn is_read_otherwise(&self) -> bool {
        self.disputed || self.too_deep || !self.others.is_empty() || matches!(self.body, Body::Unclear(_))
    }

    /// Returns the number of entries; `None` if they could not be read.
    #[must_use]
    pub(crate) fn count(&self) -> Option<usize> {
        self.order().and_then(|order| order.entries.as_ref()).map(Vec::len)
    }

    /// Returns what the order costs; `None` if the cost is not known exactly.
    #[must_use]
    pub(crate) fn exact_cost(&self) -> Option<Pesewas> {
        let order = self.order()?;
        (order.cost.1 == Some(order.cost.0)).then_some(order.cost.0)
    }
}

/// Returns the packages of an order with the number of times each occurs; RESP-LINEAR learns prices from them.
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
