//! How a connection comes about: TCP, TLS over it where the URL asks for it, and the adapter for letter case on top.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::spelling::Spelling;

/// Whatever goes wrong below the client.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why no request can be made at all.
#[derive(Debug, Clone, thiserror::Error)]
#[error("TLS can't be set up on this machine: {0}")]
pub struct SetupError(#[from] rustls::Error);

/// Reading the roots of trust takes longer than a request, so it is done once.
static TLS: LazyLock<Result<ClientConfig, SetupError>> = LazyLock::new(|| {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.try_with_platform_verifier()?.with_no_client_auth())
});

/// TLS that trusts whom this machine trusts.
pub(super) fn roots() -> Result<ClientConfig, SetupError> {
    TLS.clone()
}

/// Makes connections within a time limit.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    inner: HttpsConnector<HttpConnector>,
    limit: Duration,
    spelled: Option<Arc<str>>,
}

impl Connector {
    /// Connections that must come about within a time limit.
    pub(super) fn new(tls: ClientConfig, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self { inner, limit, spelled: None }
    }

    /// The same, with a header's name in just this letter case in the first request of each connection.
    pub(super) fn spelling(&self, name: &str) -> Self {
        Self { spelled: Some(name.into()), ..self.clone() }
    }
}

impl Service<http::Uri> for Connector {
    type Response = Spelling<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let (connecting, limit, spelled) = (self.inner.call(uri), self.limit, self.spelled.clone());
        Box::pin(async move {
            // The library's own limit leaves out the name's look-up and TLS.
            let late = |_| format!("no connection within {} s", limit.as_secs_f32());
            let connection = tokio::time::timeout(limit, connecting).await.map_err(late)??;
            Ok(Spelling::new(connection, spelled))
        })
    }
}
