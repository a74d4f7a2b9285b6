//! Judges clients, the counterpart of judging servers. A partner's program is started once for each scenario, each time
//! with a sandbox of its own behind a front that can disturb the connection. Its requests and its exit are recorded,
//! and the recording is judged by the rules of `spec/client-requirements.yaml`.
//!
//! The modules in the order in which a scenario uses them: `scenario.rs` and `catalogue.rs` (what may happen),
//! `stage.rs` and `serve/` (the server), `start.rs` (the program), `history.rs` (the recording), `judge/` (pure),
//! `report/`. `several.rs` judges many clients side by side.

pub(crate) mod catalogue;
pub(crate) mod end;
pub(crate) mod error;
pub(crate) mod history;
pub(crate) mod judge;
pub(crate) mod liberties;
pub(crate) mod report;
mod rules;
pub(crate) mod scenario;
pub(crate) mod serve;
pub(crate) mod session;
mod several;
pub(crate) mod stage;
pub(crate) mod start;
pub(crate) mod task;

pub use self::error::ClientError;
pub use self::judge::Finding;
pub use self::rules::rules;
pub use self::several::{Client, Jobs, Played, judge_several};
pub use self::task::TaskKind;
