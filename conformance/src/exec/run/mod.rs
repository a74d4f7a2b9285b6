//! Carrying out cases: a pool of workers, each case its own actors, every exchange recorded, no purchase sent twice.

mod balances;
mod case;
mod cut_short;
mod evidence;
mod orders;
mod presence;
mod provision;
mod reads;
mod silence;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use spec::{Contract, OperationId, Pesewas};
use tokio::sync::{Mutex, mpsc};

use self::case::CaseRunner;
use self::silence::{Silence, is_silent, kinds};
use super::budget::Budget;
use super::client::Client;
use super::http::OutboundRequest;
use super::states::States;
use crate::history::{Answer, CaseRecord, Exchange, Response, Transport, World};
use crate::plan::case::{Actor, Case};
use crate::secret::Redactor;
use crate::sut::Target;

/// Tries of a request that is told to wait.
const THROTTLE_TRIES: usize = 8;
/// Tries of a reading whose answer gets lost.
const READ_TRIES: usize = 3;
/// Tries of a reading that gets no answer: each takes the whole time limit.
const SILENT_TRIES: usize = 2;
/// Waits in a row that end at the time limit, before a case is cut short.
const MOST_SILENCES: u32 = 3;
/// The longest that a case waits in all because the server asks it to.
const LONGEST_PATIENCE: Duration = Duration::from_secs(120);
/// Tries of a case whose order's answer gets lost, each with new actors.
const CASE_TRIES: usize = 4;
/// How long the server has to answer a reading, where it is in doubt whether it answers anything.
const LAST_CHANCE: Duration = Duration::from_secs(10);
/// Readings of an order that is watched.
const WATCH_READS: usize = 60;
/// Pages of a list that are followed.
const MOST_PAGES: usize = 60;

/// How cases are carried out.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at a time.
    pub concurrency: usize,
    /// Requests a second, at most.
    pub rate: Option<u32>,
}

/// Carries out cases against one server.
#[derive(Debug)]
pub struct Runner {
    /// The contract.
    pub contract: Arc<Contract>,
    /// Connections.
    pub client: Client,
    /// Provider states.
    pub states: Option<States>,
    /// Who we are.
    pub target: Target,
    /// What was found out.
    pub world: World,
    /// The cap.
    pub budget: Budget,
    /// Set to stop sending.
    pub stop: AtomicBool,
    options: Options,
    /// Balances of fixed accounts, as far as answers and readings tell.
    balances: Mutex<Vec<Option<Pesewas>>>,
    /// When the next request may go, under a rate.
    next_slot: Mutex<tokio::time::Instant>,
    /// What stays without an answer.
    silence: Silence,
    /// Set where the server stopped to answer anything.
    gone: AtomicBool,
    /// Endpoints that discovery left open.
    found: presence::Found,
    /// Milliseconds that the server made us wait.
    pub waited_ms: AtomicUsize,
}

/// How long an answer asks to wait: `Retry-After` in seconds, bounded.
#[must_use]
pub fn retry_after(response: &Response) -> Duration {
    let asked = response.header("retry-after").and_then(|value| value.trim().parse::<u64>().ok());
    match asked {
        Some(0) => Duration::from_millis(5),
        Some(seconds) => Duration::from_secs(seconds.min(30)),
        None => Duration::from_millis(250),
    }
}

impl Runner {
    /// Prepares to carry out cases.
    #[must_use]
    pub fn new(
        contract: Arc<Contract>,
        client: Client,
        states: Option<States>,
        target: Target,
        world: World,
        options: Options,
    ) -> Self {
        let balances = world.accounts.iter().map(|it| it.balance).collect();
        Self {
            contract,
            client,
            states,
            budget: Budget::new(target.cap),
            target,
            world,
            stop: AtomicBool::new(false),
            options,
            balances: Mutex::new(balances),
            next_slot: Mutex::new(tokio::time::Instant::now()),
            silence: Silence::default(),
            gone: AtomicBool::new(false),
            found: presence::Found::default(),
            waited_ms: AtomicUsize::new(0),
        }
    }

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
                    if this.stop.load(Ordering::Relaxed) || !this.tries(&cases[*at], &done).await {
                        return;
                    }
                }
            });
        }
        while workers.join_next().await.is_some() {}
        for at in fixed {
            if self.stop.load(Ordering::Relaxed) || !self.tries(&cases[at], &done).await {
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
            if !lost || fixed || self.stop.load(Ordering::Relaxed) {
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
        let mut record = self.case(case).await;
        if attempt > 1 {
            record.id = format!("{}#{attempt}", record.id);
        }
        record
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
        let answer = tokio::time::timeout(LAST_CHANCE, self.client.ask(&request, &Redactor::new([]))).await;
        if !matches!(answer, Ok(Ok(_))) {
            self.gone.store(true, Ordering::Relaxed);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the server stopped to answer anything.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Carries out one case.
    pub async fn case(&self, case: &Case) -> CaseRecord {
        CaseRunner::run(self, case).await
    }

    async fn pace(&self) {
        let Some(rate) = self.options.rate else { return };
        let mut slot = self.next_slot.lock().await;
        let now = tokio::time::Instant::now();
        let at = (*slot).max(now);
        *slot = at + Duration::from_micros(1_000_000 / u64::from(rate.max(1)));
        drop(slot);
        tokio::time::sleep_until(at).await;
    }
}
