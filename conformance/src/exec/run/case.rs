//! One case, step by step: its actors, its requests in order or at once, and everything written down.

use std::sync::atomic::Ordering;
use std::time::Duration;

use spec::{Meaning, OperationId};

use super::Runner;
use super::cut_short::CutShort;
use super::provision::{Actors, states};
use super::silence::{is_silent, kinds};
use super::{LONGEST_PATIENCE, MOST_SILENCES};
use crate::exec::client::{Pass, Timed};
use crate::exec::http::OutboundRequest;
use crate::history::{Answer, Bytes, CaseRecord, Exchange, Request, Transport};
use crate::order::path::encode;
use crate::order::reading;
use crate::plan::case::{Case, Outgoing, Step};
use crate::plan::key::{Key, KeyHeader};
use crate::secret::Redactor;
use crate::sut::NOBODYS_ID;

/// A case that is being carried out.
#[derive(Debug)]
pub(super) struct CaseRunner<'r> {
    pub(super) runner: &'r Runner,
    pub(super) record: CaseRecord,
    pub(super) actors: Actors,
    pub(super) redactor: Redactor,
    /// The orders that were created, in order: id and who ordered.
    pub(super) created: Vec<(String, usize)>,
    waves: u32,
    /// Waits in a row that ended at the time limit.
    pub(super) silences: u32,
    /// How long the server asked to wait so far.
    waited: Duration,
}

/// A request with everything but its answer.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) operation: OperationId,
    pub(super) actor: usize,
    pub(super) wave: Option<u32>,
    pub(super) request: Request,
    /// What may be the reason why it stays without an answer, where it is sent alone.
    pub(super) kinds: Vec<String>,
    key: Option<KeyHeader>,
}

impl<'r> CaseRunner<'r> {
    /// Carries a case out, as far as it goes.
    pub(super) async fn run(runner: &'r Runner, case: &Case) -> CaseRecord {
        let mut this = Self {
            runner,
            record: CaseRecord {
                index: case.index,
                id: case.id.clone(),
                origin: case.origin.to_owned(),
                title: case.title.clone(),
                serves: case.serves.iter().map(|id| (*id).to_owned()).collect(),
                coordinates: case.coordinates.clone(),
                accounts: Vec::new(),
                exchanges: Vec::new(),
                skipped: None,
            },
            actors: Actors::default(),
            redactor: Redactor::new([]),
            created: Vec::new(),
            waves: 0,
            silences: 0,
            waited: Duration::ZERO,
        };
        let carried_out = this.carry_out(case).await;
        this.record.skipped = carried_out.err().map(|why| why.to_string());
        this.explain_credits().await;
        runner.remember(&case.actors, &this.record).await;
        this.record
    }

    async fn carry_out(&mut self, case: &Case) -> Result<(), CutShort> {
        let provisioned = self.actors.provision(self.runner, case).await;
        self.record.accounts.clone_from(&self.actors.facts);
        provisioned?;
        self.redactor = self.actors.redactor(self.runner, case);
        for step in &case.steps {
            // What is in flight is waited for; what has not been sent is not.
            if self.runner.stop.load(Ordering::Relaxed) {
                return Err(CutShort::Stopped);
            }
            self.step(step).await?;
            if self.silences >= MOST_SILENCES {
                return Err(CutShort::Stalled(self.silences));
            }
        }
        Ok(())
    }

    #[expect(clippy::cognitive_complexity, reason = "a table of the steps, one arm for each")]
    async fn step(&mut self, step: &Step) -> Result<(), CutShort> {
        match step {
            Step::Order(order) => self.order(order).await,
            Step::Wave(steps) => {
                self.waves += 1;
                self.wave(steps, self.waves).await
            }
            Step::Wallet(actor) => self.read(OperationId::Wallet, *actor, &[]).await,
            Step::Profile(actor) => self.read(OperationId::Profile, *actor, &[]).await,
            Step::Package(actor, id) => self.read(OperationId::Package, *actor, &[id]).await,
            Step::Products(actor, id) => self.read(OperationId::Products, *actor, &[id]).await,
            Step::Read { actor, nth, status } => {
                let Some(id) = self.created(*nth) else { return Ok(()) };
                let operation = if *status { OperationId::OrderStatus } else { OperationId::Order };
                self.read(operation, *actor, &[&id]).await
            }
            Step::ReadUnknown(actor) => self.read(OperationId::OrderStatus, *actor, &[NOBODYS_ID]).await,
            Step::List { actor, limit, follow } => self.list(*actor, *limit, *follow).await,
            Step::Watch { actor, nth } => match self.created(*nth) {
                Some(id) => self.watch(*actor, &id).await,
                None => Ok(()),
            },
            Step::Retry { actor, nth } => match self.created(*nth) {
                Some(id) => self.retry(*actor, &id).await,
                None => Ok(()),
            },
            Step::FailRecipient(msisdn) => Ok(states(self.runner)?.fail_recipient(msisdn).await?),
        }
    }

