//! Carrying out cases: a pool of workers, each case its own actors, every exchange recorded, no purchase sent twice.
//! What the cases share stands in `runner`, so that a case knows nothing of the workers that carry it out.

mod asks;
mod balances;
mod case;
mod certain;
mod cut_short;
mod dispatch;
mod evidence;
mod found;
mod group;
mod last_reading;
mod orders;
mod presence;
mod provision;
mod reads;
mod runner;
mod silence;
mod slots;
mod throttle;
mod turnstile;
mod unsettled;
mod workers;
mod written;

pub use self::runner::{Options, Runner};
