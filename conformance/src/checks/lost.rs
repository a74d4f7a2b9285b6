//! Finds requests that get no answer on any attempt while others are answered: the cause is then the request and not a
//! lossy network.

use std::collections::BTreeMap;

use super::check::Check;
use crate::history::base_of;
use crate::judge::feature::Feature;
use crate::judge::part::{Part, Place, SpanEnd};
use crate::judge::verdict::{Finding, Marks};
use crate::judge::whole::{Whole, finding};

/// The description of a missing answer.
pub(super) const NO_ANSWER: &str = "no answer: the connection broke or the time limit passed";

/// The check of lost answers.
pub(crate) const CHECK: Check =
    Check { name: "lost", cites: &["STATUS-DOCUMENTED"], judge_run: Some(judge_run), ..Check::NOTHING };

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let mut losses = Losses::default();
    run.parts.iter().for_each(|part| losses.count(part));
    losses.judge(marks);
    losses.judge_kinds(marks);
}

/// Counts lost answers: a lossy network is not the server's fault, but a request that always loses its answer is.
#[derive(Default)]
struct Losses<'p> {
    orders: u64,
    orders_lost: u64,
    reads: u64,
    reads_lost: u64,
    /// By case without its attempt number: attempts, attempts that lost an answer, and the first loss.
    attempts: BTreeMap<&'p str, (u32, u32, Option<&'p Place>)>,
    /// Reads that got no answer on any attempt: the number of attempts, and the first one.
    silent: Vec<(u32, &'p Place)>,
    /// By what valid orders have in common: how many were answered, and each loss, of one attempt of a case.
    kinds: BTreeMap<&'p Feature, (u32, Vec<&'p Place>)>,
}

impl<'p> Losses<'p> {
    fn count(&mut self, part: &'p Part) {
        self.reads += part.reads;
        self.reads_lost += part.reads_lost;
        self.count_kinds(part);
        self.silent.extend(part.silent_reads.iter().map(|(lost, at)| (*lost, at)));
        if let Some(placed) = &part.placed {
            self.orders += placed.orders;
            self.orders_lost += placed.lost;
            let entry = self.attempts.entry(&placed.base).or_default();
            entry.0 += 1;
            entry.1 += u32::from(placed.lost > 0);
            entry.2 = entry.2.or(placed.lost_at.as_ref());
        }
    }

    /// Counts the valid orders of a part by what they have in common. Attempts after the first show nothing new of a kind.
    fn count_kinds(&mut self, part: &'p Part) {
        for order in part.orders.iter().filter(|it| it.valid && !it.at_once()) {
            let Some(span) = part.spans.iter().find(|it| it.at.2 == order.exchange) else { continue };
            if base_of(&span.at.0) != span.at.0 {
                continue;
            }
            for feature in order.features.iter().filter(|it| is_kind(it)) {
                let entry = self.kinds.entry(feature).or_default();
                match span.end {
                    SpanEnd::Answered => entry.0 += 1,
                    SpanEnd::TimedOut | SpanEnd::Broken => entry.1.push(&span.at),
                }
            }
        }
    }

    /// Adds a finding for the kind of valid orders of which none is answered, unless that may be chance. On fixed accounts no
    /// order is repeated that may have been paid, but others of its kind are sent.
    fn judge_kinds(&self, marks: &mut Marks) {
        let silent = self.kinds.iter().filter(|(_, (answered, lost))| *answered == 0 && lost.len() > 1);
        let Some((kind, (_, lost))) = silent.max_by_key(|(_, (_, lost))| lost.len()) else { return };
        let is_reported = |at: &&Place| marks.findings.iter().any(|found| found.case == at.0);
        if lost.iter().any(is_reported) {
            return;
        }
        let elsewhere = (self.orders_lost + self.reads_lost).saturating_sub(lost.len() as u64);
        let tries = u32::try_from(lost.len()).unwrap_or(u32::MAX);
        if let Some(chance) = self.chance(tries, elsewhere, self.kinds.len()) {
            let detail = format!(
                "each of the {tries} orders that got no answer was {kind}, and none of these was answered; a chance of \
                 {chance} at the loss rate of all other requests"
            );
            marks.findings.push(no_answer("valid orders of one kind get no answer", lost[0], detail));
        }
    }

