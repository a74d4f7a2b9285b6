//! How a server is reached: what is sent with every request, which certificates TLS trusts, and the route that
//! connections take.

mod headers;

use std::net::IpAddr;
use std::path::PathBuf;

use url::Url;

pub(crate) use self::headers::header;
pub(crate) use self::headers::{ExtraHeader, HeaderError, from_environment};
use crate::secret::{Redactor, Secret};

/// What is sent with every request, and the route that connections take. The default adds nothing and connects
/// directly.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Headers of requests to the target, in addition to those of the plan.
    pub headers: Vec<ExtraHeader>,
    /// Headers of requests to the target's provider states.
    pub states_headers: Vec<ExtraHeader>,
    /// Whether requests are sent without a trace context and without the id of their case.
    pub untraced: bool,
    /// Whether only HTTP/2 is spoken to the target.
    pub http2: bool,
    /// The certificates for TLS.
    pub trust: Trust,
    /// A proxy for all connections.
    pub proxy: Option<Url>,
    /// Hosts whose address is given instead of being looked up.
    pub resolve: Vec<Resolve>,
    /// The secrets in the addresses themselves.
    secrets: Vec<Secret>,
}

/// The certificates that TLS trusts, and the one that this program presents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// A PEM file with certificates of issuers that are trusted in addition to those of the machine.
    pub ca: Option<PathBuf>,
    /// PEM files with this program's certificate and its chain, and with its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
}

/// A host and a port with their address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// The host, as in the URL.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The address.
    pub address: IpAddr,
}

/// The error for a text that is not `HOST:PORT:ADDRESS`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not HOST:PORT:ADDRESS, as in api.example.com:443:192.0.2.7 (an IPv6 address may stand in brackets)")]
pub struct ResolveError;

impl std::fmt::Display for Resolve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{}:{}:{address}", self.host, self.port),
            IpAddr::V6(address) => write!(f, "{}:{}:[{address}]", self.host, self.port),
        }
    }
}

impl std::str::FromStr for Resolve {
    type Err = ResolveError;

    fn from_str(text: &str) -> Result<Self, ResolveError> {
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ResolveError);
        };
        let address = address.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(address);
        match (port.parse(), address.parse()) {
            (Ok(port), Ok(address)) if !host.is_empty() => Ok(Self { host: host.to_owned(), port, address }),
            _ => Err(ResolveError),
        }
    }
}

impl Access {
    /// Returns the same access for a server that takes only HTTP/2, or does not.
    #[must_use]
    pub(crate) fn over(&self, http2: bool) -> Self {
        Self { http2, ..self.clone() }
    }

    /// Adds what is secret in the addresses that requests are sent to: passwords, and the values of a query.
    pub(crate) fn note(&mut self, urls: &[&Url]) {
        for url in urls.iter().copied().chain(&self.proxy) {
            let password =
                url.password().map(|it| percent_encoding::percent_decode_str(it).decode_utf8_lossy());
            let values = url.query_pairs().map(|(_, value)| value.into_owned());
            let found = password.map(std::borrow::Cow::into_owned).into_iter().chain(values);
            self.secrets.extend(found.map(|it| Secret::new(it, &[])));
        }
    }

    /// Returns a redactor for all these secrets, in case a server repeats them.
    #[must_use]
    pub(crate) fn redactor(&self) -> Redactor {
        let headers = self.headers.iter().chain(&self.states_headers).flat_map(ExtraHeader::secrets);
        let own = headers.chain(self.secrets.iter().cloned());
        Redactor::new(&own.filter(Secret::is_distinct).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_their_addresses() {
        let parsed =
            |text: &str| text.parse::<Resolve>().map(|it| (it.host, it.port, it.address.to_string()));
        assert_eq!(parsed("api.example:443:192.0.2.7"), Ok(("api.example".into(), 443, "192.0.2.7".into())));
        assert_eq!(parsed("a:80:[::1]"), Ok(("a".into(), 80, "::1".into())));
        assert_eq!("a:80:::1".parse::<Resolve>().unwrap().to_string(), "a:80:[::1]");
        assert_eq!(parsed("a:80:::1"), Ok(("a".into(), 80, "::1".into())));
        for text in ["", "a", "a:80", "a:80:b", "a:x:192.0.2.7", ":80:192.0.2.7", "192.0.2.7"] {
            assert_eq!(parsed(text), Err(ResolveError), "{text}");
        }
    }

    #[test]
    fn what_is_secret_in_addresses_is_masked_where_it_is_repeated() {
        let mut access = Access::default();
        let url = |text: &str| Url::parse(text).unwrap();
        access.note(&[
            &url("http://user:pa%20ssword@host"),
            &url("http://host?token=s3cr3ttoken&v=1&tenant=12345678"),
        ]);
        let masked = access.redactor().redact_text("user pa ssword s3cr3ttoken v 1 12345678").unwrap();
        assert_eq!(
            masked, "user *** *** v 1 12345678",
            "what is too short to be a secret is found in innocent text as well"
        );
    }
}
