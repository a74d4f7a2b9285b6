//! The reference implementation of the API: the behaviour of a conforming server, on SQLite, over real HTTP.
//!
//! It serves every operation of the contract, takes every legal freedom on request ([`Freedom`]), and can be made
//! faulty in one way at a time ([`faults`]) to test a tester. It takes limits, statuses, roles, paths and names from
//! [`spec::Contract`] and never uses the tester: rules shared by judge and judged would hide the same mistake twice.

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

/// Returns the test numbers, each with what happens to a recipient of that number.
#[must_use]
pub fn numbers(contract: &spec::Contract) -> Vec<(String, String)> {
    magic::table(&contract.msisdn)
}

/// Returns the test number whose delivery fails and whose retry is delivered, in international form.
#[must_use]
pub fn failing_number(contract: &spec::Contract) -> String {
    magic::failing(&contract.msisdn)
}

/// Copies a database at a single point in time to a file that does not exist yet, even while a sandbox uses the
/// database.
///
/// # Errors
/// Returns an error if the database can't be read, or the copy can't be written.
pub fn snapshot(db: &Path, copy: &Path) -> Result<(), StoreError> {
    store::snapshot(db, copy)
}

/// Replaces a database, which no sandbox may be using, by a copy.
///
/// # Errors
/// Returns an error if a sandbox uses the database, the copy is of another version, or a file can't be read or written.
pub fn restore(copy: &Path, db: &Path) -> Result<(), StoreError> {
    store::restore(copy, db)
}
