//! Tests the search against a checker that tries every order, on hand-written, random and full-size true histories.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

use super::*;

const NEVER: u64 = u64::MAX;

fn money(pesewas: i64) -> Pesewas {
    Pesewas::new(pesewas)
}

fn debit(total: i64, start_us: u64, end_us: u64) -> Event {
    Event { op: Op::Debit(money(total)), start_us, end_us }
}

fn refused(total: i64, start_us: u64, end_us: u64) -> Event {
    Event { op: Op::Refused(money(total)), start_us, end_us }
}

fn maybe(total: i64, start_us: u64) -> Event {
    Event { op: Op::Maybe(money(total)), start_us, end_us: NEVER }
}

fn read(balance: i64, start_us: u64, end_us: u64) -> Event {
    Event { op: Op::Read(money(balance)), start_us, end_us }
}

fn credit(amount: i64, start_us: u64, end_us: u64) -> Event {
    Event { op: Op::Debit(money(-amount)), start_us, end_us }
}

/// Returns the balance after an event, or `None` if it can't take effect: an independent definition of [`Op`].
fn effect(op: Op, balance: Pesewas) -> Option<Pesewas> {
    match op {
        Op::Debit(total) | Op::Maybe(total) if total < Pesewas::ZERO => Some(balance - total),
        Op::Debit(total) | Op::Maybe(total) => (balance >= total).then(|| balance - total),
        Op::Refused(total) => (balance < total).then_some(balance),
        Op::Read(read) => (balance == read).then_some(balance),
    }
}

fn precedes(a: &Event, b: &Event) -> bool {
    !matches!(a.op, Op::Maybe(_)) && a.end_us < b.start_us
}

/// Tries every order of every choice of lost orders.
fn brute_force(balance: Pesewas, events: &[Event], left: &mut Vec<usize>) -> bool {
    if left.iter().all(|at| matches!(events[*at].op, Op::Maybe(_))) {
        return true;
    }
    (0..left.len()).any(|position| {
        let at = left[position];
        let waits = left.iter().any(|other| *other != at && precedes(&events[*other], &events[at]));
        let Some(after) = effect(events[at].op, balance).filter(|_| !waits) else { return false };
        left.remove(position);
        let found = brute_force(after, events, left);
        left.insert(position, at);
        found
    })
}

fn is_linearizable(opening: Pesewas, events: &[Event]) -> bool {
    brute_force(opening, events, &mut (0..events.len()).collect())
}

/// Returns true if an order explains each of its events, names none twice, and is consistent with real time.
fn explains(opening: Pesewas, events: &[Event], order: &[usize]) -> bool {
    let distinct: BTreeSet<usize> = order.iter().copied().collect();
    let timely = order
        .iter()
        .enumerate()
        .all(|(rank, at)| order[..rank].iter().all(|earlier| !precedes(&events[*at], &events[*earlier])));
    let replayed = order.iter().try_fold(opening, |balance, at| effect(events[*at].op, balance));
    distinct.len() == order.len() && timely && replayed.is_some()
}

fn is_complete(events: &[Event], order: &[usize]) -> bool {
    (0..events.len()).all(|at| order.contains(&at) || matches!(events[at].op, Op::Maybe(_)))
}

#[test]
fn explains_what_can_be_explained() {
    for (opening, events) in [
        (0, vec![]),
        (100, vec![debit(60, 0, 10), refused(60, 0, 10), read(40, 11, 12)]),
        // A read that overlaps an order may see either balance, and two reads may see both.
        (100, vec![debit(60, 0, 10), read(100, 1, 3), read(40, 4, 9)]),
        // A lost order may take effect late, or never.
        (100, vec![maybe(60, 0), read(100, 5, 6), read(40, 8, 9), refused(60, 10, 11)]),
        (100, vec![maybe(60, 0), debit(60, 5, 6)]),
        // An event that starts at the moment another ends overlaps with it.
        (100, vec![debit(60, 0, 5), read(100, 5, 6)]),
        (0, vec![debit(60, 0, 10), credit(60, 0, 10)]),
        (0, vec![credit(60, 0, NEVER), read(0, 5, 6), debit(60, 7, 8)]),
        // The larger of two lost orders has to wait for the smaller.
        (100, vec![maybe(60, 0), maybe(30, 0), read(70, 5, 6), read(10, 7, 8)]),
        // Either lost order explains the refusal, but only one of them the next read: a failed attempt with one says
        // nothing about the other, although the same events have been placed.
        (1000, vec![maybe(100, 0), maybe(200, 0), refused(950, 5, 6), read(800, 7, 8)]),
        (1000, vec![maybe(100, 0), maybe(200, 0), refused(950, 5, 6), read(900, 7, 8)]),
    ] {
        let Linear::Yes { order } = check(money(opening), &events, 1000) else {
            panic!("{events:?} is linearizable");
        };
        assert!(explains(money(opening), &events, &order) && is_complete(&events, &order), "{order:?}");
    }
}

