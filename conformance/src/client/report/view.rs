//! The one view behind every format: findings by cause, scenarios by name, and whether the client conforms.

use serde::Serialize;
use spec::{ClientRule, Contract};

use super::timeline::{Moment, timeline};
use crate::client::judge::{Finding, Judged, Outcome};
use crate::client::task::TaskKind;
use crate::report::text::count;

/// Everything that is shown.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// Whether the client conforms: nothing failed, and something was asked of it.
    pub conforms: bool,
    /// The verdict in a line.
    pub headline: String,
    /// The line that a partner may pass on.
    pub certificate: String,
    /// The program under test, or the recording.
    pub subject: String,
    /// Revision of the contract.
    pub contract: String,
    /// Its digest.
    pub digest: String,
    /// When it was judged, in UTC.
    pub date: String,
    /// Tasks that were asked for.
    pub tasks: Vec<&'static str>,
    /// What is wrong, worst first, one for each rule.
    pub causes: Vec<Cause>,
    /// Every scenario.
    pub scenarios: Vec<Row>,
}

/// One broken rule, wherever it was broken.
#[derive(Debug, Clone, Serialize)]
pub struct Cause {
    /// The rule.
    pub id: String,
    /// Whether it fails the client.
    pub fails: bool,
    /// What a good client does.
    pub statement: String,
    /// Sentences behind it, with file and line.
    pub says: Vec<Said>,
    /// What is wrong.
    pub summary: String,
    /// What a good client does there.
    pub expected: String,
    /// What this one did.
    pub received: String,
    /// Scenarios that show it.
    pub scenarios: Vec<String>,
    /// What happens in the first of them.
    pub about: String,
    /// Who sent what when in it.
    pub timeline: Vec<Moment>,
}

/// A sentence of a page.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// Its words.
    pub text: String,
    /// Where it stands.
    pub at: String,
}

/// One scenario.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What happens.
    pub about: String,
    /// What was to be done.
    pub task: Option<TaskKind>,
    /// What came of it.
    pub outcome: Outcome,
    /// Rules that were broken.
    pub ids: Vec<String>,
    /// What is wrong, for programs.
    pub findings: Vec<Finding>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// What is judged, and when.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The program under test, or the recording.
    pub name: &'a str,
    /// When, in UTC.
    pub date: &'a str,
}

/// The name of an outcome.
#[must_use]
pub const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warning => "warning",
        Outcome::Fail => "fail",
        Outcome::NotOffered => "not offered",
    }
}

impl View {
    /// The view of some judged scenarios.
    #[must_use]
    pub fn of(contract: &Contract, rules: &[ClientRule], judged: &[Judged], subject: Subject<'_>) -> Self {
        let number = |outcome: Outcome| judged.iter().filter(|it| it.outcome == outcome).count() as u64;
        let (failed, declined) = (number(Outcome::Fail), number(Outcome::NotOffered));
        let asked = judged.len() as u64 - declined;
        let passed = asked - failed;
        let conforms = failed == 0 && asked > 0;
        let causes = causes(rules, judged);
        let of = format!("{passed} of {}", count(asked, "scenario", "scenarios"));
        let headline = if conforms {
            format!("CONFORMS: {of} passed")
        } else if asked == 0 {
            "NOTHING JUDGED: the client does none of these tasks".to_owned()
        } else {
            let broken = causes.iter().filter(|it| it.fails).count() as u64;
            format!("DOES NOT CONFORM: {of} passed, {}", count(broken, "rule broken", "rules broken"))
        };
        let mut tasks: Vec<TaskKind> =
            judged.iter().filter_map(|it| it.recording.head.task.as_ref()).map(|it| it.kind).collect();
        tasks.sort_unstable();
        tasks.dedup();
        let tasks: Vec<&'static str> = tasks.into_iter().map(TaskKind::name).collect();
        let digest = contract.digest.chars().take(12).collect::<String>();
        let verdict = if conforms { "client conforms" } else { "client does not conform" };
        let certificate = format!(
            "{verdict}: {of} ({}), contract {} {digest}, {}",
            if tasks.is_empty() { "recorded".to_owned() } else { tasks.join(", ") },
            contract.revision,
            subject.date.get(..10).unwrap_or(subject.date)
        );
        Self {
            conforms,
            headline,
            certificate,
            subject: subject.name.to_owned(),
            contract: contract.revision.clone(),
            digest,
            date: subject.date.to_owned(),
            tasks,
            causes,
            scenarios: judged.iter().map(row).collect(),
        }
    }

    /// Whether every scenario was declined, so that nothing was judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scenarios.iter().all(|it| it.outcome == Outcome::NotOffered)
    }
}

fn row(judged: &Judged) -> Row {
    let head = &judged.recording.head;
    Row {
        name: head.scenario.clone(),
        about: head.about.clone(),
        task: head.task.as_ref().map(|it| it.kind),
        outcome: judged.outcome,
        ids: judged.findings.iter().map(|it| it.id.clone()).collect(),
        findings: judged.findings.clone(),
        millis: judged.recording.end.as_ref().map_or(0, |it| it.at_us / 1000),
    }
}

fn causes(rules: &[ClientRule], judged: &[Judged]) -> Vec<Cause> {
    let all = || judged.iter().flat_map(|it| it.findings.iter().map(move |finding| (it, finding)));
    let mut causes = Vec::new();
    for rule in rules {
        // A failure shows better than a warning what a rule is about.
        let of = || all().filter(|(_, finding)| finding.id == rule.id);
        let Some((first, finding)) = of().find(|(_, it)| it.fails).or_else(|| of().next()) else { continue };
        let says = rule.quotes.iter().map(|quote| Said {
            text: quote.text.clone(),
            at: quote.address().map(|(file, line)| format!("{file}:{line}")).unwrap_or_default(),
        });
        causes.push((
            (!finding.fails, rule.severity),
            Cause {
                id: rule.id.clone(),
                fails: finding.fails,
                statement: rule.statement.clone(),
                says: says.collect(),
                summary: finding.summary.clone(),
                expected: finding.expected.clone(),
                received: finding.received.clone(),
                scenarios: of().map(|(it, _)| it.recording.head.scenario.clone()).collect(),
                about: first.recording.head.about.clone(),
                timeline: timeline(&first.recording, finding.exchange),
            },
        ));
    }
    causes.sort_by_key(|(order, _)| *order);
    causes.into_iter().map(|(_, cause)| cause).collect()
}
