//! When the next request may go: under a rate that was asked for, behind a server that asks for patience, and slower for the
//! rest of the run once it was throttled.
//!
//! The rate is lowered and raised as TCP does it: a throttled request halves it, each second without one adds a little, up to
//! a tenth below where it was throttled. So a run finds what a gateway lets through, and stays there.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::stop::Stop;

/// A second.
const SECOND: Duration = Duration::from_secs(1);

/// Requests a second, in thousandths.
type Rate = u64;

/// No slower than this.
const SLOWEST: Rate = 1_000;

/// Requests whose time is remembered, to know how fast they went.
const MOST_REMEMBERED: usize = 4_096;

/// What a second without a throttled request adds: this part of the rate.
const PART_ADDED: Rate = 20;

/// And no less than this.
const LEAST_ADDED: Rate = 500;

/// That the server is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// For how long.
    pub wait: Duration,
    /// Requests a second, at most, from then on.
    pub rate: Option<u64>,
}

/// Why a request does not get its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// The run is to stop.
    Stopped,
    /// The server asks to wait longer than anybody does.
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
    /// The rate now.
    rate: Option<Rate>,
    /// The rate is not raised beyond this.
    most: Rate,
    /// When the next request may go.
    next: Instant,
    /// Nothing goes before this.
    closed: Instant,
    /// When the rate was last lowered.
    lowered: Instant,
    /// Until when its raising is reckoned.
    raised: Instant,
    /// Requests that were throttled.
    throttled: u64,
    /// When the last requests went.
    went: VecDeque<Instant>,
}

