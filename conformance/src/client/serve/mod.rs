//! The server that a client sees: a front of our own before a sandbox, over real connections, so that it can reset them, keep
//! answers back, and record what was sent.

mod connection;
mod message;
mod recorder;
mod respond;
mod shared;
mod tls;
mod upstream;

use std::net::Ipv4Addr;
use std::sync::Arc;

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
    /// Base URL for the client.
    pub(crate) url: String,
    recorder: Arc<Recorder>,
    tasks: Vec<JoinHandle<()>>,
}

impl Front {
    /// Listens on a port of the loopback; `port` 0 takes a free one.
    ///
    /// # Errors
    /// No port can be listened on, or no certificate be made.
    pub(crate) async fn start(way: Way, port: u16) -> Result<Self, ClientError> {
        let listen = async |port| {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(ClientError::Serve)?;
            let address = listener.local_addr().map_err(ClientError::Serve)?;
            Ok::<_, ClientError>((listener, address))
        };
        let (listener, address) = listen(port).await?;
        let (other, elsewhere) = listen(0).await?;
        let recorder = Arc::new(Recorder::new());
        let acceptor = (way.ground == Ground::Untrusted).then(tls::untrusted).transpose()?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        let closed = way.ground == Ground::Closed;
        let shared = Arc::new(Shared { way, recorder: recorder.clone(), elsewhere });
        let mut tasks = Vec::new();
        if !closed {
            let place = if acceptor.is_some() { Place::Untrusted } else { Place::Server };
            tasks.push(tokio::spawn(accept(listener, shared.clone(), place, acceptor)));
            tasks.push(tokio::spawn(accept(other, shared, Place::Elsewhere, None)));
        }
        Ok(Self { url, recorder, tasks })
    }

    /// Microseconds since the front was started.
    pub(crate) fn now_us(&self) -> u64 {
        self.recorder.now_us()
    }

    /// What was recorded until now, in the order of arrival.
    pub(crate) fn recorded(&self) -> Vec<Exchange> {
        self.recorder.exchanges()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Takes connections until it is aborted, which ends them too.
async fn accept(listener: TcpListener, shared: Arc<Shared>, place: Place, tls: Option<TlsAcceptor>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        // What can't be set so is slower, not wrong.
        _ = stream.set_nodelay(true);
        let (shared, tls) = (shared.clone(), tls.clone());
        let number = shared.recorder.connection();
        connections.spawn(async move {
            match tls {
                None => connection::plain(stream, &shared, place, number).await,
                Some(acceptor) => {
                    // A client that does not trust us goes here.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection::secured(stream, &shared, place, number).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
