//! The same order over kept connections as fast as it goes, for `bench`: what the HTTP library does without a tester.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::client::careful;
use crate::secret::Secret;

/// One order, ready to be sent again and again to a sandbox of our own.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Where to.
    pub url: Url,
    /// Method.
    pub method: String,
    /// Name of the key's header.
    pub header: String,
    /// The key.
    pub key: Secret,
    /// Headers beyond the key.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum FloodError {
    /// The library.
    #[error("the plain loop: {0}")]
    Http(#[from] reqwest::Error),
    /// What can't be sent.
    #[error("the plain loop: header `{0}` can't be sent")]
    Header(String),
    /// Another status than the route is measured for.
    #[error("the plain loop: answered {0} in place of {1}")]
    Status(u16, u16),
    /// A worker broke down.
    #[error("the plain loop: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

/// Sends a shot once and gives the status.
///
/// # Errors
/// It can't be sent, or no answer came.
pub async fn once(shot: &Shot) -> Result<u16, FloodError> {
    let client = client()?;
    Ok(client.execute(request(&client, shot)?).await?.status().as_u16())
}

/// Sends a shot over so many connections for so long: how many answers came, and how long it took.
///
/// # Errors
/// It can't be sent, an answer is missing, or has another status than `wanted`.
pub async fn flood(
    shot: &Shot,
    connections: usize,
    duration: Duration,
    wanted: u16,
) -> Result<(u64, Duration), FloodError> {
    let client = client()?;
    let start = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (client, request) = (client.clone(), request(&client, shot)?);
        workers.spawn(async move {
            let mut answers = 0_u64;
            while start.elapsed() < duration {
                let Some(next) = request.try_clone() else { break };
                let response = client.execute(next).await?;
                let status = response.status().as_u16();
                response.bytes().await?;
                if status != wanted {
                    return Err(FloodError::Status(status, wanted));
                }
                answers += 1;
            }
            Ok(answers)
        });
    }
    let mut answers = 0;
    while let Some(done) = workers.join_next().await {
        answers += done??;
    }
    Ok((answers, start.elapsed()))
}

fn client() -> Result<reqwest::Client, FloodError> {
    Ok(careful(Duration::from_secs(30)).http1_only().build()?)
}

fn request(client: &reqwest::Client, shot: &Shot) -> Result<reqwest::Request, FloodError> {
    let unsendable = |name: &str| FloodError::Header(name.to_owned());
    let method = reqwest::Method::from_bytes(shot.method.as_bytes()).unwrap_or_default();
    let mut request = client.request(method, shot.url.clone()).body(shot.body.clone());
    let key = (shot.header.as_str(), shot.key.expose());
    for (name, value) in shot.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([key])
    {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        request = request.header(header, HeaderValue::from_str(value).map_err(|_| unsendable(name))?);
    }
    Ok(request.build()?)
}
