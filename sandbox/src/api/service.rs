//! The way of a request: read, routed, authenticated, answered by the room that it is for, and rendered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use spec::OperationId;
use tokio::sync::watch;

use crate::answer::{Answer, Cause, Cut, Field, Refusal};
use crate::api::render::{Manner, render};
use crate::api::{account, balance, bare, buy, codes, list, orders, products};
use crate::app::App;
use crate::exchange::Exchange;
use crate::http::call::{Call, Payload};
use crate::http::listener::{Connection, Tape};
use crate::http::negotiation;
use crate::http::routes::Route;
use crate::json::{Object, Spelling};
use crate::keys::Account;
use crate::rules::Rules;
use crate::rules::freedoms::Duplicates;
use crate::rules::hooks::Refused;
use crate::states;

/// What every request is served with: the state of the server, and what it decides by.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// The state.
    pub(crate) app: Arc<App>,
    /// What it decides by.
    pub(crate) rules: Arc<Rules>,
    /// Whether the server is to stop.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// Answers one request.
pub(crate) async fn handle(
    State(Service { app, rules, mut stopped }): State<Service>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(act) = rules.hooks.head {
        act(&app, &parts.headers);
    }
    let (body, pieces) = Payload::read(body).await;
    if app.states && parts.method == Method::POST && parts.uri.path() == states::PATH {
        return provider_state(&app, &body).await;
    }
    let manner = Manner::of(&rules.freedoms, &parts.headers);
    let served = &rules.freedoms.service;
    let (operation, params) = match app.routes.find(parts.method.as_str(), parts.uri.path()) {
        Route::Found(operation, params) if !served.absent.contains(&operation) => (operation, params),
        // A faulty server has more doors than the documented one.
        _ if rules.hooks.doors.iter().any(|is_door| is_door(&app.contract, &parts)) => {
            (OperationId::BuyBulk, Vec::new())
        }
        Route::WrongMethod(allowed) if !served.wrong_method_not_found => {
            let mut answer = stray(&rules, &app, Cause::WrongMethod, "No such method here");
            answer.headers.push((header::ALLOW.as_str(), allowed));
            return render(answer, manner);
        }
        _ => return render(stray(&rules, &app, Cause::NoRoute, "No such endpoint"), manner),
    };
    let query = parts.uri.query().unwrap_or_default();
    let mut call = Call {
        operation,
        method: parts.method,
        path: parts.uri.path().to_owned(),
        params,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
        serial: app.next_request(),
        on_connection: connection.next(),
        pieces,
        raw: connection.tape.as_ref().map(Tape::take).unwrap_or_default(),
    };
    rules.hooks.received.iter().for_each(|change| change(&mut call));
    let answer = exchange(&rules, app, call).await;
    match answer.cut {
        Some(Cut::Before) => cut(),
        Some(Cut::Never) => {
            // Where the client goes first, nothing of this is left.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            cut()
        }
        Some(Cut::Within) | None => render(answer, manner),
    }
}

/// Ends the connection's task as a crash would, without the noise of a panic.
fn cut() -> ! {
    std::panic::resume_unwind(Box::new("cut"))
}

