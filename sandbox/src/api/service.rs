//! The way of a request: past the doors beside the API, read, routed, authenticated, answered by the room that it is for,
//! and rendered.

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

/// What every request is served with: the state of the server, and what it decides by.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// The state.
    pub(crate) app: Arc<App>,
    /// What it decides by.
    pub(crate) rules: Arc<Rules>,
    /// Whether a fault is planted, which may want to see all that comes.
    pub(crate) wrong: bool,
    /// What is served beside the API.
    pub(crate) doors: Doors,
    /// What has been asked.
    pub(crate) log: Arc<Log>,
    /// Whether callers may ask for what they meet.
    pub(crate) provoke: bool,
    /// Below which path everything is served; empty for none.
    pub(crate) base: String,
    /// Whether pages of other origins may call.
    pub(crate) cors: bool,
    /// Whether the server is to stop.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// What is told of a request beside its answer.
#[derive(Default)]
struct Told {
    request: Bytes,
    answer: Option<Vec<u8>>,
    profile: Option<String>,
    /// Whether the client never gets the answer, and how.
    lost: Option<Cut>,
}

/// A request that was routed, before its body is read.
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
        // What is not below it leads nowhere, as a path does that no operation has.
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
    /// Routes a request, reads it as far as that is needed, and answers it.
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
        // The server below leaves the body of an answer to HEAD out by itself.
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let (operation, params) = match app.routes.find(method.as_str(), parts.uri.path()) {
            Route::Found(operation, params) if !served.absent.contains(&operation) => (operation, params),
            // A faulty server has more doors than the documented one.
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
                let answer = stray(rules, app, Cause::NoRoute, "No such endpoint");
                return render(answer, manner, told.answer.as_mut());
            }
        };
        let serial = (serial, connection.next());
        let mut call = call(parts, operation, params, serial);
        let mut room = self.doors.room.empty();
        // Whoever has no key has no body kept, and nobody's is kept that is not looked at.
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

    fn authenticate(&self, rules: &Rules, call: &Call) -> Result<Arc<Account>, Cause> {
        self.app.with_keys(|keys| (rules.steps.authenticate)(&self.app.contract, keys, call))
    }

    /// Reads the body of a call as far as there is room for it; without any it is only drained.
    async fn read(&self, body: Body, room: Option<&mut Taken>, call: &mut Call) {
        if let Some(act) = self.rules.hooks.head {
            act(&self.app, &call.headers);
        }
        // Who asks first whether to send a body that nobody looks at is not asked for it.
        if room.is_some() || !call.headers.contains_key(header::EXPECT) {
            call.body = Payload::read_counted(body, self.doors.limits.body, room, &mut call.pieces).await;
        }
    }

    /// Reads a body that nobody looks at, so that the client gets to read the answer.
    async fn drain(&self, body: Body) {
        _ = Payload::read(body, self.doors.limits.body, None).await;
    }

    /// Lets a call meet what its sender asks for, and renders the answer.
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

    /// Ends the connection in place of an answer.
    async fn lose(&self, how: Cut) -> ! {
        if how == Cut::Never {
            // Where the client goes first, nothing of this is left.
            let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
        }
        // As a crash would, without the noise of a panic.
        std::panic::resume_unwind(Box::new("cut"))
    }

    /// What the sender of a call asks to meet: only who has a key, and where that is allowed.
    fn asked(&self, call: &Call, account: Option<&Arc<Account>>) -> Option<String> {
        let account = account.filter(|_| self.provoke || self.app.states)?;
        let header = call.headers.get(provoke::HEADER).filter(|_| self.provoke);
        let header = header.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        header.or_else(|| account.provoked())
    }

    /// Tells of a request that was answered.
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

/// Leads to where a page finds what it consists of, which it looks for below its own path.
fn home(base: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(value) = HeaderValue::from_str(&format!("{base}/")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// The rest of a path that begins with a base.
fn below(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    match rest.as_bytes().first() {
        Some(b'/') => rest.parse().ok(),
        None | Some(b'?') => format!("/{rest}").parse().ok(),
        Some(_) => None,
    }
}

/// The answer to a request that no operation is for.
fn stray(rules: &Rules, app: &App, cause: Cause, message: &str) -> Answer {
    let mut answer = Answer::refusal(&app.contract, None, &Refusal::new(cause, message));
    codes::rename(&rules.freedoms.codes, &app.contract, &mut answer);
    answer
}
