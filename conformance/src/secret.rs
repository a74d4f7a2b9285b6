//! API keys: a type that can't be printed, and the mask that is applied to everything a server sends back.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;

/// The text in place of a key, or in place of the rest of a key after a documented prefix.
pub(crate) const MASK: &str = "***";

/// Keys shorter than this are not searched for in base64, since such a short piece of base64 also occurs in innocent
/// text.
const SHORTEST_FOR_BASE64: usize = 8;

/// The number of nested escapes that are undone, such as those of a JSON string in a query string.
const DEPTH: usize = 2;

/// An API key. Printing it prints a mask, and it can't be serialised:
///
/// ```compile_fail
/// let key = conformance::secret::Secret::new("netconnect_test_1".to_owned(), &[]);
/// let _ = serde_json::to_string(&key);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: String,
    shown: usize,
}

impl Secret {
    /// Wraps a key. If it starts with one of the `known_prefixes`, which are documented and therefore no secret, that
    /// prefix remains readable.
    #[must_use]
    pub fn new(key: String, known_prefixes: &[&str]) -> Self {
        let matching = known_prefixes.iter().filter(|prefix| key.starts_with(**prefix));
        let shown = matching.map(|prefix| prefix.len()).max().unwrap_or(0);
        Self { key, shown }
    }

    /// Returns the key itself, only for use in a request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.key
    }

    /// Returns true if answers are to be searched for the key. It must be too long to be a common word, and must not be
    /// a number, since masking a number would make JSON invalid.
    #[must_use]
    pub(crate) fn is_distinct(&self) -> bool {
        let numeric = |it: u8| it.is_ascii_digit() || b"+-.eE".contains(&it);
        self.key.len() >= SHORTEST_FOR_BASE64 && !self.key.bytes().all(numeric)
    }

    /// Returns true if the key starts with a prefix.
    #[must_use]
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.key.starts_with(prefix)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{MASK}", &self.key[..self.shown])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

/// Returns why a text can't be sent as a key; `None` if it can.
#[must_use]
pub(crate) fn unsendable(key: &str) -> Option<&'static str> {
    let has = |what: fn(&u8) -> bool| key.as_bytes().iter().any(what);
    if key.is_empty() {
        Some("is empty")
    } else if has(|it| matches!(it, b'\r' | b'\n')) {
        Some("has a line end in it: nothing but the key may stand there")
    } else if has(u8::is_ascii_whitespace) {
        Some("has a blank in it: nothing but the key may stand there")
    } else if has(|it| !it.is_ascii_graphic()) {
        Some("can't be sent in a header: it has a control character or letters beyond ASCII")
    } else {
        None
    }
}

/// Returns the name of an environment variable as a message may repeat it. It is masked if it may be a key that was
/// given in place of a name.
#[must_use]
pub(crate) fn shown_variable(name: &str) -> &str {
    let plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
    if name.bytes().all(plain) { name } else { MASK }
}

/// Masks keys in whatever was received or is about to be written. Keys are found as they are, in base64 (in either
/// alphabet, also within a longer text), percent-encoded or escaped as in JSON, completely or in part, and in two of
/// these forms nested.
#[derive(Debug, Clone)]
pub(crate) struct Redactor {
    /// Keys and their base64 forms. A redactor is made for each account of a run, and answers are short: a few searches
    /// that are ready at once are faster than building an automaton that finds all forms in one pass.
    forms: Vec<Finder<'static>>,
}

