//! Chores of this repository, one module per subcommand of `cargo xtask`.
//!
//! Each module has `Args` (its command line) and `run` (its work). A chore prints what it found on stdout and returns an
//! [`Error`] for anything that must stop a build.

pub mod ci;
pub mod codegen;
pub mod compat;
pub mod error;
pub mod hostile;
pub mod lint;
pub mod peers;
pub mod repo;
pub mod scaffold;
pub mod teeth;
pub mod tidy;

pub use error::Error;

use std::path::{Path, PathBuf};

/// A path of the command line: as given where it exists, else below the repository's root, and short if it can be.
#[must_use]
pub fn at(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    let whole = root().join(path);
    let here = std::env::current_dir().unwrap_or_default();
    whole.strip_prefix(here).map(Path::to_owned).unwrap_or(whole)
}

/// The repository's root: the directory above this crate's, as cargo names it when it runs a chore.
#[must_use]
pub fn root() -> PathBuf {
    let crate_dir =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&crate_dir).parent().map_or_else(PathBuf::new, Path::to_owned)
}
