//! Defects of an order: of an item, of its parents (operator and product), and of the body as a whole.

use super::hostile::{Edit, Hostile, Keys, dashed, worded};
use super::near::{Lookalike, NETWORKS, Near};

/// A kind of value that a required field of an order or item has in place of the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The field is missing.
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
    pub(crate) const ALL: [Self; 7] =
        [Self::Absent, Self::Null, Self::Empty, Self::Number, Self::Bool, Self::Array, Self::Object];

    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
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

/// A way to write the right string as another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// The digits without quotes.
    Unquoted,
    /// A string with a space before and after it.
    Blanks,
}

impl Spelling {
    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unquoted => "unquoted",
            Self::Blanks => "blanks",
        }
    }

    /// Returns a text in this spelling; `None` where there is none, as for letters without quotes.
    #[must_use]
    pub(crate) fn of(self, text: &str) -> Option<serde_json::Value> {
        match self {
            Self::Blanks => Some(format!(" {text} ").into()),
            Self::Unquoted => {
                let number: serde_json::Number = text.parse().ok()?;
                (number.to_string() == text).then_some(number.into())
            }
        }
    }
}

/// A defect of one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemFault {
    /// The package has a wrong kind of value.
    Package(Value),
    /// The package does not exist.
    UnknownPackage,
    /// The package belongs to another product.
    OtherProductsPackage,
    /// The package is inactive.
    InactivePackage,
    /// The number has a wrong kind of value.
    Msisdn(Value),
    /// The number is written in this form.
    Number(NumberForm),
    /// The package is right but not written as a plain string.
    PackageSpelled(Spelling),
    /// The number is right but not written as a plain string.
    MsisdnSpelled(Spelling),
    /// The package is a hostile value.
    PackageHostile(Hostile),
    /// The number is a hostile value.
    MsisdnHostile(Hostile),
    /// The entry has a wrong kind of value.
    Entry(Value),
    /// The package's id is nearly right.
    PackageNear(Near),
    /// The number is that of the first item, written in another form.
    TwinOfFirst(NumberForm),
}

/// A form in which a recipient's number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberForm {
    /// Letters.
    Letters,
    /// Fewer digits than any number has.
    TooShort,
    /// More digits than any number has.
    TooLong,
    /// Only spaces.
    Blank,
    /// With the trunk prefix in place of the country code.
    Local,
    /// With a leading plus sign.
    Plus,
    /// With a space after the country code.
    Spaced,
    /// In digits that are not ASCII.
    UnicodeDigits,
    /// A number of another country, with as many digits as the page's samples.
    Foreign,
    /// A number of another country, with fewer digits.
    ForeignShorter,
    /// A number of another country, with a leading plus sign.
    ForeignPlus,
    /// Text that only resembles a number.
    Like(Lookalike),
    /// A number of a mobile network, by its index in `NETWORKS`; wraps around.
    Network(usize),
    /// The same with fewer digits than any number has.
    NetworkBroken(usize),
    /// This digit repeated after the country code and the first national digits.
    Repeating(u8),
    /// One digit fewer than the page's samples.
    Eleven,
    /// One digit more than the page's samples.
    Thirteen,
    /// The trunk prefix before the country code.
    ZeroAndCode,
    /// The country code twice.
    CodeTwice,
    /// A line feed after the number.
    LineEnd,
}

