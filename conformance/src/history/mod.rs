//! The recorded run: its file format, where its records rest while it goes on, and reading and joining what was recorded.

mod format;
pub mod recorded;
pub mod store;

pub use self::format::*;
