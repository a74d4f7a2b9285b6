//! What money buys: how many planted faults a run finds with a handful of fixed accounts under a cap, beside what it finds
//! by provider states, where money is free.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sandbox::{Behaviour, Config, Fault, Sandbox};
use spec::{Contract, Pesewas};

use super::{TeethError, at_a_time, options};
use crate::history::AccountFacts;
use crate::report::event::Silent;
use crate::run::built_in_sandbox;
use crate::run::session::{self, Finished, Options};
use crate::secret::Secret;
use crate::sut::Target;

/// Added to the sandbox's prices, so that its cheapest package costs GHS 1.15 as on a staging server.
const SURCHARGE: Pesewas = Pesewas::new(105);

/// Cases at a time, as where nobody says otherwise.
const CONCURRENCY: usize = 16;

/// How a server is come by: with fixed accounts under a cap, or by provider states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Means {
    /// With the demo accounts and a cap in GHS, or none.
    Accounts(Option<u32>),
    /// By provider states.
    States,
}

impl Means {
    /// Every one that is measured, the poorest first.
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

    /// As `--cap` takes it.
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

/// What was found of one fault by one means.
#[derive(Debug, Clone)]
pub(crate) struct Worth {
    /// The fault.
    pub(crate) fault: &'static Fault,
    /// By what means.
    pub(crate) means: Means,
    /// Whether an id that it declares failed.
    pub(crate) found: bool,
    /// Addresses of the cases that show it.
    pub(crate) cases: BTreeSet<String>,
}

impl Worth {
    /// One line for a terminal, with the cases that show the fault if wanted.
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

/// Judges faults by each of these means, so many runs at a time, and tells each as it is done.
///
/// # Errors
/// As [`run`].
pub(crate) async fn measure(
    contract: &Arc<Contract>,
    faults: &[&'static Fault],
    means: &[Means],
    jobs: usize,
    tell: impl FnMut(&Worth),
) -> Result<Vec<Worth>, TeethError> {
    let pairs = faults.iter().flat_map(|fault| means.iter().map(move |it| (*fault, *it)));
    let work = pairs.map(|(fault, means)| {
        let contract = contract.clone();
        async move { worth(&contract, fault, means).await }
    });
    let mut done = at_a_time(jobs, work, tell).await?;
    done.sort_by_key(|it| (it.fault.group, it.fault.id, it.means));
    Ok(done)
}

async fn worth(contract: &Arc<Contract>, fault: &'static Fault, means: Means) -> Result<Worth, TeethError> {
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

/// What each case costs with these means on a server without a fault.
///
/// # Errors
/// As [`measure`].
pub(crate) async fn prices(
    contract: &Arc<Contract>,
    means: Means,
) -> Result<BTreeMap<String, Pesewas>, TeethError> {
    let finished = run(contract, Behaviour::default(), means).await?;
    Ok(finished.judged.iter().map(|it| (it.id.clone(), it.ledger.charged)).collect())
}

/// Runs the standard tier against a sandbox that behaves like this.
///
/// # Errors
/// The sandbox can't be started or not be judged.
async fn run(contract: &Arc<Contract>, behaviour: Behaviour, means: Means) -> Result<Finished, TeethError> {
    let states = means == Means::States;
    // Staging servers have numbers whose delivery fails, as the sandbox has.
    let config =
        Config { states, magic: !states, behaviour, surcharge: SURCHARGE, ..Config::new(contract.clone()) };
    let (sandbox, url, states_url) = built_in_sandbox::started(config).await?;
    let mut target = Target::new(url);
    if let Means::Accounts(cap) = means {
        target.cap = cap.map(|cap| Pesewas::new(i64::from(cap) * 100));
        // The prices are for the run to find out.
        let mut catalog = built_in_sandbox::catalog(&sandbox, |_| BTreeMap::new());
        for operator in &mut catalog.operators {
            operator.failing_recipient = Some(sandbox::failing_number(contract));
        }
        (target.accounts, target.catalog) = (accounts(&sandbox), Some(catalog));
    } else {
        target.states = Some(states_url.clone());
    }
    let options = Options { concurrency: CONCURRENCY, ..options(1) };
    let states = states.then_some(states_url);
    let prepared = session::prepare(contract.clone(), target, states, &options).await?;
    let finished = prepared.run(&options, &mut Silent).await?;
    sandbox.stop().await;
    Ok(finished)
}

/// The demo accounts with their roles, as the example of an accounts file has them; balances are for the run to find out.
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

/// How many faults each means finds: of all, and of those that are found by provider states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// The means.
    pub(crate) means: Means,
    /// Faults found.
    pub(crate) found: usize,
    /// Of those, how many are found by states too, in percent of what states find.
    pub(crate) percent: usize,
}

/// The rows of the table.
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

/// The table and the plot as they are committed.
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
