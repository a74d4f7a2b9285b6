//! Reading a body: from bytes to text, from text to JSON, from JSON to values of the types that an order has.

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

/// The body as JSON.
///
/// # Errors
/// It is too large, broken off, no JSON, or of a media type that is not taken.
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
    rules.hooks.mend.iter().for_each(|mend| mend(exchange, &mut value));
    Ok(value)
}

fn is_json(exchange: &Exchange) -> bool {
    let kind = exchange.call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// The JSON in these bytes.
///
/// # Errors
/// It is no JSON in any reading that this server has.
pub(crate) fn decode(reading: &Reading, bytes: &[u8]) -> Result<Value, Cause> {
    let text = text::decode(reading, bytes).ok_or(Cause::Json)?;
    json::parse(reading, &text).map_err(|_| Cause::Json)
}

/// JSON as the strictest of readers has it: UTF-8, without a byte order mark.
///
/// # Errors
/// It is something else.
pub(crate) fn strict(bytes: &[u8]) -> Result<Value, Cause> {
    serde_json::from_slice(bytes).map_err(|_| Cause::Json)
}
