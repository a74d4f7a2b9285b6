//! Judges a server against the contract: `spec -> plan -> exec -> history -> oracle -> report`, one way.

pub mod changed;
pub mod checks;
pub mod cli;
pub mod command;
pub mod conclude;
pub mod exec;
pub mod exit;
pub mod explain;
pub mod failure;
pub mod history;
pub mod judge;
pub mod merge;
pub mod oracle;
pub mod own;
pub mod plan;
pub mod record;
pub mod replay;
pub mod report;
pub mod say;
pub mod secret;
pub mod session;
pub mod setting;
pub mod speed;
pub mod spool;
pub mod target;
pub mod teeth;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What stands in a path segment or a query value as it is.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Percent-encodes a path segment or a query value.
#[must_use]
pub fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, RESERVED).to_string()
}
