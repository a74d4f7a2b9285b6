//! From a recorded history to verdicts: pure, no network, no clock.

pub mod facts;
pub mod json;
pub mod linear;
pub mod reading;
pub mod rule;
pub mod scene;
pub mod shape;
pub mod verdict;
pub mod wallet;
