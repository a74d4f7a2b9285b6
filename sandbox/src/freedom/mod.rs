//! What the contract leaves open, as freedoms that the sandbox can take: each makes a server that is different and just as
//! right. The records stand in `catalogue.rs`; what they turn, in `rules/freedoms.rs`.

mod catalogue;

use std::fmt;
use std::str::FromStr;

pub use catalogue::Freedom;

impl Freedom {
    /// Whether two freedoms can't be taken together, because both turn the same switch.
    #[must_use]
    pub fn excludes(self, other: Self) -> bool {
        self != other && self.switches().iter().any(|switch| other.switches().contains(switch))
    }
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is not a freedom's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown freedom `{0}`; --list-freedoms shows them")]
pub struct UnknownFreedom(String);

impl FromStr for Freedom {
    type Err = UnknownFreedom;

    fn from_str(name: &str) -> Result<Self, UnknownFreedom> {
        Self::ALL.iter().copied().find(|it| it.name() == name).ok_or_else(|| UnknownFreedom(name.to_owned()))
    }
}
