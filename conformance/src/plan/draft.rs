//! An order in terms of what matters: role, count, balance, defects. It becomes bytes in `render.rs`, and a failing one is
//! made smaller by making these smaller.

pub use super::key::Key;
use super::odd::dashed;
pub use super::odd::{Edit, HEADERS, ODD_NUMBERS, ODD_TEXTS, Odd};
use crate::history::Transport;

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
        }
    }

    /// Whether the account can pay.
    #[must_use]
    pub const fn pays(self) -> bool {
        !matches!(self, Self::Short | Self::Zero)
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
}

/// A required field of an order or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Not there.
    Absent,
    /// `null`.
    Null,
    /// `""`.
    Empty,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Value {
    /// Every value that a string field may not have, the plainest first.
    pub const ALL: [Self; 7] =
        [Self::Absent, Self::Null, Self::Empty, Self::Number, Self::Bool, Self::Array, Self::Object];

    /// As an address names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Null => "null",
            Self::Empty => "empty",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// What is wrong with one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemFault {
    /// The package is not a string.
    Package(Value),
    /// The package exists nowhere.
    UnknownPackage,
    /// The package belongs to another product.
    OtherProductsPackage,
    /// The package is inactive.
    InactivePackage,
    /// The number is not a string.
    Msisdn(Value),
    /// The number is this text.
    Number(NumberForm),
    /// The package is an odd value.
    PackageOdd(Odd),
    /// The number is an odd value.
    MsisdnOdd(Odd),
    /// The entry is no object.
    Entry(Value),
}

/// How a recipient's number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberForm {
    /// Letters.
    Letters,
    /// Fewer digits than any number.
    TooShort,
    /// More digits than any number.
    TooLong,
    /// Only spaces.
    Blank,
    /// With the trunk prefix in place of the country code.
    Local,
    /// With a plus.
    Plus,
    /// With spaces.
    Spaced,
    /// In digits that are not ASCII.
    UnicodeDigits,
}

impl NumberForm {
    /// Forms that can't be a phone number.
    pub const IMPOSSIBLE: [Self; 4] = [Self::Letters, Self::TooShort, Self::TooLong, Self::Blank];
    /// Forms that a server may take or refuse.
    pub const OPEN: [Self; 4] = [Self::Local, Self::Plus, Self::Spaced, Self::UnicodeDigits];

    /// As an address names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Blank => "blank",
            Self::Local => "local",
            Self::Plus => "plus",
            Self::Spaced => "spaced",
            Self::UnicodeDigits => "unicode-digits",
        }
    }
}

impl ItemFault {
    /// As an address names it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Package(value) => format!("package-{}", value.name()),
            Self::UnknownPackage => "package-unknown".into(),
            Self::OtherProductsPackage => "package-of-another-product".into(),
            Self::InactivePackage => "package-inactive".into(),
            Self::Msisdn(value) => format!("msisdn-{}", value.name()),
            Self::Number(form) => format!("msisdn-{}", form.name()),
            Self::PackageOdd(odd) => format!("package-{}", odd.name()),
            Self::MsisdnOdd(odd) => format!("msisdn-{}", odd.name()),
            Self::Entry(value) => format!("entry-{}", value.name()),
        }
    }
}

/// What is wrong with the parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParentFault {
    /// The operator exists nowhere.
    UnknownOperator,
    /// The product exists nowhere.
    UnknownProduct,
    /// The product belongs to another operator.
    OtherOperatorsProduct,
}

/// A field of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Parent operator.
    Operator,
    /// Parent product.
    Product,
    /// Items.
    Items,
}

/// What is wrong, or odd, with the body as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyFault {
    /// No byte at all.
    Empty,
    /// Cut off after so many percent of it.
    Truncated(u8),
    /// Something behind it.
    Trailing,
    /// In UTF-16.
    Utf16,
    /// A byte that is not UTF-8 inside a recipient's number.
    InvalidUtf8,
    /// A byte that is not UTF-8 in a property that nobody asked for.
    InvalidUtf8InExtra,
    /// A byte order mark before it.
    Bom,
    /// Single quotes in place of double ones.
    SingleQuotes,
    /// The order in a list.
    InArray,
    /// The order as text in a string.
    InString,
    /// A bare value.
    Bare(Value),
    /// A required field of the order is not what it must be.
    Field(Part, Value),
    /// An unknown property of the order.
    Extra(Odd),
    /// An unknown property of the first item.
    ExtraInItem(Odd),
    /// A field of the order stands twice with different values.
    Repeated(Part),
    /// So many spaces around it.
    Padded(usize),
    /// On many lines, with spaces wherever they may stand.
    Pretty,
    /// Every character of every string as an escape.
    Escaped,
    /// Its fields in the opposite order.
    Reversed,
    /// A required field of the order is an odd value.
    FieldOdd(Part, Odd),
    /// Bytes changed, put in or taken out.
    Edited(Vec<Edit>),
}

impl BodyFault {
    /// As an address names it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Field(part, value) => format!("{part:?}-{}", value.name()).to_lowercase(),
            Self::Bare(value) => format!("bare-{}", value.name()),
            Self::FieldOdd(part, odd) => format!("{part:?}-{}", odd.name()).to_lowercase(),
            Self::Edited(edits) => format!("edited-{}", edits.len()),
            other => dashed(other),
        }
    }

    /// Whether the order is the same by every reading of JSON.
    #[must_use]
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Padded(_) | Self::Pretty | Self::Escaped | Self::Reversed)
    }
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
    /// One more header, by its place in [`HEADERS`]; wraps around.
    pub header: Option<usize>,
}

impl Draft {
    /// An order beyond reproach.
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
}
