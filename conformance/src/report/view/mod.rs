//! The view: everything that a report says, gathered once. The formats only lay it out.
//!
//! Each text that came from outside has been made `visible`, so that no format can forget it.

mod about;
mod environment;
mod finding;
mod group;
mod latency;
mod names;
mod next;
mod place;
mod question;
mod report;

pub(crate) use self::about::AtOnce;
pub(crate) use self::environment::sender;
pub use self::finding::finding_id;
pub(crate) use self::finding::{ExampleView, FindingView, NO_PAGE};
pub(crate) use self::group::{GroupView, RequirementView};
pub(crate) use self::latency::LatencyView;
pub(crate) use self::names::{
    OUTCOMES, SEVERITIES, end_name, money_rows, money_sentence, outcome_name, sent_sentence, timestamp,
    verdict_name,
};
pub(crate) use self::place::Place;
pub(crate) use self::report::FORMAT;
pub use self::report::View;
