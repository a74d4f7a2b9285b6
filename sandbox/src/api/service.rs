//! The path of every request: operator endpoints first, then routing, reading, authentication, the operation itself,
//! and rendering.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use spec::OperationId;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::answer::{Answer, Cause, Cut, Refusal};
use crate::api::exchange::{self, Met};
use crate::api::render::{Manner, render};
use crate::api::{codes, cors};
use crate::app::App;
use crate::doors::Doors;
use crate::http::call::{Call, Payload};
use crate::http::limits::Taken;
use crate::http::listener::Connection;
use crate::http::routes::Route;
use crate::keys::Account;
use crate::provoke::{self, Provocation};
use crate::rules::Rules;
use crate::seen::{self, Log, Seen};

/// What every request is served with: the state of the server and its rules.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// The state of the server.
    pub(crate) app: Arc<App>,
    /// The rules of the server.
    pub(crate) rules: Arc<Rules>,
    /// Whether a fault is planted; faults may need every body.
    pub(crate) wrong: bool,
    /// The endpoints beside the API.
    pub(crate) doors: Doors,
    /// The log of requests.
    pub(crate) log: Arc<Log>,
    /// Whether callers may request a behaviour.
    pub(crate) provoke: bool,
    /// The path below which everything is served; empty for none.
    pub(crate) base: String,
    /// Whether pages of other origins may call the server.
    pub(crate) cors: bool,
    /// Becomes true when the server is to stop.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// What the log records of a request in addition to the response.
#[derive(Default)]
struct Told {
    request: Bytes,
    answer: Option<Vec<u8>>,
    profile: Option<String>,
    /// How the connection is cut, if the client never gets the response.
    lost: Option<Cut>,
}

/// Creates a call from a routed request, before its body is read.
fn call(
    parts: &mut Parts,
    operation: OperationId,
    params: Vec<String>,
    (serial, on_connection): (u64, u64),
) -> Call {
    let query = parts.uri.query().unwrap_or_default();
    Call {
        operation,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        params,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: std::mem::take(&mut parts.headers),
        body: Payload::Whole(Bytes::new()),
        serial,
        on_connection,
        pieces: 0,
        raw: Vec::new(),
    }
}

/// Answers one request.
pub(crate) async fn handle(service: Arc<Service>, connection: Connection, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if !service.base.is_empty() {
        if parts.uri.path() == service.base && service.doors.console.is_some() {
            return home(&service.base);
        }
        // A path outside the base becomes one that no operation has.
        parts.uri = below(&service.base, &parts.uri).unwrap_or_default();
    }
    if let Some(door) = service.doors.find(&parts.method, parts.uri.path()) {
        return service.doors.answer(door, &parts, body).await;
    }
    let preflight = if service.cors { cors::preflight(&service.app.routes, &parts) } else { None };
    if let Some(answer) = preflight {
        return answer;
    }
    let begun = Instant::now();
    let id = service.app.next_request();
    let from_page = service.cors && parts.headers.contains_key(header::ORIGIN);
    let mut told = Told { answer: service.log.looks().then(Vec::new), ..Told::default() };
    let mut response = service.answer(&mut parts, body, (id, &connection), &mut told).await;
    if from_page {
        cors::allow(&mut response);
    }
    let lost = told.lost;
    if lost.is_none() {
        service.log.count(response.status().as_u16(), begun.elapsed());
    }
    if service.log.looks() {
        service.tell(&parts, id, begun, &mut response, told);
    }
    match lost {
        Some(how) => service.lose(how).await,
        None => response,
    }
}

