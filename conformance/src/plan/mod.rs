//! Planning: turns the contract, what is known of the server (the environment) and a seed into cases. A case says what is
//! sent, by which accounts, and what it may cost.
//!
//! Checks plan their boundary cases through `planner::Planner::case`. The generators of this room add combinations,
//! fuzz, races and stories of several orders. The same inputs give the same cases in the same order.

pub(crate) mod allowed;
pub(crate) mod ask;
mod body;
pub(crate) mod builder;
pub mod case;
pub(crate) mod catalog;
pub(crate) mod combine;
pub mod defect;
pub(crate) mod door;
pub(crate) mod fuzz;
pub(crate) mod hostile;
pub mod key;
pub(crate) mod lacking;
mod meet;
pub(crate) mod near;
pub(crate) mod number;
pub(crate) mod order_draft;
pub(crate) mod other_numbers;
mod outgoing;
pub(crate) mod outlook;
pub(crate) mod planner;
mod proposal;
pub(crate) mod race;
pub(crate) mod reach;
pub(crate) mod render;
mod schedule;
mod sender;
mod sequence;
pub(crate) mod shrink;
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod title;
pub(crate) mod tway;
mod when;
pub(crate) mod why_not;
pub mod worth;
