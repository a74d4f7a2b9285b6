//! The shape of answers: the tree of fields with their types but without values, by operation, status and content type.
//!
//! The accepted shapes are files, one per scenario. A run reports how it differs from them, as information only.

mod drift;
mod file;
mod scenario;
mod tree;

pub use self::drift::drift;
pub use self::drift::drift_of;
pub use self::file::read;
pub(crate) use self::file::{ShapeFileError, write};
pub use self::scenario::observe;
pub(crate) use self::tree::Shape;