    /// Adds a finding for each request whose losses are no chance.
    fn judge(&self, marks: &mut Marks) {
        // Lost reads count towards the loss rate only if another attempt at them was answered.
        let all_silent: u32 = self.silent.iter().map(|(lost, _)| lost).sum();
        let others = (self.orders_lost + self.reads_lost).saturating_sub(u64::from(all_silent));
        for (lost, at) in &self.silent {
            if let Some(chance) = self.chance(*lost, others, self.silent.len()) {
                let detail =
                    format!("{lost} of {lost} tries; a chance of {chance} at the loss rate of others");
                marks.findings.push(no_answer("this reading gets no answer", at, detail));
            }
        }
        for (tries, lost, at) in self.attempts.values() {
            let Some(at) = at.filter(|_| tries == lost) else { continue };
            let elsewhere = (self.orders_lost + self.reads_lost).saturating_sub(u64::from(*lost));
            if let Some(chance) = self.chance(*lost, elsewhere, self.attempts.len()) {
                let detail = format!(
                    "{lost} of {tries} tries; a chance of {chance} at the loss rate of all other requests"
                );
                marks.findings.push(no_answer("this request gets no answer", at, detail));
            }
        }
    }

    /// Returns the probability of so many losses by chance if it is below one in a million: at the rate of the losses
    /// elsewhere, which is never zero, for one of so many requests or kinds that may be hit.
    #[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
    fn chance(&self, lost: u32, elsewhere: u64, of: usize) -> Option<String> {
        let all = (self.orders + self.reads) as f64;
        let rate = (elsewhere as f64 + 1.0) / all.max(1.0);
        let chance = rate.powi(i32::try_from(lost).unwrap_or(i32::MAX)) * of as f64;
        (chance < 1e-6).then(|| format!("{chance:.0e}"))
    }
}

/// Returns the finding that a request gets no answer.
fn no_answer(said: &str, at: &Place, detail: String) -> Finding {
    let found = finding(&["STATUS-DOCUMENTED"], "no answer", said, "an answer", at, detail);
    Finding { actual: NO_ANSWER.into(), ..found }
}

/// Returns true if valid orders that share a feature are of one kind, which a server may treat in its own way.
const fn is_kind(feature: &Feature) -> bool {
    matches!(
        feature,
        Feature::Count(_)
            | Feature::OnePackage(_)
            | Feature::Prefix(_)
            | Feature::Operator(_)
            | Feature::Product(_)
            | Feature::Role(_)
            | Feature::Chunked
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::part::{Outcome, Placed, PlacedOrder, Span};

    /// Returns what a case with one valid order for so many recipients contributes.
    fn part(case: usize, count: usize, end: SpanEnd) -> Part {
        let at = (format!("count/{case}"), case as u64, 0);
        let order = PlacedOrder {
            exchange: 0,
            features: vec![Feature::Count(count), Feature::Role("Agent".into())],
            must_refuse: Vec::new(),
            valid: true,
            outcome: if end == SpanEnd::Answered { Outcome::Accepted } else { Outcome::Open },
            recipients: Vec::new(),
        };
        let lost = u64::from(end != SpanEnd::Answered);
        let lost_at = (lost > 0).then(|| at.clone());
        let span = Span {
            at,
            is_order: true,
            is_valid: true,
            sent_us: 0,
            done_us: 1,
            end,
            in_flight: 1,
            cost: None,
        };
        Part {
            orders: vec![order],
            placed: Some(Placed { base: format!("count/{case}"), orders: 1, lost, lost_at }),
            spans: vec![span],
            ..Part::default()
        }
    }

    fn found(lost: usize, of_twelve: usize) -> Vec<String> {
        let ends = |case| if case < lost { SpanEnd::Broken } else { SpanEnd::Answered };
        let twelve = (0..of_twelve).map(|case| part(case, 12, ends(case)));
        let parts: Vec<Part> =
            twelve.chain((100..1100).map(|case| part(case, 2 + case % 9, SpanEnd::Answered))).collect();
        let mut losses = Losses::default();
        parts.iter().for_each(|it| losses.count(it));
        let mut marks = Marks::default();
        losses.judge(&mut marks);
        losses.judge_kinds(&mut marks);
        marks.findings.into_iter().map(|it| it.detail.join(" ")).collect()
    }

    #[test]
    fn orders_of_one_kind_that_never_get_an_answer_are_a_failure() {
        let [detail] = &found(3, 3)[..] else { panic!("one finding") };
        assert!(detail.contains("each of the 3 orders that got no answer was for 12 recipients"), "{detail}");
        assert!(found(1, 1).is_empty(), "one loss may be chance");
        assert!(found(3, 4).is_empty(), "one of the kind was answered");
    }
}
