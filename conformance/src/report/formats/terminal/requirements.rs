//! The requirements by group, and the questions that the pages leave open.

use std::fmt::Write as _;

use super::{Page, style_of, times};
use crate::judge::verdict::Outcome;
use crate::report::look::{FAINT, STRONG, Verbosity};
use crate::report::text::grouped;
use crate::report::view::{GroupView, OUTCOMES, RequirementView, View, outcome_name};

impl Page<'_> {
    pub(super) fn requirements(&mut self, view: &View) {
        let totals: Vec<_> = OUTCOMES
            .into_iter()
            .filter(|outcome| view.total(*outcome) > 0)
            .map(|outcome| format!("{} {}", view.total(outcome), outcome_name(outcome)))
            .collect();
        self.heading("Requirements", &totals.join(", "));
        let name = view.groups.iter().map(|group| group.name.len()).max().unwrap_or_default();
        for group in &view.groups {
            let counts: Vec<_> = group
                .counts
                .iter()
                .map(|(outcome, number)| {
                    self.look.paint(style_of(*outcome), &format!("{number} {}", outcome_name(*outcome)))
                })
                .collect();
            self.wrapped(&format!("  {:<name$}  ", group.name), &counts.join(", "));
            if self.look.verbosity == Verbosity::Verbose {
                self.every_requirement(group);
            }
        }
        if self.look.verbosity == Verbosity::Verbose {
            return;
        }
        for outcome in [Outcome::Inconclusive, Outcome::NotExercised, Outcome::NotApplicable] {
            self.by_reason(outcome, view);
        }
    }

    fn every_requirement(&mut self, group: &GroupView) {
        for RequirementView { verdict, statement, .. } in &group.requirements {
            let outcome = self.look.paint(style_of(verdict.outcome), outcome_name(verdict.outcome));
            let mut text = format!("{outcome} {} {statement}", self.look.paint(STRONG, &verdict.id));
            if verdict.exercised > 0 {
                _ = write!(text, " {}", grouped(verdict.exercised));
                text += if verdict.exercised == 1 { " time" } else { " times" };
                if verdict.failed > 0 {
                    _ = write!(text, ", {} failed", grouped(verdict.failed));
                }
                text += ".";
            }
            if let Some(reason) = &verdict.reason {
                text += &self.look.paint(FAINT, &format!(" ({reason})"));
            }
            self.wrapped("    ", &text);
        }
    }

    /// Writes the ids of the requirements with an outcome, grouped by reason.
    fn by_reason(&mut self, outcome: Outcome, view: &View) {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for RequirementView { verdict, .. } in view.with(outcome) {
            let reason = verdict.reason.as_deref().unwrap_or("no reason was recorded");
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, ids)) => ids.push(&verdict.id),
                None => reasons.push((reason, vec![&verdict.id])),
            }
        }
        for (at, (reason, ids)) in reasons.iter().enumerate() {
            if at == 0 {
                let line = format!("\n  {}", self.look.paint(style_of(outcome), outcome_name(outcome)));
                self.line(&line);
            }
            self.wrapped(
                "    ",
                &format!("{} {}", ids.join(", "), self.look.paint(FAINT, &format!("({reason})"))),
            );
        }
    }

    pub(super) fn questions(&mut self, view: &View) {
        let seen = view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty());
        let verbose = self.look.verbosity == Verbosity::Verbose;
        let mut asked = false;
        for ambiguity in seen {
            self.questions_heading(&mut asked);
            let id = self.look.paint(FAINT, &ambiguity.id);
            self.wrapped("  - ", &format!("{} {id}", ambiguity.question));
            for (choice, number, case) in &ambiguity.choices {
                let case =
                    if verbose && !case.is_empty() { format!(", first in {case}") } else { String::new() };
                self.wrapped("    ", &format!("seen: {choice} ({}{case})", times(*number)));
            }
        }
        if let Some(question) = view.precedence_question() {
            self.questions_heading(&mut asked);
            self.wrapped("  - ", &question);
        }
    }

    /// Writes the differences from the accepted shapes.
    pub(super) fn drift(&mut self, view: &View) {
        if view.drift.is_empty() {
            return;
        }
        self.heading("Shapes", "what differs from those that were accepted; --update-shapes accepts it");
        for line in &view.drift {
            self.wrapped("  - ", line);
        }
    }

    fn questions_heading(&mut self, asked: &mut bool) {
        if !*asked {
            self.heading(
                "Questions for the API's team",
                "what its pages leave open, and what it was seen to do",
            );
            *asked = true;
        }
    }
}
