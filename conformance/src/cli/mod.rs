//! The command line: its flags, what each command does with them, and how a failure is told.

pub mod args;
pub mod changed_since;
pub mod commands;
pub mod error;
pub mod explain;
pub mod finish;
pub mod options;
pub mod replay;
pub mod stdout;
mod tier;
