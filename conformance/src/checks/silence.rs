//! Orders that get no answer, over a whole run: a server that goes silent under load, against a lossy network, which loses
//! readings as well as orders and asks nobody how busy the server is, and against a server that is merely slow.

use spec::Pesewas;

use super::check::Check;
use super::lost::NO_ANSWER;
use crate::judge::findings::ghs;
use crate::judge::part::{Span, SpanEnd};
use crate::judge::verdict::{Cause, Marks};
use crate::judge::whole::{Whole, finding};

/// The check.
pub const CHECK: Check =
    Check { name: "silence", cites: &["STATUS-DOCUMENTED"], judge_run: Some(judge_run), ..Check::NOTHING };

const ID: &str = "STATUS-DOCUMENTED";

/// Fewer lost answers than this show nothing.
const FEWEST: usize = 5;

/// A chance that is no explanation any more.
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

/// Whether the server answers late rather than never: answers come up to the time limit, without a gap before it.
fn is_slow(all: &[&Span], timed_out: &[&Span]) -> bool {
    let limit = timed_out.iter().map(|it| it.took_us()).min().unwrap_or_default();
    slowest_answer(all) >= limit / 2
}

fn slowest_answer(all: &[&Span]) -> u64 {
    let answered = all.iter().filter(|it| it.is_order && it.end == SpanEnd::Answered);
    answered.map(|it| it.took_us()).max().unwrap_or_default()
}

/// Whether a network that loses answers by chance explains the losses: it would lose readings at the same rate, and
/// requests that were alone as well as those that had many beside them.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "probabilities, not money")]
fn is_network(all: &[&Span], silent: &[&Span]) -> bool {
    let count = |wanted: &dyn Fn(&Span) -> bool| all.iter().filter(|it| wanted(it)).count() as f64;
    let answered = |it: &Span| it.end == SpanEnd::Answered;
    let orders = count(&|it| it.is_order);
    let reads = count(&|it| !it.is_order);
    let reads_lost = count(&|it| !it.is_order && !answered(it));
    let of_orders = silent.len() as f64;
    // At the orders' rate this many readings would be lost; so few are not by chance.
    let rate = of_orders / orders.max(1.0);
    let expected = reads * rate;
    let few_reads = chance_of_at_most(reads_lost, expected) < NO_CHANCE;
    // Below the load at which answers stay out, none does.
    let least = silent.iter().map(|it| it.in_flight).min().unwrap_or_default();
    let below = count(&|it| it.in_flight < least);
    let above = count(&|it| it.in_flight >= least).max(1.0);
    let under_load = (-below * (of_orders + reads_lost) / above).exp() < NO_CHANCE;
    !few_reads && !under_load
}

/// The chance of at most so many events where many more are expected (Poisson).
#[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
fn chance_of_at_most(events: f64, expected: f64) -> f64 {
    let mut term = (-expected).exp();
    let mut sum = term;
    let mut at = 1.0;
    while at <= events {
        term *= expected / at;
        sum += term;
        at += 1.0;
    }
    sum
}

/// One finding for each order that got no answer, so that what they have in common is told.
fn report(marks: &mut Marks, all: &[&Span], silent: &[&Span], slow: bool) {
    let orders = all.iter().filter(|it| it.is_order).count();
    let longest = silent.iter().map(|it| it.took_us()).max().unwrap_or_default();
    let most: Pesewas = silent.iter().filter_map(|it| it.cost).sum();
    let loads = silent.iter().map(|it| it.in_flight);
    let (least, highest) = (loads.clone().min().unwrap_or_default(), loads.max().unwrap_or_default());
    let (cause, summary) = if slow {
        (Cause::Named("late".into()), "orders are not answered within the time limit")
    } else {
        // Where one is lost that was alone, how busy the server is has nothing to do with it.
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
        // How long an answer may take no page says.
        found.warning = slow;
        marks.findings.push(found);
    }
}

/// Microseconds as seconds, for a person.
fn seconds(us: u64) -> String {
    format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000)
}
