//! The workers of a run: cases run side by side, and a case is tried again if its answer is lost, until all cases are
//! done or the server no longer answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use spec::OperationId;
use tokio::sync::mpsc;

use super::case::{CaseRunner, unsent};
use super::cut_short::CutShort;
use super::dispatch::Dispatcher;
use super::group::{Member, attempt_id};
use super::runner::Runner;
use super::silence::{is_silent, kinds};
use super::slots::Slot;
use super::turnstile::Turnstile;
use crate::exec::budget::{Admission, Lease};
use crate::exec::http::OutboundRequest;
use crate::history::{Answer, CaseRecord, Exchange, Transport};
use crate::plan::case::{Case, Outgoing};
use crate::secret::Redactor;

/// The number of tries of a case whose order's answer is lost, each with new actors.
const CASE_TRIES: usize = 4;

/// The time limit for the read that decides whether the server still answers at all.
const LAST_CHANCE: Duration = Duration::from_secs(10);

impl Runner {
    /// Carries out all cases, and sends each record to `done` when its case has ended.
    pub(crate) async fn run(self: &Arc<Self>, cases: Arc<Vec<Case>>, done: mpsc::Sender<CaseRecord>) {
        Dispatcher::new(self.clone(), cases, done).run().await;
    }

    /// Carries out several cases of one wallet that may run at once, or a single case.
    pub(super) async fn carry_out(
        &self,
        cases: &[Case],
        members: Vec<Member>,
        turnstile: &Turnstile,
        slot: &mut Slot,
        done: &mpsc::Sender<CaseRecord>,
    ) {
        let mut needed = Vec::new();
        for member in members {
            match self.leaves_out(&cases[member.at]) {
                // What was found since it was dispatched has made it unnecessary.
                Some(reason) => {
                    self.budget.close(member.lease);
                    _ = done.send(unsent(&cases[member.at], &CutShort::Certain(reason))).await;
                }
                None => needed.push(member),
            }
        }
        let mut members = needed;
        if self.stop.is_set() {
            members.into_iter().for_each(|it| self.budget.close(it.lease));
        } else if members.len() > 1 {
            self.group(cases, members, slot, done).await;
        } else if let Some(member) = members.pop() {
            self.tries(cases, member, Some(turnstile), done).await;
        }
    }

    /// Carries out a case, and does so again if an order's answer is lost.
    pub(super) async fn tries(
        &self,
        cases: &[Case],
        member: Member,
        turnstile: Option<&Turnstile>,
        done: &mpsc::Sender<CaseRecord>,
    ) {
        let Member { at, lease, attempt } = member;
        let case = &cases[at];
        let id = attempt_id(case, attempt);
        let record = CaseRunner::run(self, case, id, lease, turnstile.cloned()).await;
        self.ended(case, attempt, record, done).await;
    }

    /// Hands over the record of an attempt. If an order's answer was lost, tries again with new actors, which
    /// distinguishes a lossy network from a server that does not answer. A case on a fixed account is not repeated if
    /// the lost order may rightly have been charged.
    pub(super) async fn ended(
        &self,
        case: &Case,
        gone: usize,
        mut record: CaseRecord,
        done: &mpsc::Sender<CaseRecord>,
    ) {
        let refused = case.orders().all(Outgoing::is_refused);
        let may_have_paid = case.fixed().next().is_some() && !refused;
        for attempt in gone + 1..gone + CASE_TRIES {
            let (lost, silent) = self.lost(&record);
            if done.send(record).await.is_err() {
                return;
            }
            self.doubt().await;
            if !lost || may_have_paid || self.stop.is_set() {
                return;
            }
            if silent {
                // Each wait takes the whole time limit, so the remaining attempts are made at once.
                let rest = (attempt..gone + CASE_TRIES)
                    .filter_map(|attempt| Some(self.attempt(case, attempt, self.admitted(case)?)));
                for record in futures::future::join_all(rest).await {
                    if done.send(record).await.is_err() {
                        return;
                    }
                }
                return self.doubt().await;
            }
            let Some(lease) = self.admitted(case) else { return };
            record = self.attempt(case, attempt, lease).await;
        }
        if done.send(record).await.is_ok() {
            self.doubt().await;
        }
    }

    /// Reserves what a case may cost; `None` if there is no room for it right now.
    pub(super) fn admitted(&self, case: &Case) -> Option<Lease> {
        match self.budget.admit(case.cost) {
            Admission::Granted(lease) => Some(lease),
            _ => None,
        }
    }

    async fn attempt(&self, case: &Case, attempt: usize, lease: Lease) -> CaseRecord {
        CaseRunner::run(self, case, attempt_id(case, attempt), lease, None).await
    }

    /// Returns whether an order's answer was lost and another try is worthwhile, and whether it was lost by a
    /// timeout.
    fn lost(&self, record: &CaseRecord) -> (bool, bool) {
        let orders = record.exchanges.iter().filter(|it| {
            it.operation == OperationId::BuyBulk && it.batch.is_none() && matches!(it.answer, Answer::Lost(_))
        });
        let kinds_of = |it: &Exchange| kinds(&self.contract, it.operation, &it.request);
        let mut worth_it = orders.filter(|it| self.silence.check(&kinds_of(it)).is_ok()).peekable();
        (worth_it.peek().is_some(), worth_it.any(|it| is_silent(&it.answer)))
    }

    /// After a few requests without an answer, sends fewer at once. After many consecutive ones, sends a read that costs
    /// nothing. If that is not answered either, the run ends.
    async fn doubt(&self) {
        if self.silence.is_crowded() {
            self.slots.halve();
        }
        let Some(unanswered) = self.silence.doubtful() else { return };
        let spec = self.contract.operation(OperationId::Profile);
        let request = OutboundRequest {
            method: &spec.method,
            url: &self.client.url(&spec.path),
            headers: &[],
            key: None,
            body: b"",
            transport: Transport::Plain,
        };
        let redactor = Redactor::new([]);
        let asking = tokio::time::timeout(LAST_CHANCE, self.client.ask(&request, &redactor));
        // A run that is stopped meanwhile ends for another reason.
        let Some(answer) = self.stop.unless_set(asking).await else { return };
        if !matches!(answer, Ok(Ok(_))) {
            self.gone.store(unanswered, Ordering::Relaxed);
            self.stop.set();
        }
    }

    /// Carries out one case, if there is room for it under the cap.
    pub(crate) async fn case(&self, case: &Case) -> CaseRecord {
        match self.admitted(case) {
            Some(lease) => CaseRunner::run(self, case, case.id.clone(), lease, None).await,
            None => self.left_out(case),
        }
    }

    /// Returns the record of a case that does not fit under the cap.
    pub(super) fn left_out(&self, case: &Case) -> CaseRecord {
        self.budget.left_out();
        unsent(case, &CutShort::Cap)
    }
}
