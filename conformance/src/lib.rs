//! Judges a server against the contract: `spec -> plan -> exec -> history -> oracle -> report`, one way.

pub mod checks;
pub mod cli;
pub mod exec;
pub mod exit;
pub mod history;
pub mod judge;
pub mod order;
pub mod plan;
pub mod report;
pub mod run;
pub mod secret;
pub mod speed;
pub mod sut;
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
