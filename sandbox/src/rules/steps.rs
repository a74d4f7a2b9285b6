//! The steps that a correct server does in one way only: bounds, keys, prices, debits, who may see what.

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

/// What a fault may bend.
pub(crate) struct Steps {
    /// How many items an order may have.
    pub(crate) limits: Limits,
    /// Whose key a call carries.
    pub(crate) authenticate: fn(&Contract, &Keys, &Call) -> Result<Arc<Account>, Cause>,
    /// The body as JSON.
    pub(crate) decode: fn(&Reading, &[u8]) -> Result<Value, Cause>,
    /// How many items count.
    pub(crate) count: fn(&Exchange, &[Value]) -> usize,
    /// What the caller is charged for a package.
    pub(crate) price: fn(&Exchange, &Package) -> Pesewas,
    /// What an order costs.
    pub(crate) total: fn(&Exchange, &[Line]) -> Pesewas,
    /// What leaves the wallet, given the total.
    pub(crate) charge: fn(&Exchange, &[Line], Pesewas) -> Pesewas,
    /// Takes what a purchase costs out of the wallet.
    pub(crate) debit: Debit,
    /// Debits and records a purchase.
    pub(crate) book: fn(Booking, Purchase) -> Booked,
    /// The id of an order.
    pub(crate) order_id: OrderId,
    /// How far a recipient is.
    pub(crate) recipient_state: fn(Timeline, Micros) -> State,
    /// Whether an account may see an order of the profile with this number.
    pub(crate) may_see: fn(&Exchange, &Account, i64) -> bool,
    /// The wallet as the wallet endpoint shows it.
    pub(crate) wallet: fn(&Exchange, Wallet) -> Wallet,
}
