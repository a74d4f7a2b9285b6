//! What is late, what is not debited, and what rests on which.

use spec::Pesewas;

use super::super::passage::{Event, Passage, What};
use super::super::verdict::{Context, Finding};
use super::*;

fn p(pesewas: i64) -> Pesewas {
    Pesewas::new(pesewas)
}

/// An event that begins at a moment and takes ten milliseconds.
fn at(ms: u64, what: What) -> Event {
    Event { at: 0, sent_us: ms * 1000, done_us: ms * 1000 + 10_000, shared: false, what }
}

fn paid(ms: u64, total: i64) -> Event {
    at(ms, What::Paid(p(total)))
}

fn read(ms: u64, balance: i64) -> Event {
    at(ms, What::Read(p(balance)))
}

/// A case that uses one wallet: one that was created for it with an opening balance, or one that other cases use too.
fn case(index: u64, opening: Option<i64>, mut events: Vec<Event>) -> Part {
    events.iter_mut().enumerate().for_each(|(at, event)| event.at = at);
    let wallet = if opening.is_some() { format!("new {index}") } else { "shared".to_owned() };
    let passage = Passage {
        wallet,
        case: format!("case {index}"),
        index,
        opening: opening.map(p),
        declared: None,
        events,
    };
    Part { passages: vec![passage], ..Part::default() }
}

/// The late readings of cases: the index, the position, and after how many milliseconds the wallet came right.
fn late(parts: &[Part]) -> Vec<(u64, usize, Option<u64>)> {
    let courses = Courses::of(parts);
    courses.late().map(|(place, it)| (place.1, place.2, it.right_after_us.map(|it| it / 1000))).collect()
}

/// What explains a finding about an exchange.
fn explained(parts: &[Part], index: u64, exchange: usize) -> Option<Explained> {
    let finding = Finding {
        candidates: vec!["ANY".into()],
        suspects: Vec::new(),
        warning: false,
        cause: "wrong".into(),
        summary: String::new(),
        expected: Vec::new(),
        actual: String::new(),
        detail: Vec::new(),
        case: format!("case {index}"),
        index,
        exchange: Some(exchange),
        context: Context { by_balance: true, ..Context::default() },
    };
    let courses = Courses::of(parts);
    let other = Finding { context: Context::default(), ..finding.clone() };
    assert_eq!(courses.explain(&other), None, "it does not rest on a balance");
    courses.explain(&finding)
}

