//! Judges a server against the contract: `spec -> plan -> exec -> history -> oracle -> report`, one way.

pub mod checks;
pub mod cli;
pub mod exec;
pub mod exit;
pub mod history;
pub mod judge;
pub mod order;
pub mod plan;
pub mod report;
pub mod run;
pub mod secret;
mod speed;
pub mod sut;
pub mod teeth;
