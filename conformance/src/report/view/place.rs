//! The places where the contract states something.

use serde::Serialize;
use spec::Contract;

use crate::report::text::visible;

/// A place in the contract's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
}

impl Place {
    /// Returns true if the reader of a report has the file, which is not so for the built-in contract.
    pub(crate) fn is_file(&self) -> bool {
        self.file != spec::BUILT_IN
    }
}

/// Returns where the contract cites a requirement: each line once, in the order of the file.
pub(super) fn places(contract: &Contract, id: &str) -> Vec<Place> {
    let mut lines: Vec<_> = contract.cited_at(id).iter().map(|pointer| contract.line(pointer)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| Place { file: visible(contract.file()), line }).collect()
}
