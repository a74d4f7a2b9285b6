//! What is written to the journal about a case, and when: an order before it is sent, its answer when it arrives.

use spec::OperationId;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::prepared::Prepared;
use crate::exec::client::{Pass, Timed};
use crate::history::line::{Answered, Begun, Ended, Line, Sent};
use crate::history::{Answer, Exchange};

/// The detail of the answer to an order of which only the sending is recorded.
const NO_ANSWER: &str = "no answer is recorded";

impl CaseRunner<'_> {
    /// Records that the case begins.
    pub(super) fn begin(&self) -> Result<(), CutShort> {
        let begun = || Begun { number: self.number, case: self.record.clone() };
        self.runner.record(|| Line::Begun(Box::new(begun())))
    }

    /// Records that the case has ended.
    pub(super) fn end(&self) {
        let (left_out, skipped) = (self.left_out.clone(), self.record.skipped.clone());
        let ended = Ended { number: self.number, left_out, skipped };
        // An error stops the run and is kept by the journal, so it is not returned here.
        _ = self.runner.record(|| Line::Ended(ended));
    }

    /// Records that an order is about to be sent.
    ///
    /// # Errors
    /// Returns an error if this can't be recorded, in which case the order must not be sent.
    pub(super) fn before(&mut self, prepared: &mut Prepared) -> Result<(), CutShort> {
        if !self.runner.has_journal() {
            return Ok(());
        }
        let now = self.runner.client.now_us();
        let timed = Timed { sent_us: now, done_us: now, in_flight: 0, answer: Answer::stopped(NO_ANSWER) };
        let exchange = prepared.clone().into_exchange(timed);
        let sent = Sent { number: self.number, nth: self.written, exchange };
        self.runner.record(|| Line::Exchange(Box::new(sent)))?;
        prepared.nth = Some(self.written);
        self.written += 1;
        Ok(())
    }

    /// Sends an order that is in the journal, and records its answer when it arrives.
    pub(super) async fn send_order(&self, pass: Pass, prepared: &Prepared) -> Timed {
        let timed = self.send_with(pass, prepared).await;
        self.after(prepared, &timed);
        timed
    }

    /// Records the answer to a request that is in the journal.
    pub(super) fn after(&self, prepared: &Prepared, timed: &Timed) {
        let Some(nth) = prepared.nth else { return };
        let answered = || Answered {
            number: self.number,
            nth,
            sent_us: timed.sent_us,
            done_us: timed.done_us,
            in_flight: timed.in_flight,
            answer: timed.answer.clone(),
        };
        // On an error the answer is still in memory, and nothing more is sent.
        _ = self.runner.record(|| Line::Answered(Box::new(answered())));
    }

    /// Records a reading that was made for another case too.
    pub(super) fn note_copy(&mut self, copy: Exchange) {
        self.write_exchange(&copy);
        self.record.exchanges.push(copy);
    }

    /// Removes everything but the orders from the record. Requests of a case that runs beside others are in the
    /// journal in the same order as in the record.
    pub(super) fn keep_orders(&mut self) {
        let all = std::mem::take(&mut self.record.exchanges).into_iter().enumerate();
        for (nth, exchange) in all {
            if exchange.operation == OperationId::BuyBulk {
                self.record.exchanges.push(exchange);
            } else {
                self.left_out.push(nth);
            }
        }
    }

    /// Records a request with its answer, as is done for reads.
    pub(super) fn write_exchange(&mut self, exchange: &Exchange) {
        let sent = || Sent { number: self.number, nth: self.written, exchange: exchange.clone() };
        _ = self.runner.record(|| Line::Exchange(Box::new(sent())));
        self.written += 1;
    }
}
