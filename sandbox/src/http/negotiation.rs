//! Reads what a client accepts: media types and content codings.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName};

/// Returns true if a client accepts JSON: it has no `Accept` header, or the header lists JSON.
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    !headers.contains_key(ACCEPT) || lists(headers, &ACCEPT, &["*/*", "application/*", "application/json"])
}

/// Returns true if a client lists gzip as accepted.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    lists(headers, &ACCEPT_ENCODING, &["gzip", "x-gzip"])
}

/// Returns true if a header lists one of these names with a weight above zero.
fn lists(headers: &HeaderMap, header: &HeaderName, names: &[&str]) -> bool {
    let values = headers.get_all(header).iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|it| it.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(|part| part.trim().to_ascii_lowercase());
        parts.next().is_some_and(|name| names.contains(&name.as_str())) && !parts.any(|part| is_zero(&part))
    })
}

/// Returns true if a parameter is a weight of zero: `q=0`, `q=0.000`.
fn is_zero(parameter: &str) -> bool {
    parameter.strip_prefix("q=").is_some_and(|weight| weight.bytes().all(|it| b"0.".contains(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken() {
        let headers = |header: HeaderName, values: &[&'static str]| {
            let values = values.iter().map(|it| (header.clone(), it.parse().unwrap()));
            values.collect::<HeaderMap>()
        };
        for (accept, takes) in [
            (&[][..], true),
            (&["*/*"], true),
            (&["text/html, Application/JSON; q=0.5"], true),
            (&["text/html", "application/*"], true),
            (&["text/html"], false),
            (&["application/json;q=0"], false),
            (&["application/json; q=0.0, text/html"], false),
        ] {
            assert_eq!(accepts_json(&headers(ACCEPT, accept)), takes, "{accept:?}");
        }
        for (accept, takes) in
            [(&[][..], false), (&["br, gzip;q=1.0"], true), (&["gzip;q=0"], false), (&["identity"], false)]
        {
            assert_eq!(accepts_gzip(&headers(ACCEPT_ENCODING, accept)), takes, "{accept:?}");
        }
    }
}
