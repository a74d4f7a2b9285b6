//! Decides which case runs when: in the order of the plan as far as money is concerned, and side by side if no wallet
//! is shared.
//!
//! Amounts are reserved under the cap in the order of the plan, so that what it leaves out does not depend on which
//! answer arrives first. Cases that share a wallet run one after the other; of those that a conforming server
//! refuses, several run at once between two readings of the wallet (`group`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::case::unsent;
use super::cut_short::CutShort;
use super::group::{Member, lane};
use super::runner::Runner;
use super::slots::Slot;
use super::turnstile::Turnstile;
use crate::exec::budget::{Admission, Lease};
use crate::history::CaseRecord;
use crate::plan::case::Case;

/// The highest number of cases that are in progress or wait for their wallet.
const WINDOW: usize = 1024;

/// Sends the cases of a plan.
pub(super) struct Dispatcher {
    runner: Arc<Runner>,
    cases: Arc<Vec<Case>>,
    done: mpsc::Sender<CaseRecord>,
    /// By wallet, whether the last case that was dispatched for it lets the next one start.
    lanes: BTreeMap<usize, watch::Receiver<bool>>,
    /// By wallet and account, the cases that will run at once.
    gathered: BTreeMap<(usize, usize), Vec<Member>>,
    /// The cases that wait until the server has shown what it charges.
    untried: Vec<usize>,
    running: JoinSet<()>,
}

impl Dispatcher {
    pub(super) fn new(runner: Arc<Runner>, cases: Arc<Vec<Case>>, done: mpsc::Sender<CaseRecord>) -> Self {
        Self {
            runner,
            cases,
            done,
            lanes: BTreeMap::new(),
            gathered: BTreeMap::new(),
            untried: Vec::new(),
            running: JoinSet::new(),
        }
    }

    /// Carries out all cases.
    pub(super) async fn run(mut self) {
        for at in 0..self.cases.len() {
            if self.runner.stop.is_set() {
                break;
            }
            let buys = self.cases[at].cost.purchases > 0;
            let untried = self.runner.budget.is_untried();
            self.dispatch(at).await;
            if buys && (untried || !self.untried.is_empty()) {
                // What this order is charged decides how much is reserved for the cases that follow.
                self.settle().await;
                for at in std::mem::take(&mut self.untried) {
                    self.dispatch(at).await;
                }
            }
        }
        self.settle().await;
        for at in std::mem::take(&mut self.untried) {
            self.leave_out(self.runner.left_out(&self.cases[at])).await;
        }
    }

    /// Waits until no case is in progress.
    async fn settle(&mut self) {
        self.flush_all().await;
        while self.running.join_next().await.is_some() {}
    }

    async fn dispatch(&mut self, at: usize) {
        let cases = self.cases.clone();
        let case = &cases[at];
        if let Some(reason) = self.runner.leaves_out(case) {
            return self.leave_out(unsent(case, &CutShort::Certain(reason))).await;
        }
        if self.waits_for_others(at) {
            return self.untried.push(at);
        }
        let Some(lease) = self.admit(at).await else { return };
        while self.running.len() >= WINDOW {
            self.flush_all().await;
            self.running.join_next().await;
        }
        while self.running.try_join_next().is_some() {}
        match lane(case, &self.runner.environment) {
            Some(lane) => self.gather(lane, Member { at, lease, attempt: 1 }).await,
            None => self.alone(Member { at, lease, attempt: 1 }).await,
        }
    }

    /// Returns true if a case needs a wallet that cases which still wait are to empty.
    fn waits_for_others(&self, at: usize) -> bool {
        let own = self.wallets(at);
        let meets = |other: &usize| !own.is_disjoint(&self.wallets(*other));
        self.cases[at].needs_an_empty_wallet() && self.untried.iter().any(meets)
    }

    /// Reserves what a case may cost, once that is possible; `None` if the case has to be deferred or is left out.
    async fn admit(&mut self, at: usize) -> Option<Lease> {
        let cost = self.cases[at].cost;
        loop {
            match self.runner.budget.admit(cost) {
                Admission::Granted(lease) => return Some(lease),
                Admission::Later => self.make_room().await,
                Admission::Untried => {
                    self.untried.push(at);
                    return None;
                }
                Admission::Unpriced => {
                    self.leave_out(unsent(&self.cases[at], &CutShort::Unpriced)).await;
                    return None;
                }
                Admission::Never => {
                    self.leave_out(self.runner.left_out(&self.cases[at])).await;
                    return None;
                }
            }
        }
    }

