//! The recorded run: what was sent and what was received. Nothing else is judged.
//!
//! A history is a header, a record for each case and a footer, written as one JSON document per line. While a run
//! goes on, `journal` writes it piece by piece, each order before it is sent, so that nothing is lost if the process
//! ends. A history holds no secrets: API keys never enter it, and answers are masked when they are recorded. Judging
//! a history again needs no network.

mod bytes;
mod case;
mod environment;
pub(crate) mod journal;
pub(crate) mod line;
mod pieces;
pub mod recorded;
mod run;
pub(crate) mod store;
mod trace;

pub use self::bytes::Bytes;
pub use self::case::*;
pub use self::environment::*;
pub(crate) use self::journal::Journal;
pub use self::line::Line;
pub use self::recorded::History;
pub use self::run::*;
pub use self::trace::Trace;
pub(crate) use self::trace::{CASE_HEADER, TRACE_HEADER};
