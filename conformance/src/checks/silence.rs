//! Finds orders without an answer over a whole run, and distinguishes a server that stops answering under load from a
//! server that is merely slow, and from a lossy network, which loses reads as well as orders, does so independently of
//! load, and does not lose the same request each time.

use std::collections::BTreeMap;

use spec::Pesewas;

use super::check::Check;
use super::lost::NO_ANSWER;
use crate::history::base_of;
use crate::judge::findings::ghs;
use crate::judge::part::{Span, SpanEnd};
use crate::judge::verdict::{Cause, Marks};
use crate::judge::whole::{Whole, finding};

/// The check of orders without an answer.
pub(crate) const CHECK: Check =
    Check { name: "silence", cites: &["STATUS-DOCUMENTED"], judge_run: Some(judge_run), ..Check::NOTHING };

const ID: &str = "STATUS-DOCUMENTED";

/// The fewest lost answers that prove anything.
const FEWEST: usize = 5;

/// The probability below which chance is ruled out.
const NO_CHANCE: f64 = 1e-6;

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let spans: Vec<&Span> = run.parts.iter().flat_map(|part| &part.spans).collect();
    let lost = |it: &&Span| it.is_order && it.end != SpanEnd::Answered;
    let silent: Vec<&Span> = spans.iter().copied().filter(lost).collect();
    if silent.len() < FEWEST {
        return;
    }
    let timed_out: Vec<&Span> = silent.iter().copied().filter(|it| it.end == SpanEnd::TimedOut).collect();
    if timed_out.len() >= FEWEST && is_slow(&spans, &timed_out) {
        return report(marks, &spans, &timed_out, true);
    }
    if !is_network(&spans, &silent) {
        report(marks, &spans, &silent, false);
    }
}

/// Returns true if the server answers late rather than never: its slowest answer took at least half the time limit.
fn is_slow(all: &[&Span], timed_out: &[&Span]) -> bool {
    let limit = timed_out.iter().map(|it| it.took_us()).min().unwrap_or_default();
    slowest_answer(all) >= limit / 2
}

fn slowest_answer(all: &[&Span]) -> u64 {
    let answered = all.iter().filter(|it| it.is_order && it.end == SpanEnd::Answered);
    answered.map(|it| it.took_us()).max().unwrap_or_default()
}

/// Returns true if a network that loses answers by chance explains the losses: it loses reads at the same rate as
/// orders, valid orders as well as others, and requests that were alone as well as those that had many others in flight.
/// So the losses must not gather among the orders or the valid ones, nor among the requests under load, nor among the orders
/// under load, nor among requests that had been lost before.
fn is_network(all: &[&Span], silent: &[&Span]) -> bool {
    let least = silent.iter().map(|it| it.in_flight).min().unwrap_or_default();
    let is_order = |it: &Span| it.is_order;
    let is_valid = |it: &Span| it.is_valid;
    let under_load = |it: &Span| it.in_flight >= least;
    let both = |it: &Span| is_order(it) && under_load(it);
    let regions: [&dyn Fn(&Span) -> bool; 4] = [&is_order, &is_valid, &under_load, &both];
    regions.into_iter().all(|region| chance_of_gathering(all, region) >= NO_CHANCE)
        && chance_again(all, silent) >= NO_CHANCE
}

/// Returns the probability that at least as many of the losses as there were fall into this region if each request is as
/// likely to be lost as any other (the upper tail of the hypergeometric distribution).
#[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
fn chance_of_gathering(all: &[&Span], region: &dyn Fn(&Span) -> bool) -> f64 {
    let is_lost = |it: &Span| it.end != SpanEnd::Answered;
    let count = |wanted: &dyn Fn(&Span) -> bool| all.iter().filter(|it| wanted(it)).count();
    let (inside, lost) = (count(region), count(&is_lost));
    let lost_inside = count(&|it| is_lost(it) && region(it));
    let outside = all.len().saturating_sub(inside);
    let ways = choices(all.len());
    let possible = (lost_inside..=lost.min(inside)).filter(|at| lost - at <= outside);
    possible.map(|at| (ways(inside, at) + ways(outside, lost - at) - ways(all.len(), lost)).exp()).sum()
}

