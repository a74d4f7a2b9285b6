//! Tests of judging clients from outside: the program itself, real clients in several languages, and real connections.
//!
//! A language that this machine does not have is skipped with a message; `cargo xtask clients` judges all clients.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod command_line;
mod common;
mod languages;
mod recordings;
