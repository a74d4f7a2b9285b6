//! Sends what happens on the server as server-sent events (HTML standard, section 9.2): first everything, then each
//! object again when it changes.
//!
//! Changes are not reported by the rest of the server, since states follow from the time. So the store is read twice a
//! second as long as a page is connected.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::news;
use crate::app::App;
use crate::json::{Json, Object, Spelling};
use crate::seen::Log;
use crate::store::shown::{self, Shown};

/// The interval at which the store is checked for changes.
const LOOK: Duration = Duration::from_millis(500);
/// The interval at which the time is sent even without changes, which also detects a closed page.
const BEAT: Duration = Duration::from_secs(5);

/// The identity of an object that is sent again when it changes: its kind and its id.
type Name = (&'static str, String);

/// One connected page.
pub(super) struct Live {
    app: Arc<App>,
    log: Arc<Log>,
    /// The base URL of the server.
    url: String,
    stopped: watch::Receiver<bool>,
    /// The last text that was sent for each object that is still shown.
    told: BTreeMap<Name, String>,
    /// The total number of requests at the last check.
    requests: u64,
    /// The time at which the clock was last sent.
    beat: Option<Instant>,
    _place: OwnedSemaphorePermit,
}

impl Live {
    pub(super) fn new(
        (app, log): (Arc<App>, Arc<Log>),
        url: String,
        stopped: watch::Receiver<bool>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { app, log, url, stopped, told: BTreeMap::new(), requests: 0, beat: None, _place: place }
    }

    /// Returns the events as a stream, which ends when the server stops or the page disconnects.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, async |mut live| {
            loop {
                let events = live.look().await;
                if !events.is_empty() {
                    return Some((Ok(Bytes::from(events)), live));
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    _ = live.stopped.wait_for(|stopped| *stopped) => return None,
                }
            }
        })
    }

    /// Returns the events since the last check.
    async fn look(&mut self) -> String {
        let mut events = String::new();
        let begun = self.beat.is_none();
        if self.beat.is_none_or(|last| last.elapsed() >= BEAT) {
            self.beat = Some(Instant::now());
            event(&mut events, "time", &news::time(&self.app).into());
        }
        let now = self.app.clock.now();
        // If the store can't be read, the page keeps what it was sent.
        if let Ok(shown) = self.app.store.read(move |connection| shown::latest(connection, now)).await {
            self.compare(&mut events, &shown);
        }
        let (requests, count) = self.log.since(self.requests, &self.url);
        self.requests = count;
        for request in requests {
            event(&mut events, "request", &request.into());
        }
        if begun {
            event(&mut events, "ready", &Object::new().into());
        }
        events
    }

    /// Writes an event for each object that has changed, and for a change of the list of objects.
    fn compare(&mut self, events: &mut String, shown: &Shown) {
        let now = self.app.clock.now();
        let mut things: Vec<(Name, Object)> = vec![
            (("server", String::new()), news::server(&self.app)),
            (("catalog", String::new()), news::catalog(&self.app)),
        ];
        things.extend(news::accounts(&self.app, &shown.profiles).map(|(id, it)| (("account", id), it)));
        let orders = shown.orders.iter();
        things.extend(orders.map(|it| (("order", it.order.order_id.clone()), news::order(it, now))));
        let ids = |kind| -> Vec<Json> {
            let ids = things.iter().filter(|((it, _), _)| *it == kind);
            ids.map(|((_, id), _)| id.as_str().into()).collect()
        };
        let all = Object::new().with("accounts", ids("account")).with("orders", ids("order"));
        // The list of ids is sent last, when the page has received all of their objects.
        things.push((("shown", String::new()), all));
        let mut told = BTreeMap::new();
        for (name, thing) in things {
            let text = Json::from(thing).to_text(Spelling::Shortest);
            if self.told.get(&name) != Some(&text) {
                write(events, name.0, &text);
            }
            told.insert(name, text);
        }
        self.told = told;
    }
}

fn event(events: &mut String, kind: &str, data: &Json) {
    write(events, kind, &data.to_text(Spelling::Shortest));
}

/// Writes an event. JSON text contains no line breaks, so it is a single line of data.
fn write(events: &mut String, kind: &str, data: &str) {
    *events += &format!("event: {kind}\ndata: {data}\n\n");
}
