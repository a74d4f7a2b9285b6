//! A purchase that only the wallet can still refuse, and how it is booked: debit, parent order and recipients, in one
//! transaction.

use std::sync::Arc;

use futures::future::BoxFuture;
use rusqlite::Connection;
use spec::Pesewas;

use crate::app::App;
use crate::clock::Micros;
use crate::keys::Account;
use crate::progress::Outcome;
use crate::store::orders::{Line, NewOrder};
use crate::store::wallet::Debited;
use crate::store::{StoreError, orders, wallet};

/// A purchase that only the wallet can still refuse.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    /// Who buys.
    pub(crate) account: Arc<Account>,
    /// What is bought, a line for each recipient.
    pub(crate) lines: Vec<Line>,
    /// What the answer says that it costs.
    pub(crate) total: Pesewas,
    /// What leaves the wallet.
    pub(crate) charge: Pesewas,
}

/// A purchase that was made.
#[derive(Debug, Clone)]
pub(crate) struct Created {
    /// Id of the parent order.
    pub(crate) order_id: String,
    /// Its short reference.
    pub(crate) reference: String,
    /// What it cost.
    pub(crate) total: Pesewas,
    /// Number of recipients.
    pub(crate) count: usize,
    /// The spendable balance before and after.
    pub(crate) balance: Debited,
}

/// Takes what a purchase costs out of the wallet.
pub(crate) type Debit = fn(&Connection, &Purchase, Micros) -> Result<Debited, StoreError>;
/// The id of an order with this running number.
pub(crate) type OrderId = fn(&App, &Purchase, i64) -> String;
/// The short reference of an order with this running number.
pub(crate) type Reference = fn(&Purchase, i64) -> String;

/// What is needed to book purchases.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    /// Where they are booked.
    pub(crate) app: Arc<App>,
    /// Whether recipients that fail are paid back.
    pub(crate) refund_failed: bool,
    /// Whether some recipients fail though nobody asked for it.
    pub(crate) some_fail: bool,
    /// How the wallet is debited.
    pub(crate) debit: Debit,
    /// How orders are named.
    pub(crate) order_id: OrderId,
    /// How orders are called for short.
    pub(crate) reference: Reference,
}

impl Booking {
    /// Writes the parent order of a purchase that has been paid.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) fn record(
        &self,
        connection: &Connection,
        purchase: &mut Purchase,
        balance: Debited,
        now: Micros,
    ) -> Result<Created, StoreError> {
        for line in &mut purchase.lines {
            line.fate = self.app.fate(connection, purchase.account.profile, &line.msisdn)?;
            if self.some_fail && line.msisdn.ends_with(['3', '7']) {
                line.fate.outcome = Outcome::Failed;
            }
        }
        let seq = self.app.next_order();
        let order_id = (self.order_id)(&self.app, purchase, seq);
        let reference = (self.reference)(purchase, seq);
        let order = NewOrder {
            order_id: &order_id,
            reference: &reference,
            profile: purchase.account.profile,
            total: purchase.total,
            lines: &purchase.lines,
            created: now,
            pause: self.app.pause,
            refund_failed: self.refund_failed,
        };
        orders::insert(connection, seq, &order)?;
        Ok(Created { total: purchase.total, count: purchase.lines.len(), balance, order_id, reference })
    }
}

/// A purchase on its way into the store.
pub(crate) type Booked = BoxFuture<'static, Result<Created, StoreError>>;

/// Books a purchase: debit, parent order and recipients, in one transaction.
pub(crate) fn book(booking: Booking, mut purchase: Purchase) -> Booked {
    Box::pin(async move {
        let app = booking.app.clone();
        app.store
            .call(move |connection| {
                let now = booking.app.clock.now();
                wallet::refund(connection, purchase.account.profile, now)?;
                let balance = (booking.debit)(connection, &purchase, now)?;
                booking.record(connection, &mut purchase, balance, now)
            })
            .await
    })
}
