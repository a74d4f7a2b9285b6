//! Measures how many planted faults a run with fixed accounts finds under a cap on spending, compared with a run with
//! provider states, which costs no money.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use conformance::history::AccountFacts;
use conformance::report::event::Silent;
use conformance::run::built_in_sandbox;
use conformance::run::session::{self, Finished, Options};
use conformance::secret::Secret;
use conformance::sut::Target;
use sandbox::{Behaviour, Config, Fault, Sandbox};
use spec::{Contract, Pesewas};

use crate::error::SelftestError;
use crate::run::{at_a_time, options, patient};

/// Added to the prices of the sandbox, so that its cheapest package costs GHS 1.15, as on a staging server.
const SURCHARGE: Pesewas = Pesewas::new(105);

/// The default number of cases at a time.
const CONCURRENCY: usize = 16;

/// How accounts are obtained: fixed accounts under a cap, or provider states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Means {
    /// The demo accounts, with a cap in GHS or without one.
    Accounts(Option<u32>),
    /// Provider states.
    States,
}

impl Means {
    /// All that are measured, from the lowest cap.
    pub(crate) const ALL: [Self; 8] = [
        Self::Accounts(Some(0)),
        Self::Accounts(Some(20)),
        Self::Accounts(Some(50)),
        Self::Accounts(Some(100)),
        Self::Accounts(Some(200)),
        Self::Accounts(Some(500)),
        Self::Accounts(None),
        Self::States,
    ];

    /// Returns the value of `--cap`.
    pub(crate) fn flag(self) -> String {
        match self {
            Self::Accounts(Some(cap)) => cap.to_string(),
            Self::Accounts(None) => "none".to_owned(),
            Self::States => "states".to_owned(),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Accounts(Some(cap)) => format!("GHS {cap}"),
            Self::Accounts(None) => "no cap".to_owned(),
            Self::States => "states".to_owned(),
        }
    }
}

/// The result for one fault with one means.
#[derive(Debug, Clone)]
pub(crate) struct Worth {
    /// The fault.
    pub(crate) fault: &'static Fault,
    /// The means.
    pub(crate) means: Means,
    /// True if an id that the fault declares failed.
    pub(crate) found: bool,
    /// The ids of the cases that show the fault.
    pub(crate) cases: BTreeSet<String>,
}

impl Worth {
    /// Returns a line for a terminal, with the cases that show the fault if `cases` is set.
    #[must_use]
    pub(crate) fn line(&self, cases: bool) -> String {
        let mark = if self.found { "found " } else { "MISSED" };
        let mut text = format!("{mark} {:<8} {}", self.means.name(), self.fault.id);
        for case in self.cases.iter().filter(|_| cases) {
            _ = write!(text, " {case}");
        }
        text
    }
}

