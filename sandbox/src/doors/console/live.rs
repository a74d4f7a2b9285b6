//! What happens on the server, as server-sent events (HTML standard, section 9.2): first all that there is, then each thing
//! again when it changes.
//!
//! Nothing has to report a change: states follow from the time, so what is shown is read twice a second for as long as
//! somebody looks.

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

/// How often it is looked whether something has changed.
const LOOK: Duration = Duration::from_millis(500);
/// How often the time is told although nothing has changed, which also shows whether the page is still there.
const BEAT: Duration = Duration::from_secs(5);

/// Something that is told again when it has changed: its kind and its id.
type Name = (&'static str, String);

/// One page that looks.
pub(super) struct Live {
    app: Arc<App>,
    log: Arc<Log>,
    /// Where the server listens.
    url: String,
    stopped: watch::Receiver<bool>,
    /// What it was told last of each thing that is still shown.
    told: BTreeMap<Name, String>,
    /// How many requests had been told of when it looked last.
    requests: u64,
    /// When it was told the time last.
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

    /// The events, until the server stops or the page goes.
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

    /// What is new since it looked last.
    async fn look(&mut self) -> String {
        let mut events = String::new();
        let begun = self.beat.is_none();
        if self.beat.is_none_or(|last| last.elapsed() >= BEAT) {
            self.beat = Some(Instant::now());
            event(&mut events, "time", &news::time(&self.app).into());
        }
        let now = self.app.clock.now();
        // Where the store can't be read, what was told stays as it is.
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

    /// Tells what has changed of what is shown, and of what there is to show.
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
        // Which there are is told last: by then each of them is known.
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

/// JSON has no line break of its own in it, so its text is one line of data.
fn write(events: &mut String, kind: &str, data: &str) {
    *events += &format!("event: {kind}\ndata: {data}\n\n");
}
