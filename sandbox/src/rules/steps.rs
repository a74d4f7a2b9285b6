//! The steps that a correct server performs in exactly one way: limits, keys, prices, debits and visibility.

use std::sync::Arc;

use serde_json::Value;
use spec::contract::Limits;
use spec::{Contract, Pesewas};

use crate::answer::Cause;
use crate::catalog::Package;
use crate::clock::Micros;
use crate::exchange::Exchange;
use crate::http::call::Call;
use crate::keys::{Account, Keys};
use crate::progress::{State, Timeline};
use crate::purchase::{Booked, Booking, Debit, OrderId, Purchase};
use crate::rules::freedoms::Reading;
use crate::store::orders::Line;
use crate::store::wallet::Wallet;

/// The steps that a fault may replace.
pub(crate) struct Steps {
    /// The number of items that an order may have.
    pub(crate) limits: Limits,
    /// Finds the account of a call's key.
    pub(crate) authenticate: fn(&Contract, &Keys, &Call) -> Result<Arc<Account>, Cause>,
    /// Decodes the body as JSON.
    pub(crate) decode: fn(&Reading, &[u8]) -> Result<Value, Cause>,
    /// Returns the number of items that is compared with the limits.
    pub(crate) count: fn(&Exchange, &[Value]) -> usize,
    /// Returns the price of a package for the caller.
    pub(crate) price: fn(&Exchange, &Package) -> Pesewas,
    /// Returns the total of an order.
    pub(crate) total: fn(&Exchange, &[Line]) -> Pesewas,
    /// Returns the amount to debit, given the total.
    pub(crate) charge: fn(&Exchange, &[Line], Pesewas) -> Pesewas,
    /// Debits the wallet for a purchase.
    pub(crate) debit: Debit,
    /// Debits and records a purchase.
    pub(crate) book: fn(Booking, Purchase) -> Booked,
    /// Generates the id of an order.
    pub(crate) order_id: OrderId,
    /// Returns the state of a recipient at a moment.
    pub(crate) recipient_state: fn(Timeline, Micros) -> State,
    /// Returns true if an account may see an order of the profile with this number.
    pub(crate) may_see: fn(&Exchange, &Account, i64) -> bool,
    /// Returns the wallet as the wallet endpoint shows it.
    pub(crate) wallet: fn(&Exchange, Wallet) -> Wallet,
}
