//! The key that a request carries: what a plan asks for, and the only place where that becomes a header and an entry of
//! the history.

use spec::contract::KeyScheme;

use crate::history::KeyUse;
use crate::secret::Secret;

/// Keys that no account has, each with its name in a report. `{test}` and `{live}` stand for the prefixes of the
/// contract.
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

/// The key that a request carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The caller's key.
    Own,
    /// The caller's key, with the header's name in capitals (true) or in alternating letter case (false).
    HeaderCase(bool),
    /// No key.
    Absent,
    /// A key that no account has, by its index in [`UNKNOWN_KEYS`]; wraps around.
    Unknown(usize),
    /// The caller's key after a change.
    Changed(KeyChange),
}

/// A change that makes a valid key invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyChange {
    /// One character more.
    Longer,
    /// One character fewer.
    Shorter,
    /// What follows the prefix in the other letter case.
    OtherCase,
    /// The whole key in the other letter case.
    AllOtherCase,
    /// The last character replaced.
    LastChanged,
    /// Only the prefix.
    PrefixOnly,
    /// The prefix of the other environment in place of its own.
    OtherPrefix,
    /// What follows the prefix alone.
    WithoutPrefix,
    /// The last character replaced by one that stands for any text in a pattern of SQL.
    Wildcard,
    /// The key followed by a blank and a word.
    Followed,
}

/// The header that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHeader {
    /// The header's name.
    pub name: String,
    /// The header's value.
    pub key: Secret,
    /// Whether the name must be sent in exactly this letter case.
    pub exact: bool,
}

impl Key {
    /// Returns true if the caller's own key is sent, so that a server must recognise the caller.
    #[must_use]
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Own | Self::HeaderCase(_))
    }

    /// Returns the history's entry for the key, which never contains the key itself, given the caller's own key.
    #[must_use]
    pub fn used(&self, scheme: &KeyScheme, own: Option<&Secret>) -> KeyUse {
        match self {
            Self::Own => KeyUse::Own,
            Self::HeaderCase(upper) => KeyUse::OwnHeaderCase(spelled(&scheme.header, *upper)),
            Self::Absent => KeyUse::Absent,
            Self::Unknown(at) => KeyUse::Bad(unknown(*at).1.to_owned()),
            Self::Changed(change) => {
                let change = own.map_or(*change, |own| change.effective(own.expose(), scheme));
                KeyUse::Bad(change.what().to_owned())
            }
        }
    }

    /// Returns the header to send; `None` if the request carries no key, or the caller has none to send or to change.
    #[must_use]
    pub fn header(&self, scheme: &KeyScheme, own: Option<&Secret>) -> Option<KeyHeader> {
        let name = match self {
            Self::HeaderCase(upper) => spelled(&scheme.header, *upper),
            _ => scheme.header.clone(),
        };
        let key = match self {
            Self::Own | Self::HeaderCase(_) => own?.clone(),
            Self::Absent => return None,
            // Masking is not needed: the prefixes are documented, and no account has the whole key.
            Self::Unknown(at) => Secret::new(literal(*at, scheme), &[]),
            Self::Changed(change) => {
                let own = own?.expose();
                Secret::new(change.effective(own, scheme).apply(own, scheme), &[])
            }
        };
        Some(KeyHeader { name, key, exact: matches!(self, Self::HeaderCase(_)) })
    }

    /// Returns the key that is sent if an answer that repeats it would give away the caller's own key, so that a mask
    /// must hide it too; otherwise `None`.
    #[must_use]
    pub(crate) fn derived(&self, scheme: &KeyScheme, own: Option<&Secret>) -> Option<Secret> {
        match self {
            Self::Changed(KeyChange::PrefixOnly) => None,
            Self::Changed(_) => self.header(scheme, own).map(|it| it.key),
            _ => None,
        }
    }
}

/// Returns an entry of [`UNKNOWN_KEYS`].
fn unknown(at: usize) -> (&'static str, &'static str) {
    UNKNOWN_KEYS[at % UNKNOWN_KEYS.len()]
}

fn literal(at: usize, scheme: &KeyScheme) -> String {
    unknown(at).0.replace("{test}", &scheme.test_prefix).replace("{live}", &scheme.live_prefix)
}

/// Returns a header's name in capitals, or in alternating letter case.
fn spelled(header: &str, upper: bool) -> String {
    if upper {
        return header.to_ascii_uppercase();
    }
    let flip =
        |(at, c): (usize, char)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    header.chars().enumerate().map(flip).collect()
}

/// Returns the documented prefix that a key begins with.
fn prefix<'s>(key: &str, scheme: &'s KeyScheme) -> Option<&'s str> {
    [&scheme.live_prefix, &scheme.test_prefix].into_iter().map(String::as_str).find(|it| key.starts_with(it))
}

