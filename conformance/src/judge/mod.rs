//! Turns a recorded history into a verdict. It is pure: it uses no network and no clock.
//!
//! `scene` reads a case, `case` applies every check to it, `whole` covers what only the whole run shows, and `summary`
//! combines all of it into one judgement.

pub(crate) mod again;
mod attribution;
pub mod case;
pub(crate) mod feature;
pub(crate) mod findings;
mod folding;
mod grouping;
mod guard;
pub mod judged;
mod ledger;
pub(crate) mod linear;
pub(crate) mod listed;
pub(crate) mod lookups;
pub(crate) mod networks;
mod open_questions;
mod outcomes;
pub(crate) mod part;
mod place;
pub(crate) mod refunds;
pub(crate) mod scene;
pub(crate) mod shape;
pub mod summary;
pub mod verdict;
pub(crate) mod ways;
pub(crate) mod whole;
