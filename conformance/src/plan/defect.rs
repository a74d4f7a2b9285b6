//! What is wrong, or odd, with an order: an item, its parents, the body as a whole.

use super::near::{Lookalike, NETWORKS, Near};
use super::odd::{Edit, Odd, dashed, worded};

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

/// How a value spells the right string without being it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// Its digits without quotes.
    Unquoted,
    /// With blanks around it.
    Blanks,
}

impl Spelling {
    /// As an address names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unquoted => "unquoted",
            Self::Blanks => "blanks",
        }
    }

    /// What spells a text so, if anything does: letters are nothing without their quotes.
    #[must_use]
    pub fn of(self, text: &str) -> Option<serde_json::Value> {
        match self {
            Self::Blanks => Some(format!(" {text} ").into()),
            Self::Unquoted => {
                let number: serde_json::Number = text.parse().ok()?;
                (number.to_string() == text).then_some(number.into())
            }
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
    /// The package is right and not written as a string should be.
    PackageSpelled(Spelling),
    /// The number is right and not written as a string should be.
    MsisdnSpelled(Spelling),
    /// The package is an odd value.
    PackageOdd(Odd),
    /// The number is an odd value.
    MsisdnOdd(Odd),
    /// The entry is no object.
    Entry(Value),
    /// The package's id is nearly right.
    PackageNear(Near),
    /// The number is the first item's, written in another way.
    TwinOfFirst(NumberForm),
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
    /// Of another country, with as many digits as the page's samples.
    Foreign,
    /// Of another country, with fewer digits.
    ForeignShorter,
    /// Of another country, with a plus.
    ForeignPlus,
    /// What only looks like a number.
    Like(Lookalike),
    /// Of a mobile network, by its place in [`NETWORKS`](super::near::NETWORKS); wraps around.
    Network(usize),
    /// This digit all through, behind the first ones.
    Repeating(u8),
    /// One digit less than the page's samples.
    Eleven,
    /// One digit more.
    Thirteen,
    /// The trunk prefix before the country code.
    ZeroAndCode,
    /// The country code twice.
    CodeTwice,
    /// With a line end behind it.
    LineEnd,
}

impl NumberForm {
    /// Forms that can't be a phone number.
    pub const IMPOSSIBLE: [Self; 4] = [Self::Letters, Self::TooShort, Self::TooLong, Self::Blank];
    /// Forms that a server may take or refuse.
    pub const OPEN: [Self; 4] = [Self::Local, Self::Plus, Self::Spaced, Self::UnicodeDigits];
    /// Digits that are a number in no form that the page shows, and may be one.
    pub const NEAR: [Self; 5] =
        [Self::Eleven, Self::Thirteen, Self::ZeroAndCode, Self::CodeTwice, Self::LineEnd];
    /// Well-formed numbers that are not the country's.
    pub const FOREIGN: [Self; 3] = [Self::Foreign, Self::ForeignShorter, Self::ForeignPlus];

    /// As an address names it.
    #[must_use]
    pub fn name(self) -> String {
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
            Self::Repeating(digit) => return format!("repeating-{digit}"),
            Self::Like(like) => return worded(&like),
            other => return worded(&other),
        };
        name.to_owned()
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
            Self::PackageSpelled(spelling) => format!("package-{}", spelling.name()),
            Self::MsisdnSpelled(spelling) => format!("msisdn-{}", spelling.name()),
            Self::PackageOdd(odd) => format!("package-{}", odd.name()),
            Self::MsisdnOdd(odd) => format!("msisdn-{}", odd.name()),
            Self::Entry(value) => format!("entry-{}", value.name()),
            Self::PackageNear(near) => format!("package-{}", worded(near)),
            Self::TwinOfFirst(form) => format!("msisdn-twin-{}", form.name()),
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

impl ParentFault {
    /// Every fault.
    pub const ALL: [Self; 3] = [Self::UnknownOperator, Self::UnknownProduct, Self::OtherOperatorsProduct];
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

impl Part {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Operator, Self::Product, Self::Items];
}

/// Which of two values of the same name is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// The first.
    First,
    /// The last.
    Last,
}

/// An encoding that a reader may know or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8 behind a byte order mark.
    Utf8Marked,
    /// UTF-16, the low byte first, behind a byte order mark.
    Utf16LowMarked,
    /// UTF-16, the high byte first, behind a byte order mark.
    Utf16HighMarked,
    /// UTF-16, the low byte first.
    Utf16Low,
    /// UTF-32, the low byte first, behind a byte order mark.
    Utf32LowMarked,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 5] =
        [Self::Utf8Marked, Self::Utf16LowMarked, Self::Utf16HighMarked, Self::Utf16Low, Self::Utf32LowMarked];

    /// As an address names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8Marked => "utf-8-marked",
            Self::Utf16LowMarked => "utf-16le-marked",
            Self::Utf16HighMarked => "utf-16be-marked",
            Self::Utf16Low => "utf-16le",
            Self::Utf32LowMarked => "utf-32le-marked",
        }
    }

    /// A text in it.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
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

/// What is wrong, or odd, with the body as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyFault {
    /// No byte at all.
    Empty,
    /// Cut off after so many percent of it.
    Truncated(u8),
    /// Something behind it.
    Trailing,
    /// Words that are no JSON.
    Garbage,
    /// In another encoding than plain UTF-8.
    Encoded(Encoding),
    /// A byte that is not UTF-8 inside a recipient's number.
    InvalidUtf8,
    /// A byte that is not UTF-8 in a property that nobody asked for.
    InvalidUtf8InExtra,
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
    /// A field of the order stands twice, and this one of both has the right value.
    Repeated(Part, Right),
    /// Every name in capitals.
    NamesInCapitals,
    /// So many spaces around it.
    Padded(usize),
    /// On many lines, with spaces wherever they may stand.
    Pretty,
    /// Every character of every string as an escape.
    Escaped,
    /// Its fields in the opposite order.
    Reversed,
    /// A required field of the order is right and not written as a string should be.
    FieldSpelled(Part, Spelling),
    /// A required field of the order is an odd value.
    FieldOdd(Part, Odd),
    /// A required id of the order is nearly right.
    FieldNear(Part, Near),
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
            Self::FieldSpelled(part, spelling) => format!("{part:?}-{}", spelling.name()).to_lowercase(),
            Self::Encoded(encoding) => encoding.name().to_owned(),
            Self::Repeated(part, right) => format!("two-{part:?}-{right:?}-right").to_lowercase(),
            Self::NamesInCapitals => "names-in-capitals".into(),
            Self::InvalidUtf8 => "not-utf-8".into(),
            Self::InvalidUtf8InExtra => "not-utf-8-in-extra".into(),
            Self::FieldOdd(part, odd) => format!("{part:?}-{}", odd.name()).to_lowercase(),
            Self::FieldNear(part, near) => format!("{}-{}", worded(part), worded(near)),
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
