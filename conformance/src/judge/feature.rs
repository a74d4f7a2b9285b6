//! Features of an order request that may explain how the server treated it: how it was sent, by whom, and what it
//! contains. Features shared by all failing orders and by no others are computed from these over the whole run.

use std::fmt;

use spec::Contract;

use crate::history::{Exchange, KeyUse};
use crate::order::facts::{Facts, OrderFacts};
use crate::order::msisdn::Number;

/// A feature of an order. The variants go from the most telling to the least: where several explain a failure, the
/// first ones are reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// The body went out in chunks, without its length.
    Chunked,
    /// The media type of the body, where it is not `application/json` alone.
    ContentType(String),
    /// A lenient reader reads the body differently; the value says what that reader does.
    OddBody(String),
    /// The spelling of the key's header, where it differs from the contract's.
    KeyHeader(String),
    /// The body is larger than a server must accept.
    Large,
    /// The order was sent at the same time as others of the same wallet.
    AtOnce,
    /// The wallet held exactly what the order costs.
    ExactBalance,
    /// The caller's role.
    Role(String),
    /// The number of recipients.
    Count(usize),
    /// Exactly one recipient has a defect; its position, counted from 1.
    DefectAt(usize),
    /// The same number occurs twice in the order.
    Duplicates,
    /// The order has properties that are not documented.
    ExtraField,
    /// A number is spelled differently from the form on the page.
    OtherSpelling,
    /// A number belongs to another country.
    Foreign,
    /// The one package that is ordered for all recipients.
    OnePackage(String),
    /// The prefix that all recipients' numbers share: the country code and the digits of the network.
    Prefix(String),
    /// The id of the operator in the order.
    Operator(String),
    /// The id of the product in the order.
    Product(String),
    /// Whether the total is a whole number of cedis.
    WholeCedis(bool),
}

impl fmt::Display for Feature {
    /// Writes a phrase that completes "each was …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chunked => {
                f.write_str("sent in chunks (Transfer-Encoding: chunked, without a Content-Length)")
            }
            Self::ContentType(kind) => write!(f, "sent as {kind}"),
            Self::OddBody(what) => write!(f, "a body that only lenient servers accept ({what})"),
            Self::KeyHeader(name) => write!(f, "sent with its key under the name {name}"),
            Self::Large => f.write_str("larger than a server must accept"),
            Self::AtOnce => f.write_str("sent at the same time as others of its wallet"),
            Self::ExactBalance => f.write_str("paid from a wallet that held exactly its cost"),
            Self::Role(role) => write!(f, "sent by {role}"),
            Self::Count(count) => write!(f, "for {count} recipients"),
            Self::DefectAt(at) => write!(f, "one with its defect at recipient {at}"),
            Self::Duplicates => f.write_str("one with the same number twice"),
            Self::ExtraField => f.write_str("one with properties that are not documented"),
            Self::OtherSpelling => f.write_str("one with a number in another spelling than the page's"),
            Self::Foreign => f.write_str("one with a number of another country"),
            Self::OnePackage(id) => write!(f, "for the package {id} alone"),
            Self::Prefix(prefix) => write!(f, "for numbers that start with {prefix}"),
            Self::Operator(id) => write!(f, "for the operator {id}"),
            Self::Product(id) => write!(f, "for the product {id}"),
            Self::WholeCedis(true) => f.write_str("one whose total is a whole number of cedis"),
            Self::WholeCedis(false) => f.write_str("one whose total is not a whole number of cedis"),
        }
    }
}

impl Feature {
    /// Returns true if few orders have the feature, so that it is informative even for a single order.
    #[must_use]
    pub(crate) fn is_odd(&self) -> bool {
        !matches!(
            self,
            Self::Role(_)
                | Self::Count(_)
                | Self::OnePackage(_)
                | Self::Prefix(_)
                | Self::Operator(_)
                | Self::Product(_)
                | Self::WholeCedis(_)
        )
    }
}

/// The number of digits after the country code that identify the network of a number.
const NETWORK_DIGITS: usize = 2;

impl Feature {
    /// Returns every feature of an order request, the most telling first.
    #[must_use]
    pub(crate) fn of(contract: &Contract, exchange: &Exchange, facts: &Facts) -> Vec<Self> {
        let mut found = Self::on_the_wire(exchange, facts);
        found.extend(facts.role.clone().map(Self::Role));
        if facts.wallet.exact().is_some() && facts.wallet.exact() == facts.exact_cost() {
            found.push(Self::ExactBalance);
        }
        if let Some(order) = facts.order() {
            found.extend(Self::of_order(contract, order));
        }
        if let Some(cost) = facts.exact_cost() {
            found.push(Self::WholeCedis(cost.get() % 100 == 0));
        }
        found.sort();
        found
    }

    fn on_the_wire(exchange: &Exchange, facts: &Facts) -> Vec<Self> {
        let mut found = Vec::new();
        if facts.chunked {
            found.push(Self::Chunked);
        }
        let mut kinds =
            exchange.request.headers.iter().filter(|it| it.0.eq_ignore_ascii_case("content-type"));
        match (kinds.next(), kinds.next()) {
            (Some((_, kind)), None) if kind == "application/json" => {}
            (Some((_, kind)), None) => found.push(Self::ContentType(kind.clone())),
            (Some(_), Some(_)) => found.push(Self::ContentType("two media types".to_owned())),
            (None, _) => found.push(Self::ContentType("nothing (no Content-Type)".to_owned())),
        }
        found.extend(facts.others.first().map(|it| Self::OddBody(it.liberty.what())));
        if let KeyUse::OwnHeaderCase(name) = &exchange.request.key {
            found.push(Self::KeyHeader(name.clone()));
        }
        if facts.large {
            found.push(Self::Large);
        }
        if exchange.batch.is_some() {
            found.push(Self::AtOnce);
        }
        found
    }

    fn of_order(contract: &Contract, order: &OrderFacts) -> Vec<Self> {
        let mut found = Vec::new();
        found.extend(order.operator.text().map(|id| Self::Operator(id.to_owned())));
        found.extend(order.product.text().map(|id| Self::Product(id.to_owned())));
        if order.duplicates {
            found.push(Self::Duplicates);
        }
        if order.extra {
            found.push(Self::ExtraField);
        }
        let Some(entries) = &order.entries else { return found };
        found.push(Self::Count(entries.len()));
        if entries.iter().any(|it| it.number_is == Some(Number::OtherForm)) {
            found.push(Self::OtherSpelling);
        }
        if entries.iter().any(|it| it.number_is == Some(Number::Foreign)) {
            found.push(Self::Foreign);
        }
        let mut defects = entries.iter().enumerate().filter(|(_, it)| it.is_defective());
        if let (Some((at, _)), None) = (defects.next(), defects.next()) {
            found.push(Self::DefectAt(at + 1));
        }
        let digits = contract.msisdn.country_code.len() + NETWORK_DIGITS;
        found.extend(shared(entries.iter().map(|it| it.package.text())).map(Self::OnePackage));
        let prefixes = entries.iter().map(|it| it.msisdn.text().and_then(|number| number.get(..digits)));
        found.extend(shared(prefixes).map(Self::Prefix));
        found
    }
}

/// Returns the text that all items have in common, or `None` if they differ or one has none.
fn shared<'t>(mut texts: impl Iterator<Item = Option<&'t str>>) -> Option<String> {
    let first = texts.next()??;
    texts.all(|text| text == Some(first)).then(|| first.to_owned())
}
