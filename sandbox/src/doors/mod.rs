//! The endpoints beside the API ("doors"): health, and for the operator the provider states, the clock, the last
//! requests and the console. None of them is part of the contract.

mod answered;
mod clock;
mod console;
mod health;
mod states;

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use spec::Meaning;
use tokio::sync::watch;

use crate::app::App;
use crate::config::AdminToken;
use crate::http::call::Payload;
use crate::http::limits::{Limits, Room};
use crate::json::{Object, Spelling};
use crate::seen::Log;
use answered::{Answered, refused};
pub(crate) use console::Console;
use console::Room as ConsoleRoom;

/// The state that the endpoints work on, and the rules of access.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    pub(crate) app: Arc<App>,
    pub(crate) log: Arc<Log>,
    pub(crate) admin: Option<AdminToken>,
    /// The base URL of the server.
    pub(crate) url: String,
    pub(crate) limits: Limits,
    pub(crate) room: Room,
    /// The console, if it is enabled.
    pub(crate) console: Option<Console>,
    /// Becomes true when the server is to stop.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// An endpoint beside the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// An endpoint that is open to everybody, or checks access itself.
    Outside(Outside),
    /// An endpoint for the operator only.
    Inside(Inside),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outside {
    Healthy,
    Ready,
    Metrics,
    Console(ConsoleRoom),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    States,
    Clock,
    Requests,
}

impl Doors {
    /// Returns the endpoint of a method and path, if this server has it.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Door> {
        let door = match path {
            "/healthz" => Door::Outside(Outside::Healthy),
            "/readyz" => Door::Outside(Outside::Ready),
            "/metrics" => Door::Outside(Outside::Metrics),
            "/_states" => Door::Inside(Inside::States),
            "/_clock" => Door::Inside(Inside::Clock),
            "/_requests" => Door::Inside(Inside::Requests),
            _ => Door::Outside(Outside::Console(self.console.as_ref().and_then(|_| Console::find(path))?)),
        };
        let read = [Method::GET, Method::HEAD].contains(method);
        let fits = match door {
            Door::Outside(_) => read,
            Door::Inside(Inside::States) => self.app.states && method == Method::POST,
            Door::Inside(Inside::Clock) => self.app.states && (read || method == Method::POST),
            Door::Inside(Inside::Requests) => self.app.states && read,
        };
        fits.then_some(door)
    }

    /// Answers a request to an endpoint.
    pub(crate) async fn answer(&self, door: Door, parts: &Parts, body: Body) -> Response<Body> {
        match door {
            Door::Outside(door) => {
                // The body is not used, but if it is not drained, the client may not get to read the response.
                let _ = Payload::read(body, self.limits.body, None).await;
                self.outside(door, parts)
            }
            Door::Inside(door) => match self.admitted(parts) {
                Ok(()) => json(self.inside(door, parts, body).await),
                Err(refused) => json(refused),
            },
        }
    }

    fn outside(&self, door: Outside, parts: &Parts) -> Response<Body> {
        match door {
            Outside::Healthy => json((StatusCode::OK, Object::new().with("status", "ok").into())),
            Outside::Ready => json(health::ready(&self.app, *self.stopped.borrow())),
            Outside::Metrics => text(health::metrics(&self.app, &self.log)),
            Outside::Console(room) => self.console(room, parts),
        }
    }

    /// The events of the console need access; its files and the document are public.
    fn console(&self, room: ConsoleRoom, parts: &Parts) -> Response<Body> {
        let answered = match (room, &self.console) {
            (ConsoleRoom::File(file), _) => Ok(Console::file(file)),
            (ConsoleRoom::Document, Some(console)) => Ok(console.document()),
            (ConsoleRoom::Events, Some(console)) => self.admitted(parts).and_then(|()| {
                let server = (self.app.clone(), self.log.clone());
                console.events(server, &self.url, self.stopped.clone())
            }),
            (_, None) => Err(refused(StatusCode::SERVICE_UNAVAILABLE, "there is no console here")),
        };
        answered.unwrap_or_else(json)
    }

    async fn inside(&self, door: Inside, parts: &Parts, body: Body) -> Answered {
        if door == Inside::Requests {
            let query = |name: &str| {
                let query = parts.uri.query().unwrap_or_default().as_bytes();
                let found = url::form_urlencoded::parse(query).find(|(key, _)| key == name);
                found.map(|(_, value)| value.into_owned())
            };
            let most = query("limit").and_then(|it| it.parse().ok()).unwrap_or(50);
            let last = self.log.last(&query("q").unwrap_or_default(), most, &self.url);
            return (StatusCode::OK, Object::new().with("requests", last).into());
        }
        let mut room = self.room.empty();
        let body = match Payload::read(body, self.limits.body, Some(&mut room)).await {
            Payload::Whole(bytes) => bytes,
            _ => return refused(StatusCode::NOT_IMPLEMENTED, "the body can't be read"),
        };
        match door {
            Inside::Clock if parts.method == Method::POST => clock::set(&self.app, &body),
            Inside::Clock => clock::read(&self.app),
            _ => states::answer(&self.app, &body).await,
        }
    }

    /// Checks access: the request carries the token if there is one; otherwise no page of another origin may have sent
    /// it.
    fn admitted(&self, parts: &Parts) -> Result<(), Answered> {
        let contract = &self.app.contract;
        let status = |meaning| StatusCode::from_u16(contract.status(meaning)).unwrap_or(StatusCode::OK);
        let header = |name| parts.headers.get(name).and_then(|it| it.to_str().ok());
        if let Some(token) = &self.admin {
            let shown = header(header::AUTHORIZATION).and_then(|it| it.strip_prefix("Bearer "));
            if !shown.is_some_and(|shown| token.is(shown.trim())) {
                let why = "this needs the header `Authorization: Bearer` with the admin token of the sandbox";
                return Err(refused(status(Meaning::Unauthorized), why));
            }
        } else if from_elsewhere(&parts.headers) {
            let why =
                "a page of another origin may not do this; start the sandbox with an admin token to allow it";
            return Err(refused(status(Meaning::Forbidden), why));
        }
        let kind = header(header::CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if parts.method == Method::POST && !kind.eq_ignore_ascii_case("application/json") {
            return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send this as application/json"));
        }
        Ok(())
    }
}

