//! The route of a connection: to the host itself, to the address that was given for it, or through a proxy.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service;
use url::Url;

use super::causes::{BoxError, innermost};
use crate::sut::access::{Access, Resolve};
use crate::sut::shown;

/// The bound in bytes on the head of a proxy's answer.
const LONGEST_HEAD: usize = 16 * 1024;

/// The status of a proxy that asks for credentials (RFC 9110, 15.5.8).
pub(in crate::exec) const PROXY_CREDENTIALS: u16 = 407;

/// The reasons why a proxy does not connect us.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    /// The proxy can't be reached.
    #[error("the proxy {proxy} can't be reached: {}", innermost(.source.as_ref()))]
    Unreachable {
        /// The URL of the proxy.
        proxy: String,
        /// The reason.
        source: BoxError,
    },
    /// The proxy refuses.
    #[error("the proxy {proxy} answers {status} to CONNECT {authority}")]
    Refused {
        /// The URL of the proxy.
        proxy: String,
        /// The host and port that it was asked to connect to.
        authority: String,
        /// Its status, with the reason phrase.
        status: String,
    },
    /// The proxy's answer is not HTTP.
    #[error("what the proxy {proxy} answers to CONNECT {authority} is not HTTP")]
    Garbled {
        /// The URL of the proxy.
        proxy: String,
        /// The host and port that it was asked to connect to.
        authority: String,
    },
    /// The connection to the proxy broke.
    #[error("the proxy {proxy} breaks off the answer to CONNECT {authority}: {source}")]
    Broken {
        /// The URL of the proxy.
        proxy: String,
        /// The host and port that it was asked to connect to.
        authority: String,
        /// The reason.
        source: std::io::Error,
    },
}

impl ProxyError {
    /// Returns true if the proxy asks for credentials.
    #[must_use]
    pub(crate) fn wants_credentials(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.starts_with("407"))
    }
}

/// A proxy, with the credentials for it.
#[derive(Debug)]
struct Proxy {
    uri: http::Uri,
    shown: String,
    credentials: Option<HeaderValue>,
}

/// Makes TCP connections.
#[derive(Debug, Clone)]
pub(super) struct Route {
    tcp: HttpConnector,
    proxy: Option<Arc<Proxy>>,
    resolve: Arc<[Resolve]>,
}

impl Route {
    /// Returns the route that the flags choose.
    pub(super) fn new(access: &Access) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let proxy = access.proxy.as_ref().and_then(|url| {
            let uri = format!("http://{}", host_and_port(url.host_str()?, url.port_or_known_default()?));
            Some(Arc::new(Proxy { uri: uri.parse().ok()?, shown: shown(url), credentials: credentials(url) }))
        });
        Self { tcp, proxy, resolve: access.resolve.clone().into() }
    }

    /// Returns true if requests to a URL are sent to a proxy, which reads them, instead of through it.
    pub(super) fn is_read_by_proxy(&self, uri: &http::Uri) -> bool {
        self.proxy.is_some() && uri.scheme() != Some(&http::uri::Scheme::HTTPS)
    }

    /// Returns the credentials for the proxy.
    pub(super) fn credentials(&self) -> Option<&HeaderValue> {
        self.proxy.as_ref()?.credentials.as_ref()
    }

    /// Returns the URI to connect to in place of another.
    fn instead(&self, uri: &http::Uri) -> Option<http::Uri> {
        let (host, port) = (uri.host()?.trim_matches(['[', ']']), port(uri));
        let same =
            |it: &&Resolve| it.port == port && it.host.trim_matches(['[', ']']).eq_ignore_ascii_case(host);
        let given = self.resolve.iter().find(same)?;
        format!("http://{}", host_and_port(&given.address.to_string(), port)).parse().ok()
    }
}

fn port(uri: &http::Uri) -> u16 {
    let https = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    uri.port_u16().unwrap_or(if https { 443 } else { 80 })
}

fn host_and_port(host: &str, port: u16) -> String {
    let host = host.trim_matches(['[', ']']);
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

impl Service<http::Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let Some(proxy) = self.proxy.clone() else {
            let connecting = self.tcp.call(self.instead(&uri).unwrap_or(uri));
            return Box::pin(async { connecting.await.map_err(Into::into) });
        };
        let connecting = self.tcp.call(proxy.uri.clone());
        let through = !self.is_read_by_proxy(&uri);
        Box::pin(async move {
            let unreachable = |source| ProxyError::Unreachable { proxy: proxy.shown.clone(), source };
            let mut stream = connecting.await.map_err(|error| unreachable(error.into()))?.into_inner();
            if through {
                let authority = host_and_port(uri.host().unwrap_or_default(), port(&uri));
                tunnel(&mut stream, &proxy, authority).await?;
            }
            Ok(TokioIo::new(stream))
        })
    }
}

/// Asks a proxy to forward what follows. The HTTP library has a tunnel too, but its errors leave out the proxy's
/// answer.
async fn tunnel(stream: &mut TcpStream, proxy: &Proxy, authority: String) -> Result<(), ProxyError> {
    let named = || (proxy.shown.clone(), authority.clone());
    let broken = |source| {
        let (proxy, authority) = named();
        ProxyError::Broken { proxy, authority, source }
    };
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(credentials) = &proxy.credentials {
        request.extend([b"Proxy-Authorization: ", credentials.as_bytes(), b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    stream.write_all(&request).await.map_err(broken)?;
    let mut head = Vec::new();
    // The head is read byte by byte, since what follows it comes from the server and not from the proxy.
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let head = String::from_utf8_lossy(&head);
    let (proxy, authority) = named();
    let Some(status) = head.strip_prefix("HTTP/1.").and_then(|it| it.lines().next()?.get(2..)) else {
        return Err(ProxyError::Garbled { proxy, authority });
    };
    if status.starts_with('2') {
        return Ok(());
    }
    Err(ProxyError::Refused { proxy, authority, status: status.trim().to_owned() })
}

/// Returns the value of the header for the user and password of a URL; `None` if it has neither.
pub(super) fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let plain = |it: &str| percent_decode_str(it).collect::<Vec<u8>>();
    let pair = [plain(url.username()), b":".to_vec(), plain(url.password().unwrap_or_default())].concat();
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}
