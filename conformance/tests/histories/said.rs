//! Judges a history and compares the result with what is expected.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use conformance::checks;
use conformance::judge::case::Judge;
use conformance::judge::summary;
use conformance::judge::verdict::{Finding, FindingGroup, Judgement, Outcome, Verdict};

use crate::catalog::contract;
use crate::stage::Stage;

fn judge() -> &'static Judge<'static> {
    static JUDGE: LazyLock<Judge<'static>> = LazyLock::new(|| checks::judge(contract()).unwrap());
    &JUDGE
}

impl Stage {
    pub(crate) fn judge(&self) -> Said {
        Said(summary::judge(judge(), &self.header, &self.cases, &self.footer, &self.unplanned))
    }
}

/// The judgement of a history.
#[derive(Debug)]
pub(crate) struct Said(pub(crate) Judgement);

impl Said {
    fn of(&self, outcome: Outcome) -> BTreeSet<&str> {
        let all = self.0.requirements.iter().filter(|it| it.outcome == outcome);
        all.map(|it| it.id.as_str()).collect()
    }

    fn told(&self) -> String {
        let line = |it: &FindingGroup| {
            let Finding { candidates, cause, summary, actual, detail, case, .. } = &it.example;
            format!(
                "{} {candidates:?} ({cause}): {summary}; {actual} in {case} {detail:#?}\n",
                it.requirement
            )
        };
        self.0.findings.iter().map(line).collect()
    }

    fn outcome(&self, id: &str) -> Outcome {
        self.0.requirements.iter().find(|it| it.id == id).unwrap_or_else(|| panic!("no {id}")).outcome
    }

    /// Asserts that exactly these requirements fail, and that there are no warnings.
    #[track_caller]
    pub(crate) fn fails(&self, ids: &[&str]) -> &Self {
        let wanted: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(self.of(Outcome::Fail), wanted, "{}", self.told());
        assert!(self.of(Outcome::Warning).is_empty(), "{}", self.told());
        assert_eq!(self.0.verdict == Verdict::NotConformant, !ids.is_empty());
        self
    }

    /// Asserts that nothing fails, and that exactly these requirements have warnings.
    #[track_caller]
    pub(crate) fn warns(&self, ids: &[&str]) -> &Self {
        assert!(self.of(Outcome::Fail).is_empty(), "{}", self.told());
        assert_eq!(self.of(Outcome::Warning), ids.iter().copied().collect(), "{}", self.told());
        self
    }

    /// Asserts that exactly these requirements pass.
    #[track_caller]
    pub(crate) fn passes(&self, ids: &[&str]) -> &Self {
        assert_eq!(self.of(Outcome::Pass), ids.iter().copied().collect());
        self
    }

    /// Asserts that these requirements pass; others may too.
    #[track_caller]
    pub(crate) fn shows(&self, ids: &[&str]) -> &Self {
        ids.iter().for_each(|id| assert_eq!(self.outcome(id), Outcome::Pass, "{id}"));
        self
    }

    /// Asserts that these requirements were not exercised, so that they don't pass either.
    #[track_caller]
    pub(crate) fn says_nothing_of(&self, ids: &[&str]) -> &Self {
        ids.iter().for_each(|id| assert_eq!(self.outcome(id), Outcome::NotExercised, "{id}"));
        self
    }

    #[track_caller]
    pub(crate) fn is_inconclusive_on(&self, ids: &[&str]) -> &Self {
        assert_eq!(self.of(Outcome::Inconclusive), ids.iter().copied().collect(), "{}", self.told());
        self
    }

    /// Asserts that a finding of this requirement has this cause.
    #[track_caller]
    pub(crate) fn because(&self, id: &str, cause: &str) -> &Self {
        let causes: Vec<String> = self
            .0
            .findings
            .iter()
            .filter(|it| it.requirement == id)
            .map(|it| it.example.cause.to_string())
            .collect();
        assert!(causes.iter().any(|it| it == cause), "{id}: {causes:?}");
        self
    }

    /// Asserts the total number of findings.
    #[track_caller]
    pub(crate) fn in_findings(&self, count: usize) -> &Self {
        assert_eq!(self.0.findings.len(), count, "{}", self.told());
        self
    }

    /// Asserts the observed choices of an ambiguity, each with its count.
    #[track_caller]
    pub(crate) fn observes(&self, id: &str, choices: &[(&str, u64)]) -> &Self {
        let seen = &self.0.ambiguities.iter().find(|it| it.id == id).unwrap().choices;
        let seen: Vec<(&str, u64)> = seen.iter().map(|(it, times, _)| (it.as_str(), *times)).collect();
        assert_eq!(seen, choices, "{id}");
        self
    }
}
