//! What changed between two revisions of the contract, and whom it hurts.
//!
//! The comparison is of meaning, not of text: references are followed, so a change in a component is reported once, at
//! the component, with the operations and directions that it reaches. Each change is judged by one [`Rule`] of the
//! table; every rule names its mirror, the rule that judges the same change undone. Nothing that differs goes
//! unreported: what no rule knows is reported as `unjudged-changed`.

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

/// Every change from `base` to `new`, the worst first, then in the order of the files.
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

/// Ids of the requirements that the changes from `base` to `new` touch; mere wording of descriptions touches none.
#[must_use]
pub fn touched_requirements(base: &Revision, new: &Revision) -> BTreeSet<String> {
    compare(base, new)
        .into_iter()
        .filter(|change| !change.rule.is_wording())
        .flat_map(|change| change.requirements)
        .collect()
}
