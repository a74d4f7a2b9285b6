//! Where the contract says something.

use serde::Serialize;
use spec::Contract;

use crate::report::text::visible;

/// A place in the contract's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    /// File.
    pub(crate) file: String,
    /// Line from 1.
    pub(crate) line: usize,
}

impl Place {
    /// Whether it is in a file that the reader of a report has, rather than in the contract that this program brings along.
    pub(crate) fn is_file(&self) -> bool {
        self.file != spec::BUILT_IN
    }
}

/// Where the contract cites a requirement; every line once, in the order of the file.
pub(super) fn places(contract: &Contract, id: &str) -> Vec<Place> {
    let mut lines: Vec<_> = contract.cited_at(id).iter().map(|pointer| contract.line(pointer)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| Place { file: visible(contract.file()), line }).collect()
}
