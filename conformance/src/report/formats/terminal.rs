//! The report at the end of a run, for a person at a terminal (or reading the log of a pipeline).
//!
//! In this order: verdict; run; money; findings, worst first; requirements; open questions.

use std::fmt::Write as _;

use crate::history::End;
use crate::judge::verdict::{Outcome, Verdict};
use crate::report::look::{BAD, FAINT, GAP, GOOD, Look, ODD, STRONG, Verbosity};
use crate::report::text::{count, duration, grouped};
use crate::report::view::{
    FindingView, GroupView, NO_PAGE, OUTCOMES, RequirementView, View, end_name, money_rows, money_sentence,
    outcome_name, sent_sentence, tier_name, verdict_name,
};

/// Columns of the labels of a block.
const LABEL: usize = 10;
/// Cases of a finding that are named unless everything is asked for.
const CASES: usize = 3;

/// The whole report, ending in a line end.
#[must_use]
pub fn render(view: &View, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.verdict(view);
    if look.verbosity == Verbosity::Quiet {
        for finding in &view.findings {
            page.one_line(finding);
        }
        return page.out;
    }
    page.run(view);
    page.money(view);
    page.findings(view);
    page.requirements(view);
    page.questions(view);
    page.out
}

/// One finding alone, ending in a line end.
#[must_use]
pub(crate) fn finding(finding: &FindingView, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.finding("", finding);
    page.out
}

const fn style_of(outcome: Outcome) -> anstyle::Style {
    match outcome {
        Outcome::Fail => BAD,
        Outcome::Known | Outcome::Warning => ODD,
        Outcome::Inconclusive | Outcome::NotExercised => GAP,
        Outcome::Pass => GOOD,
        Outcome::NotApplicable => FAINT,
    }
}

