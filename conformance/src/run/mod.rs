//! A run from its options to its judgement: find out, plan, carry out, judge; and judging a recorded run again.

pub mod built_in_sandbox;
mod carry_out;
pub mod judge_again;
mod select;
pub mod session;
pub mod shrink;
