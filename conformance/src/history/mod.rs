//! The recorded run: what was sent and what came back, which is the only thing that is judged.
//!
//! A history is a header, a record per case and a footer, one JSON document a line. While a run goes on, `journal` writes it
//! piece by piece, each order before it is sent, so that nothing is lost with the process. It holds no secret: keys never
//! enter it, and answers are masked on recording. Judging a history again needs no network.

mod bytes;
mod case;
pub mod journal;
pub mod line;
mod pieces;
pub mod recorded;
mod run;
pub mod store;
mod trace;
mod world;

pub use self::bytes::Bytes;
pub use self::case::*;
pub use self::journal::Journal;
pub use self::line::Line;
pub use self::recorded::History;
pub use self::run::*;
pub use self::trace::{CASE_HEADER, TRACE_HEADER, Trace};
pub use self::world::*;
