//! Errors of a call, sorted by what they mean to the caller and by whether money may have moved.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use spec::{Meaning, OperationId};

use crate::client::{Error as RawError, ResponseValue};
use crate::transport::SetupError;
use crate::{Caller, contract, types};

/// Number of bytes of an unexpected answer that a message quotes.
const QUOTED: usize = 200;

/// One field that the server would have refused, found before anything was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct InputError {
    /// Name on the wire, with the position of the item: `items[1].packageId`.
    pub field: String,
    /// What is wrong with the field.
    pub message: String,
}

/// A refusal, in the words of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// A text for a person.
    pub message: String,
    /// A code for a program; empty if the answer has no error envelope.
    pub code: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = if self.code.is_empty() { String::new() } else { format!("{}, ", self.code) };
        write!(f, "{} ({code}status {})", self.message, self.status)
    }
}

/// Why a call did not return what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No client could be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The layer refused the call; nothing was sent.
    #[error("not sent: {}", list(.0))]
    Input(Vec<InputError>),
    /// The request is invalid or its validation failed.
    #[error("invalid request: {0}")]
    Invalid(Refusal),
    /// The key is missing, malformed, unknown or revoked.
    #[error("the API key was not accepted: {0}")]
    Unauthorized(Refusal),
    /// The wallet can't pay for the total.
    #[error("not enough money in the wallet: {0}")]
    Insufficient(Refusal),
    /// The role of the profile does not allow this.
    #[error("this profile may not do that: {0}")]
    Forbidden(Refusal),
    /// The number of items is outside the limits.
    #[error("number of recipients: {0}")]
    Count(Refusal),
    /// The resource does not exist, or belongs to another profile.
    #[error("not found: {0}")]
    NotFound(Refusal),
    /// The present state of the resource does not allow this.
    #[error("not possible now: {0}")]
    Conflict(Refusal),
    /// Too many requests. This one was not processed; wait before the next.
    #[error("too many requests{}", wait(.0))]
    Throttled(Option<Duration>),
    /// No connection was made, so nothing was sent.
    #[error("not sent, no connection: {}", causes(.0))]
    NotSent(#[source] reqwest::Error),
    /// A purchase was sent, and no answer that tells its outcome was received. It may have been paid for: look for it
    /// in the list of orders before sending it again.
    #[error(
        "outcome unknown: {0}; the order may have been paid for, so look for it in the list of orders before sending it again"
    )]
    OutcomeUnknown(String),
    /// The answer is missing or not as the contract documents; no money moved.
    #[error("unexpected: {0}")]
    Unexpected(String),
}

impl Error {
    /// Returns true if the call may have spent money although it failed.
    #[must_use]
    pub const fn outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }

    /// Returns the refusal of the server, if it refused in the documented way.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Invalid(it)
            | Self::Unauthorized(it)
            | Self::Insufficient(it)
            | Self::Forbidden(it)
            | Self::Count(it)
            | Self::NotFound(it)
            | Self::Conflict(it) => Some(it),
            _ => None,
        }
    }

    fn refused(operation: OperationId, refusal: Refusal) -> Self {
        match contract::meaning(operation, refusal.status) {
            Some(Meaning::Invalid) => Self::Invalid(refusal),
            Some(Meaning::Unauthorized) => Self::Unauthorized(refusal),
            Some(Meaning::Insufficient) => Self::Insufficient(refusal),
            Some(Meaning::Forbidden) => Self::Forbidden(refusal),
            Some(Meaning::Count) => Self::Count(refusal),
            Some(Meaning::NotFound) => Self::NotFound(refusal),
            Some(Meaning::Conflict) => Self::Conflict(refusal),
            Some(Meaning::Accepted | Meaning::Ok) | None => Self::Unexpected(refusal.to_string()),
        }
    }

    /// Sorts an answer outside the contract: a client error is a refusal whatever its content; any other may hide a
    /// purchase.
    fn undocumented(operation: OperationId, status: Option<u16>, what: String) -> Self {
        let refused =
            status.and_then(|it| StatusCode::from_u16(it).ok()).is_some_and(|it| it.is_client_error());
        if contract::is_purchase(operation) && !refused {
            Self::OutcomeUnknown(what)
        } else {
            Self::Unexpected(what)
        }
    }
}