    fn created(&self, nth: usize) -> Option<String> {
        self.created.get(nth).map(|(id, _)| id.clone())
    }

    /// The path of an operation with these values in it.
    pub(super) fn path(&self, operation: OperationId, values: &[&str]) -> String {
        let encoded: Vec<String> = values.iter().map(|value| encode(value)).collect();
        let encoded: Vec<&str> = encoded.iter().map(String::as_str).collect();
        self.runner.contract.operation(operation).path_with(&encoded)
    }

    /// A request without contents.
    pub(super) fn prepare(&self, operation: OperationId, actor: usize, path: String) -> Prepared {
        let contract = &self.runner.contract;
        let request = Request {
            method: contract.operation(operation).method.clone(),
            path,
            headers: Vec::new(),
            key: Key::Own.used(&contract.key),
            transport: Transport::Plain,
            body: Bytes::default(),
        };
        let kinds = kinds(contract, operation, &request);
        let key = Key::Own.header(&contract.key, self.actors.key(actor));
        Prepared { operation, actor, wave: None, request, kinds, key }
    }

    /// An order, as the plan wants it sent.
    pub(super) fn prepare_order(&self, order: &Outgoing, wave: Option<u32>) -> Prepared {
        let contract = &self.runner.contract;
        let buy = contract.buy();
        let request = Request {
            method: buy.method.clone(),
            path: buy.path.clone(),
            headers: order.headers.clone(),
            key: order.key.used(&contract.key),
            transport: order.transport,
            body: Bytes(order.body.clone()),
        };
        let operation = OperationId::BuyBulk;
        let kinds = if wave.is_none() { kinds(contract, operation, &request) } else { Vec::new() };
        let key = order.key.header(&contract.key, self.actors.key(order.actor));
        Prepared { operation, actor: order.actor, wave, request, kinds, key }
    }

    /// Sends a prepared request once.
    pub(super) async fn send(&self, prepared: &Prepared) -> Timed {
        self.runner.pace().await;
        self.send_with(self.runner.client.pass(), prepared).await
    }

    /// Sends a prepared request once, under a pass that was given out before.
    pub(super) async fn send_with(&self, pass: Pass, prepared: &Prepared) -> Timed {
        let request = &prepared.request;
        let outbound = OutboundRequest {
            method: &request.method,
            url: &self.runner.client.url(&request.path),
            headers: &request.headers,
            key: prepared.key.as_ref(),
            body: &request.body.0,
            transport: request.transport,
        };
        self.runner.client.send_with(pass, &outbound, &self.redactor).await
    }

    /// Writes down that a request was not sent, and why.
    pub(super) fn note_unsent(&mut self, prepared: Prepared, why: &CutShort) {
        let now = self.runner.client.now_us();
        let answer = Answer::Unsent(why.to_string());
        self.note(prepared, Timed { sent_us: now, done_us: now, in_flight: 0, answer });
    }

    /// Writes an exchange down, and the order that it created.
    pub(super) fn note(&mut self, prepared: Prepared, timed: Timed) {
        if prepared.wave.is_none() {
            self.runner.silence.note(&prepared.kinds, &timed.answer, timed.took());
            self.silences = if is_silent(&timed.answer) { self.silences + 1 } else { 0 };
        }
        if prepared.operation == OperationId::BuyBulk
            && let Answer::Response(response) = &timed.answer
            && response.status == self.runner.contract.status(Meaning::Accepted)
            && let Some(id) = reading::summary(&self.runner.contract, response).and_then(|it| it.order_id)
        {
            self.created.push((id, prepared.actor));
        }
        self.record.exchanges.push(Exchange {
            operation: prepared.operation,
            actor: Some(prepared.actor),
            wave: prepared.wave,
            request: prepared.request,
            sent_us: timed.sent_us,
            done_us: timed.done_us,
            in_flight: timed.in_flight,
            answer: timed.answer,
        });
    }

    /// How long an answer asks to wait before the same request, if it does.
    pub(super) fn throttled(&self, answer: &Answer) -> Option<Duration> {
        let response = answer.response()?;
        reading::is_throttle(&self.runner.contract, response.status).then(|| super::retry_after(response))
    }

    /// Waits as long as the server asked for, until it has asked for too much.
    pub(super) async fn wait(&mut self, wait: Duration) -> Result<(), CutShort> {
        self.waited += wait;
        if self.waited > LONGEST_PATIENCE {
            return Err(CutShort::Throttled);
        }
        let ms = usize::try_from(wait.as_millis()).unwrap_or(0);
        self.runner.waited_ms.fetch_add(ms, Ordering::Relaxed);
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
