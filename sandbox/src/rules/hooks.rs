//! The points in the handling of a request at which a fault can act. A correct server has no hooks.

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

/// A list of hooks at one point, run one after the other.
type All<F> = Vec<Box<F>>;
type Receive = dyn Fn(&mut Call) + Send + Sync;
type AfterHead = fn(&App, &HeaderMap);
type Door = dyn Fn(&Contract, &Parts) -> bool + Send + Sync;
type Intercept = dyn Fn(&Exchange) -> Option<Answer> + Send + Sync;
type EditOrder = dyn Fn(&Exchange, &mut Value) + Send + Sync;
type SkipRefusal = dyn Fn(&Exchange, Cause) -> bool + Send + Sync;
type ForceRefusal = dyn Fn(&Exchange, &[Line]) -> Option<Refusal> + Send + Sync;
type Change = dyn Fn(&Exchange, &mut Vec<Line>) + Send + Sync;
type Rewrite = dyn Fn(&Exchange, &mut Answer) + Send + Sync;
type AfterRefusal = fn(Refused) -> BoxFuture<'static, ()>;
type AfterRetry = fn(&App, &Connection, &OrderRow, i64) -> Result<(), StoreError>;
type Page = fn(&Exchange, &mut usize, &mut i64);

/// A refused purchase of a caller with a known key.
pub(crate) struct Refused {
    /// The account of the caller.
    pub(crate) account: Arc<Account>,
    /// The cause of the refusal.
    pub(crate) cause: Cause,
    /// The recipients that were ordered, as far as the body could be read as an order.
    pub(crate) wanted: Vec<Line>,
    /// The means to book purchases.
    pub(crate) booking: Booking,
}

/// The hooks that a fault may set.
#[derive(Default)]
pub(crate) struct Hooks {
    /// Whether calls keep the raw bytes that were received.
    pub(crate) see_raw: bool,
    /// Whether exchanges carry the balance of the caller's wallet.
    pub(crate) see_wallet: bool,
    /// Runs when the head of a request has been received, before its body.
    pub(crate) head: Option<AfterHead>,
    /// Returns true if a request that no operation matches is to be handled as a purchase.
    pub(crate) doors: All<Door>,
    /// Changes a call before anything else reads it.
    pub(crate) received: All<Receive>,
    /// Returns a response that replaces the server's own.
    pub(crate) intercept: All<Intercept>,
    /// Changes the body of an order before it is checked.
    pub(crate) edit_order: All<EditOrder>,
    /// Returns true if a request that should be refused is to be accepted.
    pub(crate) skip_refusal: All<SkipRefusal>,
    /// Changes the recipients of an order.
    pub(crate) lines: All<Change>,
    /// Refuses an order that should be accepted.
    pub(crate) force_refusal: All<ForceRefusal>,
    /// Runs when a purchase is refused.
    pub(crate) refused: Option<AfterRefusal>,
    /// Runs in the store after the retry of the recipient at a position.
    pub(crate) retried: Option<AfterRetry>,
    /// Changes the requested page: its size, and the order number below which it starts.
    pub(crate) page: Option<Page>,
    /// Changes a finished response.
    pub(crate) rewrite: All<Rewrite>,
}
