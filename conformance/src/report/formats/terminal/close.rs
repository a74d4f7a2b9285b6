//! The end of the report: a summary that fits on one screen of a terminal, followed by the verdict as the last line.

use super::{Page, style_of, times};
use spec::Pesewas;

use crate::judge::verdict::Outcome;
use crate::report::look::{FAINT, STRONG};
use crate::report::text::count;
use crate::report::view::{FindingView, View, outcome_name};

/// The number of causes that fit on the screen.
const MOST: usize = 6;

/// The number of reasons for gaps that are repeated here.
const REASONS: usize = 3;

impl Page<'_> {
    /// Writes the findings in short, the gaps, the money, what else there is, and what to do next.
    pub(super) fn close(&mut self, view: &View) {
        self.heading("Summary", "");
        self.in_short(view);
        self.gaps(view);
        self.labelled(2, "money", &money(view));
        if let Some(more) = more(view) {
            self.labelled(2, "more", &more);
        }
        for step in &view.next {
            self.labelled(2, "next", &step.what);
            if let Some(line) = &step.line {
                // The line is not wrapped, since a line break would be pasted too.
                let line = format!("  {line}");
                self.line(&line);
            }
        }
        self.out.push('\n');
    }

    fn in_short(&mut self, view: &View) {
        let told = |it: &&FindingView| it.outcome != Outcome::Warning;
        for (at, finding) in view.causes().filter(told).take(MOST).enumerate() {
            let outcome =
                self.look.paint(style_of(finding.outcome), &outcome_name(finding.outcome).to_uppercase());
            let id = self.look.paint(STRONG, &finding.requirement);
            let explains = match view.explained_by(finding).count() as u64 {
                0 => String::new(),
                some => format!(", and {} from it", count(some, "finding follows", "findings follow")),
            };
            let text =
                format!("{outcome} {id} {} ({}{explains})", finding.summary, times(finding.occurrences));
            self.wrapped(&format!("  {}. ", at + 1), &text);
        }
        let rest = view.causes().filter(told).count().saturating_sub(MOST);
        if rest > 0 {
            self.wrapped("     ", &format!("and {rest} more, above"));
        }
    }

    /// Writes what was not tested, grouped by reason, the most common reason first.
    fn gaps(&mut self, view: &View) {
        let mut reasons: Vec<((&str, bool), u64)> = Vec::new();
        for requirement in
            [Outcome::NotExercised, Outcome::Inconclusive].into_iter().flat_map(|it| view.with(it))
        {
            let reason = requirement.verdict.reason.as_deref().unwrap_or("no reason was recorded");
            let gap = (reason, requirement.documented);
            match reasons.iter_mut().find(|(known, _)| *known == gap) {
                Some((_, times)) => *times += 1,
                None => reasons.push((gap, 1)),
            }
        }
        // What binds every server comes first.
        reasons.sort_by_key(|((_, documented), times)| std::cmp::Reverse((*documented, *times)));
        for ((reason, documented), times) in reasons.iter().take(REASONS) {
            let gaps = match documented {
                true => count(*times, "requirement is not tested", "requirements are not tested"),
                false => count(
                    *times,
                    "requirement that a server need not offer is not tested",
                    "requirements that a server need not offer are not tested",
                ),
            };
            self.labelled(2, "gap", &format!("{gaps}: {}", self.look.paint(FAINT, reason)));
        }
        let rest: u64 = reasons.iter().skip(REASONS).map(|(_, times)| times).sum();
        if rest > 0 {
            self.labelled(2, "", &format!("{} for other reasons, above", count(rest, "more", "more")));
        }
    }
}

/// Returns what was charged, the cap, and whether the wallets show the same.
fn money(view: &View) -> String {
    let (budget, ledger) = (&view.budget, &view.ledger);
    let cap = budget.cap.map(|cap| format!(" of at most {cap}")).unwrap_or_default();
    let unexplained = match ledger.unexplained {
        Some(amount) if amount.get() == 0 => "; no wallet that was read lost more".to_owned(),
        Some(amount) => format!("; wallets that were read lost {amount} more"),
        None => "; no wallet could be read".to_owned(),
    };
    let back = match ledger.returned {
        Pesewas::ZERO => String::new(),
        some => format!("; {some} came back to wallets"),
    };
    let lost = match ledger.unknown {
        0 => String::new(),
        some => format!(
            "; {} without an answer may have cost up to {} more",
            count(some, "order", "orders"),
            ledger.unknown_most
        ),
    };
    format!("GHS {}{cap} was charged, say the answers{unexplained}{back}{lost}", ledger.charged)
}

/// Returns the counts of warnings, open questions and differences of shape, or `None` if there are none.
fn more(view: &View) -> Option<String> {
    let warnings = view.findings.iter().filter(|it| it.outcome == Outcome::Warning).count() as u64;
    let parts = [
        (warnings, "warning above", "warnings above"),
        (view.questions(), "question for the API's team", "questions for the API's team"),
        (view.drift.len() as u64, "difference of shape", "differences of shape"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(*number, one, many))
        .collect();
    (!told.is_empty()).then(|| format!("{} (--verbose and every report)", told.join(", ")))
}