    /// Waits until something may have been released of what is reserved. Cases that were gathered for a wallet that is in
    /// use stay together until it is free, so that more of them join the group meanwhile.
    async fn make_room(&mut self) {
        self.flush_idle().await;
        if self.running.is_empty() {
            self.flush_all().await;
        }
        let runner = self.runner.clone();
        tokio::select! {
            () = runner.budget.freed() => {}
            // The end of a case frees its wallet, for which others may have been gathered.
            Some(_) = self.running.join_next() => {}
        }
    }

    /// Hands over the record of a case that was not sent.
    async fn leave_out(&self, record: CaseRecord) {
        // The receiver is closed only if the run has ended.
        _ = self.done.send(record).await;
    }

    /// Keeps a case for the next group of its account.
    async fn gather(&mut self, lane: (usize, usize), member: Member) {
        let group = self.gathered.entry(lane).or_default();
        group.push(member);
        if group.len() >= largest_group(self.runner.options.concurrency) {
            self.flush(|it| it == lane).await;
        }
    }

    /// Starts the cases that were gathered for some lanes.
    async fn flush(&mut self, wanted: impl Fn((usize, usize)) -> bool) {
        let lanes: Vec<(usize, usize)> = self.gathered.keys().copied().filter(|it| wanted(*it)).collect();
        for lane in lanes {
            if let Some(group) = self.gathered.remove(&lane) {
                self.start(group).await;
            }
        }
    }

    async fn flush_all(&mut self) {
        self.flush(|_| true).await;
    }

    /// Starts the cases that were gathered for wallets which no other case uses.
    async fn flush_idle(&mut self) {
        let in_use = self.lanes.iter().filter(|(_, open)| !*open.borrow()).map(|(wallet, _)| *wallet);
        let in_use: BTreeSet<usize> = in_use.collect();
        self.flush(|(wallet, _)| !in_use.contains(&wallet)).await;
    }

    /// Starts a case that runs by itself, after those that were gathered for its wallets.
    async fn alone(&mut self, member: Member) {
        let wallets = self.wallets(member.at);
        self.flush(|(wallet, _)| wallets.contains(&wallet)).await;
        self.start(vec![member]).await;
    }

    /// Returns the wallets that a case touches, each as the index of the first account that spends from it.
    fn wallets(&self, at: usize) -> BTreeSet<usize> {
        self.cases[at].fixed().map(|account| self.runner.environment.wallet(account)).collect()
    }

    /// Carries out cases once the earlier ones on the same wallets are done.
    async fn start(&mut self, members: Vec<Member>) {
        let (turnstile, end) = Turnstile::closed();
        let wallets: BTreeSet<usize> = members.iter().flat_map(|it| self.wallets(it.at)).collect();
        let before: Vec<watch::Receiver<bool>> =
            wallets.into_iter().filter_map(|wallet| self.lanes.insert(wallet, end.clone())).collect();
        let (runner, cases, done) = (self.runner.clone(), self.cases.clone(), self.done.clone());
        // Cases that wait for no other start in the order of the plan.
        let mut slot = if before.is_empty() { self.runner.slots.one().await } else { Slot::default() };
        self.running.spawn(async move {
            for mut earlier in before {
                // An error means that the earlier case ended without opening its turnstile, which has the same
                // effect.
                _ = earlier.wait_for(|open| *open).await;
            }
            runner.slots.hold(&mut slot).await;
            runner.carry_out(&cases, members, &turnstile, &mut slot, &done).await;
            drop(slot);
            turnstile.open();
        });
        if self.runner.options.concurrency <= 1 {
            // With one case at a time, failures do not depend on timing.
            while self.running.join_next().await.is_some() {}
        }
    }
}

/// Returns the highest number of cases in a group: twice as many as may run at once, since the readings around it take as
/// long for few cases as for many.
const fn largest_group(at_once: usize) -> usize {
    if at_once > 1 { at_once * 2 } else { 1 }
}
