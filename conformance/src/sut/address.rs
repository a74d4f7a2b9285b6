//! Addresses: which texts are accepted as one, and how one is shown. Every URL that is printed or stored goes through
//! here.

use url::{ParseError, Url};

use crate::secret::MASK;

/// The reasons why a text is not accepted as an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not a URL that requests can be sent to.
    #[error("`{text}` is not an http or https URL with a host, as in http://127.0.0.1:8080{why}")]
    Url {
        /// The text as it was given, without secrets.
        text: String,
        /// What is wrong or was meant, after a colon; empty if that is not known.
        why: String,
    },
    /// It was copied from a report.
    #[error("`{0}` has `***` in it, which stands for what reports don't show: put the value in its place")]
    Masked(String),
    /// Paths can't be appended to it.
    #[error(
        "`{url}` can't be the base URL, since the paths of the API are appended to it: leave out the {behind}, as in {base}"
    )]
    NoBase {
        /// The URL as it was given, masked.
        url: String,
        /// What follows its path.
        behind: &'static str,
        /// The URL without that.
        base: String,
    },
}

/// Reads a URL that requests are sent to.
///
/// # Errors
/// Returns an error if the text is not such a URL, or if it was copied from a report, which masks secrets.
pub fn parse_url(text: &str) -> Result<Url, AddressError> {
    let bad = || AddressError::Url { text: shown_in(text), why: why(text) };
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

/// Returns what is wrong with a text that is not a URL, after a colon, or an empty text if that can not be told.
fn why(text: &str) -> String {
    match Url::parse(text) {
        Err(ParseError::InvalidPort) => ": its port is no number up to 65535".to_owned(),
        Ok(url) if text.contains("://") && url.has_host() => {
            format!(": `{}://` is none of both", url.scheme())
        }
        _ if text.contains("://") || text.is_empty() => String::new(),
        _ => {
            let whole = Url::parse(&format!("http://{text}")).ok().filter(Url::has_host);
            whole.map(|url| format!(": did you mean `{}`?", shown(&url))).unwrap_or_default()
        }
    }
}

/// Reads a base URL. The paths of operations are appended to it, so nothing may follow its path.
///
/// # Errors
/// Returns an error if the text is not a URL, or if something follows its path.
pub(crate) fn parse_base(text: &str) -> Result<Url, AddressError> {
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

/// Returns a URL as it may be shown and stored: with masks in place of user, password, query values and fragment.
/// That they exist is no secret, and a user who types the URL again has to know it.
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

/// Masks the values in a query and keeps the names.
fn masked_query(query: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => format!("{name}={MASK}"),
        None if !pair.is_empty() => MASK.to_owned(),
        _ => pair.to_owned(),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// Returns a text with its URLs as [`shown`], or `None` if that makes no difference.
#[must_use]
pub(crate) fn masked_in(text: &str) -> Option<String> {
    Some(shown_in(text)).filter(|it| it != text)
}

/// Returns the target of a redirect as it may be shown; it may lack a host.
#[must_use]
pub(crate) fn shown_location(text: &str) -> String {
    match (Url::parse(text), text.split_once('?')) {
        (Ok(url), _) => masked(&url),
        (Err(_), Some((path, query))) => format!("{}?{}", shown_in(path), masked_query(query)),
        (Err(_), None) => shown_in(text),
    }
}

/// Returns a text with every URL in it as [`shown`]. Of a URL that can't be parsed, everything that may be a
/// credential is masked. A text without a URL that has the form `user:password@host` is masked as well.
#[must_use]
pub(crate) fn shown_in(text: &str) -> String {
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '`' | '\'' | '<' | '>');
    if !text.contains("://") {
        return match text.rsplit_once('@') {
            Some((_, host)) if !text.contains(ends) => format!("{MASK}@{host}"),
            _ => text.to_owned(),
        };
    }
    text.split_inclusive(ends)
        .map(|word| {
            // Punctuation at the end of a sentence is not part of an address.
            let bare = word.trim_end_matches(ends).trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
            shown_word(bare) + &word[bare.len()..]
        })
        .collect()
}

/// Masks a word in which a URL may begin.
fn shown_word(word: &str) -> String {
    let Some(at) = word.find("://") else { return word.to_owned() };
    let letters = word[..at].chars().rev().take_while(|it| it.is_ascii_alphanumeric()).count();
    let (before, address) = word.split_at(at - letters);
    // An empty query or user contains no secret, and a URL without any of these parts stays as it was typed.
    if !address.contains(['@', '?', '#']) {
        return word.to_owned();
    }
    // Messages of this program use this form to show where credentials go.
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

    /// The tables that the manifest chooses by the version of `idna_adapter` know the environment's letters.
    #[test]
    fn a_host_is_named_in_any_script() {
        for (name, on_the_wire) in [
            ("Bücher.example", "xn--bcher-kva.example"),
            ("ｆａß.example", "xn--fa-hia.example"),
            ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ] {
            assert_eq!(Url::parse(&format!("https://{name}/")).unwrap().host_str(), Some(on_the_wire));
        }
        assert!(Url::parse("https://a\u{202e}b.example/").is_err(), "what turns the direction of text round");
    }

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
