//! The whole kit over real HTTP: the program as a process, and runs against a sandbox, a proxy or a server that misbehaves.
//!
//! One program, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;
mod determinism;
mod exit_codes;
#[cfg(unix)]
mod interrupt;
mod money;
mod proxy;
mod secrets;
mod silence;
mod spec_follows;
mod typed_client;
