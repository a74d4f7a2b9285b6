//! What a check is: a record of what it cites, sends, refuses with and judges.

use crate::judge::findings::Bench;
use crate::judge::scene::Scene;
use crate::judge::verdict::Marks;
use crate::judge::whole::Whole;
use crate::order::rule::Rule;
use crate::plan::planner::Planner;

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its address: `count`.
    pub name: &'static str,
    /// Ids that it enforces or observes.
    pub cites: &'static [&'static str],
    /// Reasons to refuse an order that it knows.
    pub rules: &'static [Rule],
    /// What it sends; nothing, where other checks send what it judges.
    pub plan: Option<fn(&mut Planner<'_>)>,
    /// What it judges in a case, whoever planned it; nothing, where its rules say all.
    pub judge: Option<fn(&Scene<'_>, &mut Bench<'_>)>,
    /// What it judges in the run as a whole.
    pub judge_run: Option<fn(&Whole<'_>, &mut Marks)>,
}

impl Check {
    /// A check that does nothing yet: what a check does not name is as here.
    pub const NOTHING: Self =
        Self { name: "", cites: &[], rules: &[], plan: None, judge: None, judge_run: None };
}
