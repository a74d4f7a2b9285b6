//! From a request to its answer: `service.rs` is the way that each request goes, and the other files are the rooms on it.

mod account;
mod balance;
mod bare;
pub(crate) mod buy;
mod codes;
mod cors;
mod draft;
mod exchange;
mod list;
mod orders;
pub(crate) mod products;
pub(crate) mod reading;
mod recipients;
mod render;
pub(crate) mod service;
mod view;