/// Judges each fault with each of the means, `jobs` runs at a time; `tell` receives each result when it is done.
///
/// # Errors
/// Returns the errors of [`run`].
pub(crate) async fn measure(
    contract: &Arc<Contract>,
    faults: &[&'static Fault],
    means: &[Means],
    jobs: usize,
    tell: impl FnMut(&Worth),
) -> Result<Vec<Worth>, SelftestError> {
    let pairs = faults.iter().flat_map(|fault| means.iter().map(move |it| (*fault, *it)));
    let work = pairs.map(|(fault, means)| {
        let contract = contract.clone();
        async move { worth(&contract, fault, means).await }
    });
    let mut done = at_a_time(jobs, work, tell).await?;
    done.sort_by_key(|it| (it.fault.group, it.fault.id, it.means));
    Ok(done)
}

async fn worth(
    contract: &Arc<Contract>,
    fault: &'static Fault,
    means: Means,
) -> Result<Worth, SelftestError> {
    let behaviour = Behaviour { freedoms: BTreeSet::new(), fault: Some(fault) };
    let finished = run(contract, behaviour, means).await?;
    let declared = |id: &String| fault.breaks.contains(&id.as_str());
    let mut failures = finished.judgement.findings.iter().filter(|it| !it.example.warning);
    let found = failures.any(|it| declared(&it.requirement));
    let mut cases = BTreeSet::new();
    for judged in &finished.judged {
        let findings = judged.marks.as_ref().map_or(&[][..], |it| &it.findings);
        if findings.iter().any(|it| !it.warning && it.candidates.iter().any(declared)) {
            cases.insert(judged.id.clone());
        }
    }
    Ok(Worth { fault, means, found, cases })
}

/// Returns the cost of each case with these means at a server without a fault.
///
/// # Errors
/// Returns the errors of [`run`].
pub(crate) async fn prices(
    contract: &Arc<Contract>,
    means: Means,
) -> Result<BTreeMap<String, Pesewas>, SelftestError> {
    let finished = run(contract, Behaviour::default(), means).await?;
    Ok(finished.judged.iter().map(|it| (it.id.clone(), it.ledger.charged)).collect())
}

/// Runs the standard tier against a sandbox with this behaviour.
///
/// # Errors
/// Returns an error if the sandbox can't be started or judged.
async fn run(
    contract: &Arc<Contract>,
    behaviour: Behaviour,
    means: Means,
) -> Result<Finished, SelftestError> {
    let states = means == Means::States;
    let options = patient(&Options { concurrency: CONCURRENCY, ..options(1) }, &behaviour);
    // Staging servers have numbers to which delivery fails, so the sandbox has them too.
    let config =
        Config { states, magic: !states, behaviour, surcharge: SURCHARGE, ..Config::new(contract.clone()) };
    let (sandbox, url, states_url) = built_in_sandbox::started(config).await?;
    let mut target = Target::new(url);
    if let Means::Accounts(cap) = means {
        target.cap = cap.map(|cap| Pesewas::new(i64::from(cap) * 100));
        // The run determines the prices by itself.
        let mut catalog = built_in_sandbox::catalog(&sandbox, |_| BTreeMap::new());
        for operator in &mut catalog.operators {
            operator.failing_recipient = Some(sandbox::failing_number(contract));
        }
        (target.accounts, target.catalog) = (accounts(&sandbox), Some(catalog));
    } else {
        target.states = Some(states_url.clone());
    }
    let states = states.then_some(states_url);
    let prepared = session::prepare(contract.clone(), target, states, &options).await?;
    let finished = prepared.run(&options, &mut Silent).await?;
    sandbox.stop().await;
    Ok(finished)
}

/// Returns the demo accounts with their roles, as in the example of an accounts file; the run determines their balances
/// by itself.
fn accounts(sandbox: &Sandbox) -> Vec<(AccountFacts, Secret)> {
    let accounts = sandbox.demo().accounts.iter();
    let facts = accounts.map(|it| {
        let facts = AccountFacts {
            revoked: it.revoked,
            role: Some(it.role.clone()),
            ..AccountFacts::unknown(&it.name)
        };
        (facts, Secret::new(it.key.expose().to_owned(), &[]))
    });
    facts.collect()
}

/// The number of faults that one of the means finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// The means.
    pub(crate) means: Means,
    /// The number of faults that are found.
    pub(crate) found: usize,
    /// The faults found both by these means and by provider states, in percent of those found by provider states.
    pub(crate) percent: usize,
}

/// Returns the rows of the table.
#[must_use]
pub(crate) fn rows(worths: &[Worth]) -> Vec<Row> {
    let by = |means: Means| worths.iter().filter(move |it| it.means == means && it.found);
    let free: BTreeSet<&str> = by(Means::States).map(|it| it.fault.id).collect();
    Means::ALL
        .into_iter()
        .filter(|means| worths.iter().any(|it| it.means == *means))
        .map(|means| {
            let also = by(means).filter(|it| free.contains(it.fault.id)).count();
            Row { means, found: by(means).count(), percent: also * 100 / free.len().max(1) }
        })
        .collect()
}

/// Renders the committed page with the table and the chart.
#[must_use]
pub(crate) fn markdown(worths: &[Worth]) -> String {
    let rows = rows(worths);
    let faults: BTreeSet<&str> = worths.iter().map(|it| it.fault.id).collect();
    let mut out = format!(
        "# What money buys\n\nOf {} planted faults, how many a standard run finds with the sandbox's demo accounts under a \
         cap (`--max-spend`), on a catalog whose cheapest package costs GHS 1.15, beside what it finds by provider \
         states. Written by `cargo xtask value --write`; `--check` holds it fresh.\n\n\
         | means | faults found | of what states find |\n|---|---:|---:|\n",
        faults.len()
    );
    for Row { means, found, percent } in &rows {
        _ = writeln!(out, "| {} | {found} | {percent} % |", means.name());
    }
    let names: Vec<String> = rows.iter().map(|it| format!("{:?}", it.means.name())).collect();
    let values: Vec<String> = rows.iter().map(|it| it.percent.to_string()).collect();
    _ = write!(
        out,
        "\n```mermaid\nxychart-beta\n    title \"Faults found, in percent of what provider states find\"\n    \
         x-axis [{}]\n    y-axis 0 --> 100\n    bar [{}]\n```\n",
        names.join(", "),
        values.join(", ")
    );
    out
}
