//! The reference implementation of the API: what a conforming server does, on SQLite, over real HTTP.
//!
//! It serves every operation of the contract, takes every legal freedom on request ([`Freedom`]), and can be made wrong
//! in one way at a time ([`faults`]), which is how a tester is tested. It reads [`spec::Contract`] for limits, statuses,
//! roles, paths and names, and never the tester: rules shared between judge and judged would hide the same mistake twice.

mod answer;
mod api;
mod app;
pub mod catalog;
mod clock;
mod config;
mod correct;
mod demo;
mod exchange;
pub mod faults;
mod freedom;
mod http;
mod ids;
mod json;
mod keys;
mod msisdn;
mod progress;
mod purchase;
mod record;
mod rules;
mod server;
mod states;
mod store;

pub use config::{Behaviour, Config, SandboxError};
pub use demo::{ApiKey, Demo, DemoAccount};
pub use faults::{Fault, Need};
pub use freedom::{Freedom, UnknownFreedom};
pub use server::Sandbox;
pub use store::StoreError;
