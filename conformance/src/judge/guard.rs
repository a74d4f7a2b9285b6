//! Catches panics of checks: a panic is a mistake of this program, not a verdict on the server, and is reported as
//! such.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The error for a piece of work that panicked, with the message of the panic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Panicked(String);

/// Does a piece of work whose panic must not end the run.
///
/// # Errors
/// Returns an error with the panic's message if the work panics.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Panicked(text.unwrap_or("a check panicked").to_owned())
    })
}
