//! Finds out whether a server is there and whether it is this API: first without a key and, if that shows nothing,
//! with one.

use spec::{Meaning, OperationId};

use super::absent::{Absent, NOT_SERVED, beside};
use super::error::DiscoverError;
use super::scout::{NOT_UP, Scout};
use crate::exec::http::{PROXY_CREDENTIALS, SendError};
use crate::history::Response;
use crate::order::reading;
use crate::secret::Secret;
use crate::sut::shown_location;

/// The number of characters of an answer that a message shows.
const EXCERPT: usize = 60;

/// The authentication schemes of systems in front of a server; this API has a header of its own.
const DOORS: [&str; 4] = ["basic", "digest", "negotiate", "ntlm"];

/// What servers answer to plain HTTP on a port that speaks TLS: nginx, Go and Apache.
const SPOKEN_PLAIN: [&str; 3] = [
    "plain HTTP request was sent to HTTPS port",
    "Client sent an HTTP request to an HTTPS server",
    "speaking plain HTTP to an SSL-enabled server port",
];

/// What servers answer after the TLS handshake if the client certificate is missing or not trusted: nginx.
const NO_CERTIFICATE: [&str; 2] = ["No required SSL certificate was sent", "The SSL certificate error"];

/// What one answer shows.
enum Shown {
    /// This API is there.
    Api,
    /// Nothing, since a nonexistent path gets the same answer.
    Nothing(u16),
    /// Something else is there, or stands in front of it.
    Other(DiscoverError),
}

/// A request and what its answer shows.
struct Asked {
    /// The request, as `GET /path`.
    asked: String,
    shown: Shown,
}

/// Finds out whether this API is there. If only a key can show it, `key` is one that is known to belong to this
/// server.
pub(super) async fn reach(
    scout: &Scout<'_>,
    target: &str,
    key: Option<&Secret>,
) -> Result<(), DiscoverError> {
    let mut all = Vec::new();
    for operation in [OperationId::Profile, OperationId::BuyBulk] {
        all.push(ask(scout, target, operation, None).await?);
        if let Some(Asked { shown: Shown::Api, .. }) = all.last() {
            return Ok(());
        }
    }
    if let Some(key) = key {
        for operation in [OperationId::Profile, OperationId::Wallet, OperationId::Orders] {
            if let Shown::Api = ask(scout, target, operation, Some(key)).await?.shown {
                return Ok(());
            }
        }
    }
    Err(verdict(scout, target, all))
}

/// Calls an operation: reads, or sends an empty order without a key, which no server of this API accepts.
async fn ask(
    scout: &Scout<'_>,
    target: &str,
    operation: OperationId,
    key: Option<&Secret>,
) -> Result<Asked, DiscoverError> {
    let spec = scout.contract.operation(operation);
    let (method, path) = (spec.method.as_str(), spec.path.as_str());
    let asked = format!("{method} {path}");
    let send = async |path: &str| match method {
        "GET" => scout.read(path, key).await,
        _ => scout.once(method, path, key, b"{}").await,
    };
    let shown = match send(path).await {
        Err(error) if error.never_left() || error.tls().is_some() => {
            return Err(DiscoverError::Unreachable { target: target.to_owned(), error });
        }
        Err(error) => {
            Shown::Other(DiscoverError::NoAnswer { target: target.to_owned(), asked: asked.clone(), error })
        }
        Ok(response) => match other(scout, target, &asked, &response) {
            Some(error) => Shown::Other(error),
            None if may_be_nothing(scout, &response) => {
                let paths = [beside(&spec.path, path), beside(&spec.path, path)];
                let absent = match (send(&paths[0]).await, send(&paths[1]).await) {
                    (Ok(first), Ok(second)) => Some(Absent::new((&paths[0], &first), (&paths[1], &second))),
                    _ => None,
                };
                match absent {
                    Some(absent) if absent.differs(path, &response) => Shown::Api,
                    _ => Shown::Nothing(response.status),
                }
            }
            None if is_page(&response) => Shown::Other(page(target, &asked, &response)),
            None => Shown::Api,
        },
    };
    Ok(Asked { asked, shown })
}

/// Returns true if an answer may be the one that nonexistent paths get.
fn may_be_nothing(scout: &Scout<'_>, response: &Response) -> bool {
    let not_found = scout.contract.operation(OperationId::Order).status(Meaning::NotFound);
    // For a nonexistent path, some servers answer that it can't be posted to, or that they don't know the method.
    Some(response.status) == not_found || NOT_SERVED.contains(&response.status)
}

