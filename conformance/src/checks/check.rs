//! A check is a record of the ids that it cites, what it sends, when an order must be refused, and what it judges.

use crate::judge::findings::Findings;
use crate::judge::scene::Scene;
use crate::judge::verdict::Marks;
use crate::judge::whole::Whole;
use crate::order::rule::Rule;
use crate::plan::planner::Planner;

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The name, with which the ids of its cases begin: `count`.
    pub name: &'static str,
    /// The ids that it enforces or observes.
    pub cites: &'static [&'static str],
    /// Those of them that every order shows that is surely accepted, and around which the wallet is read.
    pub accepted: &'static [&'static str],
    /// The reasons to refuse an order that it knows.
    pub rules: &'static [Rule],
    /// Plans what it sends; `None` if other checks send what it judges.
    pub plan: Option<fn(&mut Planner<'_>)>,
    /// Judges a case, whichever check planned it; `None` if its rules suffice.
    pub judge: Option<fn(&Scene<'_>, &mut Findings<'_>)>,
    /// Judges the run as a whole.
    pub judge_run: Option<fn(&Whole<'_>, &mut Marks)>,
}

impl Check {
    /// A check that does nothing; it supplies the default of each field.
    pub const NOTHING: Self =
        Self { name: "", cites: &[], accepted: &[], rules: &[], plan: None, judge: None, judge_run: None };
}
