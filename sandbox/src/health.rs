//! `sandbox health`: asks a sandbox whether it is ready, for a container that has no other tool.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why it is not ready.
#[derive(Debug, thiserror::Error)]
enum HealthError {
    #[error("`{0}` is not an address like http://127.0.0.1:8080")]
    Address(String),
    #[error("can't be reached: {0}")]
    Reach(#[from] std::io::Error),
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Silent(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    NotReady(String),
}

/// Asks, and says what is wrong; 0 if nothing is, and 1 otherwise.
pub(crate) async fn ask(url: &str) -> ExitCode {
    match ready(url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sandbox: {url}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn ready(url: &str) -> Result<(), HealthError> {
    let wrong = || HealthError::Address(url.to_owned());
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let host = parsed.host_str().filter(|_| parsed.scheme() == "http").ok_or_else(wrong)?;
    let address = format!("{host}:{}", parsed.port_or_known_default().unwrap_or(80));
    let path = format!("{}/readyz", parsed.path().trim_end_matches('/'));
    let asked = async {
        let mut stream = TcpStream::connect(&address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await??;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(HealthError::NotReady(if body.is_empty() { "not a sandbox".into() } else { body.to_owned() }))
}
