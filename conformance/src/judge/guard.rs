//! A check that breaks down is a mistake of this program and no verdict on the server: it is caught, and told.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A piece of work panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Panicked(String);

/// Does a piece of work of which a panic must not end the run.
///
/// # Errors
/// It panicked: with what.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Panicked(text.unwrap_or("a check panicked").to_owned())
    })
}
