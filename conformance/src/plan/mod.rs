//! From the contract, the world and a seed to cases: what is sent, to whom it belongs, and what it may cost.
//!
//! Checks plan their boundaries through [`planner::Planner`]; the generators of this room add combinations, fuzz, runs of
//! orders, metamorphic pairs and races. The same inputs give the same cases in the same order.

mod allowed;
mod body;
pub mod case;
pub mod combine;
pub mod draft;
pub mod fuzz;
pub mod key;
pub mod odd;
pub mod planner;
pub mod race;
pub mod relate;
pub mod render;
pub mod shop;
pub mod shrink;
#[cfg(test)]
mod tests;
mod title;
pub mod tway;
