//! Carries out one case step by step: its actors, its requests one by one or at once, and their recording.

use std::borrow::Cow;
use std::sync::atomic::AtomicU64;

use spec::OperationId;

use super::cut_short::CutShort;
use super::prepared::Prepared;
use super::provision::{Actors, states};
use super::runner::Runner;
use super::silence::is_silent;
use super::turnstile::Turnstile;
use crate::exec::budget::Lease;
use crate::exec::client::{Pass, Timed};
use crate::exec::http::OutboundRequest;
use crate::history::{Answer, CaseRecord, Cost, Exchange, Trace};
use crate::order::path::encode;
use crate::plan::case::{Actor, Case, Step, retry_cost};
use crate::secret::{MASK, Redactor};
use crate::sut::NOBODYS_ID;

/// The number of consecutive requests that time out before a case is cut short.
const MOST_SILENCES: u32 = 3;

/// A case that is being carried out.
#[derive(Debug)]
pub(super) struct CaseRunner<'r> {
    pub(super) runner: &'r Runner,
    pub(super) record: CaseRecord,
    pub(super) actors: Actors,
    pub(super) redactor: Redactor,
    /// The orders that were created, in order: the id and the actor who placed each.
    pub(super) created: Vec<(String, usize)>,
    batches: u32,
    /// The number of consecutive requests that timed out.
    pub(super) silences: u32,
    /// What the case may still cost.
    pub(super) lease: Lease,
    /// Readings of the wallet and of the list from right before the case, in place of first steps that are to read them.
    pub(super) opening: Vec<Exchange>,
    /// Whether the balances that the wallets now hold have been noted.
    pub(super) remembered: bool,
    /// Lets the next case of the same wallet start.
    turnstile: Option<Turnstile>,
    /// What a retry may cost.
    pub(super) retry: Cost,
    /// The number of the case in the journal.
    pub(super) number: u64,
    /// The number of its requests that are in the journal.
    pub(super) written: usize,
    /// The positions of those that turned out not to belong to the record.
    pub(super) left_out: Vec<usize>,
    /// The number of requests that have been prepared so far.
    pub(super) asked: AtomicU64,
}

/// Returns the record of a case of which nothing was sent.
pub(super) fn unsent(case: &Case, why: &CutShort) -> CaseRecord {
    CaseRecord { skipped: Some(why.to_string()), ..blank(case, case.id.clone()) }
}

/// Returns the record of a case before anything is sent.
fn blank(case: &Case, id: String) -> CaseRecord {
    CaseRecord {
        index: case.index,
        id,
        origin: case.origin.to_owned(),
        title: case.title.clone(),
        serves: case.serves.iter().map(|id| (*id).to_owned()).collect(),
        coordinates: case.coordinates.clone(),
        accounts: Vec::new(),
        exchanges: Vec::new(),
        skipped: None,
    }
}

impl<'r> CaseRunner<'r> {
    /// Carries a case out under this id, as far as possible, with what was reserved for it. A turnstile lets the next
    /// case of the same wallet start as soon as nothing more in this one depends on the wallet.
    pub(super) async fn run(
        runner: &'r Runner,
        case: &Case,
        id: String,
        lease: Lease,
        turnstile: Option<Turnstile>,
    ) -> CaseRecord {
        let mut this = Self::ready(runner, case, id, lease).await;
        this.turnstile = turnstile;
        if this.record.skipped.is_none() {
            let carried_out = this.carry_out(case).await;
            this.record.skipped = carried_out.err().map(|why| why.to_string());
        }
        this.finish(case).await
    }

    /// Provides the actors of a case, and records that it begins.
    pub(super) async fn ready(runner: &'r Runner, case: &Case, id: String, lease: Lease) -> Self {
        let mut this = Self {
            runner,
            record: blank(case, id),
            actors: Actors::default(),
            redactor: Redactor::new([]),
            created: Vec::new(),
            batches: 0,
            silences: 0,
            lease,
            opening: Vec::new(),
            remembered: false,
            turnstile: None,
            retry: retry_cost(&case.steps),
            number: runner.number(),
            written: 0,
            left_out: Vec::new(),
            asked: AtomicU64::new(0),
        };
        let provisioned = this.actors.provision(runner, case).await;
        this.record.accounts.clone_from(&this.actors.facts);
        let begun = this.begin();
        this.record.skipped = begun.and(provisioned).err().map(|why| why.to_string());
        this.redactor = this.actors.redactor(runner, case);
        for account in case.fixed() {
            let wallet = runner.environment.wallet(account);
            let now_us = runner.client.now_us();
            let last = runner.last_readings.take(wallet, account, &case.steps, now_us);
            // They are from before the case, and of its only account.
            this.opening = if case.actors.len() == 1 { last } else { Vec::new() };
        }
        this
    }

