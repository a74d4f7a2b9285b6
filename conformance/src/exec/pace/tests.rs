//! The rate goes down when it must and up again, and an outage is waited out.

use super::*;

fn state(wanted: Option<Rate>, now: Instant) -> State {
    let pace = Pace::new(None, SECOND, Stop::default());
    let state = pace.state.into_inner().unwrap();
    State { wanted, rate: wanted, next: now, closed: now, lowered: now, raised: now, ..state }
}

/// Simulates a run behind a gateway that allows this many requests per second. Returns how many were throttled in
/// each half minute, and the rate at the end.
fn behind(lets_through: u32, wanted: Option<Rate>) -> ([u32; 4], Rate) {
    let start = Instant::now();
    let mut state = state(wanted, start);
    let (mut throttled, mut tokens, mut filled, mut now) = ([0; 4], 0, 0, start);
    while now < start + SECOND * 120 {
        // Without a limit, a request takes 2.5 ms.
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
        // The gateway is asked whether it allows more ever more rarely.
        assert!(throttled[0] <= 10 && throttled[2..].iter().sum::<u32>() <= 2, "{wanted:?}: {throttled:?}");
        assert!((25_000..=50_000).contains(&rate), "{wanted:?}: {rate}");
    }
    // A rate below that of the gateway is kept.
    assert_eq!(behind(50, Some(20_000)), ([0; 4], 20_000));
}

#[test]
fn lockouts_that_end_slow_a_run_down_only_for_a_while() {
    let start = Instant::now();
    let (mut state, mut now, mut locked) = (state(None, start), start, start);
    for nth in 1..=3_500 {
        // Without a limit, a request takes 2.5 ms.
        now = state.take(now).max(now + Duration::from_micros(2_500));
        if nth % 500 == 0 {
            locked = now + SECOND * 3;
        }
        if now < locked {
            state.closed = locked;
            state.lower(now);
        }
    }
    let took = now.duration_since(start);
    assert!(took < SECOND * 200, "{took:?}");
    // With some time of peace behind it, the run is as fast as before.
    (0..20_000).for_each(|_| now = state.take(now).max(now + Duration::from_micros(2_500)));
    assert_eq!(state.rate, None);
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
async fn whoever_is_locked_out_slows_nobody_down() {
    let pace = Pace::new(None, SECOND, Stop::default());
    pace.turn().await.unwrap();
    pace.locked_out();
    assert_eq!(pace.lowered_to(), (1, None));
    // So many refused keys may be why even a right one has to wait.
    (0..REFUSALS).for_each(|_| pace.refused());
    pace.throttled(Instant::now(), Some(SECOND));
    assert_eq!(pace.lowered_to(), (2, None));
    assert_eq!(*pace.watch().borrow(), Waiting { wait: SECOND, rate: None }, "the wait is told all the same");
    pace.state().refused.iter_mut().for_each(|it| *it -= LOCKOUT * 2);
    pace.throttled(Instant::now(), Some(SECOND));
    assert!(pace.lowered_to().1.is_some(), "old refusals explain nothing");
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

#[test]
fn an_outage_is_waited_out_and_only_for_so_long() {
    let mut now = Instant::now();
    let mut state = state(None, now);
    let mut waits = |asked: Option<u64>| {
        now = state.take(now);
        state.down(asked.map(Duration::from_secs), now)
    };
    assert_eq!(waits(Some(2)), Duration::from_secs(2));
    assert_eq!(waits(Some(2)), Duration::from_secs(2), "it is asked again after that");
    let unasked: Duration = (0..100).map(|_| waits(None)).sum();
    assert!((MOST_OUTAGE / 4..MOST_OUTAGE).contains(&unasked), "{unasked:?}");
    assert_eq!(waits(None), Duration::ZERO);
}

#[test]
fn one_answer_of_a_gateway_is_no_outage() {
    let now = Instant::now();
    let mut state = state(None, now);
    assert_eq!(
        [(); 3].map(|()| state.down(None, now)),
        [Duration::ZERO, Duration::ZERO, SHORTEST_OUTAGE * 2]
    );
}
