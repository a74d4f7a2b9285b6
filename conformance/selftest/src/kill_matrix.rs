//! The kill matrix: each planted fault is judged once, and the requirements that fail are compared with those that the
//! fault declares.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use conformance::checks;
use conformance::judge::summary::{self, Unplanned};
use conformance::run::session::{Options, SessionError};
use sandbox::{Behaviour, Fault};
use spec::{Contract, Pesewas};

use crate::error::SelftestError;
use crate::run::{at_a_time, run};

/// The result for one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kill {
    /// The id of the fault.
    pub(crate) fault: &'static str,
    /// Its group.
    pub(crate) group: &'static str,
    /// A description of the fault.
    pub(crate) wrong: &'static str,
    /// The ids that it declares.
    pub(crate) declared: &'static [&'static str],
    /// The ids that failed.
    pub(crate) caught: BTreeSet<String>,
    /// The ids that failed and are not declared, each with its finding.
    pub(crate) strays: Vec<String>,
    /// The first finding.
    pub(crate) first: Option<First>,
    /// The duration of the run, in milliseconds.
    pub(crate) elapsed_ms: u64,
    /// The ids that also fail if only cases without simultaneous orders are judged; the others differ from run to run.
    pub(crate) steady: BTreeSet<String>,
    /// The causes of those that no other cause explains, each as its id and the cause.
    pub(crate) causes: Vec<String>,
}

/// The first finding of a run, and what was sent and charged up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct First {
    /// The requirement that it is attributed to.
    pub(crate) requirement: String,
    /// The number of requests up to and including its case.
    pub(crate) requests: u64,
    /// The number of orders among these requests.
    pub(crate) orders: u64,
    /// The amount that these requests charged.
    pub(crate) charged: Pesewas,
}

impl Kill {
    /// Returns true if the fault was caught by ids that it declares, and by no others.
    #[must_use]
    pub(crate) fn exact(&self) -> bool {
        !self.caught.is_empty() && self.strays.is_empty()
    }

    /// Returns a line for a terminal, with a line for each id that is not declared.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        let mark = if self.exact() {
            "killed  "
        } else if self.caught.is_empty() {
            "SURVIVED"
        } else {
            "STRAY   "
        };
        let first = self.first.as_ref().map_or(String::new(), |it| {
            format!("{} after {} requests and {} GHS", it.requirement, it.requests, it.charged)
        });
        let mut text = format!("{mark} {:<40} {first} ({} ms)", self.fault, self.elapsed_ms);
        for stray in &self.strays {
            _ = write!(text, "\n           not declared: {stray}");
        }
        if self.causes.len() > 1 {
            _ = write!(text, "\n           {} causes: {}", self.causes.len(), self.causes.join("; "));
        }
        text
    }
}

/// Judges one fault.
///
/// # Errors
/// Returns an error if a schema of the contract can't be used, and the errors of [`run`].
pub(crate) async fn kill(
    contract: &Arc<Contract>,
    fault: &'static Fault,
    options: &Options,
) -> Result<Kill, SelftestError> {
    let behaviour = Behaviour { freedoms: BTreeSet::new(), fault: Some(fault) };
    let finished = run(contract, behaviour, options).await?;
    let failures = finished.judgement.findings.iter().filter(|it| !it.example.warning);
    let one_by_one = finished.judged.iter().filter(|it| !it.at_once);
    let judge = checks::judge(contract).map_err(SessionError::from)?;
    let steady = summary::conclude(
        &judge,
        &finished.history.header,
        one_by_one,
        &finished.history.footer,
        &Unplanned::new(),
    );
    let failing: Vec<_> = steady.findings.iter().filter(|it| !it.example.warning).collect();
    let mut kill = Kill {
        fault: fault.id,
        group: fault.group,
        wrong: fault.wrong,
        declared: fault.breaks,
        caught: failures.clone().map(|it| it.requirement.clone()).collect(),
        strays: failures
            .clone()
            .filter(|it| !fault.breaks.contains(&it.requirement.as_str()))
            .map(|it| format!("{}: {} ({})", it.requirement, it.example.summary, it.example.case))
            .collect(),
        first: None,
        elapsed_ms: finished.history.footer.elapsed_us / 1000,
        steady: failing.iter().map(|it| it.requirement.clone()).collect(),
        causes: failing
            .iter()
            .filter(|it| it.under.is_none())
            .map(|it| format!("{} ({})", it.requirement, it.example.cause))
            .collect(),
    };
    kill.first = failures.clone().min_by_key(|it| it.example.index).map(|group| {
        let until = || finished.judged.iter().filter(|it| it.index <= group.example.index);
        First {
            requirement: group.requirement.clone(),
            requests: until().map(|it| it.requests).sum(),
            orders: until().map(|it| it.ledger.orders).sum(),
            charged: until().map(|it| it.ledger.charged).sum(),
        }
    });
    Ok(kill)
}

