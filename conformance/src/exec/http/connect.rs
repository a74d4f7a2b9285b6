//! Establishes connections: the route, TLS over it if the URL asks for that, and the adapter for letter case on top.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::causes::BoxError;
use super::route::Route;
use super::spelling::Spelling;

/// Establishes connections within a time limit.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    inner: HttpsConnector<Route>,
    route: Route,
    limit: Duration,
    spelled: Option<Arc<str>>,
}

impl Connector {
    /// Returns a connector whose connections must be established within `limit`.
    pub(super) fn new(mut tls: ClientConfig, route: Route, limit: Duration, http2: bool) -> Self {
        // Announcing the version lets a server of another one refuse the connection with a clear error.
        tls.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let inner = HttpsConnector::from((route.clone(), tls));
        Self { inner, route, limit, spelled: None }
    }

    /// Returns the route that its connections take.
    pub(super) fn route(&self) -> &Route {
        &self.route
    }

    /// Returns the same connector, with a header's name in exactly this letter case in the first request of each
    /// connection.
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
        let read_by_proxy = self.route.is_read_by_proxy(&uri);
        let (connecting, limit, spelled) = (self.inner.call(uri), self.limit, self.spelled.clone());
        Box::pin(async move {
            // The library's own limit does not include the name lookup and TLS.
            let late = |_| format!("no connection within {} s", limit.as_secs_f32());
            let connection = tokio::time::timeout(limit, connecting).await.map_err(late)??;
            Ok(Spelling::new(connection, spelled, read_by_proxy))
        })
    }
}
