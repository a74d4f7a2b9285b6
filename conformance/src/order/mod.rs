//! What an order is and what may be answered to it: its facts, the rules of refusal, the wallet that pays it, and reading
//! answers. Pure, and below planning and judging, so that both ask the same question.

mod amount;
mod decode;
pub mod facts;
pub mod json;
pub mod lenient;
pub mod msisdn;
pub mod path;
pub mod profile;
mod read_order;
mod read_request;
pub mod reading;
pub mod recipients;
pub mod rule;
pub mod wallet;
