//! Judging one case or a whole run: every check looks at it, and their marks are collected.

use spec::Contract;

use super::findings::Findings;
use super::guard::guarded;
use super::scene::Scene;
use super::shape::{ShapeError, Shapes};
use super::verdict::Marks;
use super::whole::{RunJudge, Whole};
use crate::history::{CaseRecord, Environment};
use crate::order::rule::Rule;

/// The name of a check and the function with which it judges a case.
pub(crate) type CaseJudge = (&'static str, fn(&Scene<'_>, &mut Findings<'_>));

/// Judges the cases and runs of one contract.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The contract.
    pub(crate) contract: &'a Contract,
    shapes: Shapes,
    rules: Vec<&'static Rule>,
    checks: Vec<CaseJudge>,
    of_runs: Vec<RunJudge>,
}

impl<'a> Judge<'a> {
    /// Prepares a judge for a contract, with the rules and the judging functions of the checks.
    ///
    /// # Errors
    /// Returns an error if one of the contract's schemas can't be compiled.
    pub(crate) fn new(
        contract: &'a Contract,
        rules: Vec<&'static Rule>,
        checks: Vec<CaseJudge>,
        of_runs: Vec<RunJudge>,
    ) -> Result<Self, ShapeError> {
        Ok(Self { contract, shapes: Shapes::of(contract)?, rules, checks, of_runs })
    }

    /// Returns a case in the form in which the checks see it.
    #[must_use]
    pub(crate) fn scene<'c>(&'c self, environment: &'c Environment, case: &'c CaseRecord) -> Scene<'c> {
        Scene::of(self.contract, environment, case, &self.rules)
    }

    /// Returns what every check says about one case. A check that panics is recorded in `broken`, and the others go on.
    #[must_use]
    pub(crate) fn marks(&self, scene: &Scene<'_>) -> Marks {
        let mut findings = Findings::new(&self.shapes, scene.case);
        for (name, judge) in &self.checks {
            if let Err(panicked) = guarded(|| judge(scene, &mut findings)) {
                findings.marks.broken.push(format!("the check {name} broke down: {panicked}"));
            }
        }
        findings.marks
    }

    /// Returns what every check says about the run as a whole. A check that panics is recorded in `broken`, and the
    /// others go on.
    #[must_use]
    pub(crate) fn whole(&self, run: &Whole<'_>) -> Marks {
        let mut marks = Marks::default();
        for (name, judge) in &self.of_runs {
            let mut own = Marks::default();
            match guarded(|| judge(run, &mut own)) {
                Ok(()) => marks.append(own),
                Err(panicked) => marks.broken.push(format!("the check {name} broke down: {panicked}")),
            }
        }
        marks
    }
}