/// Sorts the outcome of one call of the generated client: returns the answer, or an error that tells whether money may
/// have moved.
///
/// [`NetConnect`](crate::NetConnect) does this for every call. If you call [`client::Client`](crate::client::Client)
/// directly, use a client of its own for the call, since `caller` remembers only the status of its last answer.
///
/// # Errors
/// The call failed.
pub async fn outcome<T>(
    operation: OperationId,
    caller: &Caller,
    result: Result<ResponseValue<T>, RawError<types::ErrorResponse>>,
) -> Result<T, Error> {
    let status = caller.last_status();
    let lost = |error: &reqwest::Error| Error::undocumented(operation, None, causes(error));
    Err(match result {
        Ok(value) => return Ok(value.into_inner()),
        Err(RawError::ErrorResponse(value)) => {
            let status = value.status().as_u16();
            let types::ErrorDetail { message, code, .. } = value.into_inner().error;
            Error::refused(operation, Refusal { status, message, code })
        }
        Err(RawError::UnexpectedResponse(response)) => unexpected(operation, response).await,
        Err(RawError::InvalidResponsePayload(body, error)) => unreadable(operation, status, &body, &error),
        Err(RawError::CommunicationError(error)) if error.is_connect() || error.is_builder() => {
            Error::NotSent(error)
        }
        Err(RawError::CommunicationError(error) | RawError::InvalidUpgrade(error)) => lost(&error),
        // The status was received and the body was not: a refusal is still a refusal.
        Err(RawError::ResponseBodyError(error)) => Error::undocumented(
            operation,
            status,
            format!("status {}, then {}", shown(status), causes(&error)),
        ),
        Err(RawError::InvalidRequest(message) | RawError::Custom(message)) => {
            Error::Input(vec![InputError { field: operation.name().to_owned(), message }])
        }
    })
}

/// Sorts a documented status with a body that is not as documented. The status alone makes a refusal.
fn unreadable(operation: OperationId, status: Option<u16>, body: &[u8], error: &serde_json::Error) -> Error {
    let refused = status
        .and_then(|it| contract::meaning(operation, it).zip(Some(it)))
        .filter(|(meaning, _)| !meaning.is_success());
    if let Some((_, status)) = refused {
        return Error::refused(operation, Refusal { status, message: quote(body), code: String::new() });
    }
    let what =
        format!("status {} with a body that is not as documented ({error}): {}", shown(status), quote(body));
    Error::undocumented(operation, status, what)
}

async fn unexpected(operation: OperationId, response: reqwest::Response) -> Error {
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds =
            response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
        return Error::Throttled(seconds.map(Duration::from_secs));
    }
    let body = response.bytes().await.unwrap_or_default();
    Error::undocumented(
        operation,
        Some(status.as_u16()),
        format!("status {}: {}", status.as_u16(), quote(&body)),
    )
}

fn shown(status: Option<u16>) -> String {
    status.map_or_else(|| "?".to_owned(), |status| status.to_string())
}

/// Returns the start of a body on one line.
fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(QUOTED)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match (line.is_empty(), body.len() > QUOTED) {
        (true, _) => "an empty body".to_owned(),
        (_, true) => line + " ...",
        _ => line,
    }
}

/// Returns an error of the HTTP stack with its causes, since its own message lacks them.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn list(mistakes: &[InputError]) -> String {
    mistakes.iter().map(InputError::to_string).collect::<Vec<_>>().join("; ")
}

fn wait(retry_after: &Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |it| format!(", wait {} s", it.as_secs()))
}
