//! Places of a request's way into which a fault can hang something. A correct server has nothing there.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use futures::future::BoxFuture;
use rusqlite::Connection;
use serde_json::Value;
use spec::Contract;

use crate::answer::{Answer, Cause, Refusal};
use crate::app::App;
use crate::exchange::Exchange;
use crate::http::call::Call;
use crate::keys::Account;
use crate::purchase::Booking;
use crate::store::StoreError;
use crate::store::orders::{Line, OrderRow};

/// Things to do at one place, one after the other.
type All<F> = Vec<Box<F>>;
type Receive = dyn Fn(&mut Call) + Send + Sync;
type AfterHead = fn(&App, &HeaderMap);
type Door = dyn Fn(&Contract, &Parts) -> bool + Send + Sync;
type Intercept = dyn Fn(&Exchange) -> Option<Answer> + Send + Sync;
type Mend = dyn Fn(&Exchange, &mut Value) + Send + Sync;
type Excuse = dyn Fn(&Exchange, Cause) -> bool + Send + Sync;
type Objection = dyn Fn(&Exchange, &[Line]) -> Option<Refusal> + Send + Sync;
type Change = dyn Fn(&Exchange, &mut Vec<Line>) + Send + Sync;
type Rewrite = dyn Fn(&Exchange, &mut Answer) + Send + Sync;
type AfterRefusal = fn(Refused) -> BoxFuture<'static, ()>;
type AfterRetry = fn(&App, &Connection, &OrderRow, i64) -> Result<(), StoreError>;
type Page = fn(&Exchange, &mut usize, &mut i64);

/// A purchase that is refused, of a key that is known.
pub(crate) struct Refused {
    /// Whose purchase it is.
    pub(crate) account: Arc<Account>,
    /// Why it is refused.
    pub(crate) cause: Cause,
    /// What it would have bought, as far as it is an order.
    pub(crate) wanted: Vec<Line>,
    /// How purchases are booked.
    pub(crate) booking: Booking,
}

/// What a fault may hang in.
#[derive(Default)]
pub(crate) struct Hooks {
    /// Whether calls carry the bytes that came in.
    pub(crate) see_raw: bool,
    /// Whether exchanges carry what the caller's wallet holds.
    pub(crate) see_wallet: bool,
    /// Acts once the head of a request has come, before its body has.
    pub(crate) head: Option<AfterHead>,
    /// Takes requests that no operation is for as purchases.
    pub(crate) doors: All<Door>,
    /// Changes a call before anything looks at it.
    pub(crate) received: All<Receive>,
    /// Answers in place of the server.
    pub(crate) intercept: All<Intercept>,
    /// Changes the order sent before it is looked at.
    pub(crate) mend: All<Mend>,
    /// Lets something pass that should be refused.
    pub(crate) excuse: All<Excuse>,
    /// Changes what is bought.
    pub(crate) lines: All<Change>,
    /// Refuses an order that should pass.
    pub(crate) object: All<Objection>,
    /// Acts when a purchase is refused.
    pub(crate) refused: Option<AfterRefusal>,
    /// Acts after the retry of the recipient at a position, on the store.
    pub(crate) retried: Option<AfterRetry>,
    /// Changes the page asked for: the limit, and the number that older orders are below.
    pub(crate) page: Option<Page>,
    /// Changes a finished answer.
    pub(crate) rewrite: All<Rewrite>,
}
