//! Tests of the client, the layer, the command line and the mock, against a mock server and the sandbox.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[cfg(all(feature = "cli", feature = "mock"))]
mod cli;
#[cfg(feature = "cli")]
#[path = "../../../xtask/tests/chores/documented.rs"]
mod documented;
#[cfg(feature = "cli")]
mod foreign;
mod layer;
#[cfg(feature = "cli")]
mod liberties;
#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "cli")]
mod readme;
mod sandbox;
