//! `sandbox health`: asks a sandbox whether it is ready, for containers without another HTTP client.

mod pinned;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use sandbox::TlsError;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long a response may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The reason why a sandbox is not ready.
#[derive(Debug, thiserror::Error)]
enum HealthError {
    #[error("`{0}` is not an address like http://127.0.0.1:8080")]
    Address(String),
    #[error("to ask over TLS, name the certificate that it shows with --tls-cert")]
    Unnamed,
    #[error("--tls-cert {0}")]
    Certificate(#[from] TlsError),
    #[error("can't be reached: {0}")]
    Reach(#[from] std::io::Error),
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Silent(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    NotReady(String),
}

/// Asks a sandbox and prints what is wrong; returns 0 if it is ready, and 1 otherwise.
pub(crate) async fn ask(url: &str, certificate: Option<&Path>) -> ExitCode {
    match ready(url, certificate).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sandbox: {url}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn ready(url: &str, certificate: Option<&Path>) -> Result<(), HealthError> {
    let wrong = || HealthError::Address(url.to_owned());
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let host =
        parsed.host_str().filter(|_| ["http", "https"].contains(&parsed.scheme())).ok_or_else(wrong)?;
    let address = format!("{host}:{}", parsed.port_or_known_default().unwrap_or(80));
    let path = format!("{}/readyz", parsed.path().trim_end_matches('/'));
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let tls = match certificate {
        Some(path) => Some(pinned::connector(sandbox::certificates(path)?)),
        None if parsed.scheme() == "https" => return Err(HealthError::Unnamed),
        None => None,
    };
    let asked = async {
        let stream = TcpStream::connect(&address).await?;
        match tls {
            Some(tls) => exchange(tls?.connect(pinned::name(), stream).await?, &request).await,
            None => exchange(stream, &request).await,
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await??;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(HealthError::NotReady(if body.is_empty() { "not a sandbox".into() } else { body.to_owned() }))
}

/// Sends a request and reads until the connection ends.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        // A server may close a TLS connection without `close_notify`.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
