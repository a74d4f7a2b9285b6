//! A purchase that has passed all checks except the balance, and how it is booked: debit, parent order and recipients
//! in one transaction.

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

/// A purchase that has passed all checks except the balance.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    /// The account that buys.
    pub(crate) account: Arc<Account>,
    /// The recipients, one line each.
    pub(crate) lines: Vec<Line>,
    /// The total in the response.
    pub(crate) total: Pesewas,
    /// The amount to debit.
    pub(crate) charge: Pesewas,
}

/// A purchase that was booked.
#[derive(Debug, Clone)]
pub(crate) struct Created {
    /// The id of the parent order.
    pub(crate) order_id: String,
    /// The short reference of the order.
    pub(crate) reference: String,
    /// The total of the order.
    pub(crate) total: Pesewas,
    /// The number of recipients.
    pub(crate) count: usize,
    /// The available balance before and after the debit.
    pub(crate) balance: Debited,
}

/// Debits the wallet for a purchase.
pub(crate) type Debit = fn(&Connection, &Purchase, Micros) -> Result<Debited, StoreError>;
/// Generates the id of an order from its running number.
pub(crate) type OrderId = fn(&App, &Purchase, i64) -> String;
/// Generates the short reference of an order from its running number.
pub(crate) type Reference = fn(&Purchase, i64) -> String;

/// Everything needed to book purchases.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    /// The server whose store the purchases are booked in.
    pub(crate) app: Arc<App>,
    /// Whether failed recipients are refunded.
    pub(crate) refund_failed: bool,
    /// Whether some recipients fail without a request to do so.
    pub(crate) some_fail: bool,
    /// Debits the wallet.
    pub(crate) debit: Debit,
    /// Generates order ids.
    pub(crate) order_id: OrderId,
    /// Generates short references.
    pub(crate) reference: Reference,
}

impl Booking {
    /// Writes the parent order of a purchase that has been debited.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
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

/// The future of a purchase that is being booked.
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
