//! Decides when the next request may be sent: within a rate that was asked for, after the waits that the server asks
//! for, and more slowly once it was throttled.
//!
//! The rate is lowered and raised as in TCP: a throttled request halves it, and each second without one adds a
//! little, up to nine tenths of the rate at which it was throttled. So a run finds the rate that a gateway allows.
//! After some seconds there it probes for a higher one, since the reason may have been another: a server that refuses
//! a whole address for a while after some keys that are not right says nothing of the rate. A probe that is throttled
//! returns to the rate before it, and the next one waits twice as long.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::stop::Stop;

/// One second.
const SECOND: Duration = Duration::from_secs(1);

/// Requests per second, in thousandths.
type Rate = u64;

/// The lowest rate.
const SLOWEST: Rate = 1_000;

/// The number of requests whose time is remembered, to measure how fast they were sent.
const MOST_REMEMBERED: usize = 4_096;

/// The divisor of the rate that gives what a second without a throttled request adds.
const PART_ADDED: Rate = 20;

/// The least that such a second adds.
const LEAST_ADDED: Rate = 500;

/// How long nothing must be throttled before the first probe for a higher rate.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// The longest time between two probes.
const MOST_PATIENCE: Duration = Duration::from_secs(300);

/// The wait after the rate was lowered if the server asks for none, so that what it allows can fill up again.
const UNASKED: Duration = Duration::from_millis(500);

/// The number of consecutive answers after which a server counts as not available, unless one asks to wait.
const DOWN: u32 = 3;

/// The first wait during an outage if the server asks for none.
const SHORTEST_OUTAGE: Duration = Duration::from_millis(125);

/// The longest time for which a run waits during one outage if the server does not ask for a longer one.
const MOST_OUTAGE: Duration = Duration::from_secs(10);

/// This many refused keys within this time explain a request that is throttled: many servers lock an address out then.
const REFUSALS: usize = 3;
const LOCKOUT: Duration = Duration::from_secs(10);

/// A wait that the server asked for, as it is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The duration of the wait.
    pub wait: Duration,
    /// The highest rate from then on, in requests per second.
    pub rate: Option<u64>,
}

/// The reasons why a request may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// The run is to stop.
    Stopped,
    /// The server asks for a wait longer than the limit.
    TooLong,
}

/// The pace of a run.
#[derive(Debug)]
pub(super) struct Pace {
    stop: Stop,
    max_wait: Duration,
    state: Mutex<State>,
    told: watch::Sender<Waiting>,
}

#[derive(Debug)]
struct State {
    /// The rate that was asked for.
    wanted: Option<Rate>,
    /// The current rate; `None` for no limit.
    rate: Option<Rate>,
    /// The rate is not raised above this, except by a probe.
    most: Rate,
    /// Whether the rate is a probe: above what is known to be allowed.
    probing: bool,
    /// How long nothing must be throttled before the next probe.
    patience: Duration,
    /// The time when the next request may be sent.
    next: Instant,
    /// Nothing is sent before this time.
    closed: Instant,
    /// The time when the rate was last lowered.
    lowered: Instant,
    /// The time up to which raising the rate has been taken into account.
    raised: Instant,
    /// The number of requests that were throttled.
    throttled: u64,
    /// The number of consecutive answers that say that the server is not available.
    down: u32,
    /// How long the run has waited during these answers.
    waited: Duration,
    /// The times of the most recent requests.
    went: VecDeque<Instant>,
    /// The times of the most recent answers that refused a key, [`REFUSALS`] at most.
    refused: VecDeque<Instant>,
}

