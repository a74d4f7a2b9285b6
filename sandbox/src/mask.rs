//! Masks keys in texts that are shown or recorded, wherever a client wrote one: in a header, a query or a body.

use spec::contract::KeyScheme;

/// Replaces each word that begins with a key prefix by the result of `shown`.
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
