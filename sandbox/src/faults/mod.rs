//! The catalogue of planted faults, one room per group.

use std::fmt;

use crate::rules::Rules;

/// One thing that is wrong on purpose.
pub struct Fault {
    /// Its name on the command line.
    pub id: &'static str,
    /// The room that it stands in.
    pub group: &'static str,
    /// What is wrong, in one line.
    pub wrong: &'static str,
    /// Requirement ids that a tester may rightly report for it.
    pub breaks: &'static [&'static str],
    /// What is needed to see it.
    pub needs: &'static [Need],
    pub(crate) plant: fn(&mut Rules),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({})", self.id)
    }
}

/// What is needed to see a fault, beside a key that may buy and a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A key of this role.
    Role(&'static str),
}

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    [].into_iter()
}

/// The fault of a name.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}
