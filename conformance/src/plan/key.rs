//! Which key goes with a request: what a plan asks for, and the one place where that becomes a header and an entry of the
//! history.

use spec::contract::KeyScheme;

use crate::history::KeyUse;
use crate::secret::Secret;

/// Keys that nobody has, each with what a report calls it; `{test}` and `{live}` stand for the prefixes of the contract.
pub const UNKNOWN_KEYS: [(&str, &str); 9] = [
    ("", "an empty key"),
    ("{test}0000000000000000000000000000", "an unknown key with the test prefix"),
    ("{live}0000000000000000000000000000", "an unknown key with the live prefix"),
    ("{test}", "the test prefix alone"),
    ("not-a-key", "a key of no known form"),
    ("null", "the word null"),
    ("0", "a digit"),
    ("' OR '1'='1", "an injection into a query"),
    ("Bearer {test}abc", "a bearer token"),
];

/// The key that a request is to carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The caller's.
    Own,
    /// The caller's, under the header's name in capitals (true) or in changing letter case.
    HeaderCase(bool),
    /// None.
    Absent,
    /// One that nobody has, by its place in [`UNKNOWN_KEYS`]; wraps around.
    Unknown(usize),
    /// The caller's, changed.
    Changed(KeyChange),
}

/// How a valid key is made invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyChange {
    /// One character more.
    Longer,
    /// One character less.
    Shorter,
    /// The other letter case.
    OtherCase,
    /// Its last character replaced.
    LastChanged,
    /// Only its prefix.
    PrefixOnly,
}

/// The header that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHeader {
    /// Its name.
    pub name: String,
    /// The key.
    pub key: Secret,
    /// Whether the name must go out in just this letter case.
    pub exact: bool,
}

impl Key {
    /// Whether the caller's own key goes with the request, so that a server must recognise the caller.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        matches!(self, Self::Own | Self::HeaderCase(_))
    }

    /// What the history says of it: never the key itself.
    #[must_use]
    pub fn used(&self, scheme: &KeyScheme) -> KeyUse {
        match self {
            Self::Own => KeyUse::Own,
            Self::HeaderCase(upper) => KeyUse::OwnHeaderCase(spelled(&scheme.header, *upper)),
            Self::Absent => KeyUse::Absent,
            Self::Unknown(at) => KeyUse::Bad(unknown(*at).1.to_owned()),
            Self::Changed(change) => KeyUse::Bad(change.what().to_owned()),
        }
    }

    /// The header that goes with the request; `None` where there is none, or no key to send or to change.
    #[must_use]
    pub fn header(&self, scheme: &KeyScheme, own: Option<&Secret>) -> Option<KeyHeader> {
        let name = match self {
            Self::HeaderCase(upper) => spelled(&scheme.header, *upper),
            _ => scheme.header.clone(),
        };
        let key = match self {
            Self::Own | Self::HeaderCase(_) => own?.clone(),
            Self::Absent => return None,
            // The prefixes are documented, and so is the rest of a key that nobody has.
            Self::Unknown(at) => Secret::new(literal(*at, scheme), &[]),
            Self::Changed(change) => Secret::new(change.apply(own?.expose(), scheme), &[]),
        };
        Some(KeyHeader { name, key, exact: matches!(self, Self::HeaderCase(_)) })
    }

    /// A key that gives away the caller's where an answer repeats it, and that a mask must hide too.
    #[must_use]
    pub fn derived(&self, scheme: &KeyScheme, own: Option<&Secret>) -> Option<Secret> {
        match self {
            Self::Changed(KeyChange::PrefixOnly) => None,
            Self::Changed(_) => self.header(scheme, own).map(|it| it.key),
            _ => None,
        }
    }
}

/// An entry of [`UNKNOWN_KEYS`].
fn unknown(at: usize) -> (&'static str, &'static str) {
    UNKNOWN_KEYS[at % UNKNOWN_KEYS.len()]
}

fn literal(at: usize, scheme: &KeyScheme) -> String {
    unknown(at).0.replace("{test}", &scheme.test_prefix).replace("{live}", &scheme.live_prefix)
}

