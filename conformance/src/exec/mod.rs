//! The only room that touches the network: connections, provider states, discovery, the budget and the workers.

pub mod budget;
pub mod client;
pub mod discover;
pub mod flood;
pub mod http;
mod pace;
pub mod patience;
mod revoke;
pub mod run;
pub mod states;
pub mod stop;
mod teardown;