impl Pace {
    /// Starts with this rate, if one is given. While the server asks for a wait longer than `max_wait`, no request
    /// may be sent.
    pub(super) fn new(rate: Option<u32>, max_wait: Duration, stop: Stop) -> Self {
        let now = Instant::now();
        let wanted = rate.map(|it| Rate::from(it) * 1_000);
        let state = State {
            wanted,
            rate: wanted,
            most: Rate::MAX,
            probing: false,
            patience: FIRST_PATIENCE,
            next: now,
            closed: now,
            lowered: now,
            raised: now,
            throttled: 0,
            down: 0,
            waited: Duration::ZERO,
            went: VecDeque::new(),
            refused: VecDeque::new(),
        };
        Self { stop, max_wait, state: Mutex::new(state), told: watch::Sender::new(Waiting::default()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // After a panic elsewhere the state holds plain numbers, which are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to the waits that are reported.
    pub(super) fn watch(&self) -> watch::Receiver<Waiting> {
        self.told.subscribe()
    }

    /// Returns the number of requests that were throttled so far, and the current rate if they lowered it.
    pub(super) fn lowered_to(&self) -> (u64, Option<u64>) {
        let state = self.state();
        let rate = state.rate.filter(|_| state.rate != state.wanted);
        (state.throttled, rate.map(|it| it.div_ceil(1_000)))
    }

    /// Waits until the next request may be sent.
    pub(super) async fn turn(&self) -> Result<(), NoTurn> {
        loop {
            let (now, at) = {
                let mut state = self.state();
                let now = Instant::now();
                if state.closed.saturating_duration_since(now) > self.max_wait {
                    return Err(NoTurn::TooLong);
                }
                (now, state.take(now))
            };
            if at <= now {
                // Even a timer that is due takes up to a millisecond.
                return if self.stop.is_set() { Err(NoTurn::Stopped) } else { Ok(()) };
            }
            self.stop.unless_set(tokio::time::sleep_until(at)).await.ok_or(NoTurn::Stopped)?;
            // During the wait the server may have asked for a longer one.
            if self.state().closed <= at.max(Instant::now()) {
                return Ok(());
            }
        }
    }

    /// Takes note that a request without a right key was throttled, which says nothing of the rate.
    pub(super) fn locked_out(&self) {
        self.state().throttled += 1;
    }

    /// Takes note of an answer of the server itself, after which an outage is over.
    pub(super) fn up(&self) {
        let mut state = self.state();
        (state.down, state.waited) = (0, Duration::ZERO);
    }

    /// Takes note that a gateway answered in the server's place, or the server only that it is not available: nothing is sent
    /// for as long as it asked for, or after some such answers in a row for a moment, as long as there is hope. What is
    /// sent during an outage shows nothing else.
    pub(super) fn down(&self, asked: Option<Duration>) {
        let mut state = self.state();
        let wait = state.down(asked.filter(|it| *it <= self.max_wait), Instant::now());
        let waiting = Waiting { wait, rate: state.rate.map(|it| it.div_ceil(1_000)) };
        drop(state);
        if wait >= SECOND {
            self.told.send_replace(waiting);
        }
    }

    /// Takes note that the key of a request was refused.
    pub(super) fn refused(&self) {
        let mut state = self.state();
        if state.refused.len() == REFUSALS {
            state.refused.pop_front();
        }
        state.refused.push_back(Instant::now());
    }

    /// Takes note that a request sent at `sent` was throttled and that the server asked for a wait, or did not say
    /// how long. The rate is lowered once for all requests that were in flight together. A server that asks for no
    /// wait at all limits the number of requests and not their rate, and one that has just refused several keys and asks
    /// for a wait may limit neither.
    pub(super) fn throttled(&self, sent: Instant, asked: Option<Duration>) {
        let mut state = self.state();
        state.throttled += 1;
        if asked == Some(Duration::ZERO) {
            return;
        }
        let now = Instant::now();
        let lowered = sent > state.lowered && !(asked.is_some() && state.may_be_locked_out(now));
        let wait = asked.unwrap_or(if lowered { UNASKED } else { Duration::ZERO });
        let until = now + wait;
        let longer = until.saturating_duration_since(state.closed.max(now));
        state.closed = state.closed.max(until);
        if lowered {
            state.lower(now);
        }
        // A wait beyond `max_wait` is not waited out: the request is counted, but no wait is reported.
        if wait <= self.max_wait && (longer >= SECOND || lowered) {
            let rate = state.rate.map(|it| it.div_ceil(1_000));
            drop(state);
            self.told.send_replace(Waiting { wait, rate });
        }
    }
}

impl State {
    /// Closes for as long as an answer asked for that says that the server is not available, or for a moment after several
    /// of them. Returns by how much longer nothing is sent.
    fn down(&mut self, asked: Option<Duration>, now: Instant) -> Duration {
        self.down += 1;
        let unasked = if self.down < DOWN {
            Duration::ZERO
        } else {
            SHORTEST_OUTAGE * (1 << (self.down / DOWN).min(4))
        };
        let until = now + asked.unwrap_or(unasked);
        let more = until.saturating_duration_since(self.closed.max(now));
        if self.waited + more > MOST_OUTAGE.max(asked.unwrap_or_default()) {
            return Duration::ZERO;
        }
        self.waited += more;
        self.closed = self.closed.max(until);
        more
    }

    /// Assigns and returns the time of the next request.
    fn take(&mut self, now: Instant) -> Instant {
        self.raise(now);
        let at = self.next.max(self.closed).max(now);
        if let Some(rate) = self.rate {
            self.next = at + Duration::from_micros(1_000_000_000 / rate.max(1));
        }
        if self.went.len() == MOST_REMEMBERED {
            self.went.pop_front();
        }
        self.went.push_back(at);
        at
    }

    /// Returns true if so many keys were refused of late that the server may have locked us out for them, which says nothing
    /// of the rate.
    fn may_be_locked_out(&self, now: Instant) -> bool {
        let recent = self.refused.iter().filter(|it| now.saturating_duration_since(**it) <= LOCKOUT);
        recent.count() == REFUSALS
    }

    /// Lowers the rate: to the last one that is known to be allowed if this one was a probe, else to half of the current
    /// one, or of the measured one if there was no limit or only the one asked for.
    fn lower(&mut self, now: Instant) {
        if std::mem::take(&mut self.probing) {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
            self.rate = Some(self.most.max(SLOWEST));
        } else {
            let now_at = match self.rate {
                // The rate that was asked for may be higher than the one that was reached.
                rate if rate == self.wanted => rate.unwrap_or(Rate::MAX).min(self.measured(now)),
                rate => rate.unwrap_or(SLOWEST),
            };
            self.most = now_at / 10 * 9;
            self.rate = Some((now_at / 2).max(SLOWEST));
        }
        (self.lowered, self.raised) = (now, now);
        self.next = self.next.min(now).max(self.closed);
    }

    /// Raises the rate a little for each second since the last change, and doubles it in each second of a probe.
    fn raise(&mut self, now: Instant) {
        let Some(rate) = self.rate.filter(|_| self.rate != self.wanted) else { return };
        // While nothing is sent, there is no evidence for a higher rate.
        let since = self.raised.max(self.closed);
        let seconds = now.saturating_duration_since(since).as_secs();
        if seconds == 0 {
            return;
        }
        self.raised = now;
        let wanted = self.wanted.unwrap_or(Rate::MAX);
        let most = self.most.min(wanted).max(SLOWEST);
        let patient = now.saturating_duration_since(self.lowered.max(self.closed)) >= self.patience;
        if rate < most {
            self.rate = Some((rate + (rate / PART_ADDED).max(LEAST_ADDED) * seconds).min(most));
        } else if self.probing && self.measured(now) < rate / 4 {
            // The run does not send as much as is allowed, so this rate no longer limits it.
            (self.rate, self.most, self.probing) = (self.wanted, Rate::MAX, false);
        } else if patient {
            self.probing = true;
            self.most = rate;
            self.rate = Some(rate.saturating_mul(2).min(wanted));
        }
    }

    /// Returns the rate over the last second, or over the time since the first request if that is shorter.
    fn measured(&self, now: Instant) -> Rate {
        let recent = self.went.iter().rev().take_while(|it| now.saturating_duration_since(**it) <= SECOND);
        let (count, first) = recent.fold((0, now), |(count, first), it| (count + 1, first.min(*it)));
        // Over less than a fifth of a second, a burst would look like a rate.
        let span = now.saturating_duration_since(first).max(SECOND / 5);
        (count * 1_000_000 / Rate::try_from(span.as_millis()).unwrap_or(1)).max(SLOWEST * 2)
    }
}

#[cfg(test)]
mod tests;