/// A header's name in capitals, or in letters that change their case from one to the next.
fn spelled(header: &str, upper: bool) -> String {
    if upper {
        return header.to_ascii_uppercase();
    }
    let flip =
        |(at, c): (usize, char)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    header.chars().enumerate().map(flip).collect()
}

impl KeyChange {
    /// Every change.
    pub const ALL: [Self; 5] =
        [Self::Longer, Self::Shorter, Self::OtherCase, Self::LastChanged, Self::PrefixOnly];

    /// What it is, for the report.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::Longer => "a valid key with one character more",
            Self::Shorter => "a valid key with one character less",
            Self::OtherCase => "a valid key in another letter case",
            Self::LastChanged => "a valid key with its last character changed",
            Self::PrefixOnly => "the prefix of a valid key alone",
        }
    }

    fn apply(self, key: &str, scheme: &KeyScheme) -> String {
        let without_last = || key.chars().take(key.chars().count().saturating_sub(1)).collect::<String>();
        match self {
            Self::Longer => format!("{key}x"),
            Self::Shorter => without_last(),
            Self::OtherCase => {
                let upper = key.to_ascii_uppercase();
                if upper == key { key.to_ascii_lowercase() } else { upper }
            }
            Self::LastChanged => format!("{}{}", without_last(), if key.ends_with('0') { '1' } else { '0' }),
            Self::PrefixOnly if key.starts_with(&scheme.live_prefix) => scheme.live_prefix.clone(),
            Self::PrefixOnly => scheme.test_prefix.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "netconnect_test_aB0";

    fn sent(key: &Key) -> Option<(String, String)> {
        let scheme = spec::embedded().unwrap().key;
        let own = Secret::new(OWN.into(), &[]);
        key.header(&scheme, Some(&own)).map(|it| (it.name, it.key.expose().to_owned()))
    }

    #[test]
    fn what_is_sent_and_what_the_history_says() {
        let scheme = spec::embedded().unwrap().key;
        let bad = |what: &str| KeyUse::Bad(what.into());
        let changed =
            |change, key: &str| (Key::Changed(change), "X-API-KEY", key.to_owned(), bad(change.what()));
        let rows = [
            (Key::Own, "X-API-KEY", OWN.to_owned(), KeyUse::Own),
            (Key::HeaderCase(true), "X-API-KEY", OWN.into(), KeyUse::OwnHeaderCase("X-API-KEY".into())),
            (Key::HeaderCase(false), "x-aPi-kEy", OWN.into(), KeyUse::OwnHeaderCase("x-aPi-kEy".into())),
            (Key::Unknown(0), "X-API-KEY", String::new(), bad("an empty key")),
            (Key::Unknown(8), "X-API-KEY", "Bearer netconnect_test_abc".into(), bad("a bearer token")),
            changed(KeyChange::Longer, "netconnect_test_aB0x"),
            changed(KeyChange::Shorter, "netconnect_test_aB"),
            changed(KeyChange::OtherCase, "NETCONNECT_TEST_AB0"),
            changed(KeyChange::LastChanged, "netconnect_test_aB1"),
            changed(KeyChange::PrefixOnly, "netconnect_test_"),
        ];
        for (key, name, value, used) in rows {
            assert_eq!(sent(&key), Some((name.to_owned(), value)), "{key:?}");
            assert_eq!(key.used(&scheme), used, "{key:?}");
        }
        assert_eq!((sent(&Key::Absent), Key::Absent.used(&scheme)), (None, KeyUse::Absent));
        assert_eq!(Key::Own.header(&scheme, None), None, "an account without a key sends none");
    }

    #[test]
    fn only_what_gives_the_key_away_is_masked() {
        let scheme = spec::embedded().unwrap().key;
        let own = Secret::new(OWN.into(), &[]);
        let derived = |key: Key| key.derived(&scheme, Some(&own)).is_some();
        assert!(derived(Key::Changed(KeyChange::Longer)));
        assert!(!derived(Key::Changed(KeyChange::PrefixOnly)), "a prefix is documented");
        assert!(!derived(Key::Unknown(1)) && !derived(Key::Own));
    }
}