async fn provider_state(app: &App, body: &Payload) -> Response {
    let bytes = match body {
        Payload::Whole(bytes) => bytes.as_ref(),
        Payload::TooLarge(_) | Payload::Broken => &[],
    };
    let (status, body) = states::answer(app, bytes).await;
    let mut response = Response::new(body.to_text(Spelling::Shortest).into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// The answer to a request that no operation is for.
fn stray(rules: &Rules, app: &App, cause: Cause, message: &str) -> Answer {
    let mut answer = Answer::refusal(&app.contract, None, &Refusal::new(cause, message));
    codes::rename(&rules.freedoms.codes, &app.contract, &mut answer);
    answer
}

/// From a call to a finished answer.
async fn exchange(rules: &Rules, app: Arc<App>, call: Call) -> Answer {
    if rules.freedoms.service.latency {
        let delay = crate::ids::scatter(call.serial) % 4;
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let account = app.with_keys(|keys| (rules.steps.authenticate)(&app.contract, keys, &call));
    let turn = account.as_ref().map_or(0, |account| account.requests.fetch_add(1, Ordering::Relaxed) + 1);
    let underway = app.enter();
    let known = account.as_ref().ok().cloned();
    let mut exchange = Exchange { app, call, account: known, turn, wallet: None, at_once: underway.at_once };
    if let (true, Some(account)) = (rules.hooks.see_wallet, exchange.account.clone()) {
        let read = balance::current(rules, &exchange, &account).await;
        exchange.wallet = read.ok().map(|wallet| wallet.available);
    }
    let mut answer = match rules.hooks.intercept.iter().find_map(|intercept| intercept(&exchange)) {
        Some(answer) => answer,
        None => match serve(rules, &exchange, account).await {
            Ok(answer) => answer,
            Err(refusal) => refuse(rules, &exchange, &refusal).await,
        },
    };
    if rules.freedoms.shown.bare {
        bare::strip(&exchange.app.contract, exchange.call.operation, &mut answer);
    }
    if rules.freedoms.shown.extra_fields {
        let mut extra = |object: &mut Object| {
            object.set("meta", Object::new().with("region", "gh-accra").with("notes", vec![]));
        };
        answer.body.each_object(&mut extra);
    }
    rules.hooks.rewrite.iter().for_each(|rewrite| rewrite(&exchange, &mut answer));
    answer
}

/// Lets the room of the operation answer.
async fn serve(
    rules: &Rules,
    exchange: &Exchange,
    account: Result<Arc<Account>, Cause>,
) -> Result<Answer, Refusal> {
    acceptable(rules, exchange)?;
    let account = account.map_err(|cause| Refusal::new(cause, "Missing or invalid API key"))?;
    if rules.freedoms.service.throttle.is_some_and(|nth| exchange.turn.is_multiple_of(nth)) {
        return Err(Refusal::new(Cause::Throttled, "Too many requests"));
    }
    match exchange.call.operation {
        OperationId::BuyBulk => buy::buy(rules, exchange, &account).await,
        OperationId::Profile => account::read_profile(rules, exchange, &account).await,
        OperationId::Wallet => account::read_wallet(rules, exchange, &account).await,
        OperationId::Products => products::read_products(exchange),
        OperationId::Package => products::read_package(rules, exchange),
        OperationId::Orders => list::list_orders(rules, exchange, &account).await,
        OperationId::Order | OperationId::OrderStatus => orders::read_order(rules, exchange, &account).await,
        OperationId::Retry => orders::retry(rules, exchange, &account).await,
    }
}

/// Refuses what this server does not look into: a body of unknown length, a client that takes no JSON.
fn acceptable(rules: &Rules, exchange: &Exchange) -> Result<(), Refusal> {
    let (served, headers) = (&rules.freedoms.service, &exchange.call.headers);
    let unmeasured = headers.contains_key(header::TRANSFER_ENCODING);
    if served.length_required && unmeasured && exchange.is(OperationId::BuyBulk) {
        return Err(Refusal::new(Cause::LengthRequired, "The length of the body must be told"));
    }
    if served.strict_accept && !negotiation::accepts_json(headers) {
        return Err(Refusal::new(Cause::NotAcceptable, "There is nothing here but application/json"));
    }
    Ok(())
}

/// The answer to a request that is refused.
async fn refuse(rules: &Rules, exchange: &Exchange, refusal: &Refusal) -> Answer {
    let contract = &exchange.app.contract;
    if let (OperationId::BuyBulk, Some(act), Some(account)) =
        (exchange.call.operation, rules.hooks.refused, exchange.account.clone())
    {
        let (wanted, booking) = (buy::wanted(rules, exchange), rules.booking(&exchange.app));
        act(Refused { account, cause: refusal.cause, wanted, booking }).await;
    }
    let checks = &rules.freedoms.checks;
    let mut answer = Answer::refusal(contract, Some(exchange.call.operation), refusal);
    match refusal.cause {
        Cause::Throttled => answer.headers.push((header::RETRY_AFTER.as_str(), "0".into())),
        Cause::Duplicate(_) if checks.duplicates == Duplicates::Conflict => {
            answer.status = StatusCode::CONFLICT.as_u16();
        }
        Cause::Field(Field::Items) => {
            let status = contract.operation(exchange.call.operation).status(checks.items_absent);
            answer.status = status.unwrap_or(answer.status);
        }
        _ => {}
    }
    codes::rename(&rules.freedoms.codes, contract, &mut answer);
    answer
}
