//! Chores of this repository, one module per subcommand of `cargo xtask`.
//!
//! Each module has `Args` (its command line) and `run` (its work). A chore prints what it found on stdout and returns an
//! [`Error`] for anything that must stop a build.

pub mod codegen;
pub mod compat;
pub mod error;
pub mod repo;

pub use error::Error;