impl Service {
    /// Routes a request, reads as much of it as needed, and answers it.
    async fn answer(
        &self,
        parts: &mut Parts,
        body: Body,
        (serial, connection): (u64, &Connection),
        told: &mut Told,
    ) -> Response {
        let (app, rules) = (&self.app, &self.rules);
        let manner = Manner::of(&rules.freedoms, &parts.headers);
        let served = &rules.freedoms.service;
        // hyper omits the body of a response to HEAD.
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let (operation, params) = match self.find(method.as_str(), parts.uri.path()) {
            Route::Found(operation, params) if !served.absent.contains(&operation) => (operation, params),
            // A faulty server has more routes to the purchase than the documented one.
            _ if rules.hooks.doors.iter().any(|is_door| is_door(&app.contract, parts)) => {
                (OperationId::BuyBulk, Vec::new())
            }
            Route::WrongMethod(allowed) if !served.wrong_method_not_found => {
                self.drain(body).await;
                let mut answer = stray(rules, app, Cause::WrongMethod, "No such method here");
                answer.headers.push((header::ALLOW.as_str(), allowed));
                return render(answer, manner, told.answer.as_mut());
            }
            _ => {
                self.drain(body).await;
                let answer = no_route(rules, app, parts.uri.path());
                return render(answer, manner, told.answer.as_mut());
            }
        };
        let serial = (serial, connection.next());
        let mut call = call(parts, operation, params, serial);
        let mut room = self.doors.room.empty();
        // A body is kept only if the key is valid and the operation reads it, or if a fault is planted.
        let known = if self.wrong { None } else { Some(self.authenticate(rules, &call)) };
        let wanted = self.wrong || operation == OperationId::BuyBulk && matches!(known, Some(Ok(_)));
        self.read(body, wanted.then_some(&mut room), &mut call).await;
        call.raw = connection.take_raw();
        rules.hooks.received.iter().for_each(|change| change(&mut call));
        let account = known.unwrap_or_else(|| self.authenticate(rules, &call));
        if told.answer.is_some() {
            told.request = match &call.body {
                Payload::Whole(bytes) => bytes.clone(),
                _ => Bytes::new(),
            };
            told.profile = account.as_ref().ok().map(|it| it.profile_id.clone());
        }
        if self.log.looks() {
            parts.headers.clone_from(&call.headers);
        }
        self.exchange(call, account, manner, told).await
    }

    /// What a path leads to; where paths are cleaned first, one with an encoded slash leads nowhere.
    fn find(&self, method: &str, path: &str) -> Route {
        let moved = self.rules.freedoms.service.clean_paths && spelt(path).is_some();
        if moved { Route::Unknown } else { self.app.routes.find(method, path) }
    }

    fn authenticate(&self, rules: &Rules, call: &Call) -> Result<Arc<Account>, Cause> {
        self.app.with_keys(|keys| (rules.steps.authenticate)(&self.app.contract, keys, call))
    }

    /// Reads the body of a call, as far as there is room for it; without `room` the body is only drained.
    async fn read(&self, body: Body, room: Option<&mut Taken>, call: &mut Call) {
        if let Some(act) = self.rules.hooks.head {
            act(&self.app, &call.headers);
        }
        // If the body is not needed, a client that waits for `100 Continue` is not asked to send it.
        if room.is_some() || !call.headers.contains_key(header::EXPECT) {
            call.body = Payload::read_counted(body, self.doors.limits.body, room, &mut call.pieces).await;
        }
    }

    /// Drains a body that is not needed, so that the client gets to read the response.
    async fn drain(&self, body: Body) {
        _ = Payload::read(body, self.doors.limits.body, None).await;
    }

    /// Applies the behaviour that the sender requested to a call, and renders the response.
    async fn exchange(
        &self,
        mut call: Call,
        mut account: Result<Arc<Account>, Cause>,
        manner: Manner,
        told: &mut Told,
    ) -> Response {
        let contract = &self.app.contract;
        let asked = self.asked(&call, account.as_ref().ok());
        let provoked = asked.map_or_else(|| Ok(Provocation::default()), |text| Provocation::parse(&text));
        let rules = provoked.and_then(|it| Ok((it.rules(contract)?, it)));
        let (rules, provoked) = match rules {
            Ok((rules, provoked)) => (rules.map_or_else(|| self.rules.clone(), Arc::new), provoked),
            Err(error) => {
                let status = contract.status(spec::Meaning::Invalid);
                let answer = Answer::error(contract, status, "SANDBOX_HEADER", &error.to_string(), None);
                return render(answer, manner, told.answer.as_mut());
            }
        };
        let mut manner = manner;
        if !provoked.behaviour.is_default() {
            manner = Manner::of(&rules.freedoms, &call.headers);
            rules.hooks.received.iter().for_each(|change| change(&mut call));
            account = self.authenticate(&rules, &call);
        }
        let met = Met { call, account, provoked };
        let answer = exchange::answer(&rules, self.app.clone(), met).await;
        told.lost = answer.cut.filter(|cut| *cut != Cut::Within);
        render(answer, manner, told.answer.as_mut())
    }

