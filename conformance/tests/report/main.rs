//! Every report of one handwritten run: its text, its schema, its secrets and its findings.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests do")]

mod baseline;
mod files;
mod fixture;
mod html;
mod real;
mod terminal;
