//! Why nothing is exported.

use std::io;
use std::path::PathBuf;

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The folder can't be looked into.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder holds something: files of an earlier export would be taken for some of this one.
    #[error("the folder {} is not empty: give --out another, or remove what is in it", .0.display())]
    NotEmpty(PathBuf),
    /// No boundary case is left.
    #[error("none of the {0} planned cases can be exported; `--dry-run` shows them")]
    Nothing(usize),
}
