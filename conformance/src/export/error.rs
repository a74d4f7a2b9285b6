//! The error of an export.

use std::io;
use std::path::PathBuf;

/// The reason why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The folder can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The path of the folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The folder is not empty: files of an earlier export would be taken for files of this one.
    #[error("the folder {} is not empty: give --out another, or remove what is in it", .0.display())]
    NotEmpty(PathBuf),
    /// No boundary case can be exported; the number is that of the planned cases.
    #[error("none of the {0} planned cases can be exported; `--dry-run` shows them")]
    Nothing(usize),
}
