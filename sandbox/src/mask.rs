//! Texts that are shown or recorded have no keys in them, wherever a caller wrote one: in its header, a query or a body.

use spec::contract::KeyScheme;

/// A text in which `shown` stands for each word that begins as keys do.
pub(crate) fn keys(scheme: &KeyScheme, text: &str, shown: impl Fn(&str) -> String) -> String {
    let is_key = |it: char| it.is_ascii_alphanumeric() || "_-".contains(it);
    [&scheme.test_prefix, &scheme.live_prefix].into_iter().fold(text.to_owned(), |text, prefix| {
        let mut parts = text.split(prefix.as_str());
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |masked, part| {
            let rest = part.trim_start_matches(is_key);
            let key = format!("{prefix}{}", &part[..part.len() - rest.len()]);
            masked + &shown(&key) + rest
        })
    })
}