    /// Carries out a step of a case that runs beside others. If this cuts the case short, the record says so.
    pub(super) async fn step_beside(&mut self, step: &Step) {
        if self.record.skipped.is_none() {
            let done = self.step(step).await;
            self.record.skipped = done.err().map(|why| why.to_string());
        }
    }

    /// Notes the balances of the wallets, once, and lets the next case use the wallets.
    async fn let_next_go(&mut self, case: &Case) {
        if !std::mem::replace(&mut self.remembered, true) {
            self.runner.remember(&case.actors, &self.record).await;
            if let [Actor::Fixed(account)] = case.actors[..] {
                let wallet = self.runner.environment.wallet(account);
                self.runner.last_readings.keep(wallet, account, &self.record.exchanges);
            }
            if let Some(turnstile) = &self.turnstile {
                turnstile.open();
            }
        }
    }

    /// Reads what is needed to explain unclear results, notes what was charged, releases what was not, and returns the
    /// record.
    pub(super) async fn finish(self, case: &Case) -> CaseRecord {
        let runner = self.runner;
        let (record, lease) = self.conclude(case).await;
        runner.budget.close(lease);
        record
    }

    /// As [`Self::finish`], but returns what was not charged instead of releasing it.
    pub(super) async fn conclude(mut self, case: &Case) -> (CaseRecord, Lease) {
        // These may read a wallet again, which may show another refund to be explained.
        self.explain_late().await;
        self.explain_held().await;
        self.explain_credits().await;
        self.explain_newcomers().await;
        self.explain_moved_list().await;
        self.end();
        self.let_next_go(case).await;
        self.runner.charge(&self.record, &mut self.lease);
        (self.record, self.lease)
    }

    async fn carry_out(&mut self, case: &Case) -> Result<(), CutShort> {
        let last = case.steps.iter().rposition(Step::concerns_a_wallet).unwrap_or(0);
        for (at, step) in case.steps.iter().enumerate() {
            // Requests in flight are waited for, but nothing more is sent.
            if self.runner.stop.is_set() {
                return Err(CutShort::Stopped);
            }
            self.step(step).await?;
            if self.silences >= MOST_SILENCES {
                return Err(CutShort::Stalled(self.silences));
            }
            if at >= last {
                self.explain_late().await;
                self.let_next_go(case).await;
            }
        }
        Ok(())
    }

    pub(super) async fn step(&mut self, step: &Step) -> Result<(), CutShort> {
        if self.opened(step) {
            return Ok(());
        }
        match step {
            Step::Order(order) => self.order(order).await,
            Step::Batch(steps) => {
                self.batches += 1;
                self.batch(steps, self.batches).await
            }
            Step::List { actor, limit, follow } => self.list(*actor, *limit, *follow).await,
            Step::FailRecipient(msisdn) => Ok(states(self.runner)?.fail_recipient(msisdn).await?),
            Step::Read { actor, nth, .. } | Step::Watch { actor, nth } | Step::Retry { actor, nth } => {
                match self.created.get(*nth).cloned() {
                    Some((id, _)) => self.about(step, *actor, &id).await,
                    // No order was created, and the answer that shows this is judged.
                    None => Ok(()),
                }
            }
            Step::Wallet(actor) => self.read(OperationId::Wallet, *actor, &[]).await,
            Step::Profile(actor) => self.read(OperationId::Profile, *actor, &[]).await,
            Step::Package(actor, id) => self.read(OperationId::Package, *actor, &[id]).await,
            Step::Products(actor, id) => self.read(OperationId::Products, *actor, &[id]).await,
            Step::ReadUnknown(actor) => self.read(OperationId::OrderStatus, *actor, &[NOBODYS_ID]).await,
            _ => self.unusual(step).await,
        }
    }

