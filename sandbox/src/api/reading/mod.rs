//! Reads a body: decodes bytes to text, parses text to JSON, and converts values to the types of an order.

mod coercion;
mod json;
mod text;

use axum::http::header;
use serde_json::Value;

use crate::answer::{Cause, Refusal};
use crate::exchange::Exchange;
use crate::http::call::Payload;
use crate::rules::Rules;
use crate::rules::freedoms::Reading;

/// Returns the body as JSON.
///
/// # Errors
/// Returns a refusal if the body is too large, incomplete, not JSON, or of a media type that is not accepted.
pub(crate) fn body(rules: &Rules, exchange: &Exchange) -> Result<Value, Refusal> {
    let reading = &rules.freedoms.reading;
    if reading.strict_media_type && !is_json(exchange) {
        return Err(Refusal::new(Cause::MediaType, "The body must be application/json"));
    }
    let bytes = match &exchange.call.body {
        Payload::Whole(bytes) => bytes,
        Payload::TooLarge(_) => return Err(Refusal::new(Cause::TooLarge, "The body is too large")),
        Payload::Broken | Payload::Slow | Payload::NoRoom => {
            return Err(Refusal::new(Cause::Json, "The body ended too early"));
        }
    };
    let invalid = |cause| Refusal::new(cause, "The body is not valid JSON");
    let mut value = (rules.steps.decode)(reading, bytes).map_err(invalid)?;
    coercion::coerce(reading, &exchange.app.contract.fields, &mut value);
    rules.hooks.edit_order.iter().for_each(|edit| edit(exchange, &mut value));
    Ok(value)
}

fn is_json(exchange: &Exchange) -> bool {
    let kind = exchange.call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// Decodes bytes as JSON.
///
/// # Errors
/// Returns an error if the bytes are not JSON in any reading of this server.
pub(crate) fn decode(reading: &Reading, bytes: &[u8]) -> Result<Value, Cause> {
    let text = text::decode(reading, bytes).ok_or(Cause::Json)?;
    json::parse(reading, &text).map_err(|_| Cause::Json)
}

/// Decodes JSON in its strictest form: UTF-8 without a byte order mark.
///
/// # Errors
/// Returns an error if the bytes are anything else.
pub(crate) fn strict(bytes: &[u8]) -> Result<Value, Cause> {
    serde_json::from_slice(bytes).map_err(|_| Cause::Json)
}
