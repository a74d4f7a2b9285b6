//! Joins the lines of a journal into case records. Cases overlap in time, and some may never have ended.

use std::collections::BTreeMap;

use spec::OperationId;

use super::line::{Answered, Begun, Ended, Renamed, Sent};
use super::{BreakOff, CaseRecord, Exchange};
use crate::history::store::Records;

/// The reason that is recorded for a case without an end in a journal that breaks off.
const BREAKS_OFF: &str = "its recording breaks off";

/// A line that does not belong to anything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// It is about a case that has not begun or has already ended.
    #[error("case number {0} is not under way here")]
    Case(u64),
    /// It is about a request that does not exist or is not the next one.
    #[error("request {nth} of case number {number} is not next, or not there")]
    Request {
        /// The number of the case.
        number: u64,
        /// The position of the request, from 0.
        nth: usize,
    },
    /// It renames a case that does not exist.
    #[error("no smaller form of this address is there")]
    Renamed,
}

/// The cases that have not ended yet, or whose id may still change.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: BTreeMap<u64, CaseRecord>,
    /// Smaller forms by id; one of them may be renamed.
    steps: BTreeMap<String, CaseRecord>,
}

impl Pieces {
    /// Starts a case.
    pub(super) fn begun(&mut self, begun: Begun) {
        self.open.insert(begun.number, begun.case);
    }

    fn case(&mut self, number: u64) -> Result<&mut CaseRecord, Misplaced> {
        self.open.get_mut(&number).ok_or(Misplaced::Case(number))
    }

    /// Adds a request to a case.
    pub(super) fn sent(&mut self, Sent { number, nth, exchange }: Sent) -> Result<(), Misplaced> {
        let case = self.case(number)?;
        if case.exchanges.len() != nth {
            return Err(Misplaced::Request { number, nth });
        }
        case.exchanges.push(exchange);
        Ok(())
    }

    /// Sets the answer to a request.
    pub(super) fn answered(&mut self, answered: Answered) -> Result<(), Misplaced> {
        let Answered { number, nth, sent_us, done_us, in_flight, answer } = answered;
        let exchange = self.case(number)?.exchanges.get_mut(nth);
        let exchange = exchange.ok_or(Misplaced::Request { number, nth })?;
        (exchange.sent_us, exchange.done_us, exchange.in_flight) = (sent_us, done_us, in_flight);
        exchange.answer = answer;
        Ok(())
    }

    /// Ends a case and stores its record. A smaller form is held back, since it may be renamed.
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

    /// Gives a smaller form its final id.
    pub(super) fn renamed(&mut self, renamed: Renamed, records: &mut Records) -> Result<(), Misplaced> {
        let mut case = self.steps.remove(&renamed.from).ok_or(Misplaced::Renamed)?;
        case.id = renamed.to;
        records.push(case);
        Ok(())
    }

    /// Stores what is left. Cases that never ended are marked as cut short and reported.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Answer, KeyUse, Request, Transport};

    fn begun(number: u64, id: &str) -> Begun {
        let case = CaseRecord {
            index: number,
            id: id.to_owned(),
            origin: "test".into(),
            title: "t".into(),
            serves: Vec::new(),
            coordinates: None,
            accounts: Vec::new(),
            exchanges: Vec::new(),
            skipped: None,
        };
        Begun { number, case }
    }

    fn sent(number: u64, nth: usize, reserved: Option<i64>) -> Sent {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: Vec::new(),
            key: KeyUse::Own,
            transport: Transport::Plain,
            body: "{}".into(),
        };
        let exchange = Exchange {
            operation: OperationId::BuyBulk,
            actor: None,
            batch: None,
            request,
            sent_us: 1,
            done_us: 1,
            in_flight: 0,
            shared: false,
            trace: None,
            reserved: reserved.map(spec::Pesewas::new),
            answer: Answer::stopped("no answer is recorded"),
        };
        Sent { number, nth, exchange }
    }

    fn answered(number: u64, nth: usize) -> Answered {
        let answer = Answer::Unsent("a test".into());
        Answered { number, nth, sent_us: 5, done_us: 9, in_flight: 2, answer }
    }

    fn ended(number: u64, left_out: Vec<usize>) -> Ended {
        Ended { number, left_out, skipped: None }
    }

    #[test]
    fn what_never_ended_is_cut_short_and_counts_at_its_worst() {
        let (mut pieces, mut records) = (Pieces::default(), Records::default());
        pieces.begun(begun(1, "a"));
        pieces.begun(begun(2, "b"));
        for order in [sent(1, 0, Some(20)), sent(2, 0, Some(30)), sent(2, 1, None), sent(1, 1, Some(40))] {
            pieces.sent(order).unwrap();
        }
        pieces.answered(answered(2, 0)).unwrap();
        pieces.answered(answered(1, 1)).unwrap();
        pieces.ended(ended(1, vec![0]), &mut records).unwrap();
        let broken = pieces.finish(&mut records);
        assert_eq!((broken.orders, broken.at_worst.get(), broken.unpriced), (1, 0, 1));
        assert_eq!(broken.cases, ["b"]);
        let cases: Vec<CaseRecord> = records.iter().map(std::borrow::Cow::into_owned).collect();
        assert_eq!(
            (cases[0].exchanges.len(), cases[0].exchanges[0].done_us),
            (1, 9),
            "the first is left out"
        );
        assert_eq!(cases[0].skipped, None);
        assert_eq!((cases[1].exchanges.len(), cases[1].skipped.as_deref()), (2, Some(BREAKS_OFF)));
    }

    #[test]
    fn a_smaller_form_has_its_last_address() {
        let (mut pieces, mut records) = (Pieces::default(), Records::default());
        for (number, id) in [(1, "a@step/1"), (2, "a@step/2")] {
            pieces.begun(begun(number, id));
            pieces.ended(ended(number, Vec::new()), &mut records).unwrap();
        }
        let renamed = |from: &str| Renamed { from: from.to_owned(), to: "a@small".to_owned() };
        pieces.renamed(renamed("a@step/1"), &mut records).unwrap();
        assert_eq!(pieces.renamed(renamed("a@step/3"), &mut records), Err(Misplaced::Renamed));
        assert_eq!(pieces.finish(&mut records), BreakOff::default());
        let ids: Vec<String> = records.iter().map(|it| it.id.clone()).collect();
        assert_eq!(ids, ["a@small", "a@step/2"]);
    }

    #[test]
    fn a_line_that_belongs_to_nothing_is_named() {
        let (mut pieces, mut records) = (Pieces::default(), Records::default());
        assert_eq!(pieces.sent(sent(1, 0, None)), Err(Misplaced::Case(1)));
        pieces.begun(begun(1, "a"));
        assert_eq!(pieces.sent(sent(1, 1, None)), Err(Misplaced::Request { number: 1, nth: 1 }));
        assert_eq!(pieces.answered(answered(1, 0)), Err(Misplaced::Request { number: 1, nth: 0 }));
        assert_eq!(pieces.ended(ended(2, Vec::new()), &mut records), Err(Misplaced::Case(2)));
    }
}