/// Returns true if a browser sends the request for a page that is not from this machine: one of another origin, or one
/// that reaches the server under another name (DNS rebinding).
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let origin = value("origin");
    if origin.is_none() && value("sec-fetch-site").is_none() {
        return false;
    }
    let here = |authority: &str| {
        let host = url::Url::parse(&format!("http://{authority}"));
        host.is_ok_and(|it| match it.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        })
    };
    let origin = origin.map(|it| it.split_once("://").map_or(it, |(_, authority)| authority));
    !origin.is_none_or(here) || !value("host").is_some_and(here)
}

fn json((status, body): Answered) -> Response<Body> {
    typed(status, "application/json", body.to_text(Spelling::Shortest))
}

fn text(body: String) -> Response<Body> {
    typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", body)
}

fn typed(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_origins_are_told_from_programs_and_pages_of_this_machine() {
        for (headers, elsewhere) in [
            (&[("host", "sandbox.example")][..], false),
            (&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")], false),
            (&[("host", "[::1]:8080"), ("origin", "http://localhost:3000")], false),
            (&[("host", "127.0.0.1:8080"), ("origin", "https://evil.example")], true),
            (&[("host", "127.0.0.1:8080"), ("origin", "null")], true),
            (&[("host", "evil.example:8080"), ("origin", "http://evil.example:8080")], true),
            (&[("host", "evil.example:8080"), ("sec-fetch-site", "same-origin")], true),
            (&[("host", "localhost:8080"), ("sec-fetch-site", "none")], false),
        ] {
            let map: HeaderMap =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(from_elsewhere(&map), elsewhere, "{headers:?}");
        }
    }
}
