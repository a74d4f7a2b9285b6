//! Finds requests that get no answer on any attempt while others are answered: the cause is then the request and not a
//! lossy network.

use std::collections::BTreeMap;

use super::check::Check;
use crate::judge::part::{Part, Place};
use crate::judge::verdict::Marks;
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
}

impl<'p> Losses<'p> {
    fn count(&mut self, part: &'p Part) {
        self.reads += part.reads;
        self.reads_lost += part.reads_lost;
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

    /// Adds a finding for each request whose losses have a probability below one in a million by chance.
    #[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
    fn judge(&self, marks: &mut Marks) {
        let all = (self.orders + self.reads) as f64;
        let cases = self.attempts.len() as f64;
        // Lost reads count towards the loss rate only if another attempt at them was answered.
        let all_silent: u32 = self.silent.iter().map(|(lost, _)| lost).sum();
        let others = (self.orders_lost + self.reads_lost).saturating_sub(u64::from(all_silent)) as f64;
        for (lost, at) in &self.silent {
            let rate = (others + 1.0) / all.max(1.0);
            let chance = rate.powi(i32::try_from(*lost).unwrap_or(i32::MAX)) * self.silent.len() as f64;
            if chance < 1e-6 {
                let detail =
                    format!("{lost} of {lost} tries; a chance of {chance:.0e} at the loss rate of others");
                let said = "this reading gets no answer";
                let mut found = finding(&["STATUS-DOCUMENTED"], "no answer", said, "an answer", at, detail);
                found.actual = NO_ANSWER.into();
                marks.findings.push(found);
            }
        }
        for (tries, lost, at) in self.attempts.values() {
            let Some(at) = at.filter(|_| tries == lost) else { continue };
            // The loss rate of all other requests, never zero.
            let elsewhere = (self.orders_lost + self.reads_lost).saturating_sub(u64::from(*lost)) as f64;
            let rate = (elsewhere + 1.0) / all.max(1.0);
            let chance = rate.powi(i32::try_from(*lost).unwrap_or(i32::MAX)) * cases;
            if chance < 1e-6 {
                let detail = format!(
                    "{lost} of {tries} tries; a chance of {chance:.0e} at the loss rate of all other requests"
                );
                let said = "this request gets no answer";
                let mut found = finding(&["STATUS-DOCUMENTED"], "no answer", said, "an answer", at, detail);
                found.actual = NO_ANSWER.into();
                marks.findings.push(found);
            }
        }
    }
}
