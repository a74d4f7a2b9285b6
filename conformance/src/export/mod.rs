//! Exports a plan for other tools: the boundary cases of a tier as requests with the statuses that are allowed, for
//! hurl, Postman, k6 and curl.
//!
//! `compose` turns cases into a script: requests, conditions on each answer, and values that later requests take from
//! it. A format only writes a script down. Keys are variables everywhere, so no file contains one. Cases that plain
//! requests can't express (simultaneous requests, details of the transfer) are left out and listed with the reason.

mod compose;
mod error;
mod formats;
mod readings;
mod readme;
mod script;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use self::compose::compose;
pub(crate) use self::error::ExportError;
pub(crate) use self::formats::Format;
use self::script::File;
pub(crate) use self::script::Script;
pub(crate) use self::writer::Source;

/// Returns the files of a script in a format: those of the tool, and a page that says how to run them.
#[must_use]
pub(crate) fn files(script: &Script, format: Format) -> Vec<File> {
    let mut files = format.render(script);
    files.push(("README.md".to_owned(), readme::render(script, format)));
    files
}
