//! Odd values, bytes and headers: what parsers, databases and templates trip over.

/// An odd value, in a property that nobody asked for or in place of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Odd {
    /// A word.
    Word,
    /// An integer of forty digits.
    HugeInteger,
    /// `1e999`.
    HugeExponent,
    /// `-0.0`.
    NegativeZero,
    /// Lists in lists, so deep.
    Deep(usize),
    /// So many letters.
    Long(usize),
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// `\u0000`.
    Nul,
    /// `__proto__`, which some runtimes trip over.
    Proto,
    /// A number by its place in [`ODD_NUMBERS`]; wraps around.
    Number(usize),
    /// A string by its place in [`ODD_TEXTS`]; wraps around.
    Text(usize),
    /// An object of so many members.
    Wide(usize),
    /// An object with a key twice.
    Twice,
    /// A word by its place in [`WORDS`]; wraps around.
    Hostile(usize),
    /// An object under a name by its place in [`NAMES`], where nobody asked for it; wraps around.
    Named(usize),
}

/// Numbers that widths, signs and exponents break.
pub const ODD_NUMBERS: [&str; 8] = [
    "-1",
    "0.1",
    "1E+2",
    "1e-400",
    "2147483648",
    "9007199254740993",
    "18446744073709551616",
    "0.30000000000000004",
];

/// Strings as JSON writes them, that encodings, queries and templates break.
pub const ODD_TEXTS: [&str; 10] = [
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

/// Values as JSON writes them that mean something to a program behind the server: parts that every object of a runtime has,
/// operators of document stores, quotes and comments of SQL, wildcards, paths, templates, formats, numbers in texts.
pub const WORDS: [&str; 24] = [
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

/// Names of properties that a runtime or a store takes for its own.
pub const NAMES: [&str; 6] = ["constructor", "prototype", "toString", "$where", "__class__", ""];

impl Odd {
    /// As an address names it.
    #[must_use]
    pub fn name(self) -> String {
        dashed(&self)
    }

    /// As JSON writes it.
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
            Self::Number(at) => ODD_NUMBERS[at % ODD_NUMBERS.len()].into(),
            Self::Text(at) => ODD_TEXTS[at % ODD_TEXTS.len()].into(),
            Self::Wide(members) => {
                let members: Vec<String> = (0..members).map(|at| format!("\"m{at}\":{at}")).collect();
                format!("{{{}}}", members.join(","))
            }
            Self::Twice => "{\"a\":1,\"a\":2}".into(),
            Self::Hostile(at) => WORDS[at % WORDS.len()].into(),
            Self::Named(_) => "{\"prototype\":{\"polluted\":true}}".into(),
        }
    }

    /// Name of the property that it stands in where nobody asked for it.
    pub(super) fn property(self) -> &'static str {
        match self {
            Self::Proto => "__proto__",
            Self::Named(at) => NAMES[at % NAMES.len()],
            _ => "xExtra",
        }
    }

    /// What stands in a tree for a value that no JSON library writes, until the tree is text.
    pub(super) fn stand_in(self) -> String {
        format!("@@{self:?}@@")
    }
}

/// A byte changed, put in or taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Where, in parts of 65536 of the body.
    pub at: u16,
    /// What stands there afterwards; nothing where the byte is taken out.
    pub byte: Option<u8>,
    /// Whether the byte that stood there stays, behind the new one.
    pub keep: bool,
}

/// Headers that must not change anything.
pub const HEADERS: [(&str, &str); 7] = [
    ("accept", "application/json"),
    ("accept", "application/json;q=0.5, */*;q=0.1"),
    ("accept-language", "tw-GH, en;q=0.8"),
    ("accept-encoding", "identity"),
    ("x-request-id", "'\"<>;--%00"),
    ("cookie", "session=0; session=1"),
    ("cache-control", "no-cache"),
];

/// A variant in words, as an address names it: `letters-behind`.
pub fn worded(value: &impl std::fmt::Debug) -> String {
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

/// A variant as an address names it.
pub(super) fn dashed(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase().replace(['(', ' '], "-").replace(')', "")
}
