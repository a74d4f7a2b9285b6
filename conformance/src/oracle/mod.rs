//! From a recorded history to verdicts: pure, no network, no clock.

pub mod linear;
pub mod verdict;
