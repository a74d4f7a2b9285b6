//! The sandbox as its partners meet it: over HTTP, on a port of its own.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod common;
mod faults;
mod freedoms;
mod orders;
mod purchase;
mod races;
