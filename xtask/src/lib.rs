//! The chores of this repository: `cargo xtask CHORE`.
//!
//! A chore has a type for its command line (mostly `Args`) and a function that does the work (mostly `run`). It prints
//! its findings on stdout and returns an [`Error`] for anything that must stop a build.

pub mod ci;
pub mod codegen;
pub mod compat;
pub mod dist;
pub mod error;
pub mod hostile;
pub mod lint;
pub mod peers;
pub mod repo;
pub mod scaffold;
pub mod selftest;
pub mod tidy;

pub use error::Error;

use std::path::{Path, PathBuf};

/// Resolves a path of the command line: as given if it exists, otherwise below the root of the repository, relative to
/// the working directory where possible.
#[must_use]
pub fn at(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    let whole = root().join(path);
    let here = std::env::current_dir().unwrap_or_default();
    whole.strip_prefix(here).map(Path::to_owned).unwrap_or(whole)
}

/// Returns the root of the repository: the parent of this crate's directory, which cargo names when it runs a chore.
#[must_use]
pub fn root() -> PathBuf {
    let crate_dir =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&crate_dir).parent().map_or_else(PathBuf::new, Path::to_owned)
}
