//! Reading a body: from bytes to JSON.

use axum::http::header;
use serde_json::Value;

use crate::answer::{Cause, Refusal};
use crate::call::Payload;
use crate::exchange::Exchange;
use crate::rules::Rules;

/// The body as JSON.
///
/// # Errors
/// It is too large, broken off, no JSON, or of a media type that is not taken.
pub(crate) fn body(rules: &Rules, exchange: &Exchange) -> Result<Value, Refusal> {
    if rules.freedoms.reading.strict_media_type && !is_json(exchange) {
        return Err(Refusal::new(Cause::MediaType, "The body must be application/json"));
    }
    let bytes = match &exchange.call.body {
        Payload::Whole(bytes) => bytes,
        Payload::TooLarge(_) => return Err(Refusal::new(Cause::TooLarge, "The body is too large")),
        Payload::Broken => return Err(Refusal::new(Cause::Json, "The body ended too early")),
    };
    let invalid = |cause| Refusal::new(cause, "The body is not valid JSON");
    let mut value = (rules.steps.decode)(bytes).map_err(invalid)?;
    rules.hooks.mend.iter().for_each(|mend| mend(exchange, &mut value));
    Ok(value)
}

fn is_json(exchange: &Exchange) -> bool {
    let kind = exchange.call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// JSON in UTF-8, without a byte order mark.
///
/// # Errors
/// It is something else.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, Cause> {
    serde_json::from_slice(bytes).map_err(|_| Cause::Json)
}
