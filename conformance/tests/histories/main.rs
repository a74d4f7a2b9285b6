//! Tests of judging without a server: histories written by hand, each with exactly the requirements that must fail.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests do")]

mod catalog;
mod said;
mod stage;

mod account;
mod answers;
mod field;
mod held;
mod identity;
mod lost;
mod money;
mod orders;
mod plans;
mod precedence;
mod progress;
mod promised;
mod races;
mod readings;
mod recorded;
mod requests;
mod run;
