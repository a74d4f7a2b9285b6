//! Sends orders, one by one or at once: never without a reservation, and never twice.

use spec::OperationId;
use tokio::sync::Barrier;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::prepared::Prepared;
use super::silence::is_silent;
use super::throttle::Waited;
use crate::exec::budget::Settled;
use crate::exec::client::{Pass, Timed};
use crate::history::{Answer, Cost, Request};
use crate::order::door::{self, Made};
use crate::order::reading::{self, Charge};
use crate::plan::case::{Condition, Outgoing, Step};

impl CaseRunner<'_> {
    /// Sends an order once, or again only if the server throttled it (429) and so did not process it.
    pub(super) async fn order(&mut self, order: &Outgoing) -> Result<(), CutShort> {
        let mut waited = Waited::default();
        loop {
            let mut prepared = self.prepare_order(order, None);
            if let Err(why) = self.runner.silence.check(&prepared.kinds) {
                self.note_unsent(prepared, &why);
                return Err(why);
            }
            self.runner.pace().await?;
            self.reserve(order.cost)?;
            self.before(&mut prepared)?;
            let timed = self.send_order(self.runner.client.pass(), &prepared).await;
            self.settle(order, &prepared.request, &timed.answer);
            let throttled = self.throttled(&prepared, &timed);
            self.note(prepared, timed);
            match throttled {
                Some(throttled) => self.wait(throttled, &mut waited).await?,
                None => return Ok(()),
            }
        }
    }

    /// Sends an order if its condition is met.
    pub(super) async fn order_if(&mut self, condition: Condition, order: &Outgoing) -> Result<(), CutShort> {
        let contract = &self.runner.contract;
        let is_met = match condition {
            Condition::Unserved => !self.runner.served.is_known(contract, order),
            Condition::Short => {
                let own = self.record.exchanges.iter().rev().filter(|it| it.actor == Some(order.actor));
                let mut held = own.filter_map(|it| reading::available(contract, it.answer.response()?));
                held.next().is_some_and(|held| held < order.cost.worst)
            }
        };
        if is_met { self.order(order).await } else { Ok(()) }
    }

    fn reserve(&mut self, cost: Cost) -> Result<(), CutShort> {
        if self.runner.budget.draw(&mut self.lease, cost) { Ok(()) } else { Err(CutShort::Cap) }
    }

    fn settle(&mut self, order: &Outgoing, request: &Request, answer: &Answer) {
        let contract = self.runner.contract.clone();
        let contract = &contract;
        let settled = match answer {
            Answer::Response(response) => {
                let made = door::made(contract, request, response);
                if made == Made::Yes {
                    self.runner.certain.accepted(order);
                    self.runner.served.accepted(contract, order);
                }
                match reading::charge(response, || reading::total(contract, response)) {
                    Charge::Nothing => Settled::Free,
                    _ if door::bought_nothing(contract, request, response) => Settled::Free,
                    Charge::Said(total) => Settled::Charged(total),
                    // This is as uncertain as a lost answer.
                    Charge::Unknown => Settled::Unknown,
                }
            }
            Answer::Unsent(_) => Settled::Free,
            Answer::Lost(_) => Settled::Unknown,
        };
        self.runner.budget.settle(&mut self.lease, order.cost, settled);
    }

    /// Sends the requests of a batch at once: all are prepared before the first is sent.
    pub(super) async fn batch(&mut self, steps: &[Step], batch: u32) -> Result<(), CutShort> {
        self.runner.silence.check_at_once(steps.len())?;
        // The pace is kept before the first request is sent, and before money is reserved for a batch that may still
        // be stopped.
        for _ in steps {
            self.runner.pace().await?;
        }
        let orders = || steps.iter().flat_map(Step::orders);
        let all: Cost = orders().map(|it| it.cost).sum();
        self.reserve(all)?;
        let mut all: Vec<(Prepared, Option<&Outgoing>)> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Order(order) => Some((self.prepare_order(order, Some(batch)), Some(order))),
                Step::Wallet(actor) => {
                    let path = self.path(OperationId::Wallet, &[]);
                    let mut prepared = self.prepare(OperationId::Wallet, *actor, path);
                    prepared.batch = Some(batch);
                    Some((prepared, None))
                }
                _ => None,
            })
            .collect();
        for (prepared, _) in &mut all {
            self.before(prepared)?;
        }
        let barrier = Barrier::new(all.len());
        let passes: Vec<Pass> = all.iter().map(|_| self.runner.client.pass()).collect();
        let sends = all.iter().zip(passes).map(|((prepared, _), pass)| {
            let (this, barrier) = (&*self, &barrier);
            async move {
                barrier.wait().await;
                this.send_order(pass, prepared).await
            }
        });
        let answers = futures::future::join_all(sends).await;
        let silent = answers.iter().filter(|it| is_silent(&it.answer)).count();
        let longest = answers.iter().map(Timed::took).max().unwrap_or_default();
        self.runner.silence.note_at_once(answers.len(), silent, longest);
        self.silences = if silent > 0 { self.silences + 1 } else { 0 };
        let mut throttled = None;
        for ((prepared, order), timed) in all.into_iter().zip(answers) {
            if let Some(order) = order {
                self.settle(order, &prepared.request, &timed.answer);
            }
            throttled = self.throttled(&prepared, &timed).or(throttled);
            self.note(prepared, timed);
        }
        if let Some(throttled) = throttled {
            self.wait(throttled, &mut Waited::default()).await?;
        }
        Ok(())
    }
}
