//! Every report of a handwritten run, of real ones and of one that is kept: text, schema, secrets and findings.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests do")]

mod baseline;
mod compare;
mod files;
mod fixture;
mod html;
mod limits;
mod real;
mod recorded;
mod terminal;