/// Returns the faults that match a filter, which is a group or the prefix of an id; all faults if there is no filter.
pub(crate) fn chosen(filters: &[String]) -> Vec<&'static Fault> {
    let wanted = |fault: &&Fault| {
        filters.is_empty() || filters.iter().any(|it| fault.group == it || fault.id.starts_with(it.as_str()))
    };
    sandbox::faults::all().filter(wanted).collect()
}

/// Judges faults, `jobs` at a time; `tell` receives each result when it is done.
///
/// # Errors
/// Returns the errors of [`kill`].
pub(crate) async fn matrix(
    contract: &Arc<Contract>,
    faults: Vec<&'static Fault>,
    jobs: usize,
    options: &Options,
    tell: impl FnMut(&Kill),
) -> Result<Vec<Kill>, SelftestError> {
    let work = faults.into_iter().map(|fault| {
        let (contract, options) = (contract.clone(), options.clone());
        async move { kill(&contract, fault, &options).await }
    });
    let mut kills = at_a_time(jobs, work, tell).await?;
    kills.sort_by_key(|it| (it.group, it.fault));
    Ok(kills)
}

/// The most faults that may be reported as several causes because nothing in the run shows that one explains the others.
/// Which they are differs a little from run to run, as far as timing shows different sides of a fault.
pub(crate) const SEVERAL: usize = 30;

/// Returns the number of faults that are reported as several causes.
#[must_use]
pub(crate) fn several(kills: &[Kill]) -> usize {
    kills.iter().filter(|it| it.causes.len() > 1).count()
}

/// Renders the committed matrix, which has no timings.
#[must_use]
pub(crate) fn markdown(kills: &[Kill]) -> String {
    let mut out = String::from(
        "# Kill matrix\n\nEvery planted fault of the sandbox and the requirements that a standard run reports for it, \
         races aside where it shows without them. Written by `cargo xtask faults --write`; CI holds it fresh.\n",
    );
    let mut group = "";
    for kill in kills {
        if kill.group != group {
            group = kill.group;
            _ = writeln!(out, "\n## {group}\n\n| fault | what is wrong | caught by |\n|---|---|---|");
        }
        // Which other ids a race breaks differs from run to run, so they are not listed.
        let race = BTreeSet::from(["MONEY-RACE".to_owned()]);
        let caught = match &kill.steady {
            steady if !steady.is_empty() => steady,
            _ if kill.caught.is_superset(&race) => &race,
            _ => &kill.caught,
        };
        let caught = caught.iter().cloned().collect::<Vec<_>>().join(", ");
        let caught = if caught.is_empty() { "**nothing**".to_owned() } else { caught };
        _ = writeln!(out, "| `{}` | {} | {caught} |", kill.fault, kill.wrong);
    }
    let caught = kills.iter().filter(|it| it.exact()).count();
    _ = writeln!(
        out,
        "\n{caught} of {} faults are caught by an id that they declare, and by no other.",
        kills.len()
    );
    out
}