impl Pace {
    /// Under a rate, if one is asked for; whoever is asked to wait longer than `max_wait` gets no turn.
    pub(super) fn new(rate: Option<u32>, max_wait: Duration, stop: Stop) -> Self {
        let now = Instant::now();
        let wanted = rate.map(|it| Rate::from(it) * 1_000);
        let state = State {
            wanted,
            rate: wanted,
            most: Rate::MAX,
            next: now,
            closed: now,
            lowered: now,
            raised: now,
            throttled: 0,
            went: VecDeque::new(),
        };
        Self { stop, max_wait, state: Mutex::new(state), told: watch::Sender::new(Waiting::default()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain numbers behind, which are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever wants to know that the server is waited for.
    pub(super) fn watch(&self) -> watch::Receiver<Waiting> {
        self.told.subscribe()
    }

    /// Requests that were throttled so far, and the rate that they left, if they lowered it.
    pub(super) fn lowered_to(&self) -> (u64, Option<u64>) {
        let state = self.state();
        let rate = state.rate.filter(|_| state.rate != state.wanted);
        (state.throttled, rate.map(|it| it.div_ceil(1_000)))
    }

    /// Waits for the next request's turn.
    pub(super) async fn turn(&self) -> Result<(), NoTurn> {
        loop {
            let at = {
                let mut state = self.state();
                let now = Instant::now();
                if state.closed.saturating_duration_since(now) > self.max_wait {
                    return Err(NoTurn::TooLong);
                }
                state.take(now)
            };
            self.stop.unless_set(tokio::time::sleep_until(at)).await.ok_or(NoTurn::Stopped)?;
            // Meanwhile the server may have asked for patience.
            if self.state().closed <= at.max(Instant::now()) {
                return Ok(());
            }
        }
    }

    /// A request that went at `sent` was throttled, and the server asked to wait, or did not say how long. The pace goes down
    /// once for all that were under way together. A server that says not to wait at all counts requests rather than their pace.
    pub(super) fn throttled(&self, sent: Instant, asked: Option<Duration>) {
        let mut state = self.state();
        state.throttled += 1;
        if asked == Some(Duration::ZERO) {
            return;
        }
        let now = Instant::now();
        let wait = asked.unwrap_or_default();
        let until = now + wait;
        let longer = until.saturating_duration_since(state.closed.max(now));
        state.closed = state.closed.max(until);
        let lowered = sent > state.lowered;
        if lowered {
            state.lower(now);
        }
        // What is cut short is counted, and no wait of ours.
        if wait <= self.max_wait && (longer >= SECOND || lowered) {
            let rate = state.rate.map(|it| it.div_ceil(1_000));
            drop(state);
            self.told.send_replace(Waiting { wait, rate });
        }
    }
}

impl State {
    /// The next request's time, which is then taken.
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

    /// Half of the rate that was kept, or of how fast it went where none was.
    fn lower(&mut self, now: Instant) {
        let now_at = match self.rate {
            // A rate that was asked for may be more than what ever went.
            rate if rate == self.wanted => rate.unwrap_or(Rate::MAX).min(self.measured(now)),
            rate => rate.unwrap_or(SLOWEST),
        };
        self.most = now_at / 10 * 9;
        self.rate = Some((now_at / 2).max(SLOWEST));
        (self.lowered, self.raised) = (now, now);
        self.next = self.next.min(now).max(self.closed);
    }

    /// A little more for each second since the last change.
    fn raise(&mut self, now: Instant) {
        let Some(rate) = self.rate.filter(|_| self.rate != self.wanted) else { return };
        // While nothing goes, nothing is learned.
        let since = self.raised.max(self.closed);
        let seconds = now.saturating_duration_since(since).as_secs();
        if seconds == 0 {
            return;
        }
        let most = self.most.min(self.wanted.unwrap_or(Rate::MAX)).max(SLOWEST);
        self.rate = Some((rate + (rate / PART_ADDED).max(LEAST_ADDED) * seconds).min(most).max(rate));
        self.raised = now;
    }

    /// Requests a second, over the last second or as long as there were any.
    fn measured(&self, now: Instant) -> Rate {
        let recent = self.went.iter().rev().take_while(|it| now.saturating_duration_since(**it) <= SECOND);
        let (count, first) = recent.fold((0, now), |(count, first), it| (count + 1, first.min(*it)));
        // Over less than a fifth of a second, a burst would look like a rate.
        let span = now.saturating_duration_since(first).max(SECOND / 5);
        (count * 1_000_000 / Rate::try_from(span.as_millis()).unwrap_or(1)).max(SLOWEST * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(wanted: Option<Rate>, now: Instant) -> State {
        let pace = Pace::new(None, SECOND, Stop::default());
        let state = pace.state.into_inner().unwrap();
        State { wanted, rate: wanted, next: now, closed: now, lowered: now, raised: now, ..state }
    }

    /// A gateway that lets so many requests a second through, and what comes of a run behind it: requests that were throttled in
    /// each half minute, and the rate at the end.
    fn behind(lets_through: u32, wanted: Option<Rate>) -> ([u32; 4], Rate) {
        let start = Instant::now();
        let mut state = state(wanted, start);
        let (mut throttled, mut tokens, mut filled, mut now) = ([0; 4], 0, 0, start);
        while now < start + SECOND * 120 {
            // Without a rate a request takes 2.5 ms.
            let at = state.take(now).max(now + Duration::from_micros(2_500));
            now = at;
            let second = at.duration_since(start).as_secs();
            if second >= filled {
                (filled, tokens) = (second + 1, lets_through);
            }
            if tokens > 0 {
                tokens -= 1;
                continue;
            }
            throttled[usize::try_from(second / 30).unwrap().min(3)] += 1;
            state.closed = start + SECOND * u32::try_from(second + 1).unwrap();
            state.lower(now);
        }
        (throttled, state.rate.unwrap())
    }

    #[test]
    fn a_run_finds_the_rate_of_a_gateway_and_stays_below_it() {
        for wanted in [None, Some(400_000)] {
            let (throttled, rate) = behind(50, wanted);
            assert!(throttled[0] <= 6 && throttled[2..] == [0, 0], "{wanted:?}: {throttled:?}");
            assert!((25_000..=50_000).contains(&rate), "{wanted:?}: {rate}");
        }
        // A rate below the gateway's is kept.
        assert_eq!(behind(50, Some(20_000)), ([0; 4], 20_000));
    }

    #[tokio::test]
    async fn what_went_together_lowers_the_rate_once() {
        let pace = Pace::new(Some(100), SECOND, Stop::default());
        pace.turn().await.unwrap();
        let mut told = pace.watch();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let sent = Instant::now();
        (0..16).for_each(|_| pace.throttled(sent, None));
        let (throttled, rate) = pace.lowered_to();
        assert_eq!((throttled, told.borrow_and_update().rate), (16, rate));
        pace.throttled(Instant::now(), Some(Duration::ZERO));
        assert_eq!(pace.lowered_to(), (17, rate), "whoever need not wait is not too fast");
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_they_want_to_or_past_a_stop() {
        let stop = Stop::default();
        let pace = Pace::new(None, SECOND * 60, stop.clone());
        pace.throttled(Instant::now(), Some(SECOND * 31_536_000));
        assert_eq!(pace.turn().await, Err(NoTurn::TooLong));
        assert!(!pace.watch().has_changed().unwrap(), "what nobody waits for is no wait");
        let pace = Pace::new(None, SECOND * 60, stop.clone());
        pace.throttled(Instant::now(), Some(SECOND * 50));
        let (turn, ()) = tokio::join!(pace.turn(), async { stop.set() });
        assert_eq!(turn, Err(NoTurn::Stopped));
    }
}