/// Returns true if an answer is an HTML page.
pub(super) fn is_page(response: &Response) -> bool {
    let declared =
        response.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let begin = response.body.text().trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    let is_html = declared || begin.starts_with("<!doctype html") || begin.starts_with("<html");
    is_html && reading::json(response).is_none()
}

/// Returns what stands in front of the API, or in its place, if an answer shows that by itself.
fn other(scout: &Scout<'_>, target: &str, asked: &str, response: &Response) -> Option<DiscoverError> {
    let (target, asked, status) = (target.to_owned(), asked.to_owned(), response.status);
    if status == PROXY_CREDENTIALS {
        return Some(DiscoverError::ProxyCredentials { target, asked, status });
    }
    if NOT_UP.contains(&status) {
        return Some(DiscoverError::NotUp { target, asked, status, excerpt: excerpt(response) });
    }
    if let (300..400, Some(location)) = (status, response.header("location")) {
        return Some(DiscoverError::Moved { target, asked, status, location: shown_location(location) });
    }
    if reading::json(response).is_some() {
        return None;
    }
    let says = |phrases: &[&str]| {
        reading::is_error(status) && phrases.iter().any(|it| response.body.text().contains(it))
    };
    if says(&SPOKEN_PLAIN) {
        return Some(DiscoverError::WantsTls { target, asked, status, excerpt: excerpt(response) });
    }
    if says(&NO_CERTIFICATE) {
        return Some(DiscoverError::WantsCertificate { target, asked, status, excerpt: excerpt(response) });
    }
    if status == scout.contract.status(Meaning::Unauthorized)
        && let Some(scheme) = response.header("www-authenticate").and_then(|it| it.split([' ', ',']).next())
        && DOORS.iter().any(|it| scheme.eq_ignore_ascii_case(it))
    {
        return Some(DiscoverError::Door { target, asked, status, scheme: scheme.to_owned() });
    }
    (status == scout.contract.status(Meaning::Forbidden) && is_page(response))
        .then(|| DiscoverError::Firewall { target, asked, status, excerpt: excerpt(response) })
}

fn page(target: &str, asked: &str, response: &Response) -> DiscoverError {
    DiscoverError::NotTheApi {
        target: target.to_owned(),
        asked: asked.to_owned(),
        status: response.status,
        excerpt: excerpt(response),
    }
}

/// Returns the beginning of a body, as a person would read it, in brackets; empty if there is no text.
fn excerpt(response: &Response) -> String {
    let text = response.body.text();
    let untagged = if is_page(response) { untagged(&text) } else { text.into_owned() };
    let words: String = untagged.split_whitespace().collect::<Vec<_>>().join(" ");
    let begin: String = words.chars().filter(|it| !it.is_control()).take(EXCERPT).collect();
    if begin.is_empty() { begin } else { format!(" (`{begin}`)") }
}

/// Returns the text between the tags of a page.
fn untagged(page: &str) -> String {
    let texts = page.split('<').enumerate().map(|(at, it)| match it.split_once('>') {
        Some((_, text)) if at > 0 => text,
        None if at > 0 => "",
        _ => it,
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Returns the error if no answer showed the API: what stands before it, if something does, and otherwise that its
/// paths do not exist.
fn verdict(scout: &Scout<'_>, target: &str, all: Vec<Asked>) -> DiscoverError {
    let nothing = all.iter().filter_map(|it| match it.shown {
        Shown::Nothing(status) => Some(format!("{} gives {status}", it.asked)),
        _ => None,
    });
    let nothing: Vec<String> = nothing.collect();
    // An answer shows more than no answer.
    let talks = |it: &DiscoverError| match it {
        DiscoverError::NoAnswer { error: SendError::Garbled(_), .. } => 1,
        DiscoverError::NoAnswer { .. } => 0,
        DiscoverError::NotTheApi { .. } => 2,
        _ => 3,
    };
    let others = all.into_iter().filter_map(|it| match it.shown {
        Shown::Other(error) => Some(error),
        _ => None,
    });
    // Among those that show equally much, this takes the first.
    let other = others.rev().max_by_key(talks);
    match other {
        Some(error) if nothing.is_empty() || talks(&error) == 3 => error,
        _ => DiscoverError::NoSuchPaths {
            target: target.to_owned(),
            asked: nothing,
            remedy: remedy(scout, target),
        },
    }
}

/// Returns what may be wrong with a base URL whose paths do not exist.
fn remedy(scout: &Scout<'_>, target: &str) -> String {
    let path = &scout.contract.buy().path;
    let doubled = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
    match doubled.filter(|prefix| target.ends_with(prefix)).last() {
        Some(prefix) => format!("Leave `{prefix}` out of the URL: every path begins with it"),
        None => format!("Is the URL the base URL, that is what stands before `{path}`?"),
    }
}
