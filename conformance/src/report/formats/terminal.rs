//! The report at the end of a run as text, for a terminal or the log of a pipeline.
//!
//! The verdict is both the first and the last line. Between them are the run, the money, the findings in full, and the
//! requirements, followed by a summary that fits on one screen: the findings in short, the money, and what to do next.
//! Open questions and differences of shape are shown only by `--verbose`; otherwise the report says how many there are.

mod close;
mod findings;
mod requirements;

use crate::history::End;
use crate::judge::verdict::{Outcome, Verdict};
use crate::report::look::{BAD, CAUTION, FAINT, GAP, GOOD, Look, STRONG, Verbosity};
use crate::report::text::{count, duration, grouped};
use crate::report::view::{
    FindingView, View, end_name, money_rows, money_sentence, outcome_name, sent_sentence,
};

/// The width of the labels in a block, in columns.
const LABEL: usize = 10;
/// The number of cases of a finding that are listed without `--verbose`.
const CASES: usize = 3;

/// Renders the whole report, which ends with a line feed.
#[must_use]
pub fn render(view: &View, look: &Look) -> String {
    body(view, look) + &close(view, look)
}

/// Renders everything before the closing summary.
#[must_use]
pub(crate) fn body(view: &View, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.verdict(view);
    if look.verbosity == Verbosity::Quiet {
        for finding in view.causes() {
            page.one_line(finding);
        }
        return page.out;
    }
    page.run(view);
    page.money(view);
    page.findings(view);
    page.requirements(view);
    if look.verbosity == Verbosity::Verbose {
        page.questions(view);
        page.drift(view);
    }
    page.out
}

/// Renders the closing summary, which fits on one screen; nothing with `--quiet`.
#[must_use]
pub(crate) fn close(view: &View, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    if look.verbosity > Verbosity::Quiet {
        page.close(view);
        page.verdict(view);
    }
    page.out
}

/// Renders one finding alone, ending with a line feed.
#[must_use]
pub(crate) fn finding(finding: &FindingView, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.finding("", finding);
    page.out
}

const fn style_of(outcome: Outcome) -> anstyle::Style {
    match outcome {
        Outcome::Fail => BAD,
        Outcome::Known | Outcome::Warning => CAUTION,
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

    /// Wraps a text after a first indent, with its further lines aligned to its start.
    fn wrapped(&mut self, first: &str, text: &str) {
        self.out += &wrap(first, text, self.look.width);
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
            Verdict::Incomplete | Verdict::BudgetExhausted | Verdict::BaselineOutOfDate => CAUTION.bold(),
        };
        let name = self.look.paint(style, &view.verdict_label().to_uppercase());
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
        self.labelled(2, "seed", &format!("{}, tier {}{shard}", run.seed, run.tier.name()));
        self.labelled(2, "as", &view.environment.summary);
        if self.look.verbosity == Verbosity::Verbose || view.environment.accounts.len() <= 6 {
            for account in &view.environment.accounts {
                self.labelled(2, "", account);
            }
        }
        if !view.environment.lacking.is_empty() {
            self.labelled(2, "without", &view.environment.lacking.join(", "));
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

    const fn most(&self, usual: usize) -> usize {
        match self.look.verbosity {
            Verbosity::Verbose => usize::MAX,
            _ => usual,
        }
    }
}

/// Wraps a text after a first indent, with its further lines aligned to its start. Words are never broken.
pub(crate) fn wrap(first: &str, text: &str, columns: usize) -> String {
    let width = textwrap::core::display_width(first);
    let rest = " ".repeat(width);
    let options = textwrap::Options::new(columns.max(width + 20))
        .initial_indent(first)
        .subsequent_indent(&rest)
        .word_separator(textwrap::WordSeparator::Custom(words))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Splits a line where it may be wrapped: after spaces, and after commas in JSON, which has no spaces.
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

/// Joins a list, cut to `most` entries with the number of the others.
fn listed(all: &[String], most: usize) -> String {
    if all.len() <= most {
        return all.join(", ");
    }
    format!("{} and {} more", all[..most].join(", "), all.len() - most)
}
