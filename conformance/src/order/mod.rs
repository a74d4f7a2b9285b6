//! What an order is and what may be answered to it: its facts, the rules of refusal, the wallet that pays for it, and
//! the reading of answers. It is pure and stands below planning and judging, so that both use the same rules.

mod amount;
pub(crate) mod changed;
mod decode;
pub(crate) mod door;
pub(crate) mod facts;
pub(crate) mod json;
pub(crate) mod lenient;
pub(crate) mod moment;
pub(crate) mod msisdn;
pub mod path;
pub(crate) mod profile;
mod read_order;
mod read_request;
pub(crate) mod reading;
pub(crate) mod recipients;
mod relaxed;
pub mod rule;
pub(crate) mod sent;
pub(crate) mod state;
pub(crate) mod wallet;
