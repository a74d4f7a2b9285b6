//! Addresses: what is taken for one, and how one is shown. Whatever is printed or stored of a URL goes through here.

use url::Url;

use crate::secret::MASK;

/// Why a text is not taken for an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL that can be asked.
    #[error("`{0}` is not an http or https URL with a host, as in http://127.0.0.1:8080")]
    Url(String),
    /// Copied from a report.
    #[error("`{0}` has `***` in it, which stands for what reports don't show: put the value in its place")]
    Masked(String),
    /// A path can't be appended to it.
    #[error(
        "`{url}` can't be the base URL, since the paths of the API are appended to it: leave out the {behind}, as in {base}"
    )]
    NoBase {
        /// As it was given.
        url: String,
        /// What is behind its path.
        behind: &'static str,
        /// Without it.
        base: String,
    },
}

/// Reads the URL of something that is asked.
///
/// # Errors
/// The text is no URL, or it was copied from a report, which masks what it must not show.
pub fn parse_url(text: &str) -> Result<Url, AddressError> {
    let bad = || AddressError::Url(shown_in(text));
    let url = Url::parse(text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad());
    }
    let values = || url.query_pairs().any(|(_, value)| value == MASK);
    if url.username() == MASK || values() {
        return Err(AddressError::Masked(shown(&url)));
    }
    Ok(url)
}

/// Reads a base URL: operations' paths are appended to it, so it ends with a path.
///
/// # Errors
/// It is no URL, or has something behind its path.
pub fn parse_base(text: &str) -> Result<Url, AddressError> {
    let url = parse_url(text)?;
    let behind = match (url.query(), url.fragment()) {
        (None, None) => return Ok(url),
        (Some(_), _) => "query (`?…`)",
        (None, Some(_)) => "fragment (`#…`)",
    };
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    Err(AddressError::NoBase { url: shown(&url), behind, base: shown(&base) })
}

/// A URL as it may be shown and stored: with masks in place of user, password, the values of a query, and a fragment. That
/// they are there is no secret, and whoever types the URL again has to know it.
#[must_use]
pub fn shown(url: &Url) -> String {
    masked(url).trim_end_matches('/').to_owned()
}

fn masked(url: &Url) -> String {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        _ = url.set_password(None);
        _ = url.set_username(MASK);
    }
    if let Some(query) = url.query().map(masked_query) {
        url.set_query(Some(&query));
    }
    if url.fragment().is_some() {
        url.set_fragment(Some(MASK));
    }
    url.to_string()
}

/// The pairs of a query with their names alone.
fn masked_query(query: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => format!("{name}={MASK}"),
        None if !pair.is_empty() => MASK.to_owned(),
        _ => pair.to_owned(),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// A text with its URLs as [`shown`], if that makes a difference.
#[must_use]
pub fn masked_in(text: &str) -> Option<String> {
    Some(shown_in(text)).filter(|it| it != text)
}

/// Where a redirect points, as it may be shown; it may leave out the host.
#[must_use]
pub fn shown_location(text: &str) -> String {
    match (Url::parse(text), text.split_once('?')) {
        (Ok(url), _) => masked(&url),
        (Err(_), Some((path, query))) => format!("{}?{}", shown_in(path), masked_query(query)),
        (Err(_), None) => shown_in(text),
    }
}

/// A text with every URL in it as [`shown`]; one that can't be read as a URL loses all that may be a credential. A text
/// that is no URL at all, but has the form `user:password@host`, is masked as well.
#[must_use]
pub fn shown_in(text: &str) -> String {
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '`' | '\'' | '<' | '>');
    if !text.contains("://") {
        return match text.rsplit_once('@') {
            Some((_, host)) if !text.contains(ends) => format!("{MASK}@{host}"),
            _ => text.to_owned(),
        };
    }
    text.split_inclusive(ends)
        .map(|word| {
            // What ends a sentence is no part of an address in it.
            let bare = word.trim_end_matches(ends).trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
            shown_word(bare) + &word[bare.len()..]
        })
        .collect()
}

/// A word that a URL may begin in.
fn shown_word(word: &str) -> String {
    let Some(at) = word.find("://") else { return word.to_owned() };
    let letters = word[..at].chars().rev().take_while(|it| it.is_ascii_alphanumeric()).count();
    let (before, address) = word.split_at(at - letters);
    // An empty query or user says nothing, and a URL without any of them stays as it was typed.
    if !address.contains(['@', '?', '#']) {
        return word.to_owned();
    }
    // As messages of this program show where credentials go.
    if address[letters..].starts_with("://USER:PASSWORD@") && !address.contains('?') {
        return word.to_owned();
    }
    if let Ok(url) = Url::parse(address) {
        let masked = masked(&url);
        let masked = if address.ends_with('/') { &masked } else { masked.trim_end_matches('/') };
        return format!("{before}{masked}");
    }
    let (scheme, rest) = address.split_at(letters + "://".len());
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let (path, query) = rest
        .split_once('?')
        .map_or((rest, String::new()), |(path, query)| (path, format!("?{}", masked_query(query))));
    format!("{before}{scheme}{user}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_a_url_is_masked() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://host/base/", "https://host/base"),
            ("https://user:pass@host/base", "https://***@host/base"),
            ("https://user@host", "https://***@host"),
            ("https://:pass@host", "https://***@host"),
            ("https://host/_states?token=s3cr3t&empty=&bare", "https://host/_states?token=***&empty=&***"),
            ("https://host/#s3cr3t", "https://host/#***"),
        ] {
            assert_eq!(shown(&Url::parse(url).unwrap()), wanted);
        }
    }

    #[test]
    fn what_is_secret_is_masked_in_any_text() {
        for (text, wanted) in [
            ("no address", "no address"),
            ("write to a@b.example about it", "write to a@b.example about it"),
            ("see http://host/path.", "see http://host/path."),
            (
                "at `https://u:p@host/a?b=c` and (http://h?d=e).",
                "at `https://***@host/a?b=***` and (http://h/?d=***).",
            ),
            ("https://u:p#/x@host:port/y", "https://***@host:port/y"),
            ("https://u:p?q@[half/y?a=b", "https://***@[half/y?a=***"),
            ("ftp://u:p@host", "ftp://***@host"),
            ("does it begin with http://?: no", "does it begin with http://?: no"),
            ("user:s3cr3t@host:8080", "***@host:8080"),
            ("as in https://USER:PASSWORD@HOST", "as in https://USER:PASSWORD@HOST"),
            ("error: 'https://u:p)w@host'", "error: 'https://***@host'"),
        ] {
            assert_eq!(shown_in(text), wanted);
        }
    }

    #[test]
    fn a_mask_is_no_credential_and_a_base_ends_with_a_path() {
        let told = |text: &str| parse_base(text).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "http://u:p@host/a?b=c",
                "http://host/#top",
                "http://***@host",
                "host:80",
                "a b://u:p@c",
                "ftp://u:p@h"
            ]
            .map(told)
            .join("\n")
        );
        let states = parse_url("http://host/_states?token=***").unwrap_err().to_string();
        assert!(states.contains("http://host/_states?token=***"), "{states}");
        assert!(parse_base("http://host/base").is_ok() && parse_url("http://host/_states?token=1").is_ok());
    }
}
