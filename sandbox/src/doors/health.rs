//! Reports the health of the server to monitoring.

use std::fmt::Write as _;

use axum::http::StatusCode;

use super::answered::Answered;
use crate::app::App;
use crate::json::Object;
use crate::seen::Log;

/// Returns 200 if requests should be sent here: the database can be written and the server is not stopping; 503
/// otherwise.
pub(super) fn ready(app: &App, stopping: bool) -> Answered {
    // The detailed reason is not shown to callers.
    let why = if stopping {
        Some("stopping")
    } else {
        app.store.trouble().map(|_| "the database can't be written")
    };
    match why {
        None => (StatusCode::OK, Object::new().with("status", "ready").into()),
        Some(why) => {
            let body = Object::new().with("status", "not ready").with("reason", why);
            (StatusCode::SERVICE_UNAVAILABLE, body.into())
        }
    }
}

/// Returns the counters in the format of Prometheus.
pub(super) fn metrics(app: &App, log: &Log) -> String {
    let mut out = String::from("# HELP sandbox_requests_total Requests that were answered.\n");
    out += "# TYPE sandbox_requests_total counter\n";
    let counts = log.counts();
    for (status, (count, _)) in &counts {
        _ = writeln!(out, "sandbox_requests_total{{status=\"{status}\"}} {count}");
    }
    out += "# HELP sandbox_request_microseconds_total Time that answers took.\n";
    out += "# TYPE sandbox_request_microseconds_total counter\n";
    for (status, (_, took)) in &counts {
        _ = writeln!(out, "sandbox_request_microseconds_total{{status=\"{status}\"}} {}", took.as_micros());
    }
    let gauge = |name: &str, help: &str, value: u64| {
        format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n")
    };
    out += &gauge("sandbox_requests_underway", "Requests that are being answered.", app.underway());
    let usable = u64::from(app.store.trouble().is_none());
    out + &gauge("sandbox_store_usable", "Whether the database could be written last.", usable)
}
