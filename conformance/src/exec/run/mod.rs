//! Carries out the cases of a plan with a pool of workers. Each case has its own actors, every exchange is recorded,
//! and no purchase is sent twice. What the cases share is in `runner`, so that `case` does not depend on the workers.

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
mod late_refund;
mod orders;
mod placed;
mod prepare;
mod prepared;
mod presence;
mod provision;
mod reads;
mod runner;
mod served;
mod silence;
mod slots;
mod throttle;
mod turnstile;
mod unsettled;
mod workers;
mod written;

pub(crate) use self::runner::Options;
pub(crate) use self::runner::{Runner, SETTLE};