/// Returns a text in capitals, or in small letters if it is in capitals.
fn other_case(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    if upper == text { text.to_ascii_lowercase() } else { upper }
}

impl KeyChange {
    /// Every change.
    pub(crate) const ALL: [Self; 10] = [
        Self::Longer,
        Self::Shorter,
        Self::OtherCase,
        Self::AllOtherCase,
        Self::LastChanged,
        Self::PrefixOnly,
        Self::OtherPrefix,
        Self::WithoutPrefix,
        Self::Wildcard,
        Self::Followed,
    ];

    /// Returns the change in words, for a report.
    #[must_use]
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Longer => "a valid key with one character more",
            Self::Shorter => "a valid key with one character less",
            Self::OtherCase => "a valid key in another letter case after its prefix",
            Self::AllOtherCase => "a valid key in another letter case",
            Self::LastChanged => "a valid key with its last character changed",
            Self::PrefixOnly => "the prefix of a valid key alone",
            Self::OtherPrefix => "a valid key with the prefix of the other environment",
            Self::WithoutPrefix => "a valid key without its prefix",
            Self::Wildcard => "a valid key with a wildcard of SQL for its last character",
            Self::Followed => "a valid key followed by a blank and a word",
        }
    }

    /// Returns this change, or another one if it leaves a key as it is: digits have no letter case.
    fn effective(self, key: &str, scheme: &KeyScheme) -> Self {
        let changes = |it: &Self| it.apply(key, scheme) != key;
        [self, Self::AllOtherCase].into_iter().find(changes).unwrap_or(Self::LastChanged)
    }

    fn apply(self, key: &str, scheme: &KeyScheme) -> String {
        let without_last = || key.chars().take(key.chars().count().saturating_sub(1)).collect::<String>();
        match self {
            Self::Longer => format!("{key}x"),
            Self::Shorter => without_last(),
            Self::OtherCase => {
                // A changed prefix would be refused for itself, whatever is done with the rest.
                let prefix = prefix(key, scheme).unwrap_or_default();
                let rest = key.strip_prefix(prefix).unwrap_or(key);
                format!("{prefix}{}", other_case(rest))
            }
            Self::AllOtherCase => other_case(key),
            Self::Wildcard => format!("{}%", without_last()),
            Self::Followed => format!("{key} x"),
            Self::LastChanged => format!("{}{}", without_last(), if key.ends_with('0') { '1' } else { '0' }),
            Self::PrefixOnly => prefix(key, scheme).unwrap_or(&scheme.test_prefix).to_owned(),
            Self::OtherPrefix => {
                let own = prefix(key, scheme).unwrap_or_default();
                let other = [&scheme.live_prefix, &scheme.test_prefix].into_iter().find(|it| *it != own);
                let rest = key.strip_prefix(own).unwrap_or(key);
                format!("{}{rest}", other.unwrap_or(&scheme.test_prefix))
            }
            // A key that has none of the prefixes would stay valid.
            Self::WithoutPrefix => match prefix(key, scheme).and_then(|it| key.strip_prefix(it)) {
                Some(rest) => rest.to_owned(),
                None => key.chars().skip(1).collect(),
            },
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
            changed(KeyChange::OtherCase, "netconnect_test_AB0"),
            changed(KeyChange::AllOtherCase, "NETCONNECT_TEST_AB0"),
            changed(KeyChange::LastChanged, "netconnect_test_aB1"),
            changed(KeyChange::PrefixOnly, "netconnect_test_"),
            changed(KeyChange::OtherPrefix, "netconnect_live_aB0"),
            changed(KeyChange::WithoutPrefix, "aB0"),
            changed(KeyChange::Wildcard, "netconnect_test_aB%"),
            changed(KeyChange::Followed, "netconnect_test_aB0 x"),
        ];
        for (key, name, value, used) in rows {
            assert_eq!(sent(&key), Some((name.to_owned(), value)), "{key:?}");
            let own = Secret::new(OWN.into(), &[]);
            assert_eq!(key.used(&scheme, Some(&own)), used, "{key:?}");
        }
        assert_eq!((sent(&Key::Absent), Key::Absent.used(&scheme, None)), (None, KeyUse::Absent));
        assert_eq!(Key::Own.header(&scheme, None), None, "an account without a key sends none");
    }

    #[test]
    fn every_change_changes_a_key_of_any_form() {
        let scheme = spec::embedded().unwrap().key;
        for key in [OWN, "netconnect_live_aB0", "netconnect_test_1234567890", "sk_aB0", "aB0", "a", "10", "0"]
        {
            for change in KeyChange::ALL {
                assert_ne!(change.effective(key, &scheme).apply(key, &scheme), key, "{change:?}");
            }
        }
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
