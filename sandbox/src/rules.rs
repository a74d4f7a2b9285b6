//! What the server decides by: bounds, the order of checks, how things are counted, priced, debited and shown.
//!
//! [`Rules::new`] is the correct server. A freedom turns one of the switches to another legal position; a fault bends
//! a rule or hangs a hook in. The code of the server asks the rules and knows of neither.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use rusqlite::Connection;
use serde_json::Value;
use spec::contract::{Limits, Msisdn};
use spec::{Contract, Meaning, OperationId, Pesewas};

use crate::answer::{Answer, Cause, Refusal};
use crate::app::{Account, App};
use crate::buy::{Created, Purchase};
use crate::call::{Call, Exchange};
use crate::catalog::Package;
use crate::clock::Micros;
use crate::json::Spelling;
use crate::progress::{State, Timeline};
use crate::store::StoreError;
use crate::store::orders::{Line, OrderRow};
use crate::store::wallet::{Debited, Wallet};

/// What becomes of an order with the same number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// It is bought for twice.
    Taken,
    /// It is an invalid request.
    Invalid,
    /// It is a conflict.
    Conflict,
}

/// One check of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The role may buy.
    Role,
    /// The body is an order.
    Body,
    /// The number of items is in range.
    Count,
    /// Operator, product and every recipient can be bought for.
    Recipients,
    /// The wallet can pay, before the debit itself finds out.
    Balance,
}

/// Things to do at one place of a request's way, one after the other.
type Hooks<F> = Vec<Box<F>>;
type Intercept = dyn Fn(&Exchange) -> Option<Answer> + Send + Sync;
type Mend = dyn Fn(&Exchange, &mut Value) + Send + Sync;
type Excuse = dyn Fn(&Exchange, Cause) -> bool + Send + Sync;
type Objection = dyn Fn(&Exchange, &[Line]) -> Option<Refusal> + Send + Sync;
type Change = dyn Fn(&Exchange, &mut Vec<Line>) + Send + Sync;
type Rewrite = dyn Fn(&Exchange, &mut Answer) + Send + Sync;
type AfterRetry = fn(&App, &Connection, &OrderRow, i64) -> Result<(), StoreError>;

/// See the module.
pub(crate) struct Rules {
    // Switches of the legal freedoms.
    pub(crate) steps: Vec<Step>,
    pub(crate) absent: BTreeSet<OperationId>,
    pub(crate) spelling: Spelling,
    pub(crate) extra_fields: bool,
    pub(crate) latency: bool,
    pub(crate) later_revision: bool,
    /// Every so-many-th request of an account is told to come back.
    pub(crate) throttle: Option<u64>,
    pub(crate) duplicates: Duplicates,
    pub(crate) refuse_extra_properties: bool,
    pub(crate) strict_media_type: bool,
    pub(crate) items_absent: Meaning,
    pub(crate) hold: bool,
    pub(crate) refund_failed: bool,
    pub(crate) embed_recipients: bool,
    pub(crate) msisdn: fn(&Msisdn, &str) -> Option<String>,
    pub(crate) state_name: fn(State) -> String,
    pub(crate) reference: fn(i64) -> String,

    // What a correct server does in one way only.
    pub(crate) limits: Limits,
    pub(crate) authenticate: fn(&App, &Call) -> Result<Arc<Account>, Cause>,
    pub(crate) decode: fn(&[u8]) -> Result<Value, Cause>,
    pub(crate) count: fn(&Exchange, &[Value]) -> usize,
    pub(crate) price: fn(&Exchange, &Package) -> Pesewas,
    pub(crate) total: fn(&Exchange, &[Line]) -> Pesewas,
    pub(crate) charge: fn(&Exchange, &[Line], Pesewas) -> Pesewas,
    pub(crate) debit: fn(&Connection, &Purchase, Micros) -> Result<Debited, StoreError>,
    pub(crate) purchase: fn(Arc<App>, Purchase) -> BoxFuture<'static, Result<Created, StoreError>>,
    pub(crate) order_id: fn(&App, &Purchase, i64) -> String,
    pub(crate) recipient_state: fn(Timeline, Micros) -> State,
    pub(crate) may_see: fn(&Exchange, &Account, i64) -> bool,
    pub(crate) wallet: fn(&Exchange, Wallet) -> Wallet,

    // Hooks, empty in a correct server.
    /// Answers in place of the server.
    pub(crate) intercept: Hooks<Intercept>,
    /// Changes the order sent before it is looked at.
    pub(crate) mend: Hooks<Mend>,
    /// Lets something pass that should be refused.
    pub(crate) excuse: Hooks<Excuse>,
    /// Refuses an order that should pass.
    pub(crate) object: Hooks<Objection>,
    /// Changes what is bought.
    pub(crate) lines: Hooks<Change>,
    /// Acts when a purchase is refused.
    pub(crate) refused: Option<for<'a> fn(&'a Exchange, Cause) -> BoxFuture<'a, ()>>,
    /// Acts after a retry, on the store.
    pub(crate) retried: Option<AfterRetry>,
    /// Changes the page asked for: the limit, and the number that older orders are below.
    pub(crate) page: Option<fn(&Exchange, &mut usize, &mut i64)>,
    /// Whether calls carry the bytes that came in.
    pub(crate) see_raw: bool,
    /// Changes a finished answer.
    pub(crate) rewrite: Hooks<Rewrite>,
}

impl Rules {
    /// The correct server.
    pub(crate) fn new(contract: &Contract) -> Self {
        Self {
            steps: vec![Step::Role, Step::Body, Step::Count, Step::Recipients],
            absent: BTreeSet::new(),
            spelling: Spelling::Shortest,
            extra_fields: false,
            latency: false,
            later_revision: false,
            throttle: None,
            duplicates: Duplicates::Taken,
            refuse_extra_properties: false,
            strict_media_type: false,
            items_absent: Meaning::Invalid,
            hold: false,
            refund_failed: false,
            embed_recipients: true,
            msisdn: crate::msisdn::normalise,
            state_name: |state| state.name().to_owned(),
            reference: crate::ids::digits,
            limits: contract.limits,
            authenticate: crate::app::authenticate,
            decode: crate::buy::decode,
            count: |_, items| items.len(),
            price: |exchange, package| package.price(exchange.role()),
            total: |_, lines| lines.iter().map(|line| line.price).sum(),
            charge: |_, _, total| total,
            debit: |connection, purchase, now| {
                crate::store::wallet::debit(connection, purchase.account.profile, purchase.charge, now)
            },
            purchase: crate::buy::purchase,
            order_id: |_, _, seq| crate::ids::opaque("kr7", seq),
            recipient_state: Timeline::state,
            may_see: |_, account, owner| account.profile == owner,
            wallet: |_, wallet| wallet,
            intercept: Vec::new(),
            mend: Vec::new(),
            excuse: Vec::new(),
            object: Vec::new(),
            lines: Vec::new(),
            refused: None,
            retried: None,
            page: None,
            see_raw: false,
            rewrite: Vec::new(),
        }
    }

    /// Refuses, unless something excuses the cause.
    pub(crate) fn refuse(
        &self,
        exchange: &Exchange,
        cause: Cause,
        message: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        if self.excuse.iter().any(|excuse| excuse(exchange, cause)) {
            return Ok(());
        }
        Err(Refusal::new(cause, message()))
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("steps", &self.steps)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
