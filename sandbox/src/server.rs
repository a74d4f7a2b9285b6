//! The running server: opens the store, listens, stops.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::service::{Service, handle};
use crate::app::App;
use crate::clock::Micros;
use crate::config::{Config, SandboxError};
use crate::correct;
use crate::demo::{self, Demo};
use crate::http::listener::{ApiListener, Connection};
use crate::record::{Recorder, record};
use crate::store::Store;

/// How long requests under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

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
    /// Opens the store, seeds the demo accounts and listens.
    ///
    /// # Errors
    /// The address is taken, the database can't be used, or two freedoms exclude each other.
    pub async fn start(config: Config) -> Result<Self, SandboxError> {
        if let Some((one, two)) = config.behaviour.clash() {
            return Err(SandboxError::Freedoms(one, two));
        }
        let mut rules = correct::rules(&config.contract);
        config.behaviour.freedoms.iter().for_each(|freedom| freedom.apply(&mut rules.freedoms));
        if let Some(fault) = config.behaviour.fault {
            (fault.plant)(&mut rules);
        }
        let bind = |error| SandboxError::Bind { addr: config.addr, error };
        let listener = TcpListener::bind(config.addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let store = |error| SandboxError::Store { path: config.db.clone(), error };
        let opened = Store::open(config.db.as_deref()).map_err(store)?;
        let pause = Micros::of(config.processing);
        let app = App::new(config.contract.clone(), opened, pause, config.states, config.surcharge)
            .await
            .map_err(store)?;
        let app = Arc::new(app);
        let demo = demo::seed(&app).await.map_err(store)?;
        let (stop, stopped) = watch::channel(false);
        let listener = ApiListener::new(listener, rules.hooks.see_raw, rules.freedoms.wire.head);
        let mut router = Router::new().fallback(handle).with_state(Service {
            app: app.clone(),
            rules: Arc::new(rules),
            stopped: stopped.clone(),
        });
        if let Some(path) = &config.record {
            let failed = |error| SandboxError::Record { path: path.clone(), error };
            let recorder = Recorder::create(path, app.clone()).map_err(failed)?;
            router = router.layer(from_fn_with_state(Arc::new(recorder), record));
        }
        let service = router.into_make_service_with_connect_info::<Connection>();
        let task = tokio::spawn(async move {
            let mut stopped = stopped;
            let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            });
            let _ = serving.await;
        });
        Ok(Self { url: format!("http://{addr}"), demo, app, stop, task })
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
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(GRACE, &mut self.task).await;
        self.app.store.close().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
