//! What a door answers: a status and a body.

use axum::http::StatusCode;

use crate::json::{Json, Object};
use crate::store::StoreError;

/// What a door answers.
pub(super) type Answered = (StatusCode, Json);

/// The answer to what can't be done, with the reason.
pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Answered {
    (status, Object::new().with("error", why.into()).into())
}

/// What is told of a store that can't be used.
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
