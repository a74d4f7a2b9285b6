//! Every report of a handwritten run, of real runs and of a recorded one: text, schema, secrets and findings.

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