#[test]
fn a_reading_is_late_if_a_later_one_shows_the_debit() {
    let rows: [(&str, Vec<Event>, &[usize]); 8] = [
        ("at once", vec![paid(0, 30), read(20, 70)], &[]),
        ("the second time", vec![paid(0, 30), read(20, 100), read(2_000, 70)], &[1]),
        ("the third time", vec![paid(0, 30), read(20, 100), read(900, 100), read(2_000, 70)], &[1, 2]),
        ("never", vec![paid(0, 30), read(20, 100), read(2_000, 100)], &[]),
        ("another amount", vec![paid(0, 30), read(20, 100), read(2_000, 75)], &[]),
        ("too much, and then right", vec![paid(0, 30), read(20, 40), read(2_000, 70)], &[]),
        ("one order of two", vec![paid(0, 30), paid(20, 20), read(40, 70), read(2_000, 50)], &[2]),
        (
            "an order without an answer",
            vec![paid(0, 30), at(20, What::Unclear), read(40, 100), read(2_000, 70)],
            &[],
        ),
    ];
    for (name, events, wanted) in rows {
        let found: Vec<usize> = late(&[case(0, Some(100), events)]).into_iter().map(|it| it.1).collect();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn orders_at_once_may_have_been_debited_in_any_order_and_a_reading_among_them_is_not_late() {
    let together = || vec![paid(0, 30), paid(5, 20)];
    let with = |more: Vec<Event>| [case(0, Some(100), together().into_iter().chain(more).collect())];
    assert_eq!(late(&with(vec![read(3, 100), read(20, 50)])), []);
    assert_eq!(late(&with(vec![read(20, 80), read(2_000, 50)])), [(0, 2, Some(1_995))]);
    assert_eq!(late(&with(vec![read(20, 75), read(2_000, 50)])), []);
    // One of them has been answered, and the other is under way.
    let half = |balance| {
        let slow = Event { done_us: 500_000, ..paid(5, 20) };
        late(&[case(0, Some(100), vec![paid(0, 30), slow, read(20, balance), read(2_000, 50)])])
    };
    assert_eq!(half(70), []);
    assert_eq!(half(50), []);
    assert_eq!(half(80), [(0, 2, Some(2_000))]);
    assert_eq!(half(100), [(0, 2, Some(2_000))]);
}

#[test]
fn what_rests_on_a_late_reading_is_explained_and_what_shows_another_balance_is_not() {
    // The cache of a shared wallet expires in the middle of the next case.
    let first = || case(0, None, vec![read(0, 100), paid(20, 30), read(40, 100)]);
    let next = |balance| {
        let short = at(80, What::Short(p(90)));
        case(1, None, vec![read(60, 100), short, read(100, balance), at(120, What::Before(p(70)))])
    };
    let all = [first(), next(70)];
    assert_eq!(late(&all), [(0, 2, Some(80)), (1, 0, Some(80))]);
    for (index, exchange, entirely) in
        [(0, 0, false), (0, 2, true), (1, 0, true), (1, 1, true), (1, 2, true), (1, 3, true)]
    {
        let wanted = entirely.then_some(Explained::Entirely);
        assert_eq!(explained(&all, index, exchange), wanted, "{index}/{exchange}");
    }
    for balance in [100, 75, 40] {
        let all = [first(), next(balance)];
        assert_eq!(late(&all).len(), usize::from(balance == 100) * 3, "{balance}");
        if balance != 100 {
            assert_eq!(explained(&all, 0, 2), None, "{balance}");
        }
    }
    // A wallet that held enough was refused wrongly, however late it was shown.
    let enough = case(1, None, vec![read(60, 100), at(80, What::Short(p(60))), read(100, 70)]);
    assert_eq!(explained(&[first(), enough], 1, 1), None);
}

#[test]
fn other_wallets_of_the_server_are_as_late() {
    let known = || case(0, Some(100), vec![paid(0, 30), read(20, 100), read(2_000, 70)]);
    let unknown = |ms| case(1, Some(100), vec![paid(0, 30), read(ms, 100)]);
    assert_eq!(late(&[known(), unknown(1_000)]), [(0, 1, Some(2_000)), (1, 1, None)]);
    assert_eq!(late(&[known(), unknown(5_000)]), [(0, 1, Some(2_000))], "the others came right sooner");
    assert_eq!(late(&[unknown(1_000)]), []);
}

#[test]
fn recordings_with_clocks_of_their_own_are_not_mixed() {
    let one = || case(0, None, vec![read(0, 100), paid(20, 30), read(40, 70), read(90, 70)]);
    let other = || case(1, None, vec![read(10, 70), paid(30, 30), read(50, 70), read(80, 40)]);
    assert_eq!(late(&[one(), other()]), [(1, 2, Some(50))]);
}

#[test]
fn a_profile_may_show_what_the_wallet_held_earlier() {
    let shown = |balance| {
        let events = vec![read(0, 100), paid(20, 30), paid(40, 20), at(60, What::Profile(p(balance)))];
        explained(&[case(0, Some(100), events)], 0, 3)
    };
    assert_eq!(shown(50), Some(Explained::Entirely));
    assert_eq!(shown(70), Some(Explained::AsWarning));
    assert_eq!(shown(100), Some(Explained::AsWarning));
    assert_eq!(shown(60), None);
    assert_eq!(shown(101), None);
    // A wallet that was read otherwise than its orders leave it: what was read is known all the same.
    let events = vec![read(0, 100), paid(20, 30), read(40, 65), paid(60, 10), at(80, What::Profile(p(65)))];
    assert_eq!(explained(&[case(0, Some(100), events)], 0, 4), Some(Explained::AsWarning));
}
