//! A plan for tools of others: the boundary cases of a tier as requests with the statuses that are allowed, for hurl, Postman,
//! k6 and curl.
//!
//! `compose` turns cases into a script: requests, what must hold of each answer, and what is taken from it for the next. A format
//! only writes a script down. Keys are variables everywhere: no file holds one. What a plain request can't say (requests that are
//! sent at once, how bytes go over the wire) is left out, and named with the reason.

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

/// The files of a script in a format: those of the tool, and a page that says how to run them.
#[must_use]
pub(crate) fn files(script: &Script, format: Format) -> Vec<File> {
    let mut files = format.render(script);
    files.push(("README.md".to_owned(), readme::render(script, format)));
    files
}
