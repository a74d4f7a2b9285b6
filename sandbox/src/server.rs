//! The running server: opens the store, listens, stops.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::answer::{Answer, Cause, Refusal};
use crate::api::service::{Service, handle};
use crate::app::{App, Setting};
use crate::catalog::Catalog;
use crate::clock::Micros;
use crate::config::{Config, SandboxError};
use crate::correct;
use crate::demo::{self, Demo};
use crate::doors::{Console, Doors};
use crate::http::accept::{Handler, Serving, serve};
use crate::http::limits::Room;
use crate::json::Spelling;
use crate::record::{Recorder, recording};
use crate::rules::Rules;
use crate::seen::Log;
use crate::store::Store;

/// A running server.
#[derive(Debug)]
pub struct Sandbox {
    url: String,
    demo: Demo,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Opens the store, creates the demo accounts and listens.
    ///
    /// # Errors
    /// Returns an error if the address is taken, a file can't be used, or two freedoms exclude each other.
    pub async fn start(config: Config) -> Result<Self, SandboxError> {
        if let Some((one, two)) = config.behaviour.clash() {
            return Err(SandboxError::Freedoms(one, two));
        }
        let rules = correct::behaving(&config.contract, &config.behaviour);
        let bind = |error| SandboxError::Bind { addr: config.addr, error };
        let listener = TcpListener::bind(config.addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let store = |error| SandboxError::Store { path: config.db.clone(), error };
        let opened = Store::open(config.db.as_deref()).map_err(store)?;
        let setting = setting(&config);
        let app = App::new(config.contract.clone(), opened, setting).await.map_err(store)?;
        let app = Arc::new(app);
        let named = config.fixtures.as_ref().map(|it| it.accounts().to_vec()).filter(|it| !it.is_empty());
        let wanted = named.unwrap_or_else(|| demo::wanted(&app.contract, &app.catalog()));
        let demo = demo::seed(&app, wanted).await.map_err(store)?;
        let (stop, stopped) = watch::channel(false);
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{addr}{}", config.base_path);
        let mut serving = serving(&config, &app, rules, (&url, stopped.clone()));
        if let Some(path) = &config.record {
            let failed = |error| SandboxError::Record { path: path.clone(), error };
            let recorder = Recorder::create(path, &config.contract.key).map_err(failed)?;
            serving.handler = recording(recorder, serving.handler);
        }
        let task = tokio::spawn(serve(listener, serving, stopped));
        Ok(Self { url, demo, app, stop, task })
    }

    /// Returns the base URL, such as `http://127.0.0.1:PORT`; it starts with `https` if the server has a certificate.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the demo accounts and the catalog.
    #[must_use]
    pub fn demo(&self) -> &Demo {
        &self.demo
    }

    /// Stops accepting connections, answers the requests that are being handled, then closes the store.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        // The task ends by itself after the grace period.
        let _ = (&mut self.task).await;
        self.app.store.close().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn setting(config: &Config) -> Setting {
    let named = config.fixtures.as_ref().and_then(|it| it.catalog()).cloned();
    Setting {
        pause: Micros::of(config.processing),
        states: config.states,
        seed: config.seed,
        magic: config.magic,
        rate: config.rate,
        catalog: named.unwrap_or_else(|| Catalog::new(&config.contract, config.surcharge)),
    }
}

fn serving(
    config: &Config,
    app: &Arc<App>,
    rules: Rules,
    (url, stopped): (&str, watch::Receiver<bool>),
) -> Serving {
    let log = Arc::new(Log::new(config.log, config.kept));
    let limits = config.limits.within_open_files();
    let doors = Doors {
        app: app.clone(),
        log: log.clone(),
        admin: config.admin.clone(),
        url: url.to_owned(),
        limits,
        room: Room::new(limits.bytes),
        console: config.console.then(|| Console::new(&app.contract, &config.base_path)),
        stopped: stopped.clone(),
    };
    let (captured, head) = (rules.hooks.see_raw, rules.freedoms.wire.head);
    let service = Arc::new(Service {
        app: app.clone(),
        rules: Arc::new(rules),
        wrong: config.behaviour.fault.is_some(),
        doors,
        log,
        provoke: config.provoke,
        base: config.base_path.clone(),
        cors: config.cors,
        stopped,
    });
    let handler: Handler =
        Arc::new(move |connection, request| Box::pin(handle(service.clone(), connection, request)));
    let tls = config.tls.clone();
    Serving { handler, limits, captured, head, tls, overloaded: overloaded(app), grace: config.grace }
}

/// Returns the response that is sent when there are too many connections.
fn overloaded(app: &App) -> Vec<u8> {
    let refusal = Refusal::new(Cause::NoRoom, "Too many connections");
    let answer = Answer::refusal(&app.contract, None, &refusal);
    let body = answer.body.to_text(Spelling::Shortest);
    let head = format!(
        "HTTP/1.1 {} Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        answer.status,
        body.len()
    );
    (head + &body).into_bytes()
}
