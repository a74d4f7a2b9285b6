//! Serves one connection of a client: reads, records and answers one request after the other, with the disturbances of
//! the scenario.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::message::{NoRequest, Request};
use super::respond::{After, Exchanging};
use super::shared::Shared;
use crate::client::history::{Exchange, Place};
use crate::client::scenario::On;

/// Serves a connection without TLS.
pub(super) async fn plain(mut stream: TcpStream, shared: &Arc<Shared>, place: Place, number: u64) {
    if matches!(serve(&mut stream, shared, place, number).await, After::Reset) {
        // Closing with a linger time of zero resets the connection. If it can't be set, the connection is closed
        // normally.
        _ = stream.set_zero_linger();
    }
}

/// Serves a connection with TLS.
pub(super) async fn secured(
    mut stream: TlsStream<TcpStream>,
    shared: &Arc<Shared>,
    place: Place,
    number: u64,
) {
    serve(&mut stream, shared, place, number).await;
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    shared: &Arc<Shared>,
    place: Place,
    number: u64,
) -> After {
    let mut buffer = Vec::new();
    loop {
        let request = match next(stream, &mut buffer).await {
            Ok(request) => request,
            Err(NoRequest::Gone) => return After::Close,
            Err(NoRequest::Nonsense) => {
                let nonsense = Exchange { place, connection: number, ..shared.nonsense(&buffer) };
                shared.recorder.request(nonsense);
                // Any server answers so. A write error means that the client has left.
                _ = stream
                    .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await;
                return After::Close;
            }
        };
        let slot = shared.recorder.request(shared.recorded(&request, place, number));
        let path = request.target.split('?').next().unwrap_or_default();
        let is_purchase = request.method == shared.way.purchase.0 && path == shared.way.purchase.1;
        let on = if is_purchase { On::Purchases } else { On::Readings };
        // The host that a redirect leads to answers undisturbed.
        let what = match place {
            Place::Elsewhere => None,
            _ => shared.recorder.trouble(&shared.way.troubles, on),
        };
        let exchanging = Exchanging { shared, request: &request, slot };
        match exchanging.respond(stream, &mut buffer, what).await {
            After::Next => {}
            other => return other,
        }
    }
}

/// Reads the next request with its body.
async fn next<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    buffer: &mut Vec<u8>,
) -> Result<Request, NoRequest> {
    let mut request = Request::head(stream, buffer).await?;
    if request.expects_word() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    request.rest(stream, buffer).await?;
    Ok(request)
}
