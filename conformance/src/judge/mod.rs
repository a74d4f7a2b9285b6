//! From a recorded history to a verdict: pure, no network, no clock.
//!
//! `scene` reads a case, `case` lets every check look at it, `whole` looks at the run, and `summary` makes one
//! judgement of what they say.

mod attribution;
pub mod case;
pub(crate) mod feature;
pub mod findings;
mod folding;
mod grouping;
mod guard;
pub mod judged;
mod ledger;
pub(crate) mod linear;
mod networks;
mod open_questions;
mod outcomes;
pub(crate) mod part;
pub(crate) mod refunds;
pub mod scene;
pub mod shape;
pub mod summary;
pub mod verdict;
pub mod ways;
pub mod whole;
