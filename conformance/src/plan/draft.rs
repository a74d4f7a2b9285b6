//! An order in terms of what matters: role, count, balance, defects. It becomes bytes in `render.rs`, and a failing one is
//! made smaller by making these smaller.

use std::collections::BTreeSet;

use spec::Contract;

use super::defect::{BodyFault, ItemFault, ParentFault};
use super::key::Key;
use crate::history::Transport;
use spec::Pesewas;

/// Balance of the account in relation to the order's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balance {
    /// More than enough.
    Plenty,
    /// The total.
    Exact,
    /// One pesewa more.
    Over,
    /// One pesewa less.
    Short,
    /// Nothing.
    Zero,
    /// So much, whatever the total is.
    Holds(Pesewas),
}

impl Balance {
    /// Every class, the plainest first.
    pub const ALL: [Self; 5] = [Self::Plenty, Self::Exact, Self::Over, Self::Short, Self::Zero];

    /// As the report names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plenty => "plenty",
            Self::Exact => "exact",
            Self::Over => "over",
            Self::Short => "short",
            Self::Zero => "zero",
            Self::Holds(_) => "other",
        }
    }

    /// Whether the account can pay; of one that holds so much it depends on the total.
    #[must_use]
    pub const fn pays(self) -> bool {
        !matches!(self, Self::Short | Self::Zero)
    }

    /// Whether the account can pay a total, as far as that is known.
    #[must_use]
    pub fn pays_for(self, total: Option<Pesewas>) -> bool {
        match self {
            Self::Holds(held) => total.is_some_and(|total| held >= total),
            other => other.pays(),
        }
    }
}

/// Which packages the items have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mix {
    /// The cheapest, in every item.
    Cheapest,
    /// As many different ones as there are.
    Distinct,
    /// Those whose sum is awkward in binary floating point.
    Awkward,
    /// The dearest, in every item.
    Dearest,
}

impl Mix {
    /// Every mix that is drawn from, the plainest first; the dearest is for orders that are meant to be dear.
    pub const ALL: [Self; 3] = [Self::Cheapest, Self::Distinct, Self::Awkward];
}

/// The `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Media {
    /// `application/json`
    Json,
    /// `application/json; charset=utf-8`
    JsonUtf8,
    /// None.
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
    /// `json`
    Word,
    /// Present and empty.
    Empty,
}

impl Media {
    /// Those that are not plainly JSON.
    pub const OPEN: [Self; 8] = [
        Self::Absent,
        Self::Text,
        Self::Form,
        Self::UpperCase,
        Self::Vendor,
        Self::OtherCharset,
        Self::Word,
        Self::Empty,
    ];

    /// The header's value.
    #[must_use]
    pub const fn value(self) -> Option<&'static str> {
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

/// An order in terms of what matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Role of the caller.
    pub role: String,
    /// Number of items.
    pub count: usize,
    /// Balance in relation to the total.
    pub balance: Balance,
    /// Which packages.
    pub mix: Mix,
    /// Operator and product to buy from, by position in the shop; wraps around.
    pub shelf: usize,
    /// Faulty items by position.
    pub items: Vec<(usize, ItemFault)>,
    /// The first two items have the same number.
    pub duplicate: bool,
    /// What is wrong with the parents.
    pub parent: Option<ParentFault>,
    /// What is wrong with the body.
    pub body: Option<BodyFault>,
    /// Content type.
    pub media: Media,
    /// Key.
    pub key: Key,
    /// How it goes over the wire.
    pub transport: Transport,
    /// One more header, by its place in [`HEADERS`](super::odd::HEADERS); wraps around.
    pub header: Option<usize>,
}

impl Draft {
    /// A valid order.
    #[must_use]
    pub fn good(role: &str, count: usize) -> Self {
        Self {
            role: role.to_owned(),
            count,
            balance: Balance::Plenty,
            mix: Mix::Cheapest,
            shelf: 0,
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

    /// With another balance.
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Bought from another shelf, by position in the shop.
    #[must_use]
    pub fn shelf(mut self, shelf: usize) -> Self {
        self.shelf = shelf;
        self
    }

    /// With other packages.
    #[must_use]
    pub fn mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// With a faulty item.
    #[must_use]
    pub fn item(mut self, position: usize, fault: ItemFault) -> Self {
        self.items.push((position, fault));
        self
    }

    /// With a fault of the body.
    #[must_use]
    pub fn body(mut self, fault: BodyFault) -> Self {
        self.body = Some(fault);
        self
    }

    /// With a fault of the parents.
    #[must_use]
    pub fn parent(mut self, fault: ParentFault) -> Self {
        self.parent = Some(fault);
        self
    }

    /// With another key.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// With another content type.
    #[must_use]
    pub fn media(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    /// Another way over the wire.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// With the first number twice.
    #[must_use]
    pub fn duplicate(mut self) -> Self {
        self.duplicate = true;
        self
    }

    /// What is wrong with it, each once, in a word that is the same for the same kind of defect wherever it stands.
    #[must_use]
    pub fn defects(&self, contract: &Contract) -> Vec<String> {
        let limits = contract.limits;
        let key = (!self.key.is_own()).then(|| format!("{:?}", self.key));
        let role = (!contract.roles.may_buy(&self.role)).then(|| format!("role {}", self.role));
        // Just past a limit is a kind of its own: that is where servers are off by one.
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