/// Returns the probability that at least as many requests were lost again when their case was tried once more, if they were
/// as likely to be lost as what else was sent in the meantime. An outage loses the other requests of that time as well.
fn chance_again(all: &[&Span], silent: &[&Span]) -> f64 {
    // When each request was first lost, and when it was last sent after that.
    let mut times: BTreeMap<(&str, usize), (u64, Option<u64>)> = BTreeMap::new();
    for span in silent {
        let (first, _) = times.entry(request(span)).or_insert((span.done_us, None));
        *first = span.done_us.min(*first);
    }
    for span in all {
        if let Some((first, last)) = times.get_mut(&request(span))
            && span.sent_us >= *first
        {
            *last = (*last).max(Some(span.sent_us));
        }
    }
    let is_again = |it: &Span| times.get(&request(it)).is_some_and(|(first, _)| it.sent_us >= *first);
    let within = |it: &Span, first: u64, last: u64| (first..=last).contains(&it.sent_us);
    let in_the_meantime =
        |it: &Span| times.values().any(|(first, last)| last.is_some_and(|last| within(it, *first, last)));
    let near: Vec<&Span> = all.iter().copied().filter(|it| in_the_meantime(it)).collect();
    chance_of_gathering(&near, &is_again)
}

/// Returns what tells a request from the others, whichever try of its case sent it.
fn request(span: &Span) -> (&str, usize) {
    (base_of(&span.at.0), span.at.2)
}

/// Returns the logarithm of the number of ways to choose so many of at most `most` things. The number itself is beyond any
/// float in a run of ordinary size.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "probabilities, not money")]
fn choices(most: usize) -> impl Fn(usize, usize) -> f64 {
    let of_next = |sum: &mut f64, next: usize| {
        *sum += (next as f64).ln();
        Some(*sum)
    };
    let factorials: Vec<f64> = std::iter::once(0.0).chain((1..=most).scan(0.0, of_next)).collect();
    move |of, chosen| factorials[of] - factorials[chosen] - factorials[of - chosen]
}

/// Adds one finding for each order without an answer, so that their common features are reported.
fn report(marks: &mut Marks, all: &[&Span], silent: &[&Span], slow: bool) {
    let orders = all.iter().filter(|it| it.is_order).count();
    let longest = silent.iter().map(|it| it.took_us()).max().unwrap_or_default();
    let most: Pesewas = silent.iter().filter_map(|it| it.cost).sum();
    let loads = silent.iter().map(|it| it.in_flight);
    let (least, highest) = (loads.clone().min().unwrap_or_default(), loads.max().unwrap_or_default());
    let (cause, summary) = if slow {
        (Cause::Named("late".into()), "orders are not answered within the time limit")
    } else {
        // If an order was lost that was sent alone, load is not the cause.
        (
            Cause::Unanswered,
            if least > 1 { "orders get no answer under load" } else { "orders get no answer" },
        )
    };
    let how = if silent.iter().all(|it| it.end == SpanEnd::Broken) {
        ", since their connections were closed or broke before one came".to_owned()
    } else {
        format!(" within {}; answered ones took {} at most", seconds(longest), seconds(slowest_answer(all)))
    };
    let detail = format!("{} of {orders} orders got no answer{how}", silent.len());
    let load = format!("{least} to {highest} requests were under way when they were sent");
    let cost = format!("they cost {} at most, and nobody knows whether they were charged", ghs(most));
    for lost in silent {
        let mut found = finding(&[ID], &cause.to_string(), summary, "an answer", &lost.at, detail.clone());
        found.detail.extend([load.clone(), cost.clone()]);
        found.actual = NO_ANSWER.into();
        // No page says how long an answer may take.
        found.warning = slow;
        marks.findings.push(found);
    }
}

