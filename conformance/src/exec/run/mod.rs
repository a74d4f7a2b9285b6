//! Carrying out cases: a pool of workers, each case its own actors, every exchange recorded, no purchase sent twice.

mod balances;
mod case;
mod cut_short;
mod evidence;
mod found;
mod orders;
mod presence;
mod provision;
mod reads;
mod runner;
mod silence;
mod workers;

pub use self::runner::{Options, Runner};
