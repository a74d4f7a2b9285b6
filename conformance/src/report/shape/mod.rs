//! What answers look like: the tree of fields with their types and no values, per operation, status and content type.
//!
//! The accepted shapes are files, one per scenario; a run tells how it drifts from them, as information.

mod drift;
mod file;
mod scenario;
mod tree;

pub use self::drift::drift;
pub(crate) use self::drift::drift_of;
pub use self::file::read;
pub(crate) use self::file::{ShapeFileError, write};
pub use self::scenario::observe;
pub(crate) use self::tree::Shape;
