//! Shrinking: sends smaller forms of failing cases, to find the smallest that still fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::bounds;
use crate::checks;
use crate::exec::run::Runner;
use crate::history::line::Renamed;
use crate::history::{CaseRecord, Header, Journal, Line, SMALLER, STEP};
use crate::judge::case::Judge;
use crate::judge::judged::{Judged, Panicked};
use crate::judge::verdict::{Cause, Finding, Marks};
use crate::plan::builder::Watch;
use crate::plan::case::{Case, Step};
use crate::plan::fuzz::{self, Tree};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use crate::plan::render::Numbers;
use crate::plan::shrink;

/// Shrinking stops after this long.
const LONGEST: Duration = Duration::from_secs(4);

/// The simplest example of each cause, among the cases that can be shrunk.
#[derive(Debug)]
pub(crate) struct Examples {
    cases: Arc<Vec<Case>>,
    by_cause: BTreeMap<(String, Cause), (u64, Vec<String>)>,
}

impl Examples {
    /// Returns an empty collection for these cases.
    #[must_use]
    pub(crate) fn new(cases: Arc<Vec<Case>>) -> Self {
        Self { cases, by_cause: BTreeMap::new() }
    }

    /// Returns the case with this index, if it can be shrunk.
    fn case(&self, index: u64) -> Option<&Case> {
        self.cases.iter().find(|case| case.index == index && case.draft.is_some())
    }

    /// Takes note of what was found in a case.
    pub(crate) fn note(&mut self, record: &CaseRecord, marks: &Result<Marks, Panicked>) {
        let Ok(marks) = marks else { return };
        let findings: Vec<&Finding> = marks.findings.iter().filter(|it| !it.warning).collect();
        if findings.is_empty() || self.case(record.index).is_none() {
            return;
        }
        for finding in findings {
            let requirement = finding.candidates.first().cloned().unwrap_or_default();
            let example = (record.index, finding.candidates.clone());
            // Boundary cases come first in a plan and have a single defect, so the earliest case is the simplest.
            let cause = (requirement, finding.cause.clone());
            let of_it = self.by_cause.keys().filter(|(id, _)| *id == cause.0).count();
            if of_it >= bounds::CAUSES && !self.by_cause.contains_key(&cause) {
                continue;
            }
            let known = self.by_cause.entry(cause).or_insert_with(|| example.clone());
            if example.0 < known.0 {
                *known = example;
            }
        }
    }
}

/// What is needed to send and judge smaller forms, and the time at which shrinking stops.
struct Means<'a> {
    handle: &'a Handle,
    judge: &'a Judge<'a>,
    until: Instant,
}

/// What is needed to shrink the failing cases of a run.
#[derive(Debug)]
pub(crate) struct Shrinker {
    /// The runner, which sends the smaller forms.
    pub runner: Arc<Runner>,
    /// The header of the run.
    pub header: Header,
    /// Recipients' numbers that no case has used.
    pub numbers: Numbers,
    /// The time after which nothing is sent.
    pub until: Option<Instant>,
}

impl Shrinker {
    /// Shrinks one example of each cause and returns everything that was sent for it. The smallest forms that still
    /// fail are cases; the forms on the way there only account for money. Each cause costs up to
    /// [`shrink::MOST_STEPS`] orders of throw-away accounts. On fixed accounts, only orders that a conforming server
    /// refuses are sent.
    pub(crate) async fn shrink(self, examples: Examples, journal: &Journal) -> Vec<(CaseRecord, Judged)> {
        if examples.by_cause.is_empty() {
            return Vec::new();
        }
        let (handle, journal) = (Handle::current(), journal.clone());
        // The trees can't be sent between threads, so all the work is done on one blocking thread.
        let work = tokio::task::spawn_blocking(move || self.all(&handle, &examples, &journal));
        work.await.unwrap_or_default()
    }

