//! Compares two revisions of the contract and says which clients each change affects.
//!
//! The comparison is of meaning, not of text: references are followed, so a change in a component is reported once, at
//! the component, with the operations and directions that it reaches. Each change is judged by one [`Rule`] of the
//! table; every rule names its mirror, the rule that judges the reverse change. Every difference is reported: a change
//! without a rule of its own is reported as `unjudged-changed`.

mod catalogue;
mod change;
mod decimal;
mod meaning;
mod pen;
mod revision;
pub mod rules;
mod schema;
mod show;
mod surface;
mod walk;

use std::collections::BTreeSet;

pub use change::{Change, Place};
pub use revision::{Document, Revision};
pub use rules::{Direction, Impact, Rule};

/// Returns every change from `base` to `new`, the worst first, then in the order of the files.
#[must_use]
pub fn compare(base: &Revision, new: &Revision) -> Vec<Change> {
    let mut walk = walk::Walk::new(base, new);
    walk.surface();
    walk.nodes();
    walk.unreached();
    walk.catalogue();
    let mut changes = walk.changes;
    changes.sort();
    changes.dedup();
    changes
}

/// Returns the ids of the requirements that the changes from `base` to `new` touch; changes of wording touch none.
#[must_use]
pub fn touched_requirements(base: &Revision, new: &Revision) -> BTreeSet<String> {
    compare(base, new)
        .into_iter()
        .filter(|change| !change.rule.is_wording())
        .flat_map(|change| change.requirements)
        .collect()
}
