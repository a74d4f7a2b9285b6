//! The only room that uses the network as a client: connections, provider states, discovery, the budget and the
//! workers.

pub(crate) mod absence;
pub(crate) mod budget;
pub(crate) mod client;
pub(crate) mod discover;
pub(crate) mod http;
mod pace;
pub(crate) mod patience;
mod revoke;
pub(crate) mod run;
pub(crate) mod states;
pub(crate) mod stop;
mod teardown;
