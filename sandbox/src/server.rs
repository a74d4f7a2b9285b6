//! The server: listens, reads calls, lets the right room answer, writes what it said.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use spec::OperationId;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answer::{Answer, Cause, Cut, Refusal};
use crate::app::{Account, App};
use crate::call::{Call, Connection, Exchange, Payload, Route};
use crate::clock::Micros;
use crate::config::{Config, SandboxError};
use crate::demo::{self, Demo};
use crate::json::{Object, Spelling};
use crate::rules::{Duplicates, Rules};
use crate::store::Store;
use crate::tap::{Prompt, Tape};
use crate::{account, buy, orders, states};

/// How long requests under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// A running server.
#[derive(Debug)]
pub struct Sandbox {
    url: String,
    demo: Demo,
    app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Opens the store, seeds the demo accounts and listens.
    ///
    /// # Errors
    /// The address is taken, the database can't be used, or two freedoms exclude each other.
    pub async fn start(config: Config) -> Result<Self, SandboxError> {
        if let Some((one, two)) = config.behaviour.clash() {
            return Err(SandboxError::Freedoms(one, two));
        }
        let mut rules = Rules::new(&config.contract);
        config.behaviour.freedoms.iter().for_each(|freedom| freedom.apply(&mut rules));
        if let Some(fault) = config.behaviour.fault {
            (fault.plant)(&mut rules);
        }
        let bind = |error| SandboxError::Bind { addr: config.addr, error };
        let listener = TcpListener::bind(config.addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let store = |error| SandboxError::Store { path: config.db.clone(), error };
        let opened = Store::open(config.db.as_deref()).map_err(store)?;
        let pause = Micros::of(config.processing);
        let tapped = rules.see_raw;
        let app =
            App::new(config.contract.clone(), rules, opened, pause, config.states).await.map_err(store)?;
        let app = Arc::new(app);
        let demo = demo::seed(&app).await.map_err(store)?;
        let (stop, stopped) = oneshot::channel();
        let service = Router::new()
            .fallback(handle)
            .with_state(app.clone())
            .into_make_service_with_connect_info::<Connection>();
        let task = tokio::spawn(async move {
            let serving = axum::serve(Prompt::new(listener, tapped), service).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            let _ = serving.await;
        });
        Ok(Self { url: format!("http://{addr}"), demo, app, stop: Some(stop), task })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its demo accounts and catalog.
    #[must_use]
    pub fn demo(&self) -> &Demo {
        &self.demo
    }

    /// Finishes what is under way, then closes the store.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = tokio::time::timeout(GRACE, &mut self.task).await;
        self.app.store.close().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = Payload::read(body).await;
    if app.states && parts.method == Method::POST && parts.uri.path() == states::PATH {
        return provider_state(&app, &body).await;
    }
    let spelling = app.rules.spelling;
    let (operation, params) = match app.routes.find(parts.method.as_str(), parts.uri.path()) {
        Route::Found(operation, params) if !app.rules.absent.contains(&operation) => (operation, params),
        Route::WrongMethod(allowed) => {
            let mut answer = stray(&app, Cause::WrongMethod, "No such method here");
            answer.headers.push((header::ALLOW.as_str(), allowed));
            return answer.render(spelling);
        }
        _ => return stray(&app, Cause::NoRoute, "No such endpoint").render(spelling),
    };
    let query = parts.uri.query().unwrap_or_default();
    let call = Call {
        operation,
        params,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
        serial: app.next_request(),
        on_connection: connection.next(),
        raw: connection.tape.as_ref().map(Tape::take).unwrap_or_default(),
    };
    let answer = exchange(app, call).await;
    if answer.cut == Some(Cut::Before) {
        // The connection's task ends here, as it would in a crash, without the noise of a panic.
        std::panic::resume_unwind(Box::new("cut"));
    }
    answer.render(spelling)
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

fn stray(app: &App, cause: Cause, message: &str) -> Answer {
    Answer::refusal(&app.contract, None, &Refusal::new(cause, message))
}

/// From a call to a finished answer.
async fn exchange(app: Arc<App>, call: Call) -> Answer {
    let rules = &app.rules;
    if rules.latency {
        let delay = crate::ids::scatter(call.serial) % 4;
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let account = (rules.authenticate)(&app, &call);
    let turn = account.as_ref().map_or(0, |account| account.requests.fetch_add(1, Ordering::Relaxed) + 1);
    let exchange = Exchange { app: app.clone(), call, account: account.as_ref().ok().cloned(), turn };
    let mut answer = match rules.intercept.iter().find_map(|intercept| intercept(&exchange)) {
        Some(answer) => answer,
        None => match serve(&exchange, account).await {
            Ok(answer) => answer,
            Err(refusal) => refuse(&exchange, &refusal).await,
        },
    };
    if rules.extra_fields {
        let mut extra = |object: &mut Object| {
            object.set("meta", Object::new().with("region", "gh-accra").with("notes", vec![]));
        };
        answer.body.each_object(&mut extra);
    }
    rules.rewrite.iter().for_each(|rewrite| rewrite(&exchange, &mut answer));
    answer
}

async fn serve(exchange: &Exchange, account: Result<Arc<Account>, Cause>) -> Result<Answer, Refusal> {
    let account = account.map_err(|cause| Refusal::new(cause, "Missing or invalid API key"))?;
    if exchange.app.rules.throttle.is_some_and(|nth| exchange.turn.is_multiple_of(nth)) {
        return Err(Refusal::new(Cause::Throttled, "Too many requests"));
    }
    match exchange.call.operation {
        OperationId::BuyBulk => buy::buy(exchange, &account).await,
        OperationId::Profile => account::read_profile(exchange, &account).await,
        OperationId::Wallet => account::read_wallet(exchange, &account).await,
        OperationId::Products => account::read_products(exchange),
        OperationId::Package => account::read_package(exchange),
        OperationId::Orders => orders::list_orders(exchange, &account).await,
        OperationId::Order | OperationId::OrderStatus => orders::read_order(exchange, &account).await,
        OperationId::Retry => orders::retry(exchange, &account).await,
    }
}

async fn refuse(exchange: &Exchange, refusal: &Refusal) -> Answer {
    let (contract, rules) = (&exchange.app.contract, &exchange.app.rules);
    if let (OperationId::BuyBulk, Some(act)) = (exchange.call.operation, rules.refused) {
        act(exchange, refusal.cause).await;
    }
    let mut answer = Answer::refusal(contract, Some(exchange.call.operation), refusal);
    match refusal.cause {
        Cause::Throttled => answer.headers.push((header::RETRY_AFTER.as_str(), "0".into())),
        Cause::Duplicate(_) if rules.duplicates == Duplicates::Conflict => {
            answer.status = StatusCode::CONFLICT.as_u16();
        }
        Cause::Field(crate::answer::Field::Items) => {
            answer.status = contract
                .operation(exchange.call.operation)
                .status(rules.items_absent)
                .unwrap_or(answer.status);
        }
        _ => {}
    }
    answer
}
