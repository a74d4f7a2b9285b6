//! Shows the progress of a run: a bar on a terminal, and occasional lines elsewhere.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use spec::Pesewas;

use super::event::{Event, Sink};
use super::formats::terminal::wrap;
use super::look::{BAD, FAINT, Look, STRONG};
use super::text::{count, duration, grouped, visible};
use super::view::end_name;
use crate::history::Budget;

/// Returns the time since the start of the run. It is injected, so that tests control it.
pub(crate) type Clock = Box<dyn FnMut() -> Duration + Send>;

/// The number of plain lines for a run, whatever its length.
const LINES: u64 = 10;

/// In fewer columns than this, a sentence would be cut off.
const NARROW: usize = 60;

/// Shows events as they arrive.
pub struct Progress {
    out: Output,
    look: Look,
    clock: Clock,
    budget: Budget,
    done: u64,
    requests: u64,
    findings: u64,
    charged: Pesewas,
}

enum Output {
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("done", &self.done)
            .field("findings", &self.findings)
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Shows a bar, for a terminal.
    #[must_use]
    pub fn bar(target: ProgressDrawTarget, look: Look, clock: Clock) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        Self::with(Output::Bar(bar), look, clock)
    }

    /// Shows lines, for everything else.
    #[must_use]
    pub fn lines(out: Box<dyn Write + Send>, look: Look, clock: Clock) -> Self {
        Self::with(Output::Lines(out), look, clock)
    }

    fn with(out: Output, look: Look, clock: Clock) -> Self {
        let budget = Budget::default();
        Self { out, look, clock, budget, done: 0, requests: 0, findings: 0, charged: Pesewas::ZERO }
    }

    /// Returns a status such as `120 of 400 cases, 3 suspected, 12.50 of 200.00 GHS, 40 s left`; in a narrow window only
    /// the figures.
    fn status(&mut self) -> String {
        let (done, charged) = (grouped(self.done), self.charged);
        let suspected = format!("{} suspected", grouped(self.findings));
        let narrow = self.look.width < NARROW;
        let mut status = if narrow {
            let cap = self.budget.cap.map(|cap| format!("/{cap}")).unwrap_or_default();
            format!("{done}/{}, {suspected}, {charged}{cap}", grouped(self.budget.cases))
        } else {
            let money = self
                .budget
                .cap
                .map_or_else(|| format!("{charged} GHS, no cap"), |cap| format!("{charged} of {cap} GHS"));
            format!("{done} of {}, {suspected}, {money}", count(self.budget.cases, "case", "cases"))
        };
        let left = self.budget.cases.saturating_sub(self.done);
        if self.done > 0 && left > 0 {
            let elapsed = u64::try_from((self.clock)().as_micros()).unwrap_or(u64::MAX);
            status += &format!(", {}", duration((elapsed / self.done).saturating_mul(left)));
            status += if narrow { "" } else { " left" };
        }
        status
    }

    /// Prints a line that stays visible.
    fn say(&mut self, line: &str) {
        match &mut self.out {
            // A terminal would break a long line within a word.
            Output::Bar(bar) => bar.println(wrap("", line, self.look.width).trim_end()),
            // Progress is optional: if it can't be written, the run goes on.
            Output::Lines(out) => drop(writeln!(out, "{line}").and_then(|()| out.flush())),
        }
    }

    fn planned(&mut self, budget: &Budget) {
        self.budget = budget.clone();
        let cap = budget.cap.map_or_else(|| "no cap".to_owned(), |cap| format!("cap {cap}"));
        let line = format!(
            "{} planned with {}; GHS: {} expected, {} at worst, {cap}",
            count(budget.cases, "case", "cases"),
            count(budget.cost.orders, "order", "orders"),
            budget.cost.expected,
            budget.cost.worst
        );
        if let Output::Bar(bar) = &self.out {
            let template = match self.look.width {
                ..80 => "{wide_msg}",
                80..100 => "{bar:12} {wide_msg}",
                _ => "{bar:24} {wide_msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸ "));
            }
            // The length is set last, because setting it draws the bar.
            bar.set_length(budget.cases);
        }
        self.say(&line);
    }

    /// Shows that the server throttles.
    fn throttled(&mut self, wait_ms: u64, rate: Option<u64>) {
        let wait = (wait_ms > 0).then(|| format!("waiting {}", duration(wait_ms.saturating_mul(1_000))));
        let rate = rate.map(|it| format!("{} a second at most", count(it, "request", "requests")));
        let what: Vec<String> = wait.into_iter().chain(rate).collect();
        let text = format!("throttled by the server: {}", what.join(", then "));
        match &self.out {
            Output::Bar(bar) => bar.set_message(text),
            Output::Lines(_) => self.say(&text),
        }
    }

    fn case_done(&mut self) {
        let tenth = |done: u64| done.saturating_mul(LINES) / self.budget.cases.max(1);
        let due = tenth(self.done) > tenth(self.done - 1);
        match &self.out {
            Output::Bar(_) => {
                let status = self.status();
                if let Output::Bar(bar) = &self.out {
                    bar.set_position(self.done);
                    bar.set_message(status);
                }
            }
            Output::Lines(_) if due => {
                let status = self.status();
                self.say(&status);
            }
            Output::Lines(_) => {}
        }
    }
}

impl Sink for Progress {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Planned { budget } => self.planned(budget),
            Event::TearDown { states } => {
                let states = count(*states, "provider state", "provider states");
                self.say(&format!("tearing down {states}"));
            }
            Event::Journal { path } => {
                let path = visible(&path.display().to_string());
                self.say(&format!("each order is written to {path} before it is sent"));
            }
            Event::CaseDone { again, requests, charged, .. } => {
                self.requests += requests;
                self.charged += *charged;
                if !again {
                    self.done += 1;
                    self.case_done();
                }
            }
            Event::Smaller { requests, charged } => {
                self.requests += requests;
                self.charged += *charged;
            }
            Event::Finding { requirement, summary, case } => {
                // As in the report, a cause counts once, however many cases it is found in. The report may explain it by
                // answers that are still to come, so it is only suspected.
                self.findings += 1;
                let id = self.look.paint(BAD, &visible(requirement));
                let case = self.look.paint(FAINT, &format!("({})", visible(case)));
                self.say(&format!("suspected: {id} {} {case}", visible(summary)));
            }
            Event::Waiting { wait_ms, rate } => self.throttled(*wait_ms, *rate),
            Event::Away { why, wait_ms } => {
                let (why, wait) = (visible(why), duration(wait_ms.saturating_mul(1_000)));
                self.say(&format!(
                    "no connection to the server ({why}): waiting up to {wait} for it; if it stays away the run ends, \
                     and what was sent is in the reports"
                ));
            }
            Event::Back { after_ms } => {
                let after = duration(after_ms.saturating_mul(1_000));
                self.say(&format!("the server is back after {after}; the run goes on"));
            }
            Event::Ended { end } => {
                let elapsed = u64::try_from((self.clock)().as_micros()).unwrap_or(u64::MAX);
                let line = format!(
                    "{}: {}, {} in {}",
                    self.look.paint(STRONG, end_name(*end)),
                    count(self.done, "case", "cases"),
                    count(self.requests, "request", "requests"),
                    duration(elapsed)
                );
                self.say(&line);
                if let Output::Bar(bar) = &self.out {
                    bar.finish_and_clear();
                }
            }
        }
    }
}
