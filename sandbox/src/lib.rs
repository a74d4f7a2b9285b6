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
mod doors;
mod exchange;
pub mod faults;
mod fixtures;
mod freedom;
mod http;
mod ids;
mod json;
mod keys;
mod magic;
mod mask;
mod msisdn;
mod progress;
mod provoke;
mod purchase;
mod record;
mod rules;
mod seen;
mod server;
mod store;

use std::path::Path;

pub use config::{AccessLog, AdminToken, Behaviour, Config, SandboxError};
pub use demo::{ApiKey, Demo, DemoAccount};
pub use faults::{Fault, Need};
pub use fixtures::{Fixtures, FixturesError};
pub use freedom::{Freedom, UnknownFreedom};
pub use http::limits::Limits;
pub use http::tls::{Tls, TlsError, certificates};
pub use server::Sandbox;
pub use store::{StoreError, WriteError};

/// Numbers to test with, each with what becomes of a recipient of that number.
#[must_use]
pub fn numbers(contract: &spec::Contract) -> Vec<(String, String)> {
    magic::table(&contract.msisdn)
}

/// The number to test with whose delivery fails, and whose retry is delivered, in international form.
#[must_use]
pub fn failing_number(contract: &spec::Contract) -> String {
    magic::failing(&contract.msisdn)
}

/// Copies a database as it is at one moment into a file that is not there yet, also while a sandbox uses it.
///
/// # Errors
/// The database can't be read, or the copy can't be written.
pub fn snapshot(db: &Path, copy: &Path) -> Result<(), StoreError> {
    store::snapshot(db, copy)
}

/// Puts a copy in the place of a database that no sandbox uses.
///
/// # Errors
/// A sandbox uses the database, the copy is of another version, or a file can't be read or written.
pub fn restore(copy: &Path, db: &Path) -> Result<(), StoreError> {
    store::restore(copy, db)
}