    /// Cuts the connection instead of answering.
    async fn lose(&self, how: Cut) -> ! {
        if how == Cut::Never {
            // If the client disconnects first, this future is dropped here.
            let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
        }
        // This ends the connection like a crash would, without the output of a panic.
        std::panic::resume_unwind(Box::new("cut"))
    }

    /// Returns the behaviour that the sender requests, if it has a valid key and the server allows it.
    fn asked(&self, call: &Call, account: Option<&Arc<Account>>) -> Option<String> {
        let account = account.filter(|_| self.provoke || self.app.states)?;
        let header = call.headers.get(provoke::HEADER).filter(|_| self.provoke);
        let header = header.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        header.or_else(|| account.provoked())
    }

    /// Logs a request that was answered.
    fn tell(&self, parts: &Parts, id: u64, begun: Instant, response: &mut Response, told: Told) {
        let key = &self.app.contract.key;
        let own = parts.headers.get(key.header.as_str()).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let sent = parts.headers.get("x-request-id").and_then(|it| it.to_str().ok());
        let traced = parts.headers.get("traceparent").and_then(|it| it.to_str().ok()?.split('-').nth(1));
        let id =
            sent.or(traced).filter(|it| it.len() <= 64).map_or_else(|| format!("req-{id}"), str::to_owned);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        self.log.tell(Seen {
            id,
            at: self.app.clock.now(),
            took: begun.elapsed(),
            method: parts.method.to_string(),
            path: seen::excerpt(key, path.as_bytes(), own),
            headers: seen::masked(&parts.headers, &[&key.header, "authorization", "cookie"]),
            request: seen::excerpt(key, &told.request, own),
            profile: told.profile,
            status: response.status().as_u16(),
            lost: told.lost.is_some(),
            answer: seen::excerpt(key, &told.answer.unwrap_or_default(), own),
        });
    }
}

/// Redirects to the base path with a slash, because the console's files are relative to its path.
fn home(base: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(value) = HeaderValue::from_str(&format!("{base}/")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// Returns a URI without the base path; `None` if it is not below the base.
fn below(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    match rest.as_bytes().first() {
        Some(b'/') => rest.parse().ok(),
        None | Some(b'?') => format!("/{rest}").parse().ok(),
        Some(_) => None,
    }
}

/// The path that one with an encoded slash spells, without its dot segments; `None` for a path without an encoded slash.
fn spelt(path: &str) -> Option<String> {
    let spelt = path.replace("%2F", "/").replace("%2f", "/");
    if spelt == path {
        return None;
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in spelt.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            other => segments.push(other),
        }
    }
    Some(format!("/{}", segments.join("/")))
}

/// What a path is answered with that leads nowhere.
fn no_route(rules: &Rules, app: &App, path: &str) -> Answer {
    let mut answer = stray(rules, app, Cause::NoRoute, "No such endpoint");
    if let Some(location) = spelt(path).filter(|_| rules.freedoms.service.clean_paths) {
        answer.status = StatusCode::MOVED_PERMANENTLY.as_u16();
        answer.headers.push((header::LOCATION.as_str(), location));
    }
    answer
}

/// Returns the response to a request that matches no operation.
fn stray(rules: &Rules, app: &App, cause: Cause, message: &str) -> Answer {
    let mut answer = Answer::refusal(&app.contract, None, &Refusal::new(cause, message));
    codes::rename(&rules.freedoms.codes, &app.contract, &mut answer);
    answer
}
