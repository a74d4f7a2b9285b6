//! The oracle without a server: histories written by hand, each with the requirements that it must fail and no others.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests do")]

mod said;
mod shop;
mod stage;

mod account;
mod answers;
mod field;
mod identity;
mod lost;
mod money;
mod orders;
mod plans;
mod precedence;
mod promised;
mod races;
mod readings;
mod recorded;
mod requests;
mod run;
