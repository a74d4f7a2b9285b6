//! The connection to the sandbox behind the front: one for each request.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::message::Response;

/// Sends the bytes of a request with `connection: close`, and reads the whole response.
pub(super) async fn ask(upstream: SocketAddr, bytes: &[u8]) -> io::Result<Response> {
    let mut stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Response::read(&answer).ok_or_else(|| io::Error::other("the sandbox gave no answer"))
}

/// Sends JSON to the sandbox before the client starts; returns the status and the body of the response.
///
/// # Errors
/// Returns an error if the sandbox can't be reached, or its response is not valid HTTP.
pub(crate) async fn send(
    upstream: SocketAddr,
    path: &str,
    key: Option<(&str, &str)>,
    body: &str,
) -> io::Result<(u16, String)> {
    let key = key.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {upstream}\r\n{key}content-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let answer = ask(upstream, (head + body).as_bytes()).await?;
    Ok((answer.status, answer.text()))
}
