//! Client of the bulk data bundle API: what codegen writes, and a thin layer that makes it pleasant.
//!
//! [`NetConnect`] is where to start: it takes a key that it never prints, checks an order before it is sent, speaks of
//! money in decimals, and says of every failure whether money may have moved. Below it lies [`client::Client`], written
//! by `cargo xtask codegen` from the spec, with every operation and type; [`NetConnect::raw`] gives it to whoever wants to
//! send what the layer would refuse.
//!
//! ```no_run
//! use generated::{BulkOrder, NetConnect};
//!
//! # async fn buy() -> Result<(), generated::Error> {
//! let api = NetConnect::from_env()?; // NETCONNECT_API_KEY, and NETCONNECT_URL if not production
//! let order = BulkOrder::new("k57exampleoperator", "p22exampleproduct")
//!     .to("233201234567", "q34examplepackage")
//!     .to("020 987 6543", "q34examplepackage");
//! let created = api.buy(&order).await?;
//! println!("{} GHS for order {}", created.total_amount, created.order_id);
//! # Ok(())
//! # }
//! ```

/// Every operation and type of the document, by progenitor.
#[rustfmt::skip]
#[expect(missing_docs, reason = "generated: the builders' methods carry the names of the fields that they set")]
#[expect(clippy::unwrap_used, reason = "generated: in `Client::new`, which this crate does not call")]
#[allow(
    clippy::disallowed_types,
    clippy::all,
    clippy::cognitive_complexity,
    clippy::too_many_lines,
    reason = "generated: its style is progenitor's"
)]
pub mod client;
/// The contract's limits, names and statuses, as constants.
#[rustfmt::skip]
pub mod contract;

/// One command per operation, by progenitor; the binary `buy-bulk` hangs them under `api`.
#[cfg(feature = "cli")]
#[rustfmt::skip]
#[allow(missing_docs, unused_variables, clippy::all, reason = "generated: its style is progenitor's")]
pub mod commands;
/// Typed helpers to play the API with `httpmock`, by progenitor.
#[cfg(feature = "mock")]
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, clippy::unwrap_used, reason = "generated, for tests: a mistaken expectation panics")]
pub mod mock;

mod answer;
mod count;
mod error;
mod key;
mod netconnect;
mod order;
mod recipients;
mod transport;

pub use client::types;
pub use count::{Count, CountError};
pub use error::{Error, InputError, Refusal, outcome};
pub use key::{Caller, Key};
pub use netconnect::{Builder, KEY_VARIABLE, NetConnect, URL_VARIABLE};
pub use order::{BulkOrder, Msisdn, MsisdnError};
pub use recipients::Recipient;
/// An amount of money: whole pesewas, read and written as decimal cedis, never a float.
pub use spec::Pesewas as Money;
pub use spec::{Meaning, OperationId};
pub use transport::{SetupError, Timeouts, transport};