    fn all(mut self, handle: &Handle, examples: &Examples, journal: &Journal) -> Vec<(CaseRecord, Judged)> {
        let contract = self.runner.contract.clone();
        let Ok(judge) = checks::judge(&contract) else { return Vec::new() };
        let longest = Instant::now() + LONGEST;
        let until = self.until.map_or(longest, |it| it.min(longest));
        let means = Means { handle, judge: &judge, until };
        let mut sent: Vec<CaseRecord> = Vec::new();
        for ((_, cause), (index, candidates)) in &examples.by_cause {
            let Some(case) = examples.case(*index) else { continue };
            let small = format!("{}{SMALLER}", case.id);
            let found = self.one(&means, case, &Sought { cause, candidates }, &mut sent);
            // If several causes belong to one case, the smallest form for the first cause represents it.
            if let Some(at) = found.filter(|_| sent.iter().all(|it| it.id != small)) {
                let from = std::mem::replace(&mut sent[at].id, small.clone());
                // If this can't be written, the journal keeps it as one of the forms on the way.
                _ = journal.write(|| Line::Renamed(Renamed { from, to: small }));
            }
        }
        let judged = |record: CaseRecord| {
            let said = Judged::of(&judge, &self.header.environment, &record);
            (record, said)
        };
        sent.into_iter().map(judged).collect()
    }

    /// Sends smaller forms of a case as long as they fail for the same cause, and returns the index of the smallest
    /// in `sent`.
    fn one(
        &mut self,
        means: &Means<'_>,
        case: &Case,
        sought: &Sought<'_>,
        sent: &mut Vec<CaseRecord>,
    ) -> Option<usize> {
        let runner = self.runner.clone();
        let everything = case.steps.iter().any(|step| matches!(step, Step::List { .. }));
        let watch = if everything { Watch::Everything } else { Watch::Wallet };
        let mut planner = Planner::new(
            &runner.contract,
            &runner.environment,
            checks::rules(),
            self.header.tier,
            self.header.seed,
        );
        planner.numbers = self.numbers.clone();
        planner.origin = case.origin;
        let tree = tree(&planner, case)?;
        let free = !planner.has_states();
        let mut smallest = None;
        let fails = |draft: &OrderDraft| {
            if Instant::now() > means.until || runner.stop.is_set() {
                return false;
            }
            let small = planner.case("small").serves(&case.serves).order(draft).watch(watch);
            if small.only_refused(free).try_add().is_err() {
                return false;
            }
            planner.schedule();
            let Some(mut form) = planner.cases.pop() else { return false };
            form.index = case.index;
            form.id = format!("{}{STEP}{}", case.id, sent.len() + 1);
            form.title = format!("made smaller: {}", form.title);
            let record = means.handle.block_on(runner.case(&form));
            let said = Judged::whole(means.judge, &self.header.environment, &record);
            sent.push(record);
            let failed = said.marks.as_ref().is_ok_and(|it| it.findings.iter().any(|it| sought.is(it)));
            if failed {
                smallest = Some(sent.len() - 1);
            }
            failed
        };
        let found = shrink::smallest(tree, fails);
        self.numbers = planner.numbers;
        found.and(smallest)
    }
}

/// What a smaller form must still show.
struct Sought<'a> {
    cause: &'a Cause,
    candidates: &'a [String],
}

impl Sought<'_> {
    fn is(&self, it: &Finding) -> bool {
        it.cause == *self.cause && !it.warning && it.candidates.iter().any(|id| self.candidates.contains(id))
    }
}

/// Returns the tree of a case's draft: the one that a fuzz case was drawn from, or one built around the draft.
fn tree(planner: &Planner<'_>, case: &Case) -> Option<Tree> {
    let draft = case.draft.as_ref()?;
    let number = case.id.strip_prefix("fuzz/").and_then(|number| number.parse().ok());
    let drawn = number.and_then(|number| fuzz::Space::of(planner)?.tree(planner.seed, number));
    let plain = planner.buyers().into_iter().next().unwrap_or_else(|| draft.role.clone());
    drawn
        .filter(|tree| tree.current() == *draft)
        .or_else(|| shrink::around(draft, &plain, planner.contract.limits))
}
