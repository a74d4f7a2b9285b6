//! One run from its options to its judgement: discovery, planning, execution and judging. Also judges a recorded run
//! again.

pub mod built_in_sandbox;
mod carry_out;
pub mod judge_again;
mod other_numbers;
mod own_numbers;
mod select;
pub mod session;
pub(crate) mod shrink;
mod told;
