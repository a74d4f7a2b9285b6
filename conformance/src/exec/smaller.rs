//! Sending smaller forms of failing cases, to find the smallest that still fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::run::Runner;
use crate::history::{CaseRecord, Header};
use crate::judge::Judge;
use crate::oracle::verdict::Finding;
use crate::plan::case::{Case, Step};
use crate::plan::draft::Draft;
use crate::plan::fuzz::{self, Tree};
use crate::plan::planner::{Planner, Watch};
use crate::plan::render::Numbers;
use crate::plan::shrink;

/// Nothing more is made smaller after this long.
const LONGEST: Duration = Duration::from_secs(4);

/// For each cause the plainest example among the cases that can be made smaller.
#[derive(Debug, Default)]
pub struct Examples(BTreeMap<(String, String), (u64, Vec<String>)>);

impl Examples {
    /// Takes note of what was found in a case.
    pub fn note(&mut self, case: &Case, findings: &[Finding]) {
        if case.draft.is_none() {
            return;
        }
        for finding in findings.iter().filter(|it| !it.warning) {
            let requirement = finding.candidates.first().cloned().unwrap_or_default();
            let example = (case.index, finding.candidates.clone());
            // Boundaries stand first in a plan and have one defect: the earliest is the plainest.
            let known = self.0.entry((requirement, finding.cause.clone())).or_insert_with(|| example.clone());
            if example.0 < known.0 {
                *known = example;
            }
        }
    }
}

/// What it takes to send smaller forms.
#[derive(Debug)]
pub struct Shrinker {
    /// Sends.
    pub runner: Arc<Runner>,
    /// The run that it belongs to.
    pub header: Header,
    /// Numbers that no case has used.
    pub numbers: Numbers,
}

impl Shrinker {
    /// Makes one example of each cause smaller and gives the records of the smallest that still fail. Each costs up to
    /// [`shrink::MOST_STEPS`] orders of throw-away accounts; on fixed accounts only what a conforming server refuses.
    pub async fn shrink(self, cases: Arc<Vec<Case>>, examples: Examples) -> Vec<CaseRecord> {
        let handle = Handle::current();
        // The trees can't move between threads, so they stay on one of their own.
        let work = tokio::task::spawn_blocking(move || self.all(&handle, &cases, examples));
        work.await.unwrap_or_default()
    }

    fn all(mut self, handle: &Handle, cases: &[Case], examples: Examples) -> Vec<CaseRecord> {
        let contract = self.runner.contract.clone();
        let Ok(judge) = Judge::new(&contract) else { return Vec::new() };
        let by_index: BTreeMap<u64, &Case> = cases.iter().map(|case| (case.index, case)).collect();
        let until = Instant::now() + LONGEST;
        let mut small: BTreeMap<String, CaseRecord> = BTreeMap::new();
        for ((_, cause), (index, candidates)) in examples.0 {
            let Some(case) = by_index.get(&index) else { continue };
            if let Some(record) = self.one(handle, &judge, case, &cause, &candidates, until) {
                // Of several causes in one case the first one's smallest form stands for it.
                small.entry(record.id.clone()).or_insert(record);
            }
        }
        small.into_values().collect()
    }

    fn one(
        &mut self,
        handle: &Handle,
        judge: &Judge<'_>,
        case: &Case,
        cause: &str,
        candidates: &[String],
        until: Instant,
    ) -> Option<CaseRecord> {
        let runner = self.runner.clone();
        let everything = case.steps.iter().any(|step| matches!(step, Step::List { .. }));
        let watch = if everything { Watch::Everything } else { Watch::Wallet };
        let mut planner = Planner::new(&runner.contract, &runner.world, self.header.tier, self.header.seed);
        planner.only_refused = !planner.has_states();
        planner.numbers = self.numbers.clone();
        planner.origin = case.origin;
        let tree = tree(&planner, case)?;
        let mut smallest = None;
        let fails = |draft: &Draft| {
            if Instant::now() > until || runner.stop.load(Ordering::Relaxed) {
                return false;
            }
            if planner.try_order("small", &draft.title(), &case.serves, draft, watch).is_err() {
                return false;
            }
            let Some(mut form) = planner.cases.pop() else { return false };
            form.index = case.index;
            form.id = format!("{}{}", case.id, shrink::SUFFIX);
            form.title = format!("made smaller: {}", form.title);
            let record = handle.block_on(runner.case(&form));
            let marks = judge.case(&self.header.world, &record);
            let same = |it: &Finding| {
                it.cause == cause && !it.warning && it.candidates.iter().any(|id| candidates.contains(id))
            };
            let failed = marks.findings.iter().any(same);
            if failed {
                smallest = Some(record);
            }
            failed
        };
        let found = shrink::smallest(tree, fails);
        self.numbers = planner.numbers;
        found.and(smallest)
    }
}

/// The tree of a case's draft: the one that a fuzz case was drawn from, or one around the draft.
fn tree(planner: &Planner<'_>, case: &Case) -> Option<Tree> {
    let draft = case.draft.as_ref()?;
    let number = case.id.strip_prefix("fuzz/").and_then(|number| number.parse().ok());
    let drawn = number.and_then(|number| fuzz::Space::of(planner)?.tree(planner.seed, number));
    let plain = planner.buyers().into_iter().next().unwrap_or_else(|| draft.role.clone());
    drawn
        .filter(|tree| tree.current() == *draft)
        .or_else(|| shrink::around(draft, &plain, planner.contract.limits))
}
