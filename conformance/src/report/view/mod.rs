//! Everything that a report says, gathered once: formats only lay it out.
//!
//! Each text that came from outside has been made [`visible`](super::text::visible), so that no format can forget to.

mod finding;
mod group;
mod names;
mod place;
mod question;
mod report;
mod world;

pub use self::finding::{ExampleView, ExpectedView, FindingView, finding_id, replay};
pub use self::group::{GroupView, RequirementView};
pub use self::names::{
    OUTCOMES, end_name, money_rows, money_sentence, outcome_name, tier_name, timestamp, verdict_name,
};
pub use self::place::Place;
pub use self::question::{AmbiguityView, PrecedenceView};
pub use self::report::{FORMAT, RunView, View};
pub use self::world::WorldView;
