//! Carries out a plan: records and judges each case as it finishes, shrinks the failing cases, and concludes the run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::other_numbers::{self, Round};
use super::own_numbers;
use super::session::{self, Finished, Options, Prepared, SessionError};
use super::shrink::{Examples, Shrinker};
use super::told::Told;
use crate::bounds;
use crate::checks;
use crate::exec::absence::{self, Presence};
use crate::exec::discover::OF_AN_ORDER;
use crate::exec::run::Runner;
use crate::history::store::Records;
use crate::history::{Answer, Capability, CaseRecord, End, Footer, Header, History, Journal, Line};
use crate::judge::case::Judge;
use crate::judge::judged::Judged;
use crate::judge::networks;
use crate::judge::summary::{self, Unplanned};
use crate::plan::case::Case;
use crate::plan::outlook::outlook;
use crate::plan::render::Numbers;
use crate::report::event::{Event, Sink};

/// After more than this many consecutive cases that could not be sent, the target counts as unreachable.
const GONE: u32 = 20;

impl Prepared {
    /// Carries out the plan and judges what was received.
    ///
    /// # Errors
    /// Returns an error if the target or a schema of the contract may not be used, or the journal can't be started.
    pub async fn run(
        self,
        options: &Options,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Finished, SessionError> {
        let states = self.runner.states.clone();
        let ran = self.carry_out(options, sink).await;
        if ran.is_err() {
            session::tear_down(states.as_ref(), options).await;
        }
        ran
    }

    async fn carry_out(
        self,
        options: &Options,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Finished, SessionError> {
        let contract = self.runner.contract.clone();
        let (cost, capability) = (self.header.budget.cost, self.header.environment.capability);
        self.runner.target.permit(&contract, cost.expected, cost.worst)?;
        let judge = checks::judge(&contract)?;
        options.journal.start(&self.header)?;
        sink.event(&Event::Planned { budget: self.header.budget.clone() });
        if let Some(path) = options.journal.path() {
            sink.event(&Event::Journal { path });
        }
        let cases = Arc::new(self.cases);
        let mut collected = Collected::new(self.header, cases.clone(), options);
        let start = |cases| Work::start(self.runner.clone(), cases, self.until);
        let mut ended = match own_numbers::first(&cases, options) {
            Some(first) => collected.scout(start(Arc::new(first)), &judge, options, sink).await,
            None => Ended::default(),
        };
        let mut numbers = self.numbers;
        for portion in other_numbers::portions(collected.left(), self.runner.target.cap.is_some()) {
            let mut cases = portion;
            let mut rounds = Round::ALL.into_iter();
            while !ended.stopped {
                if !cases.is_empty() {
                    let crashed = ended.crashed;
                    ended = collected.collect(start(cases), &judge, sink).await;
                    ended.crashed |= crashed;
                }
                let Some(round) = rounds.next() else { break };
                cases = Arc::new(collected.again(round, &judge, &mut numbers));
            }
        }
        collected.told.doubted(&contract, &collected.judged, sink);
        if options.shrink && !ended.stopped {
            let shrinker = Shrinker {
                runner: self.runner.clone(),
                header: collected.header.clone(),
                numbers,
                until: self.until,
            };
            collected.shrink(shrinker, options, sink).await;
        }
        let states = self.runner.states.as_ref();
        if let Some(states) = states.filter(|_| options.tear_down) {
            sink.event(&Event::TearDown { states: states.count() as u64 });
        }
        ended.notes = session::tear_down(states, options).await;
        // Of several parts of a plan, only the first reports this.
        let is_whole =
            capability == Capability::Accounts && options.only.is_empty() && options.these.is_empty();
        if is_whole && options.shard.is_none_or(|(part, _)| part == 1) {
            ended.notes.extend(self.lacking.iter().map(ToString::to_string));
        }
        let finished = collected.finish(&self.runner, &ended, &judge, &self.unplanned, sink);
        close(&options.journal, &finished.history);
        Ok(finished)
    }
}

/// The tasks of a run.
struct Work {
    runner: Arc<Runner>,
    records: mpsc::Receiver<CaseRecord>,
    sending: JoinHandle<()>,
    limit: Option<JoinHandle<()>>,
}

impl Work {
    /// Starts sending, which goes on until everything is sent, the time limit is reached or the run is interrupted.
    fn start(runner: Arc<Runner>, cases: Arc<Vec<Case>>, until: Option<Instant>) -> Self {
        let (done, records) = mpsc::channel(bounds::WAITING);
        let limit = until.map(|until| {
            let runner = runner.clone();
            tokio::spawn(async move {
                tokio::time::sleep_until(until.into()).await;
                runner.stop.set();
            })
        });
        let sending = {
            let runner = runner.clone();
            tokio::spawn(async move { runner.run(cases, done).await })
        };
        Self { runner, records, sending, limit }
    }

    /// Waits until nothing more is sent.
    async fn end(self) -> Ended {
        let crashed = self.sending.await.is_err();
        let timed_out = self.limit.as_ref().is_some_and(JoinHandle::is_finished);
        self.limit.inspect(JoinHandle::abort);
        let stopped = self.runner.stop.is_set();
        Ended { stopped, timed_out, crashed, notes: Vec::new() }
    }
}

/// How the sending ended.
#[derive(Default)]
struct Ended {
    stopped: bool,
    timed_out: bool,
    crashed: bool,
    /// What could not be torn down, and what the run lacked.
    notes: Vec<String>,
}

/// What has been received so far, and the results of judging it.
struct Collected {
    header: Header,
    cases: Arc<Vec<Case>>,
    records: Records,
    judged: Vec<Judged>,
    examples: Examples,
    told: Told,
    /// The number of failed causes at which the run stops.
    enough: Option<u32>,
    /// The first digits of the numbers that operators were found to take, by the operator's id.
    learnt: BTreeMap<String, String>,
    /// The number of consecutive cases that could not be sent.
    unreachable: u32,
}

impl Collected {
    fn new(header: Header, cases: Arc<Vec<Case>>, options: &Options) -> Self {
        Self {
            header,
            records: Records::new(options.memory),
            enough: options.max_failures,
            judged: Vec::with_capacity(cases.len()),
            examples: Examples::new(cases.clone()),
            cases,
            told: Told::default(),
            learnt: BTreeMap::new(),
            unreachable: 0,
        }
    }

    /// Judges each case as it arrives, and keeps its record.
    async fn collect(&mut self, mut work: Work, judge: &Judge<'_>, sink: &mut (dyn Sink + Send)) -> Ended {
        let (mut waits, mut presence) = (work.runner.waits(), work.runner.presence());
        loop {
            let record = tokio::select! {
                Ok(()) = waits.changed() => {
                    let it = *waits.borrow_and_update();
                    sink.event(&Event::Waiting { wait_ms: millis(it.wait), rate: it.rate });
                    continue;
                }
                Ok(()) = presence.changed() => {
                    sink.event(&told(&presence.borrow_and_update()));
                    continue;
                }
                record = work.records.recv() => record,
            };
            let Some(record) = record else { break };
            // Earlier orders may have shown which endpoints the server has.
            self.header.environment.endpoints.extend(work.runner.found());
            self.take(record, &work.runner, judge, sink);
        }
        work.end().await
    }

    /// Judges a case, and keeps its record.
    fn take(&mut self, record: CaseRecord, runner: &Runner, judge: &Judge<'_>, sink: &mut (dyn Sink + Send)) {
        let said = Judged::of(judge, &self.header.environment, &record);
        self.told.case(judge.contract, (&record, &said), runner.budget.charged(), sink);
        self.examples.note(&record, &said.marks);
        self.unreachable = if is_unreachable(&record) { self.unreachable + 1 } else { 0 };
        if self.gone() || self.failed_enough() {
            runner.stop.set();
        }
        self.records.push(record);
        self.judged.push(said);
    }

    /// Returns the cases to send again for other numbers.
    fn again(&self, round: Round, judge: &Judge<'_>, numbers: &mut Numbers) -> Vec<Case> {
        let so_far = (self.cases.as_slice(), self.judged.as_slice());
        other_numbers::cases(round, judge.contract, &self.header.environment, so_far, numbers)
    }

    /// Finds out which numbers operators take, by the cases that show it. If one takes only numbers of its own, all other cases
    /// are planned again with those, and what its refusals mean is judged only then.
    async fn scout(
        &mut self,
        mut work: Work,
        judge: &Judge<'_>,
        options: &Options,
        sink: &mut (dyn Sink + Send),
    ) -> Ended {
        let mut records = Vec::new();
        while let Some(record) = work.records.recv().await {
            records.push(record);
        }
        self.header.environment.endpoints.extend(work.runner.found());
        let said: Vec<Judged> =
            records.iter().map(|it| Judged::of(judge, &self.header.environment, it)).collect();
        let learnt = networks::learnt(judge.contract, &self.header.environment, &said);
        if !learnt.is_empty() {
            // If this can't be written, nothing more is sent.
            if options.journal.write(|| Line::Prefixes(learnt.clone())).is_err() {
                work.runner.stop.set();
            }
            self.header.environment.learn(&learnt);
            let planned = own_numbers::plan_again(
                judge.contract,
                &self.header.environment,
                &self.cases,
                learnt.len(),
                options,
            );
            if let Ok(cases) = planned {
                self.cases = Arc::new(cases);
                self.examples = Examples::new(self.cases.clone());
            }
            self.learnt = learnt;
        }
        for record in records {
            self.take(record, &work.runner, judge, sink);
        }
        work.end().await
    }

    /// Returns the cases that were not sent yet.
    fn left(&self) -> Arc<Vec<Case>> {
        let sent: BTreeSet<u64> = self.judged.iter().map(|it| it.index).collect();
        if sent.is_empty() {
            return self.cases.clone();
        }
        Arc::new(self.cases.iter().filter(|it| !sent.contains(&it.index)).cloned().collect())
    }

    fn failed_enough(&self) -> bool {
        self.enough.is_some_and(|enough| self.told.failures >= enough)
    }

    fn gone(&self) -> bool {
        self.unreachable > GONE
    }

    /// Sends smaller forms of what failed, for the simplest example of each cause.
    async fn shrink(&mut self, shrinker: Shrinker, options: &Options, sink: &mut (dyn Sink + Send)) {
        let examples = std::mem::replace(&mut self.examples, Examples::new(self.cases.clone()));
        for (record, said) in shrinker.shrink(examples, &options.journal).await {
            let charged = said.ledger.charged;
            sink.event(&Event::Smaller { requests: said.requests, charged });
            self.records.push(record);
            self.judged.push(said);
        }
    }

    /// Puts everything into the order of the plan and concludes the run.
    fn finish(
        mut self,
        runner: &Runner,
        ended: &Ended,
        judge: &Judge<'_>,
        unplanned: &Unplanned,
        sink: &mut (dyn Sink + Send),
    ) -> Finished {
        self.header.environment.assume_absent(OF_AN_ORDER);
        self.records.sort();
        self.judged.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
        let end = self.end(runner, ended);
        sink.event(&Event::Ended { end });
        let sent: BTreeSet<u64> =
            self.judged.iter().filter(|it| it.skipped.is_none()).map(|it| it.index).collect();
        let (gone, left): (Vec<&Case>, Vec<&Case>) =
            self.cases.iter().partition(|it| sent.contains(&it.index));
        let more = if end == End::Budget { outlook(&gone, &left) } else { Vec::new() };
        let more = more.iter().map(ToString::to_string).collect();
        let unserved = left.iter().flat_map(|it| &it.serves).map(|id| (*id).to_owned()).collect();
        let left = left.into_iter().map(|it| it.id.clone()).collect();
        let crash = ended.crashed.then(|| ("the executor".to_owned(), "a worker panicked".to_owned()));
        let own_faults = crash.into_iter().collect();
        let lines = runner.gone().into_iter().chain(runner.throttled()).chain(runner.unended());
        let learnt = self.learnt.iter().map(|(operator, prefix)| own_numbers::note(operator, prefix));
        let notes = lines.chain(learnt).chain(ended.notes.clone()).collect();
        let footer =
            Footer { left, unserved, own_faults, notes, more, ..Footer::new(end, runner.client.now_us()) };
        let judgement = summary::conclude(judge, &self.header, &self.judged, &footer, unplanned);
        let history = History { header: self.header, cases: self.records, footer };
        Finished { history, judged: self.judged, judgement }
    }

    fn end(&self, runner: &Runner, ended: &Ended) -> End {
        match ended {
            _ if self.gone() || runner.is_gone() => End::Unreachable,
            Ended { stopped: true, timed_out: true, .. } => End::TimeLimit,
            Ended { stopped: true, .. } if self.failed_enough() => End::Failures,
            Ended { stopped: true, .. } => End::Interrupted,
            _ if runner.budget.bound() => End::Budget,
            _ => End::Complete,
        }
    }
}

/// Returns the event that says whether connections can be made.
fn told(presence: &Presence) -> Event {
    match presence {
        Presence::Away(why) => Event::Away { why: why.clone(), wait_ms: millis(absence::LONGEST) },
        Presence::Back(after) => Event::Back { after_ms: millis(*after) },
        Presence::There => Event::Back { after_ms: 0 },
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn is_unreachable(record: &CaseRecord) -> bool {
    !record.exchanges.is_empty() && record.exchanges.iter().all(|it| matches!(it.answer, Answer::Unsent(_)))
}

/// Writes the end of a recording. If the journal breaks off, [`Journal::trouble`] gives the reason.
fn close(journal: &Journal, history: &History) {
    let endpoints = || Line::Found(history.header.environment.endpoints.clone());
    let footer = || Line::Footer(history.footer.clone());
    _ = journal.write(endpoints).and_then(|()| journal.write(footer));
}