#[test]
fn names_the_answer_that_made_it_impossible() {
    let culprit = |opening, events: &[Event]| match check(money(opening), events, 1000) {
        Linear::No(contradiction) => contradiction.culprit,
        other => panic!("{other:?}"),
    };
    // Check-then-act: two orders of which the wallet could pay only one.
    assert_eq!(culprit(100, &[debit(60, 0, 10), debit(60, 1, 9), read(40, 20, 21)]), 0);
    // A lost update: both orders were debited, and one of the debits was overwritten.
    assert_eq!(culprit(100, &[debit(20, 0, 10), debit(30, 1, 9), read(70, 20, 21), read(70, 30, 31)]), 2);
    // An order was refused, although nothing else had been debited.
    assert_eq!(culprit(100, &[refused(60, 0, 10), debit(60, 11, 12)]), 0);
    // A read that ended before the order started can't see it.
    assert_eq!(culprit(100, &[read(40, 0, 5), debit(60, 6, 7)]), 0);
    // A lost order takes effect at most once.
    assert_eq!(culprit(200, &[maybe(60, 0), read(140, 5, 6), read(80, 7, 8)]), 2);
    // The balance dropped and was restored.
    assert_eq!(culprit(100, &[maybe(60, 0), read(40, 5, 6), read(100, 7, 8)]), 2);
}

#[test]
fn tells_how_far_it_got() {
    let events = [debit(20, 0, 10), debit(30, 1, 9), read(70, 20, 21), debit(5, 30, 31)];
    let Linear::No(contradiction) = check(money(100), &events, 1000) else { panic!("a lost update") };
    assert_eq!(
        contradiction,
        Contradiction { culprit: 2, order: vec![1, 0], stuck: vec![2], balances: vec![money(50)] }
    );
}

#[test]
fn gives_up_instead_of_guessing() {
    // Many orders whose sums never equal the balance that was read.
    let mut events: Vec<Event> = (0..24).map(|at| debit(2 << at, 0, 100)).collect();
    events.push(read(3, 0, 100));
    assert_eq!(check(money(2 << 24), &events, 1000), Linear::Undecided { nodes: 1000 });
    assert_eq!(check(money(5), &[read(5, 0, 1)], 0), Linear::Yes { order: vec![0] });
}

#[test]
fn amounts_below_zero_are_no_trap() {
    assert!(matches!(check(money(0), &[debit(-5, 0, 1), read(5, 2, 3)], 100), Linear::Yes { .. }));
    assert!(matches!(check(money(9), &[credit(-5, 0, 1), read(4, 2, 3)], 100), Linear::Yes { .. }));
    assert!(matches!(
        check(money(0), &[maybe(-5, 0), read(0, 2, 3), read(5, 4, 5)], 100),
        Linear::Yes { .. }
    ));
}

fn tiny_event() -> impl Strategy<Value = Event> {
    (0_u8..12, 0_i64..5, 0_u64..8, 0_u64..5).prop_map(|(kind, amount, start_us, length)| {
        let end_us = start_us + length;
        match kind {
            0..4 => debit(amount, start_us, end_us),
            4..6 => refused(amount + 1, start_us, end_us),
            6..8 => maybe(amount, start_us),
            8..11 => read(amount * 2, start_us, end_us),
            _ => credit(amount, start_us, if length == 4 { NEVER } else { end_us }),
        }
    })
}

/// Returns a history as it stood at the `last` answer, inclusive, by the definition.
fn as_it_stood(events: &[Event], last: u64) -> Vec<Event> {
    let open = |event: &Event| match event.op {
        _ if event.end_us <= last && !matches!(event.op, Op::Maybe(_)) => Some(*event),
        _ if event.start_us > last => None,
        Op::Debit(total) | Op::Maybe(total) => Some(maybe(total.get(), event.start_us)),
        Op::Read(_) | Op::Refused(_) => None,
    };
    events.iter().filter_map(open).collect()
}

