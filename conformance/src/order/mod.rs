//! What an order is and what may be answered to it: its facts, the rules of refusal, the wallet that pays it, and reading
//! answers. Pure, and below planning and judging, so that both ask the same question.

mod amount;
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
pub(crate) mod wallet;
