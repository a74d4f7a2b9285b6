//! The workers of a run: cases side by side, each again where its answer gets lost, until all are done or nobody answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spec::OperationId;
use tokio::sync::mpsc;

use super::case::CaseRunner;
use super::runner::Runner;
use super::silence::{is_silent, kinds};
use crate::exec::http::OutboundRequest;
use crate::history::{Answer, CaseRecord, Exchange, Transport};
use crate::plan::case::{Actor, Case};
use crate::secret::Redactor;

/// Tries of a case whose order's answer gets lost, each with new actors.
const CASE_TRIES: usize = 4;

/// How long the server has to answer a reading, where it is in doubt whether it answers anything.
const LAST_CHANCE: Duration = Duration::from_secs(10);

impl Runner {
    /// Carries out all cases and gives each record as it is done. Cases on fixed accounts go one after the other, in
    /// order, since they share wallets; all others go side by side.
    pub async fn run(self: &Arc<Self>, cases: Arc<Vec<Case>>, done: mpsc::Sender<CaseRecord>) {
        let is_fixed = |case: &Case| case.actors.iter().any(|actor| matches!(actor, Actor::Fixed(_)));
        let (fixed, free): (Vec<usize>, Vec<usize>) = (0..cases.len()).partition(|at| is_fixed(&cases[*at]));
        let free = Arc::new(free);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..self.options.concurrency.max(1) {
            let (this, cases, free, next, done) =
                (self.clone(), cases.clone(), free.clone(), next.clone(), done.clone());
            workers.spawn(async move {
                while let Some(at) = free.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if this.stop.is_set() || !this.tries(&cases[*at], &done).await {
                        return;
                    }
                }
            });
        }
        while workers.join_next().await.is_some() {}
        for at in fixed {
            if self.stop.is_set() || !self.tries(&cases[at], &done).await {
                return;
            }
        }
    }

    /// A case, and again with new actors where an order's answer got lost: that tells a lossy network from a server
    /// that does not answer. Never again on a fixed account, whose money the lost order may have spent.
    async fn tries(&self, case: &Case, done: &mpsc::Sender<CaseRecord>) -> bool {
        let fixed = case.actors.iter().any(|actor| matches!(actor, Actor::Fixed(_)));
        for attempt in 1..=CASE_TRIES {
            let record = self.attempt(case, attempt).await;
            let (lost, silent) = self.lost(&record);
            if done.send(record).await.is_err() {
                return false;
            }
            self.doubt().await;
            if !lost || fixed || self.stop.is_set() {
                return true;
            }
            if silent {
                // Each wait takes the whole time limit: what is left to try goes at once.
                let rest = (attempt + 1..=CASE_TRIES).map(|attempt| self.attempt(case, attempt));
                for record in futures::future::join_all(rest).await {
                    if done.send(record).await.is_err() {
                        return false;
                    }
                }
                self.doubt().await;
                return true;
            }
        }
        true
    }

    async fn attempt(&self, case: &Case, attempt: usize) -> CaseRecord {
        let id = if attempt > 1 { format!("{}#{attempt}", case.id) } else { case.id.clone() };
        CaseRunner::run(self, case, id).await
    }

    /// Whether an order's answer got lost that is worth another try, and whether it stayed out until the time limit.
    fn lost(&self, record: &CaseRecord) -> (bool, bool) {
        let orders = record.exchanges.iter().filter(|it| {
            it.operation == OperationId::BuyBulk && it.wave.is_none() && matches!(it.answer, Answer::Lost(_))
        });
        let kinds_of = |it: &Exchange| kinds(&self.contract, it.operation, &it.request);
        let mut worth_it = orders.filter(|it| self.silence.check(&kinds_of(it)).is_ok()).peekable();
        (worth_it.peek().is_some(), worth_it.any(|it| is_silent(&it.answer)))
    }

    /// Where answers stay out one after the other, asks for something that costs nothing: without an answer to that, the
    /// run is over.
    async fn doubt(&self) {
        if !self.silence.is_doubtful() {
            return;
        }
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
        // A run that is stopped meanwhile is over for another reason.
        let Some(answer) = self.stop.unless_set(asking).await else { return };
        if !matches!(answer, Ok(Ok(_))) {
            self.gone.store(true, Ordering::Relaxed);
            self.stop.set();
        }
    }

    /// Carries out one case.
    pub async fn case(&self, case: &Case) -> CaseRecord {
        CaseRunner::run(self, case, case.id.clone()).await
    }
}
