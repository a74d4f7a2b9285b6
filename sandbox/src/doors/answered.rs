//! The response of an endpoint beside the API: a status and a body.

use axum::http::StatusCode;

use crate::json::{Json, Object};
use crate::store::StoreError;

/// The status and body of a response.
pub(super) type Answered = (StatusCode, Json);

/// Creates a response that gives the reason why something can't be done.
pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Answered {
    (status, Object::new().with("error", why.into()).into())
}

/// Creates the response for a store that can't be used.
pub(super) fn unavailable(error: &StoreError) -> Answered {
    match error {
        StoreError::Insufficient | StoreError::Conflict => {
            refused(StatusCode::NOT_IMPLEMENTED, error.to_string())
        }
        _ => {
            let why = "the database can't be used now, and nothing was changed";
            refused(StatusCode::SERVICE_UNAVAILABLE, why)
        }
    }
}
