//! End-to-end tests over real HTTP: the program as a process, and runs against a sandbox, a proxy or a misbehaving
//! server.
//!
//! They form one test program, so that it is linked only once.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod access;
#[cfg(unix)]
mod action;
mod common;
mod compare;
mod config;
mod determinism;
mod discovery;
mod doctor;
#[path = "../../../xtask/tests/chores/documented.rs"]
mod documented;
mod exit_codes;
mod export;
mod fixed;
mod generators;
mod http2;
#[cfg(unix)]
mod interrupt;
mod journal;
#[cfg(unix)]
mod killed;
mod money;
#[cfg(unix)]
mod nginx;
mod one_key;
mod pipeline;
mod proxy;
mod readme;
#[cfg(unix)]
mod report_files;
mod secrets;
mod settle;
mod shards;
mod silence;
mod spec_follows;
mod teardown;
mod throttle;
mod tls;
mod traced;
mod trials;
mod typed_client;
mod waiting;

/// The program must accept the commands that the pages show.
#[test]
fn what_the_pages_show_is_what_the_program_takes() {
    assert!(documented::hold("conformance", env!("CARGO_BIN_EXE_conformance")) > 0);
}