impl Redactor {
    /// Creates a redactor for these keys; empty ones are skipped.
    #[must_use]
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms: Vec<Vec<u8>> = Vec::new();
        for key in secrets.into_iter().map(|secret| secret.key.as_bytes()).filter(|key| !key.is_empty()) {
            forms.push(key.to_vec());
            if key.len() >= SHORTEST_FOR_BASE64 {
                forms.extend((0..3).flat_map(|offset| base64_forms(key, offset)));
            }
        }
        forms.sort_unstable();
        forms.dedup();
        Self { forms: forms.iter().map(|form| Finder::new(form).into_owned()).collect() }
    }

    /// Returns the bytes with every form of a key masked; `None` if there is none.
    #[must_use]
    pub(crate) fn redact(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut found = Vec::new();
        self.find(bytes, DEPTH, &mut found);
        if found.is_empty() {
            return None;
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut out = Vec::with_capacity(bytes.len());
        let mut done = 0;
        let mut ranges = found.into_iter().peekable();
        while let Some(mut range) = ranges.next() {
            while let Some(next) = ranges.next_if(|next| next.start < range.end) {
                range.end = range.end.max(next.end);
            }
            out.extend_from_slice(&bytes[done..range.start]);
            out.extend_from_slice(MASK.as_bytes());
            done = range.end;
        }
        out.extend_from_slice(&bytes[done..]);
        Some(out)
    }

    /// As [`Self::redact`], for text.
    #[must_use]
    pub(crate) fn redact_text(&self, text: &str) -> Option<String> {
        self.redact(text.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Adds the ranges of `bytes` that hold a key, including those that appear only once escapes are undone.
    fn find(&self, bytes: &[u8], depth: usize, found: &mut Vec<Range<usize>>) {
        for form in &self.forms {
            // The search continues one byte after the start of a hit, since occurrences of a key may overlap.
            let mut from = 0;
            while let Some(at) = bytes.get(from..).and_then(|rest| form.find(rest)) {
                let start = from + at;
                found.push(start..start + form.needle().len());
                from = start + 1;
            }
        }
        if depth == 0 || self.forms.is_empty() {
            return;
        }
        for decode in [percent as Decode, json] {
            let Some(decoded) = Decoded::new(bytes, decode) else { continue };
            let mut inner = Vec::new();
            self.find(&decoded.bytes, depth - 1, &mut inner);
            found.extend(inner.into_iter().map(|range| decoded.source(&range)));
        }
    }
}

/// Returns the part of the base64 text that depends only on the key, if the key starts `offset` bytes after a multiple
/// of three bytes, in both alphabets.
fn base64_forms(key: &[u8], offset: usize) -> [Vec<u8>; 2] {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(key);
    let decided = (offset * 8).div_ceil(6)..padded.len() * 8 / 6;
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
        .map(|engine| engine.encode(&padded).as_bytes()[decided.clone()].to_vec())
}

/// Reads one escape at the start of the bytes, and returns the byte that it stands for and the escape's length.
type Decode = fn(&[u8]) -> Option<(u8, usize)>;

fn percent(bytes: &[u8]) -> Option<(u8, usize)> {
    let [b'%', high, low, ..] = bytes else { return None };
    Some((hex(*high)? << 4 | hex(*low)?, 3))
}

/// Reads a JSON escape of a character that a header value can hold. Other characters can't be part of a key.
fn json(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        [b'\\', b'u', b'0', b'0', high, low, ..] => {
            Some((hex(*high)? << 4 | hex(*low)?, 6)).filter(|(byte, _)| byte.is_ascii())
        }
        [b'\\', b't', ..] => Some((b'\t', 2)),
        [b'\\', plain @ (b'"' | b'\\' | b'/'), ..] => Some((*plain, 2)),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Bytes with one kind of escape undone, and the position of each in the source.
struct Decoded {
    bytes: Vec<u8>,
    /// The start of each byte in the source, followed by the source's length.
    starts: Vec<usize>,
}

impl Decoded {
    /// Undoes the escapes of the source; `None` if it has none.
    fn new(source: &[u8], decode: Decode) -> Option<Self> {
        let mut escapes = memchr::memchr2_iter(b'%', b'\\', source);
        let first = escapes.find(|at| decode(&source[*at..]).is_some())?;
        let mut bytes = source[..first].to_vec();
        let mut starts: Vec<usize> = (0..first).collect();
        let mut at = first;
        while at < source.len() {
            let (byte, length) = decode(&source[at..]).unwrap_or((source[at], 1));
            bytes.push(byte);
            starts.push(at);
            at += length;
        }
        starts.push(source.len());
        Some(Self { bytes, starts })
    }

    fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    const PREFIXES: [&str; 2] = ["netconnect_test_", "netconnect_live_"];

    fn redactor(keys: &[&str]) -> Redactor {
        let secrets: Vec<Secret> = keys.iter().map(|key| Secret::new((*key).to_owned(), &PREFIXES)).collect();
        Redactor::new(&secrets)
    }

    #[test]
    fn prints_no_more_than_a_documented_prefix() {
        let key = Secret::new("netconnect_test_s3cr3t".to_owned(), &PREFIXES);
        assert_eq!(key.to_string(), "netconnect_test_***");
        assert_eq!(format!("{key:?}"), "Secret(netconnect_test_***)");
        assert_eq!(Secret::new("s3cr3t".to_owned(), &PREFIXES).to_string(), "***");
        assert_eq!(key.expose(), "netconnect_test_s3cr3t");
        assert!(key.has_prefix("netconnect_test_") && !key.has_prefix("netconnect_live_"));
        assert_eq!(key, Secret::new("netconnect_test_s3cr3t".to_owned(), &[]).with_shown(16));
    }

    #[test]
    fn what_is_no_name_of_a_variable_may_be_a_key() {
        assert_eq!(shown_variable("GATEWAY_TOKEN_2"), "GATEWAY_TOKEN_2");
        assert_eq!(shown_variable("s3cr3t"), "***");
        assert_eq!(shown_variable("Bearer S3CR3T"), "***");
    }

    impl Secret {
        fn with_shown(self, shown: usize) -> Self {
            Self { shown, ..self }
        }
    }

    #[test]
    fn leaves_innocent_text_alone() {
        let redactor = redactor(&["netconnect_test_s3cr3t", ""]);
        for text in ["", "netconnect_test_s3cr3", "%6eetconnect", "\\u006eet", "%", "\\", "\\u00", "%zz"] {
            assert_eq!(redactor.redact_text(text), None, "{text}");
        }
        assert_eq!(Redactor::new([]).redact(b"anything"), None);
        let empty = Secret::new(String::new(), &PREFIXES);
        assert_eq!(Redactor::new([&empty]).redact(b"anything"), None);
    }

    #[test]
    fn masks_each_form_and_keeps_the_rest() {
        let redactor = redactor(&["netconnect_test_a/b+c\"d", "netconnect_test_a/b+c\"d_longer"]);
        for (text, masked) in [
            ("key=netconnect_test_a/b+c\"d, ok", "key=***, ok"),
            ("netconnect_test_a/b+c\"d_longer", "***"),
            ("?k=netconnect_test_a%2Fb%2bc%22d&x=%20", "?k=***&x=%20"),
            ("?k=%6Eetconnect_test_a/b%2Bc\"d", "?k=***"),
            (r#"{"m": "netconnect_test_a\/b+c\"d \n"}"#, r#"{"m": "*** \n"}"#),
            (r#"{"m": "\u006eetconnect_test_a/b\u002Bc\u0022d"}"#, r#"{"m": "***"}"#),
            ("%7B%22m%22:%22netconnect_test_a%5C/b+c%5C%22d", "%7B%22m%22:%22***"),
            ("netconnect_test_a%252Fb%252Bc%2522d", "***"),
        ] {
            assert_eq!(redactor.redact_text(text).as_deref(), Some(masked), "{text}");
        }
        assert_eq!(self::redactor(&["abab"]).redact_text("-ababab-abab").as_deref(), Some("-***-***"));
    }

    /// Returns a form of a key by number; `before` and `after` surround the key in forms that are part of a longer
    /// text.
    fn form(key: &str, which: usize, choices: &[bool], before: &[u8], after: &[u8]) -> String {
        let choose = |at: usize| choices[at % choices.len()];
        let long = [before, key.as_bytes(), after].concat();
        match which {
            0 => key.to_owned(),
            1 => STANDARD.encode(key),
            2 => STANDARD_NO_PAD.encode(key),
            3 => URL_SAFE.encode(long),
            4 => STANDARD.encode(long),
            5 => key
                .bytes()
                .enumerate()
                .map(|(at, byte)| match (choose(at), byte) {
                    (true, _) | (_, b'%') => format!("%{byte:02X}"),
                    _ => char::from(byte).to_string(),
                })
                .collect(),
            6 => key
                .bytes()
                .enumerate()
                .map(|(at, byte)| match (choose(at), byte) {
                    (true, _) => format!("\\u{byte:04x}"),
                    (_, b'"' | b'\\') => format!("\\{}", char::from(byte)),
                    _ => char::from(byte).to_string(),
                })
                .collect(),
            _ => serde_json::to_string(&form(key, which % 7, choices, before, after)).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn no_form_survives(
            key in "[!-)+-~]{8,40}",
            which in 0_usize..14,
            choices in proptest::collection::vec(any::<bool>(), 1..9),
            (before, after) in (proptest::collection::vec(any::<u8>(), 0..5), proptest::collection::vec(any::<u8>(), 0..5)),
            (left, right) in ("[ a-z{}:]{0,9}", "[ a-z{}:]{0,9}"),
        ) {
            let redactor = redactor(&[&key]);
            let text = format!("{left} {} {right}", form(&key, which, &choices, &before, &after));
            let masked = redactor.redact_text(&text);
            prop_assert!(masked.is_some(), "{}", text);
            let masked = masked.unwrap_or_default();
            prop_assert!(masked.starts_with(&left) && masked.ends_with(&right), "{}", masked);
            prop_assert!(!masked.contains(&key));
            prop_assert_eq!(redactor.redact_text(&masked), None, "{}", masked);
        }

        #[test]
        fn takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), keys in proptest::collection::vec(".{0,12}", 0..3)) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let _ = redactor(&keys).redact(&bytes);
        }
    }
}