    /// Notes the reading from right before the case that replaces a step, and returns true, if there is one. After any other
    /// step there is none.
    fn opened(&mut self, step: &Step) -> bool {
        let Some(operation) = step.reads_first() else {
            self.opening.clear();
            return false;
        };
        let Some(at) = self.opening.iter().position(|it| it.operation == operation) else { return false };
        let reading = self.opening.remove(at);
        self.note_copy(reading);
        true
    }

    /// Carries out a step that depends on another, is a special reading, or is not a request of the API.
    async fn unusual(&mut self, step: &Step) -> Result<(), CutShort> {
        match step {
            Step::OrderIf(condition, order) => self.order_if(*condition, order).await,
            Step::Ask(ask) => self.ask(ask).await,
            Step::Revoke(actor) => self.revoke(*actor).await,
            Step::Pause(millis) => self.pause(*millis).await,
            Step::ReadAgain(actor, age) => self.read_again(*actor, *age).await,
            _ => Ok(()),
        }
    }

    /// Carries out a step about an order that the case created.
    async fn about(&mut self, step: &Step, actor: usize, id: &str) -> Result<(), CutShort> {
        match step {
            Step::Watch { .. } => self.watch(actor, id).await,
            Step::Retry { .. } => self.retry(actor, id).await,
            Step::Read { status: true, .. } => self.read(OperationId::OrderStatus, actor, &[id]).await,
            _ => self.read(OperationId::Order, actor, &[id]).await,
        }
    }

    /// Sends a prepared request once, when the pace allows it.
    pub(super) async fn send(&self, prepared: &Prepared) -> Result<Timed, CutShort> {
        self.runner.pace().await?;
        Ok(self.send_with(self.runner.client.pass(), prepared).await)
    }

    /// Sends a prepared request once, with a pass that was taken before.
    pub(super) async fn send_with(&self, pass: Pass, prepared: &Prepared) -> Timed {
        let request = &prepared.request;
        let headers = Trace::beside(prepared.trace.as_ref(), &self.record.id, &request.headers);
        let outbound = OutboundRequest {
            method: &request.method,
            url: &self.runner.client.url(&self.unmasked(prepared)),
            headers: &headers,
            key: prepared.key.as_ref(),
            body: &request.body.0,
            transport: request.transport,
        };
        let client = &self.runner.client;
        let sent_us = client.now_us();
        let in_flight = client.under_way();
        let sending = client.send_with(pass, &outbound, &self.redactor);
        self.runner.stop.unless_given_up(sending).await.unwrap_or_else(|| {
            let answer = Answer::stopped("the run was stopped, and the answer took too long");
            Timed { sent_us, done_us: client.now_us(), in_flight, answer }
        })
    }

    /// Returns the path as it is sent. If the key belongs in it, the recorded path has a mask instead.
    fn unmasked<'p>(&self, prepared: &'p Prepared) -> Cow<'p, str> {
        let path = &prepared.request.path;
        match self.actors.key(prepared.actor).filter(|_| path.contains(MASK)) {
            Some(key) => path.replace(MASK, &encode(key.expose())).into(),
            None => path.into(),
        }
    }

    /// Records that a request was not sent, and why.
    pub(super) fn note_unsent(&mut self, prepared: Prepared, why: &CutShort) {
        let now = self.runner.client.now_us();
        let answer = Answer::Unsent(why.to_string());
        self.note(prepared, Timed { sent_us: now, done_us: now, in_flight: 0, answer });
    }

    /// Records an exchange, and the order that it created.
    pub(super) fn note(&mut self, prepared: Prepared, timed: Timed) {
        if prepared.batch.is_none() {
            self.runner.silence.note(&prepared.kinds, &timed.answer, timed.took());
            self.silences = if is_silent(&timed.answer) { self.silences + 1 } else { 0 };
        }
        if let Answer::Response(response) = &timed.answer {
            self.note_order(&prepared, response);
        }
        let nth = prepared.nth;
        let exchange = prepared.into_exchange(timed);
        if nth.is_none() {
            self.write_exchange(&exchange);
        }
        self.record.exchanges.push(exchange);
    }
}
