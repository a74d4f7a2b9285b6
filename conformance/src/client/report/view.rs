//! The data behind every format: findings by cause, scenarios by name, and whether the client conforms.

use serde::Serialize;
use spec::{ClientRule, Contract};

use super::timeline::{Moment, timeline};
use crate::client::judge::{Finding, Judged, Outcome};
use crate::client::task::TaskKind;
use crate::report::text::{count, shell_word};

/// Everything that a report shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct View {
    /// True if the client conforms: nothing failed, and the client did at least one task.
    pub conforms: bool,
    /// The verdict in a line.
    pub headline: String,
    /// A line that states the verdict and its basis, for a partner to pass on.
    pub certificate: String,
    /// The program under test, or the recording.
    pub subject: String,
    /// The file of the program, relative to the current directory; `None` if it is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The revision of the contract.
    pub contract: String,
    /// The digest of the contract.
    pub digest: String,
    /// When the client was judged, in UTC.
    pub date: String,
    /// The tasks of the scenarios.
    pub tasks: Vec<&'static str>,
    /// The broken rules, worst first.
    pub causes: Vec<Cause>,
    /// All scenarios.
    pub scenarios: Vec<Row>,
}

/// One broken rule, with all scenarios that show it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cause {
    /// The id of the rule.
    pub id: String,
    /// True if it fails the client, false if it only warns.
    pub fails: bool,
    /// What a correct client does.
    pub statement: String,
    /// The sentences that the rule is based on, with file and line.
    pub says: Vec<Said>,
    /// What is wrong.
    pub summary: String,
    /// What a correct client does in this case.
    pub expected: String,
    /// What this client did.
    pub received: String,
    /// The scenarios that show it.
    pub scenarios: Vec<String>,
    /// A description of the scenario that is shown.
    pub about: String,
    /// The requests and answers of that scenario.
    pub timeline: Vec<Moment>,
    /// The command that runs that scenario again; `None` if this program did not start the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// The line of the rule in its file.
    #[serde(skip)]
    pub line: usize,
}

/// A sentence of a page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Said {
    /// Its text.
    pub text: String,
    /// Its file and line.
    pub at: String,
}

/// One scenario.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// The name.
    pub name: String,
    /// A description.
    pub about: String,
    /// The task, if known.
    pub task: Option<TaskKind>,
    /// The outcome.
    pub outcome: Outcome,
    /// The ids of the broken rules.
    pub ids: Vec<String>,
    /// The findings in full.
    pub findings: Vec<Finding>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// What is judged, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The program under test, or the recording.
    pub name: &'a str,
    /// The time, in UTC.
    pub date: &'a str,
    /// The file of the program, relative to the current directory.
    pub file: Option<&'a str>,
    /// The command that runs the program again: the parts before and after the name of a scenario.
    pub again: Option<(&'a str, &'a str)>,
}

/// Returns the name of an outcome.
#[must_use]
pub(crate) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warning => "warning",
        Outcome::Fail => "fail",
        Outcome::NotOffered => "not offered",
    }
}

impl View {
    /// Builds the view of judged scenarios.
    #[must_use]
    pub(crate) fn of(
        contract: &Contract,
        rules: &[ClientRule],
        judged: &[Judged],
        subject: Subject<'_>,
    ) -> Self {
        let number = |outcome: Outcome| judged.iter().filter(|it| it.outcome == outcome).count() as u64;
        let (failed, declined) = (number(Outcome::Fail), number(Outcome::NotOffered));
        let asked = judged.len() as u64 - declined;
        let passed = asked - failed;
        let conforms = failed == 0 && asked > 0;
        let causes = causes(rules, judged, subject);
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
            file: subject.file.map(str::to_owned),
            contract: contract.revision.clone(),
            digest,
            date: subject.date.to_owned(),
            tasks,
            causes,
            scenarios: judged.iter().map(row).collect(),
        }
    }

    /// Returns true if the client declined every scenario, so that nothing was judged.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
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

fn causes(rules: &[ClientRule], judged: &[Judged], subject: Subject<'_>) -> Vec<Cause> {
    let all = || judged.iter().flat_map(|it| it.findings.iter().map(move |finding| (it, finding)));
    let mut causes = Vec::new();
    for rule in rules {
        // A failure shows the rule better than a warning.
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
                again: subject.again.map(|(before, behind)| {
                    format!("{before}{}{behind}", shell_word(&first.recording.head.scenario))
                }),
                line: rule.line,
            },
        ));
    }
    causes.sort_by_key(|(order, _)| *order);
    causes.into_iter().map(|(_, cause)| cause).collect()
}
