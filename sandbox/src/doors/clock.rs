//! `/_clock`: shows the sandbox's clock, stops it and advances it. It never goes back, since states never do either.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;

use super::answered::{Answered, refused};
use crate::app::App;
use crate::clock::Micros;
use crate::json::Object;

/// The maximum by which one request can advance the clock.
const FURTHEST: Duration = Duration::from_secs(366 * 24 * 3600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Setting {
    /// Whether the clock is stopped.
    frozen: Option<bool>,
    /// By how many milliseconds the clock is advanced.
    advance_millis: Option<u64>,
}

/// Returns the current time.
pub(super) fn read(app: &App) -> Answered {
    let body = Object::new().with("now", app.clock.now().millis()).with("frozen", app.clock.is_frozen());
    (StatusCode::OK, body.into())
}

/// Sets the clock, and returns its time.
pub(super) fn set(app: &App, body: &[u8]) -> Answered {
    let setting: Setting = match serde_json::from_slice(body) {
        Ok(setting) => setting,
        Err(error) => {
            let why = format!("not a setting like {{\"frozen\": true, \"advanceMillis\": 5000}}: {error}");
            return refused(StatusCode::NOT_IMPLEMENTED, why);
        }
    };
    if let Some(still) = setting.frozen {
        app.clock.freeze(still);
    }
    if let Some(millis) = setting.advance_millis {
        app.clock.advance(Micros::of(Duration::from_millis(millis).min(FURTHEST)));
    }
    read(app)
}
