//! A draft describes an order by what matters: role, count, balance and defects. `render.rs` turns it into bytes. A
//! failing order is shrunk by making its draft plainer.

use std::collections::BTreeSet;

use spec::Contract;

use super::defect::{BodyFault, ItemFault, ParentFault};
use super::key::Key;
use crate::history::Transport;
use spec::Pesewas;

/// The account's balance in relation to the order's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balance {
    /// More than enough.
    Plenty,
    /// Exactly the total.
    Exact,
    /// One pesewa more than the total.
    Over,
    /// One pesewa less than the total.
    Short,
    /// Nothing.
    Zero,
    /// This amount, whatever the total is.
    Holds(Pesewas),
}

impl Balance {
    /// Every balance in relation to a total, the plainest first.
    pub(crate) const ALL: [Self; 5] = [Self::Plenty, Self::Exact, Self::Over, Self::Short, Self::Zero];

    /// Returns the name that a report uses.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plenty => "plenty",
            Self::Exact => "exact",
            Self::Over => "over",
            Self::Short => "short",
            Self::Zero => "zero",
            Self::Holds(_) => "other",
        }
    }

    /// Returns true if the account can pay. For [`Self::Holds`] this depends on the total, and the answer is true.
    #[must_use]
    pub(crate) const fn pays(self) -> bool {
        !matches!(self, Self::Short | Self::Zero)
    }

    /// Returns true if the account is known to be able to pay a total; `None` stands for an unknown total.
    #[must_use]
    pub(crate) fn pays_for(self, total: Option<Pesewas>) -> bool {
        match self {
            Self::Holds(held) => total.is_some_and(|total| held >= total),
            other => other.pays(),
        }
    }
}

/// Which packages the items have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mix {
    /// The cheapest package in every item.
    Cheapest,
    /// As many different packages as there are.
    Distinct,
    /// Packages whose sum is inexact in binary floating point.
    Awkward,
    /// The dearest package in every item.
    Dearest,
}

impl Mix {
    /// Every mix that is drawn at random, the plainest first. The dearest is left to orders that are meant to be
    /// expensive.
    pub(crate) const ALL: [Self; 3] = [Self::Cheapest, Self::Distinct, Self::Awkward];
}

/// The `Content-Type` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Media {
    /// `application/json`
    Json,
    /// `application/json; charset=utf-8`
    JsonUtf8,
    /// No header.
    Absent,
    /// `text/plain`
    Text,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `application/JSON`
    UpperCase,
    /// `application/vnd.api+json`
    Vendor,
    /// `application/json; charset=utf-16`
    OtherCharset,
    /// `json`, which is no media type.
    Word,
    /// A header with an empty value.
    Empty,
}

impl Media {
    /// Values that are not plainly JSON.
    pub(crate) const OPEN: [Self; 8] = [
        Self::Absent,
        Self::Text,
        Self::Form,
        Self::UpperCase,
        Self::Vendor,
        Self::OtherCharset,
        Self::Word,
        Self::Empty,
    ];

    /// Returns the header's value; `None` for no header.
    #[must_use]
    pub(crate) const fn value(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::JsonUtf8 => Some("application/json; charset=utf-8"),
            Self::Absent => None,
            Self::Text => Some("text/plain"),
            Self::Form => Some("application/x-www-form-urlencoded"),
            Self::UpperCase => Some("application/JSON"),
            Self::Vendor => Some("application/vnd.api+json"),
            Self::OtherCharset => Some("application/json; charset=utf-16"),
            Self::Word => Some("json"),
            Self::Empty => Some(""),
        }
    }
}

/// An order, described by what matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDraft {
    /// The caller's role.
    pub role: String,
    /// The number of items.
    pub count: usize,
    /// The balance in relation to the total.
    pub balance: Balance,
    /// Which packages the items have.
    pub mix: Mix,
    /// The line (operator and product) to buy from, by its index in the catalog; wraps around.
    pub line: usize,
    /// Faulty items, by position from 0.
    pub items: Vec<(usize, ItemFault)>,
    /// Whether the first two items have the same number.
    pub duplicate: bool,
    /// The defect of the parents.
    pub parent: Option<ParentFault>,
    /// The defect of the body.
    pub body: Option<BodyFault>,
    /// The content type.
    pub media: Media,
    /// The key.
    pub key: Key,
    /// How the request is transferred.
    pub transport: Transport,
    /// One more header, by its index in [`HEADERS`](super::hostile::HEADERS); wraps around.
    pub header: Option<usize>,
}

impl OrderDraft {
    /// Creates a valid order of the cheapest packages.
    #[must_use]
    pub(crate) fn good(role: &str, count: usize) -> Self {
        Self {
            role: role.to_owned(),
            count,
            balance: Balance::Plenty,
            mix: Mix::Cheapest,
            line: 0,
            items: Vec::new(),
            duplicate: false,
            parent: None,
            body: None,
            media: Media::Json,
            key: Key::Own,
            transport: Transport::Plain,
            header: None,
        }
    }

    /// Sets the balance.
    #[must_use]
    pub(crate) fn balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Sets the line to buy from, by its index in the catalog.
    #[must_use]
    pub(crate) fn line(mut self, line: usize) -> Self {
        self.line = line;
        self
    }

    /// Sets which packages the items have.
    #[must_use]
    pub(crate) fn mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// Adds a faulty item, by position from 0.
    #[must_use]
    pub(crate) fn item(mut self, position: usize, fault: ItemFault) -> Self {
        self.items.push((position, fault));
        self
    }

    /// Sets a fault of the body.
    #[must_use]
    pub(crate) fn body(mut self, fault: BodyFault) -> Self {
        self.body = Some(fault);
        self
    }

    /// Sets a fault of the parents.
    #[must_use]
    pub(crate) fn parent(mut self, fault: ParentFault) -> Self {
        self.parent = Some(fault);
        self
    }

    /// Sets the key.
    #[must_use]
    pub(crate) fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Sets the content type.
    #[must_use]
    pub(crate) fn media(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    /// Sets how the request is transferred.
    #[must_use]
    pub(crate) fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Gives the first two items the same number.
    #[must_use]
    pub(crate) fn duplicate(mut self) -> Self {
        self.duplicate = true;
        self
    }

    /// Returns the defects, each once, named by a word that is the same for defects of the same kind at any position.
    #[must_use]
    pub(crate) fn defects(&self, contract: &Contract) -> Vec<String> {
        let limits = contract.limits;
        let key = (!self.key.is_own()).then(|| format!("{:?}", self.key));
        let role = (!contract.roles.may_buy(&self.role)).then(|| format!("role {}", self.role));
        // A count just past the maximum is a kind of its own, because servers are off by one there.
        let count = match self.count {
            few if few < limits.min_items => Some(format!("{few} items")),
            many if many == limits.max_items + 1 => Some(format!("{many} items")),
            many if many > limits.max_items => Some("many items".to_owned()),
            _ => None,
        };
        let balance = (!self.balance.pays()).then(|| format!("balance {}", self.balance.name()));
        let parent = self.parent.map(|it| format!("{it:?}"));
        let body = self.body.as_ref().filter(|it| !it.is_harmless()).map(|it| format!("{it:?}"));
        let items: BTreeSet<String> = self.items.iter().map(|(_, fault)| format!("{fault:?}")).collect();
        [key, role, count, balance, parent, body].into_iter().flatten().chain(items).collect()
    }
}
