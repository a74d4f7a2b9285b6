//! The freedoms that the sandbox can take: each is a choice that the contract leaves open, and makes a server that
//! differs but conforms. The freedoms are listed in `catalogue.rs`; the switches they set are in `rules/freedoms.rs`.

mod catalogue;

use std::fmt;
use std::str::FromStr;

pub use catalogue::Freedom;

impl Freedom {
    /// Returns true if two freedoms can't be combined, because both set the same switch.
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

/// The error for a name that is not that of a freedom.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown freedom `{0}`; --list-freedoms shows them")]
pub struct UnknownFreedom(String);

impl FromStr for Freedom {
    type Err = UnknownFreedom;

    fn from_str(name: &str) -> Result<Self, UnknownFreedom> {
        Self::ALL.iter().copied().find(|it| it.name() == name).ok_or_else(|| UnknownFreedom(name.to_owned()))
    }
}
