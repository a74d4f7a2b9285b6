//! The server that a client connects to: a front before a sandbox, over real connections, so that it can reset
//! connections, hold back answers, and record requests.

mod connection;
mod message;
mod recorder;
mod respond;
mod shared;
mod tls;
mod upstream;

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::client::error::ClientError;
use crate::client::history::{Exchange, Place};
use crate::client::scenario::Ground;
use recorder::Recorder;
use shared::Shared;

pub(crate) use shared::Way;
pub(crate) use upstream::send;

/// A running front.
#[derive(Debug)]
pub(crate) struct Front {
    /// The base URL for the client.
    pub(crate) url: String,
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Front {
    /// Listens on a loopback port, or on a free one if `port` is 0.
    ///
    /// # Errors
    /// Returns an error if the port can't be listened on, or TLS can't be set up.
    pub(crate) async fn start(way: Way, port: u16) -> Result<Self, ClientError> {
        let listen = async |port| {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| match port {
                    0 => ClientError::Serve(source),
                    _ => ClientError::Port { port, source },
                })?;
            let address = listener.local_addr().map_err(ClientError::Serve)?;
            Ok::<_, ClientError>((listener, address))
        };
        let (listener, address) = listen(port).await?;
        let (other, elsewhere) = listen(0).await?;
        let acceptor = (way.ground == Ground::Untrusted).then(tls::untrusted).transpose()?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        let closed = way.ground == Ground::Closed;
        let shared = Arc::new(Shared { way, recorder: Recorder::new(), elsewhere, late: Mutex::default() });
        let mut tasks = Vec::new();
        if !closed {
            let place = if acceptor.is_some() { Place::Untrusted } else { Place::Server };
            tasks.push(tokio::spawn(accept(listener, shared.clone(), place, acceptor)));
            tasks.push(tokio::spawn(accept(other, shared.clone(), Place::Elsewhere, None)));
        }
        Ok(Self { url, shared, tasks })
    }

    /// Returns the microseconds since the front was started.
    pub(crate) fn now_us(&self) -> u64 {
        self.shared.recorder.now_us()
    }

    /// Returns the exchanges recorded until now, in the order of arrival.
    pub(crate) fn recorded(&self) -> Vec<Exchange> {
        self.shared.recorder.exchanges()
    }

    /// Waits until a client has sent a request.
    pub(crate) async fn asked(&self) {
        self.shared.recorder.asked().await;
    }

    /// Returns the recorded exchanges once no request is on its way to the sandbox any more.
    pub(crate) async fn settled(&self) -> Vec<Exchange> {
        self.shared.settled().await;
        self.recorded()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Accepts connections until it is aborted, which ends the connections too.
async fn accept(listener: TcpListener, shared: Arc<Shared>, place: Place, tls: Option<TlsAcceptor>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        // Without this option the connection is slower, but still works.
        _ = stream.set_nodelay(true);
        let (shared, tls) = (shared.clone(), tls.clone());
        let number = shared.recorder.connection();
        connections.spawn(async move {
            match tls {
                None => connection::plain(stream, &shared, place, number).await,
                Some(acceptor) => {
                    // The handshake fails if the client does not trust the certificate.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection::secured(stream, &shared, place, number).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