/// Formats microseconds as seconds for display, rounded.
fn seconds(us: u64) -> String {
    let tenths = us.saturating_add(50_000) / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the probability for cases that read a wallet and order, four times each and one after the other; `is_lost` is
    /// asked for the number of the try and the place in it.
    fn tried_again(cases: usize, is_lost: impl Fn(usize, usize) -> bool) -> f64 {
        let span = |at: usize| Span {
            at: (format!("request/{}#{}", at / 8, at / 2 % 4 + 1), 0, at % 2),
            is_order: at % 2 == 1,
            is_valid: false,
            sent_us: at as u64 * 10,
            done_us: at as u64 * 10 + 5,
            end: if is_lost(at / 2, at % 2) { SpanEnd::Broken } else { SpanEnd::Answered },
            in_flight: 1,
            cost: None,
        };
        let spans: Vec<Span> = (0..cases * 8).map(span).collect();
        let all: Vec<&Span> = spans.iter().collect();
        let lost = |it: &&Span| it.is_order && it.end != SpanEnd::Answered;
        chance_again(&all, &all.iter().copied().filter(lost).collect::<Vec<_>>())
    }

    #[test]
    fn a_request_that_is_lost_whenever_it_is_sent_is_told_from_a_network() {
        assert!(tried_again(6, |_, nth| nth == 1) < NO_CHANCE);
    }

    #[test]
    fn an_outage_loses_whatever_is_sent_meanwhile() {
        assert!(tried_again(6, |_, _| true) > 0.9);
        assert!(tried_again(6, |at, nth| (at + nth) % 3 != 0) > NO_CHANCE);
        // Each case lost its first try only.
        assert!(tried_again(6, |at, nth| nth == 1 && at % 4 == 0) > 0.9);
        assert!(tried_again(6, |_, _| false) > 0.9);
    }

    /// So many requests of one kind at one load, some of which were lost.
    struct Lot {
        is_order: bool,
        is_valid: bool,
        in_flight: u32,
        sent: usize,
        lost: usize,
    }

    fn spans(lots: &[Lot]) -> Vec<Span> {
        let span = |lot: &Lot, nth: usize| Span {
            at: ("count/range/Agent/2".into(), 0, nth),
            is_order: lot.is_order,
            is_valid: lot.is_valid,
            sent_us: 0,
            done_us: 1_000,
            end: if nth < lot.lost { SpanEnd::TimedOut } else { SpanEnd::Answered },
            in_flight: lot.in_flight,
            cost: None,
        };
        lots.iter().flat_map(|lot| (0..lot.sent).map(move |nth| span(lot, nth))).collect()
    }

    fn explained_by_network(lots: &[Lot]) -> bool {
        let spans = spans(lots);
        let all: Vec<&Span> = spans.iter().collect();
        let silent: Vec<&Span> =
            all.iter().copied().filter(|it| it.is_order && it.end != SpanEnd::Answered).collect();
        is_network(&all, &silent)
    }

    const fn orders(in_flight: u32, sent: usize, lost: usize) -> Lot {
        Lot { is_order: true, is_valid: false, in_flight, sent, lost }
    }

    const fn reads(in_flight: u32, sent: usize, lost: usize) -> Lot {
        Lot { is_order: false, is_valid: false, in_flight, sent, lost }
    }

    #[test]
    fn a_server_that_loses_some_of_the_orders_that_it_accepts_is_told_from_a_network() {
        let valid = |sent, lost| Lot { is_valid: true, ..orders(1, sent, lost) };
        assert!(!explained_by_network(&[valid(610, 10), orders(1, 1_500, 0), reads(1, 1_000, 0)]));
        assert!(explained_by_network(&[valid(610, 10), orders(1, 1_500, 14), reads(1, 1_000, 12)]));
    }

    #[test]
    fn a_server_that_loses_orders_only_under_load_is_told_from_a_network() {
        assert!(!explained_by_network(&[orders(1, 200, 0), orders(16, 20, 13), reads(1, 300, 0)]));
        // Reads that a bad network loses besides explain nothing.
        assert!(!explained_by_network(&[orders(1, 200, 0), orders(16, 40, 20), reads(1, 300, 3)]));
        // The load alone tells, even where reads under load are lost as well.
        assert!(!explained_by_network(&[orders(1, 200, 0), orders(16, 20, 6), reads(16, 20, 6)]));
    }

    #[test]
    fn a_server_that_loses_orders_but_no_reads_is_told_from_a_network() {
        assert!(!explained_by_network(&[orders(8, 250, 25), reads(8, 400, 0)]));
    }

    #[test]
    fn a_network_that_loses_anything_is_no_fault_of_the_server() {
        assert!(explained_by_network(&[orders(8, 250, 16), reads(8, 400, 24)]));
        // Most orders of a busy machine are sent under load, and reads are lost at any load.
        assert!(explained_by_network(&[orders(3, 50, 0), orders(6, 208, 8), reads(2, 260, 12)]));
        // Few losses can fall on orders by chance.
        assert!(explained_by_network(&[orders(8, 250, 8), reads(8, 400, 0)]));
        // Where everything is an order, nothing tells the two apart.
        assert!(explained_by_network(&[orders(8, 250, 250)]));
    }

    proptest::proptest! {
        #[test]
        #[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
        fn what_gathers_more_is_less_likely(inside in 1_usize..300, outside in 1_usize..300, lost in 1_usize..40) {
            let chance = |there: usize| {
                let lots = [orders(1, inside, there), reads(1, outside, lost - there)];
                let spans = spans(&lots);
                chance_of_gathering(&spans.iter().collect::<Vec<_>>(), &|it| it.is_order)
            };
            let possible = (0..=lost).filter(|it| *it <= inside && lost - it <= outside);
            let chances: Vec<f64> = possible.map(chance).collect();
            proptest::prop_assert!(chances.is_sorted_by(|more, less| more >= less), "{chances:?}");
            // At least the fewest possible is certain.
            proptest::prop_assert!(chances.first().is_none_or(|it| (it - 1.0).abs() < 1e-6), "{chances:?}");
        }
    }
}