impl NumberForm {
    /// Forms that can't be a phone number.
    pub(crate) const IMPOSSIBLE: [Self; 4] = [Self::Letters, Self::TooShort, Self::TooLong, Self::Blank];
    /// Forms that a server may accept or refuse.
    pub(crate) const OPEN: [Self; 4] = [Self::Local, Self::Plus, Self::Spaced, Self::UnicodeDigits];
    /// Digits in no form that the page shows, which may still be a number.
    pub(crate) const NEAR: [Self; 5] =
        [Self::Eleven, Self::Thirteen, Self::ZeroAndCode, Self::CodeTwice, Self::LineEnd];
    /// Well-formed numbers of other countries.
    pub const FOREIGN: [Self; 3] = [Self::Foreign, Self::ForeignShorter, Self::ForeignPlus];

    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) fn name(self) -> String {
        let name = match self {
            Self::Letters => "letters",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Blank => "blank",
            Self::Local => "local",
            Self::Plus => "plus",
            Self::Spaced => "spaced",
            Self::UnicodeDigits => "unicode-digits",
            Self::Foreign => "foreign",
            Self::ForeignShorter => "foreign-shorter",
            Self::ForeignPlus => "foreign-plus",
            Self::Network(at) => return format!("network-{}", NETWORKS[at % NETWORKS.len()]),
            Self::NetworkBroken(at) => return format!("network-{}-broken", NETWORKS[at % NETWORKS.len()]),
            Self::Repeating(digit) => return format!("repeating-{digit}"),
            Self::Like(like) => return worded(&like),
            other => return worded(&other),
        };
        name.to_owned()
    }
}

impl ItemFault {
    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Package(value) => format!("package-{}", value.name()),
            Self::UnknownPackage => "package-unknown".into(),
            Self::OtherProductsPackage => "package-of-another-product".into(),
            Self::InactivePackage => "package-inactive".into(),
            Self::Msisdn(value) => format!("msisdn-{}", value.name()),
            Self::Number(form) => format!("msisdn-{}", form.name()),
            Self::PackageSpelled(spelling) => format!("package-{}", spelling.name()),
            Self::MsisdnSpelled(spelling) => format!("msisdn-{}", spelling.name()),
            Self::PackageHostile(hostile) => format!("package-{}", hostile.name()),
            Self::MsisdnHostile(hostile) => format!("msisdn-{}", hostile.name()),
            Self::Entry(value) => format!("entry-{}", value.name()),
            Self::PackageNear(near) => format!("package-{}", worded(near)),
            Self::TwinOfFirst(form) => format!("msisdn-twin-{}", form.name()),
        }
    }
}

/// A defect of the parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParentFault {
    /// The operator does not exist.
    UnknownOperator,
    /// The product does not exist.
    UnknownProduct,
    /// The product belongs to another operator.
    OtherOperatorsProduct,
}

impl ParentFault {
    /// Every fault.
    pub(crate) const ALL: [Self; 3] =
        [Self::UnknownOperator, Self::UnknownProduct, Self::OtherOperatorsProduct];
}

/// A required field of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The operator.
    Operator,
    /// The product.
    Product,
    /// The list of items.
    Items,
}

impl Part {
    /// Every field.
    pub(crate) const ALL: [Self; 3] = [Self::Operator, Self::Product, Self::Items];
}

/// Which of two members of the same name has the right value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// The first.
    First,
    /// The last.
    Last,
}

/// An encoding that a reader may or may not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8 with a byte order mark.
    Utf8Marked,
    /// UTF-16, little-endian, with a byte order mark.
    Utf16LowMarked,
    /// UTF-16, big-endian, with a byte order mark.
    Utf16HighMarked,
    /// UTF-16, little-endian, without a byte order mark.
    Utf16Low,
    /// UTF-32, little-endian, with a byte order mark.
    Utf32LowMarked,
}

impl Encoding {
    /// Every encoding.
    pub(crate) const ALL: [Self; 5] =
        [Self::Utf8Marked, Self::Utf16LowMarked, Self::Utf16HighMarked, Self::Utf16Low, Self::Utf32LowMarked];

    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8Marked => "utf-8-marked",
            Self::Utf16LowMarked => "utf-16le-marked",
            Self::Utf16HighMarked => "utf-16be-marked",
            Self::Utf16Low => "utf-16le",
            Self::Utf32LowMarked => "utf-32le-marked",
        }
    }

    /// Encodes a text.
    #[must_use]
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        let marked = format!("\u{FEFF}{text}");
        match self {
            Self::Utf8Marked => marked.into_bytes(),
            Self::Utf16LowMarked => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16HighMarked => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf16Low => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf32LowMarked => marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        }
    }
}

