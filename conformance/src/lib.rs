//! Judges a server against the contract: `spec -> plan -> exec -> history -> oracle -> report`, one way.

pub mod exit;
pub mod history;
pub mod oracle;