struct Page<'a> {
    look: &'a Look,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, name: &str, rest: &str) {
        self.out.push('\n');
        let first = format!("{}  ", self.look.paint(STRONG, name));
        self.wrapped(&first, &self.look.paint(FAINT, rest));
    }

    /// Wraps a text behind a first indent, with its further lines under its start.
    fn wrapped(&mut self, first: &str, text: &str) {
        let width = textwrap::core::display_width(first);
        let rest = " ".repeat(width);
        let options = textwrap::Options::new(self.look.width.max(width + 20))
            .initial_indent(first)
            .subsequent_indent(&rest)
            .word_separator(textwrap::WordSeparator::Custom(words))
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.line(&line);
        }
    }

    fn labelled(&mut self, indent: usize, label: &str, text: &str) {
        let gap = " ".repeat(LABEL.saturating_sub(label.len()).max(1));
        let first = format!("{}{}{gap}", " ".repeat(indent), self.look.paint(FAINT, label));
        self.wrapped(&first, text);
    }

    fn verdict(&mut self, view: &View) {
        let style = match view.verdict {
            Verdict::Conformant => GOOD.bold(),
            Verdict::NotConformant | Verdict::OwnFault | Verdict::Unreachable => BAD,
            Verdict::Incomplete | Verdict::BudgetExhausted => ODD.bold(),
        };
        let name = self.look.paint(style, &verdict_name(view.verdict).to_uppercase());
        let text = format!("{name}: {} (exit code {})", view.headline, view.exit_code);
        self.wrapped("", &text);
    }

    fn one_line(&mut self, finding: &FindingView) {
        let outcome = self.look.paint(style_of(finding.outcome), outcome_name(finding.outcome));
        let id = self.look.paint(STRONG, &finding.requirement);
        let line = format!("{outcome} {id} {} ({})", finding.summary, times(finding.occurrences));
        self.line(&line);
    }

    fn run(&mut self, view: &View) {
        let run = &view.run;
        self.heading("Run", "");
        self.labelled(2, "target", &run.target);
        let digest: String = run.spec_digest.chars().take(12).collect();
        self.labelled(
            2,
            "contract",
            &format!("revision {}, digest {digest}, {}", run.spec_revision, run.spec_file),
        );
        let shard = run.shard.map(|(part, of)| format!(", part {part} of {of}")).unwrap_or_default();
        self.labelled(2, "seed", &format!("{}, tier {}{shard}", run.seed, tier_name(run.tier)));
        self.labelled(2, "as", &view.world.summary);
        if self.look.verbosity == Verbosity::Verbose || view.world.accounts.len() <= 6 {
            for account in &view.world.accounts {
                self.labelled(2, "", account);
            }
        }
        if !view.world.lacking.is_empty() {
            self.labelled(2, "without", &view.world.lacking.join(", "));
        }
        let sent = format!(
            "{} in {}, from {}",
            sent_sentence(run.cases, run.smaller, run.requests),
            duration(run.elapsed_us),
            run.started
        );
        self.labelled(2, "sent", &sent);
        if run.end != End::Complete {
            self.labelled(2, "ended", end_name(run.end));
        }
        if !run.left.is_empty() {
            self.labelled(2, "not sent", &listed(&run.left, self.most(CASES)));
        }
        for note in &view.notes {
            self.labelled(2, "note", note);
        }
        for (case, message) in &view.own_faults {
            let text = format!("{} in {case}: {message}", self.look.paint(BAD, "internal error"));
            self.labelled(2, "", &text);
        }
    }

    fn money(&mut self, view: &View) {
        self.heading("Money", "in GHS");
        let rows = money_rows(&view.budget, &view.ledger);
        let label = rows.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
        let amount = rows.iter().map(|(_, amount)| amount.len()).max().unwrap_or_default();
        for (name, value) in &rows {
            let bad = *name == "unexplained" && view.ledger.unexplained.is_some_and(|it| it.get() != 0);
            let value = format!("{value:>amount$}");
            let value = if bad { self.look.paint(BAD, &value) } else { value };
            self.line(&format!("  {name:<label$}  {value}"));
        }
        self.wrapped("  ", &money_sentence(&view.budget, &view.ledger));
    }

    fn findings(&mut self, view: &View) {
        if view.findings.is_empty() {
            return self.heading("Findings", "none");
        }
        self.heading("Findings", "one for each cause, worst first");
        for (at, finding) in view.findings.iter().enumerate() {
            self.out.push('\n');
            self.finding(&format!("{}. ", at + 1), finding);
        }
    }

    fn finding(&mut self, number: &str, finding: &FindingView) {
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
        self.labelled(5, "received", &finding.actual);
        for line in &finding.detail {
            self.labelled(5, "", line);
        }
        if let Some(example) = &finding.example {
            self.labelled(5, "answer", &example.answer);
            if let Some(body) = example.body.as_deref().filter(|body| !body.is_empty()) {
                self.labelled(5, "", body);
            }
            let position = example.position.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
            self.labelled(5, "request", &format!("by {}{position}", example.sender));
            for note in &example.request.notes {
                self.labelled(5, "note", note);
            }
            // Not wrapped: a line break would be pasted too.
            let line = format!("     {}", example.request.line);
            self.line(&line);
        }
        let most = self.most(CASES);
        self.labelled(5, "seen", &format!("{}: {}", times(finding.occurrences), cases(finding, most)));
        let line = format!("     {}", finding.replay);
        self.line(&line);
    }

    fn requirements(&mut self, view: &View) {
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

    /// Those without a conclusion, by name, those of one reason together.
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

    fn questions(&mut self, view: &View) {
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

    fn questions_heading(&mut self, asked: &mut bool) {
        if !*asked {
            self.heading(
                "Questions for the API's team",
                "what its pages leave open, and what it was seen to do",
            );
            *asked = true;
        }
    }

    const fn most(&self, usual: usize) -> usize {
        match self.look.verbosity {
            Verbosity::Verbose => usize::MAX,
            _ => usual,
        }
    }
}

/// What a line may be broken into: behind spaces, and behind the commas of JSON, which has none.
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    let bytes = line.as_bytes();
    let breaks = move |at: usize| match (bytes[at - 1], bytes[at]) {
        (b' ', next) => next != b' ',
        (b',', next) => matches!(next, b'"' | b'{' | b'['),
        _ => false,
    };
    let mut start = 0;
    let ends = (1..bytes.len()).filter(move |at| breaks(*at)).chain([bytes.len()]);
    Box::new(ends.map(move |end| {
        let word = textwrap::core::Word::from(&line[start..end]);
        start = end;
        word
    }))
}

fn times(number: u64) -> String {
    count(number, "time", "times")
}

fn cases(finding: &FindingView, most: usize) -> String {
    let shown: Vec<_> = finding.cases.iter().take(most).cloned().collect();
    let named = shown.len() as u64;
    match finding.occurrences.checked_sub(named) {
        Some(more) if more > 0 => format!("{} and {} more", shown.join(", "), grouped(more)),
        _ => shown.join(", "),
    }
}

/// A list, cut with the number of those left out.
fn listed(all: &[String], most: usize) -> String {
    if all.len() <= most {
        return all.join(", ");
    }
    format!("{} and {} more", all[..most].join(", "), all.len() - most)
}
