//! Reads, which unlike a purchase may be repeated, and the retry of a recipient.

use std::time::{Duration, Instant};

use spec::OperationId;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::silence::is_silent;
use super::throttle::Waited;
use crate::exec::budget::Settled;
use crate::history::{Answer, Response};
use crate::order::path::encode;
use crate::order::sent::{moved, sent_numbers};
use crate::order::{reading, state};
use crate::plan::case::Age;
use crate::plan::key::Key;

/// The number of tries of a read whose answer is lost.
const READ_TRIES: usize = 3;

/// The number of tries of a read that gets no answer, since each takes the whole time limit.
const SILENT_TRIES: usize = 2;

/// The shortest and the longest pause between two reads of an order that is followed.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_secs(1));

/// An order that has ended is read again twice, each time after half of the time that it took: not if that half is shorter
/// than the first duration, and within the second one.
const AFTERWARDS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// The least number of reads of an order that is followed, however slowly they are answered.
const FEWEST_READS: usize = 8;

/// The highest number of pages that are read of a list.
pub(super) const MOST_PAGES: usize = 60;

impl CaseRunner<'_> {
    /// Reads an operation with the actor's own key.
    pub(super) async fn read(
        &mut self,
        operation: OperationId,
        actor: usize,
        values: &[&str],
    ) -> Result<(), CutShort> {
        self.get(operation, actor, self.path(operation, values)).await.map(drop)
    }

    pub(super) async fn get(
        &mut self,
        operation: OperationId,
        actor: usize,
        path: String,
    ) -> Result<Option<Response>, CutShort> {
        self.get_with(operation, actor, path, &Key::Own).await
    }

    /// Reads a path with this key. Returns `None` if the endpoint does not exist or there is no response.
    pub(super) async fn get_with(
        &mut self,
        operation: OperationId,
        actor: usize,
        path: String,
        key: &Key,
    ) -> Result<Option<Response>, CutShort> {
        if self.runner.lacks(operation) {
            return Ok(None);
        }
        let (mut lost, mut waited) = (0, Waited::default());
        loop {
            if self.runner.stop.is_set() {
                return Err(CutShort::Stopped);
            }
            let prepared = self.prepare_with(operation, actor, path.clone(), key);
            if let Err(why) = self.runner.silence.check(&prepared.kinds) {
                // The rest of the case does not depend on this read.
                self.note_unsent(prepared, &why);
                return Ok(None);
            }
            let timed = self.send(&prepared).await?;
            if !self.is_there(&prepared, &timed).await {
                return Ok(None);
            }
            let throttled = self.throttled(&prepared, &timed);
            let response = timed.answer.response().cloned();
            let tries = match &timed.answer {
                answer if is_silent(answer) => SILENT_TRIES,
                Answer::Lost(_) => READ_TRIES,
                _ => 1,
            };
            self.note(prepared, timed);
            if let Some(throttled) = throttled {
                self.wait(throttled, &mut waited).await?;
            } else if lost + 1 < tries {
                lost += 1;
                if !self.runner.stop.pause(Duration::from_millis(10 << lost)).await {
                    return Err(CutShort::Stopped);
                }
            } else {
                return Ok(response);
            }
        }
    }

    /// Reads an order again that an earlier case of the run placed with an actor's account, if it placed enough for one to
    /// be old.
    pub(super) async fn read_again(&mut self, actor: usize, age: Age) -> Result<(), CutShort> {
        let placed = self.fixed_wallet(actor).and_then(|wallet| self.runner.placed.of(wallet, age));
        let Some(id) = placed else { return Ok(()) };
        self.record.accounts[actor].earlier.get_or_insert_default().read.push(id.clone());
        self.read(OperationId::OrderStatus, actor, &[&id]).await
    }

    /// Reads one page of the list, or all pages in turn.
    pub(super) async fn list(
        &mut self,
        actor: usize,
        limit: Option<u32>,
        follow: bool,
    ) -> Result<(), CutShort> {
        let contract = self.runner.contract.clone();
        let operation = contract.operation(OperationId::Orders);
        let name = |mark: &str| operation.query.get(mark).cloned().unwrap_or_else(|| mark.to_owned());
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = Vec::new();
            if let Some(limit) = limit {
                query.push(format!("{}={limit}", name("limit")));
            }
            if let Some(cursor) = &cursor {
                query.push(format!("{}={}", name("cursor"), encode(cursor)));
            }
            let query = query.join("&");
            let path =
                if query.is_empty() { operation.path.clone() } else { format!("{}?{query}", operation.path) };
            let page = self
                .get(OperationId::Orders, actor, path)
                .await?
                .and_then(|it| reading::page(&contract, &it));
            match page {
                Some(page) if follow && !page.done && page.cursor.is_some() && page.cursor != cursor => {
                    cursor = page.cursor;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Reads the status of an order until it and its recipients have ended, or until an order is no longer followed.
    /// The pauses grow with the time that has passed, so that an order which takes minutes is not read a thousand
    /// times. One that took a while is read again later, since what goes back does so at the pace of the server.
    pub(super) async fn watch(&mut self, actor: usize, id: &str) -> Result<(), CutShort> {
        let contract = self.runner.contract.clone();
        let rests =
            |state: &Option<String>| state.as_ref().is_none_or(|it| !contract.states.is_under_way(it));
        let path = self.path(OperationId::OrderStatus, &[id]);
        let begun = Instant::now();
        let mut ended = false;
        for read in 1.. {
            let response = self.get(OperationId::OrderStatus, actor, path.clone()).await?;
            let Some(order) = response.and_then(|it| reading::order(&contract, &it)) else { break };
            if rests(&order.state) && order.recipients.iter().flatten().all(|it| rests(&it.state)) {
                ended = true;
                break;
            }
            let passed = begun.elapsed();
            let left = self.runner.settle().saturating_sub(passed);
            if left.is_zero() && read >= FEWEST_READS {
                self.runner.not_ended();
                break;
            }
            let pause = (passed / 8).clamp(PAUSES.0, PAUSES.1).min(left.max(PAUSES.0));
            if !self.runner.stop.pause(pause).await {
                break;
            }
        }
        let again = begun.elapsed().min(AFTERWARDS.1) / 2;
        if ended && again >= AFTERWARDS.0 {
            for _ in 0..2 {
                if !self.runner.stop.pause(again).await {
                    break;
                }
                self.get(OperationId::OrderStatus, actor, path.clone()).await?;
            }
        }
        Ok(())
    }

    /// Retries the first recipient that failed, or else the first one. That may charge again what was refunded
    /// (AMB-HELD), at most what its order cost, so an amount is reserved for it as well.
    pub(super) async fn retry(&mut self, actor: usize, id: &str) -> Result<(), CutShort> {
        let cost = self.retry;
        if self.runner.lacks(OperationId::Retry) {
            return Ok(());
        }
        let index = self.failed_recipient(id).unwrap_or(0).to_string();
        let path = self.path(OperationId::Retry, &[id, &index]);
        let mut prepared = self.prepare(OperationId::Retry, actor, path);
        if let Err(why) = self.runner.silence.check(&prepared.kinds) {
            self.note_unsent(prepared, &why);
            return Ok(());
        }
        self.runner.pace().await?;
        if !self.runner.budget.draw(&mut self.lease, cost) {
            return Err(CutShort::Cap);
        }
        self.before(&mut prepared)?;
        let timed = self.send_with(self.runner.client.pass(), &prepared).await;
        if timed.answer.response().is_some_and(|it| reading::is_refusal(it.status)) {
            self.runner.budget.settle(&mut self.lease, cost, Settled::Free);
        } else {
            self.runner.budget.settle_retry(&mut self.lease, cost);
        }
        if self.is_there(&prepared, &timed).await {
            self.after(&prepared, &timed);
            self.note(prepared, timed);
        } else {
            self.left_out.extend(prepared.nth);
        }
        Ok(())
    }

    /// Returns the position at which the first recipient that has failed was sent, which need not be the one at which an
    /// answer shows it.
    fn failed_recipient(&self, id: &str) -> Option<usize> {
        let contract = &self.runner.contract;
        let last = self.record.exchanges.iter().rev().find_map(|it| {
            let order = reading::order(contract, it.answer.response()?)?;
            (order.id.as_deref() == Some(id)).then_some(order)
        })?;
        let shown = last.recipients?;
        let failed = shown.iter().position(|it| it.state.as_deref().is_some_and(state::is_failed))?;
        let created = self.record.exchanges.iter().find(|it| {
            let summary = it.answer.response().and_then(|it| reading::summary(contract, it));
            it.operation == OperationId::BuyBulk
                && summary.is_some_and(|it| it.order_id.as_deref() == Some(id))
        });
        let sent = created.map_or_else(Vec::new, |it| sent_numbers(contract, &it.request.body.0));
        let sent: Vec<Option<&str>> = sent.iter().map(Option::as_deref).collect();
        let shown: Vec<Option<&str>> = shown.iter().map(|it| it.msisdn.as_deref()).collect();
        Some(moved(&shown, &sent, failed))
    }
}
