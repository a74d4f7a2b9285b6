//! Judging clients, the mirror image of a run: a partner's program is started once for each scenario, each time with a
//! sandbox of its own behind a way that can be disturbed; what it sent and how it ended is recorded, and the record is
//! judged by the rules of `spec/client-requirements.yaml`.
//!
//! A scenario goes through this room in the order of its files: `scenario.rs` and `catalogue.rs` (what may happen), `stage.rs`
//! and `serve/` (the server), `start.rs` (the program), `history.rs` (what is recorded), `judge/` (pure), `report/`.

pub mod catalogue;
pub(crate) mod end;
pub mod error;
pub mod history;
pub mod judge;
pub(crate) mod liberties;
pub mod report;
pub mod scenario;
pub mod serve;
pub mod session;
pub(crate) mod stage;
pub(crate) mod start;
pub mod task;
