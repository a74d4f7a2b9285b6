//! Answers API requests: `service.rs` is the path of every request, and the other files are its steps.

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
