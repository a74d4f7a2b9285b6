//! Hostile values, bytes and headers that commonly make parsers, databases and templates fail.

/// A hostile value, for an unknown property or in place of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hostile {
    /// A plain word.
    Word,
    /// An integer of 40 digits.
    HugeInteger,
    /// `1e999`.
    HugeExponent,
    /// `-0.0`.
    NegativeZero,
    /// Lists nested to this depth.
    Deep(usize),
    /// A string of this many letters.
    Long(usize),
    /// Half of a surrogate pair, as an escape.
    LoneSurrogate,
    /// The character `\u0000`, as an escape.
    Nul,
    /// An object named `__proto__`, which some runtimes treat specially.
    Proto,
    /// A number, by its index in [`HOSTILE_NUMBERS`]; wraps around.
    Number(usize),
    /// A string, by its index in [`HOSTILE_TEXTS`]; wraps around.
    Text(usize),
    /// An object with this many members.
    Wide(usize),
    /// An object with a duplicate key.
    Twice,
    /// A value, by its index in [`WORDS`]; wraps around.
    Listed(usize),
    /// An object in an unknown property, which is named by an index into [`NAMES`]; wraps around.
    Named(usize),
}

/// Numbers that cause errors by their width, sign or exponent.
pub(crate) const HOSTILE_NUMBERS: [&str; 8] = [
    "-1",
    "0.1",
    "1E+2",
    "1e-400",
    "2147483648",
    "9007199254740993",
    "18446744073709551616",
    "0.30000000000000004",
];

/// Strings, as written in JSON, that cause errors in encodings, queries and templates.
pub(crate) const HOSTILE_TEXTS: [&str; 10] = [
    r#""\ud83d\ude00""#,
    "\"\u{1F600}\"",
    "\"\u{202E}\u{0301}\"",
    r#""\u0007""#,
    r#""\/\b\f\n\r\t""#,
    "\"' OR '1'='1\"",
    "\"<script>alert(1)</script>\"",
    "\"{{7*7}}${7*7}%s%n\"",
    "\"../../etc/passwd\"",
    "\"\u{00A0}\u{2003}\"",
];

/// Values, as written in JSON, that mean something to a program behind the server: members that every object of a
/// runtime has, operators of document stores, quotes and comments of SQL, wildcards, paths, templates, formats, and
/// numbers in strings.
pub(crate) const WORDS: [&str; 24] = [
    r#""__proto__""#,
    r#""constructor""#,
    r#""toString""#,
    r#"{"$ne":null}"#,
    r#"{"$gt":""}"#,
    "\"%\"",
    "\"*\"",
    "\".*\"",
    "\"' OR ''='\"",
    "\"x'; --\"",
    r#""\" OR 1=1 /*""#,
    r#""../../..""#,
    "\"{{7*7}}\"",
    "\"${jndi:x}\"",
    "\"%s%n%x\"",
    "\"undefined\"",
    "\"null\"",
    "\"NaN\"",
    "\"true\"",
    "\"-1\"",
    "\"1e400\"",
    "\"9007199254740993\"",
    r#""\u0000""#,
    "\"\u{202E}\u{200B}\"",
];

/// Names of properties, as written in JSON, that a runtime or a store uses for itself, and half of a surrogate pair.
pub(crate) const NAMES: [&str; 7] =
    ["constructor", "prototype", "toString", "$where", "__class__", "", r"\ud800"];

impl Hostile {
    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) fn name(self) -> String {
        dashed(&self)
    }

    /// Returns the value as written in JSON.
    pub(super) fn json(self) -> String {
        match self {
            Self::Word => "\"word\"".into(),
            Self::HugeInteger => "9".repeat(40),
            Self::HugeExponent => "1e999".into(),
            Self::NegativeZero => "-0.0".into(),
            Self::Deep(depth) => format!("{}{}", "[".repeat(depth.max(1)), "]".repeat(depth.max(1))),
            Self::Long(length) => format!("\"{}\"", "a".repeat(length)),
            Self::LoneSurrogate => "\"\\ud800\"".into(),
            Self::Nul => "\"\\u0000\"".into(),
            Self::Proto => "{\"polluted\":true}".into(),
            Self::Number(at) => HOSTILE_NUMBERS[at % HOSTILE_NUMBERS.len()].into(),
            Self::Text(at) => HOSTILE_TEXTS[at % HOSTILE_TEXTS.len()].into(),
            Self::Wide(members) => {
                let members: Vec<String> = (0..members).map(|at| format!("\"m{at}\":{at}")).collect();
                format!("{{{}}}", members.join(","))
            }
            Self::Twice => "{\"a\":1,\"a\":2}".into(),
            Self::Listed(at) => WORDS[at % WORDS.len()].into(),
            Self::Named(_) => "{\"prototype\":{\"polluted\":true}}".into(),
        }
    }

    /// Returns the name of the unknown property that holds the value.
    pub(super) fn property(self) -> &'static str {
        match self {
            Self::Proto => "__proto__",
            Self::Named(at) => NAMES[at % NAMES.len()],
            _ => "xExtra",
        }
    }

    /// Returns a placeholder for the tree of an order, since no JSON library writes such a value. It is replaced in the
    /// text.
    pub(super) fn stand_in(self) -> String {
        format!("@@{self:?}@@")
    }
}

/// The keys of an object that stands in place of a list. Languages whose lists are maps take `0`, `1`, … for a list; no
/// other keys spell one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keys {
    /// Words.
    Words,
    /// Numbers that begin past 0 and leave some out.
    Gaps,
}

impl Keys {
    /// Every kind of keys.
    pub(crate) const ALL: [Self; 2] = [Self::Words, Self::Gaps];

    /// Returns the key of the entry at a position.
    #[must_use]
    pub(crate) fn at(self, position: usize) -> String {
        match self {
            Self::Words => format!("recipient{position}"),
            Self::Gaps => (2 * position + 5).to_string(),
        }
    }
}

/// A byte that is changed, inserted or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The position, in units of 1/65536 of the body's length.
    pub at: u16,
    /// The new byte; `None` removes the byte at the position.
    pub byte: Option<u8>,
    /// Whether the byte at the position is kept, after the new one.
    pub keep: bool,
}

/// Headers that must not change the answer.
pub(crate) const HEADERS: [(&str, &str); 7] = [
    ("accept", "application/json"),
    ("accept", "application/json;q=0.5, */*;q=0.1"),
    ("accept-language", "tw-GH, en;q=0.8"),
    ("accept-encoding", "identity"),
    ("x-request-id", "'\"<>;--%00"),
    ("cookie", "session=0; session=1"),
    ("cache-control", "no-cache"),
];

/// Returns the name of a variant in words for a case's id, such as `letters-behind`.
pub(crate) fn worded(value: &impl std::fmt::Debug) -> String {
    let name = format!("{value:?}");
    let mut words = String::with_capacity(name.len() + 4);
    for (at, letter) in name.chars().enumerate() {
        if at > 0 && letter.is_ascii_uppercase() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Returns a variant with its values as a name for a case's id.
pub(super) fn dashed(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase().replace(['(', ' '], "-").replace(')', "")
}
