//! From the contract, the world and a seed to cases: what is sent, to whom it belongs, and what it may cost.
//!
//! Checks plan their boundaries through [`planner::Planner::case`]; the generators of this room add combinations, fuzz and
//! races, and stories of several orders. The same inputs give the same cases in the same order.

pub(crate) mod allowed;
pub mod ask;
mod body;
pub mod builder;
pub mod case;
pub mod combine;
pub mod defect;
pub mod door;
pub mod draft;
pub mod fuzz;
pub mod key;
pub mod lacking;
mod meet;
pub mod near;
pub mod number;
pub mod odd;
pub mod outlook;
pub mod planner;
mod proposal;
pub mod race;
pub mod reach;
pub mod render;
mod schedule;
mod sender;
pub mod shop;
pub mod shrink;
pub mod story;
#[cfg(test)]
mod tests;
mod title;
pub mod tway;
pub mod why_not;
pub(crate) mod worth;