/// A defect or oddity of the body as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyFault {
    /// The body has no bytes.
    Empty,
    /// The body is cut off after this percentage of its bytes.
    Truncated(u8),
    /// Brackets follow the order.
    Trailing,
    /// Words that are not JSON.
    Garbage,
    /// An encoding other than plain UTF-8.
    Encoded(Encoding),
    /// A byte that is not UTF-8 in a recipient's number.
    InvalidUtf8,
    /// A byte that is not UTF-8 in an unknown property.
    InvalidUtf8InExtra,
    /// Single quotes in place of double quotes.
    SingleQuotes,
    /// The order inside a list.
    InArray,
    /// The order as the text of a JSON string.
    InString,
    /// The values of the order's fields in a list, in the order in which the page names the fields.
    ValuesInPlace,
    /// A single value in place of the order.
    Bare(Value),
    /// A required field of the order has a wrong kind of value.
    Field(Part, Value),
    /// The items in an object under these keys.
    ItemsUnder(Keys),
    /// An unknown property in the order.
    Extra(Hostile),
    /// An unknown property in the first item.
    ExtraInItem(Hostile),
    /// Undocumented properties that claim what only the server may decide, such as the total and the caller's role.
    Claims(Claimant),
    /// A field of the order occurs twice, and the given one of the two has the right value.
    Repeated(Part, Right),
    /// Every name in capitals.
    NamesInCapitals,
    /// About this many characters of whitespace before the order, and as many after it.
    Padded(usize),
    /// The order on many lines, with whitespace between tokens.
    Pretty,
    /// Every character of every string as an escape.
    Escaped,
    /// The fields of the order and of its entries in reverse.
    Reversed,
    /// A required field of the order is right but not written as a plain string.
    FieldSpelled(Part, Spelling),
    /// A required field of the order is a hostile value.
    FieldHostile(Part, Hostile),
    /// A required id of the order is nearly right.
    FieldNear(Part, Near),
    /// Bytes changed, inserted or removed.
    Edited(Vec<Edit>),
}

/// Where undocumented properties stand that claim what only the server may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claimant {
    /// In the order: its total and count, and the caller's role.
    Order,
    /// In each item: its price.
    Items,
    /// In both.
    Both,
}

impl BodyFault {
    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Field(part, value) => format!("{part:?}-{}", value.name()).to_lowercase(),
            Self::Bare(value) => format!("bare-{}", value.name()),
            Self::FieldSpelled(part, spelling) => format!("{part:?}-{}", spelling.name()).to_lowercase(),
            Self::Encoded(encoding) => encoding.name().to_owned(),
            Self::ItemsUnder(keys) => format!("items-under-{}", worded(keys)),
            Self::Repeated(part, right) => format!("two-{part:?}-{right:?}-right").to_lowercase(),
            Self::NamesInCapitals => "names-in-capitals".into(),
            Self::InvalidUtf8 => "not-utf-8".into(),
            Self::InvalidUtf8InExtra => "not-utf-8-in-extra".into(),
            Self::FieldHostile(part, hostile) => format!("{part:?}-{}", hostile.name()).to_lowercase(),
            Self::FieldNear(part, near) => format!("{}-{}", worded(part), worded(near)),
            Self::Edited(edits) => format!("edited-{}", edits.len()),
            Self::Claims(claimant) => format!("claims-{}", worded(claimant)),
            other => dashed(other),
        }
    }

    /// Returns true if every reader of JSON finds the same order in it.
    #[must_use]
    pub(crate) const fn is_harmless(&self) -> bool {
        matches!(self, Self::Padded(_) | Self::Pretty | Self::Escaped | Self::Reversed)
    }
}
