//! The command line: its flags, what each command does with them, and how a failure is told.

pub mod args;
mod changed_since;
mod chores;
pub mod commands;
pub mod error;
mod explain;
mod finish;
mod options;
mod replay;
mod stdout;
