//! The HTTP layer, which knows nothing of orders: connections, heads, bodies, routes, codings.

pub(crate) mod accept;
pub(crate) mod call;
pub(crate) mod gzip;
pub(crate) mod limits;
pub(crate) mod listener;
pub(crate) mod negotiation;
pub(crate) mod routes;
pub(crate) mod tls;
pub(crate) mod wire;
