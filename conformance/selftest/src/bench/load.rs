//! Sends the same order over kept connections as fast as possible: the speed of the HTTP library without a tester. The
//! account that pays for it is created here too.

use std::time::{Duration, Instant};

use conformance::secret::Secret;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use spec::Pesewas;
use url::Url;

/// One order, ready to be sent repeatedly to a sandbox of our own.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// The URL.
    pub(crate) url: Url,
    /// The HTTP method.
    pub(crate) method: String,
    /// The name of the header that carries the key.
    pub(crate) header: String,
    /// The key.
    pub(crate) key: Secret,
    /// The headers besides the key.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The reasons why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The order can't be sent.
    #[error("the plain loop: the order can't be sent: {0}")]
    Unsendable(#[from] http::Error),
    /// No answer arrived.
    #[error("the plain loop: {0}")]
    Http(#[from] legacy::Error),
    /// An answer was incomplete.
    #[error("the plain loop: {0}")]
    Body(#[from] hyper::Error),
    /// An answer had another status than the one that is measured.
    #[error("the plain loop: answered {0} in place of {1}")]
    Status(u16, u16),
    /// The sandbox did not say which key the new account has.
    #[error("the plain loop: the sandbox created no account: {0}")]
    Account(#[from] serde_json::Error),
    /// A worker panicked.
    #[error("the plain loop: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

/// What the sandbox answers about a new account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    api_key: String,
}

/// Creates an account with this role and balance by the provider states at a URL, and returns its key.
///
/// # Errors
/// Returns an error if the request can't be sent, or the sandbox does not answer with a key.
pub(crate) async fn account(states: &Url, role: &str, balance: Pesewas) -> Result<Secret, LoadError> {
    let wanted = serde_json::json!({ "state": "account", "action": "setup", "params": { "role": role, "balance": balance } });
    let request = http::Request::post(states.as_str())
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(wanted.to_string())))?;
    let answer = client().request(request).await?.into_body().collect().await?.to_bytes();
    let Made { api_key } = serde_json::from_slice(&answer)?;
    Ok(Secret::new(api_key, &[]))
}

/// Sends a sample once and returns the status.
///
/// # Errors
/// Returns an error if the sample can't be sent, or if no answer arrives.
pub(crate) async fn once(sample: &Sample) -> Result<u16, LoadError> {
    Ok(client().request(request(sample)?).await?.status().as_u16())
}

/// Sends a sample over this many connections for this duration. Returns the number of answers and the time that it
/// took.
///
/// # Errors
/// Returns an error if the sample can't be sent, if an answer is missing, or if one has another status than `wanted`.
pub(crate) async fn load(
    sample: &Sample,
    connections: usize,
    duration: Duration,
    wanted: u16,
) -> Result<(u64, Duration), LoadError> {
    let client = client();
    let start = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (client, request) = (client.clone(), request(sample)?);
        workers.spawn(async move {
            let mut answers = 0_u64;
            while start.elapsed() < duration {
                let response = client.request(request.clone()).await?;
                let status = response.status().as_u16();
                response.into_body().collect().await?;
                if status != wanted {
                    return Err(LoadError::Status(status, wanted));
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

fn client() -> legacy::Client<HttpConnector, Full<Bytes>> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    legacy::Client::builder(TokioExecutor::new()).build(connector)
}

fn request(sample: &Sample) -> Result<http::Request<Full<Bytes>>, http::Error> {
    let mut request = http::Request::builder().method(sample.method.as_str()).uri(sample.url.as_str());
    request = request.header(sample.header.as_str(), sample.key.expose());
    for (name, value) in &sample.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(&sample.body)))
}