#[test]
fn agrees_with_trying_everything() {
    const CASES: u32 = 6000;
    let config =
        Config { cases: CASES, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() };
    let linearizable = Cell::new(0);
    let strategy = (0_i64..12, proptest::collection::vec(tiny_event(), 1..8));
    let outcome = TestRunner::new(config).run(&strategy, |(opening, events)| {
        let opening = money(opening);
        let expected = is_linearizable(opening, &events);
        linearizable.set(linearizable.get() + u32::from(expected));
        match check(opening, &events, 1_000_000) {
            Linear::Yes { order } => {
                prop_assert!(expected);
                prop_assert!(explains(opening, &events, &order) && is_complete(&events, &order));
            }
            Linear::No(Contradiction { culprit, order, stuck, .. }) => {
                prop_assert!(!expected);
                prop_assert!(explains(opening, &events, &order));
                prop_assert!(!stuck.is_empty());
                let end = events[culprit].end_us;
                prop_assert!(!is_linearizable(opening, &as_it_stood(&events, end)));
                prop_assert!(end == 0 || is_linearizable(opening, &as_it_stood(&events, end - 1)));
            }
            Linear::Undecided { .. } => prop_assert!(false, "tiny histories are decided"),
        }
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    let linearizable = linearizable.get();
    assert!((CASES / 5..CASES * 4 / 5).contains(&linearizable), "{linearizable} of {CASES}");
}

/// Returns what clients of a correct wallet observe: each event takes effect at some moment between its start and end.
fn true_history(seed: u64, clients: usize, each: usize, prices: &[i64]) -> (Pesewas, Vec<Event>) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = proptest::test_runner::TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut below = move |bound: u64| rng.next_u64() % bound;
    let mut moments = Vec::new();
    for _ in 0..clients {
        let mut now = below(500);
        for _ in 0..each {
            let (start, length) = (now + below(20), 50 + below(900));
            moments.push((start + below(length + 1), start, start + length));
            now = start + length + 1;
        }
    }
    moments.sort_unstable();
    let opening = money(prices.iter().sum::<i64>() * (clients * each) as i64 / (3 * prices.len()) as i64);
    let mut balance = opening;
    let events = moments.into_iter().map(|(_, start_us, end_us)| {
        let total: Pesewas = (0..=below(3)).map(|_| money(prices[below(prices.len() as u64) as usize])).sum();
        let lost = below(100) < 2;
        let op = match below(100) {
            0..2 => Op::Debit(-total),
            2..40 => Op::Read(balance),
            _ if lost => Op::Maybe(total),
            _ if balance < total => Op::Refused(total),
            _ => Op::Debit(total),
        };
        let applied = !matches!(op, Op::Maybe(_)) || below(2) == 0;
        balance = effect(op, balance).filter(|_| applied).unwrap_or(balance);
        Event { op, start_us, end_us: if matches!(op, Op::Maybe(_)) { NEVER } else { end_us } }
    });
    (opening, events.collect())
}

#[test]
fn never_accuses_a_true_history() {
    let mut undecided = 0;
    for seed in 0..5 {
        for prices in [&[425_i64, 404][..], &[110, 425, 830, 1995, 2001, 4999]] {
            let (opening, events) = true_history(seed, 16, 100, prices);
            match check(opening, &events, 20_000) {
                Linear::Yes { order } => {
                    let right = explains(opening, &events, &order) && is_complete(&events, &order);
                    assert!(right, "seed {seed}");
                }
                Linear::No(contradiction) => panic!("seed {seed}: {contradiction:?}"),
                Linear::Undecided { .. } => undecided += 1,
            }
        }
    }
    assert!(undecided <= 3, "{undecided} of 10 given up");
}

#[test]
fn finds_one_wrong_read_among_true_answers() {
    for seed in 0..10 {
        let (opening, mut events) = true_history(seed, 6, 30, &[110, 425, 830, 1995]);
        // Every price is a multiple of five pesewas, so nothing explains a balance that is off by one.
        let read = events.iter().enumerate().skip(100).find_map(|(at, event)| match event.op {
            Op::Read(balance) => Some((at, balance)),
            _ => None,
        });
        let (at, balance) = read.unwrap();
        events[at].op = Op::Read(balance + Pesewas::ONE);
        let Linear::No(contradiction) = check(opening, &events, 50_000) else {
            panic!("seed {seed}: not seen")
        };
        assert_eq!(contradiction.culprit, at, "seed {seed}");
        assert!(explains(opening, &events, &contradiction.order), "seed {seed}");
        assert!(contradiction.stuck.contains(&at) && !contradiction.balances.is_empty(), "seed {seed}");
    }
}
