//! Putting a journal's lines together: cases that were under way side by side, some of which may never have ended.

use std::collections::BTreeMap;

use spec::OperationId;

use super::line::{Answered, Begun, Ended, Renamed, Sent};
use super::{BreakOff, CaseRecord, Exchange};
use crate::history::store::Records;

/// Why a case of a journal that breaks off has no end.
const BREAKS_OFF: &str = "its recording breaks off";

/// A line that belongs to nothing above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// It is about a case that has not begun, or is over.
    #[error("case number {0} is not under way here")]
    Case(u64),
    /// It is about a request that is not there.
    #[error("request {nth} of case number {number} is not next, or not there")]
    Request {
        /// Number of the case.
        number: u64,
        /// Which request, from 0.
        nth: usize,
    },
    /// It renames a case that is not there.
    #[error("no smaller form of this address is there")]
    Renamed,
}

/// What has not come to its end yet.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: BTreeMap<u64, CaseRecord>,
    /// Smaller forms, by address: one of them may get another.
    steps: BTreeMap<String, CaseRecord>,
}

impl Pieces {
    /// A case begins.
    pub(super) fn begun(&mut self, begun: Begun) {
        self.open.insert(begun.number, begun.case);
    }

    fn case(&mut self, number: u64) -> Result<&mut CaseRecord, Misplaced> {
        self.open.get_mut(&number).ok_or(Misplaced::Case(number))
    }

    /// A request.
    pub(super) fn sent(&mut self, Sent { number, nth, exchange }: Sent) -> Result<(), Misplaced> {
        let case = self.case(number)?;
        if case.exchanges.len() != nth {
            return Err(Misplaced::Request { number, nth });
        }
        case.exchanges.push(exchange);
        Ok(())
    }

    /// The answer to one.
    pub(super) fn answered(&mut self, answered: Answered) -> Result<(), Misplaced> {
        let Answered { number, nth, sent_us, done_us, in_flight, answer } = answered;
        let exchange = self.case(number)?.exchanges.get_mut(nth);
        let exchange = exchange.ok_or(Misplaced::Request { number, nth })?;
        (exchange.sent_us, exchange.done_us, exchange.in_flight) = (sent_us, done_us, in_flight);
        exchange.answer = answer;
        Ok(())
    }

    /// The end of a case, which is then a record; a smaller form is kept until it is known what becomes of it.
    pub(super) fn ended(&mut self, ended: Ended, records: &mut Records) -> Result<(), Misplaced> {
        let mut case = self.open.remove(&ended.number).ok_or(Misplaced::Case(ended.number))?;
        let mut nth = 0;
        case.exchanges.retain(|_| {
            nth += 1;
            !ended.left_out.contains(&(nth - 1))
        });
        case.skipped = ended.skipped;
        if case.is_step() {
            self.steps.insert(case.id.clone(), case);
        } else {
            records.push(case);
        }
        Ok(())
    }

    /// A smaller form gets its own address.
    pub(super) fn renamed(&mut self, renamed: Renamed, records: &mut Records) -> Result<(), Misplaced> {
        let mut case = self.steps.remove(&renamed.from).ok_or(Misplaced::Renamed)?;
        case.id = renamed.to;
        records.push(case);
        Ok(())
    }

    /// What is left: what never ended is cut short, and told of.
    pub(super) fn finish(self, records: &mut Records) -> BreakOff {
        let mut broken = BreakOff::default();
        for mut case in self.open.into_values() {
            let unknown = |it: &&Exchange| it.operation == OperationId::BuyBulk && it.answer.is_stopped();
            for order in case.exchanges.iter().filter(unknown) {
                broken.orders += 1;
                broken.at_worst += order.reserved.unwrap_or_default();
                broken.unpriced += u64::from(order.reserved.is_none());
            }
            broken.cases.push(case.id.clone());
            case.skipped = Some(BREAKS_OFF.to_owned());
            records.push(case);
        }
        self.steps.into_values().for_each(|case| records.push(case));
        broken
    }
}
