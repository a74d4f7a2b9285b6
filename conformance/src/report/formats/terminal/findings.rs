//! The findings of the report, in full.

use super::{CASES, LABEL, Page, cases, listed, style_of, times};
use crate::judge::verdict::Outcome;
use crate::report::look::{FAINT, STRONG, Verbosity};
use crate::report::text::count;
use crate::report::view::{ExampleView, FindingView, NO_PAGE, View, outcome_name};

impl Page<'_> {
    pub(super) fn findings(&mut self, view: &View) {
        if view.findings.is_empty() {
            return self.heading("Findings", "none");
        }
        self.heading("Findings", "one for each cause, worst first");
        for (at, finding) in view.causes().enumerate() {
            self.out.push('\n');
            self.finding(&format!("{}. ", at + 1), finding);
            for explained in view.explained_by(finding) {
                self.explained(explained);
            }
        }
    }

    /// Writes a finding that another one explains: in one line, or in full with `--verbose`.
    fn explained(&mut self, finding: &FindingView) {
        if self.look.verbosity == Verbosity::Verbose {
            self.out.push('\n');
            return self.finding("follows: ", finding);
        }
        let text = format!("{} {} ({})", finding.requirement, finding.summary, times(finding.occurrences));
        self.labelled(5, "follows", &text);
    }

    pub(super) fn finding(&mut self, number: &str, finding: &FindingView) {
        let mark = self.look.paint(style_of(finding.outcome), &outcome_name(finding.outcome).to_uppercase());
        let id = self.look.paint(STRONG, &finding.requirement);
        self.wrapped(&format!("  {number}"), &format!("{mark} {id} {}", finding.summary));
        self.labelled(5, "promise", &finding.statement);
        let room = self.look.width.saturating_sub(5 + LABEL);
        match (&finding.says, finding.outcome) {
            (Some(says), _) => self.labelled(5, "says", &says.in_one_line(room)),
            (None, Outcome::Warning) => self.labelled(5, "says", NO_PAGE),
            (None, _) => {}
        }
        let most = self.most(2);
        let places: Vec<_> =
            finding.places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
        if !places.is_empty() {
            self.labelled(5, "stated in", &listed(&places, most));
        }
        if let Some(ticket) = &finding.known {
            self.labelled(5, "known", ticket);
        }
        let mut label = "expected";
        for expected in &finding.expected {
            let ids: Vec<_> = expected.because.iter().map(|(id, _)| id.as_str()).collect();
            let ids = self.look.paint(FAINT, &format!("({})", ids.join(", ")));
            self.labelled(5, label, &format!("{} {ids}", expected.what));
            label = "";
            let other = expected.because.iter().filter(|(id, _)| *id != finding.requirement);
            for (id, statement) in other.filter(|_| self.look.verbosity == Verbosity::Verbose) {
                self.labelled(5, "", &self.look.paint(FAINT, &format!("{id}: {statement}")));
            }
        }
        let mut label = "received";
        for line in std::iter::once(&finding.actual).chain(&finding.detail).filter(|it| !it.is_empty()) {
            self.labelled(5, label, line);
            label = "";
        }
        if let Some(example) = &finding.example {
            self.labelled(5, "answer", &example.answer);
            if let Some(body) = example.body.as_deref().filter(|body| !body.is_empty()) {
                self.labelled(5, "", body);
            }
            let position = example.position.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
            self.labelled(5, "request", &format!("by {}{position}", example.sender));
            if let Some(trace) = &example.trace {
                let text = format!("{} in the server's logs (parent id {})", trace.trace_id, trace.parent_id);
                self.labelled(5, "trace", &text);
            }
            for note in self.notes(example) {
                self.labelled(5, "note", &note);
            }
            // The lines are not wrapped, since a line break would be pasted too.
            for line in self.script(example).lines() {
                self.line(&format!("     {line}"));
            }
        }
        let most = self.most(CASES);
        let seen = format!("{}, as {}: {}", times(finding.occurrences), finding.id, cases(finding, most));
        self.labelled(5, "seen", &seen);
        let line = format!("     {}", finding.replay);
        self.line(&line);
    }

    /// Returns what sends the request of an example again: with `--verbose` also the orders that were sent at once with it.
    fn script<'e>(&self, example: &'e ExampleView) -> &'e str {
        match &example.at_once {
            Some(at_once) if self.look.verbosity == Verbosity::Verbose => &at_once.script,
            _ => &example.request.line,
        }
    }

    /// Returns the notes to what sends the request of an example again.
    fn notes(&self, example: &ExampleView) -> Vec<String> {
        let Some(at_once) = &example.at_once else { return example.request.notes.clone() };
        let orders = count(at_once.orders, "order", "orders");
        let told = if self.look.verbosity == Verbosity::Verbose {
            format!("{orders} were sent at once, as by this script")
        } else {
            format!("{orders} were sent at once; reports and --verbose show a script that sends all of them")
        };
        at_once.notes.iter().cloned().chain([told]).collect()
    }
}
