//! Measures which checks and cases exercise each id: a violation of an id that nothing exercises can't be found.

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance::checks;
use conformance::judge::verdict::Outcome;
use conformance::run::session::Finished;
use sandbox::{Behaviour, Freedom};
use spec::Contract;

use crate::error::SelftestError;
use crate::run::{options, run};

/// The coverage of one id: the checks that cite it, and how often cases exercised it, by default and under freedoms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// The id of a requirement or an ambiguity.
    pub(crate) id: String,
    /// The checks that cite it.
    pub(crate) checks: Vec<&'static str>,
    /// How often a default run exercised or observed it.
    pub(crate) default: u64,
    /// How often a run under freedoms exercised or observed it.
    pub(crate) freedoms: u64,
    /// The number of faults that declare it.
    pub(crate) faults: usize,
}

/// Measures coverage by two runs: with the default sandbox, and with the freedoms that some ids are about.
///
/// # Errors
/// Returns the errors of [`run`].
pub(crate) async fn coverage(contract: &Arc<Contract>, seed: u64) -> Result<Vec<Coverage>, SelftestError> {
    let freedoms: Vec<Freedom> =
        ["later-revision", "throttle", "refund-failed"].iter().filter_map(|name| name.parse().ok()).collect();
    let plain = run(contract, Behaviour::default(), &options(seed)).await?;
    let free =
        run(contract, Behaviour { freedoms: freedoms.into_iter().collect(), fault: None }, &options(seed))
            .await?;
    let count = |finished: &Finished| -> BTreeMap<String, u64> {
        let requirements = finished.judgement.requirements.iter();
        let requirements =
            requirements.filter(|it| !matches!(it.outcome, Outcome::NotExercised | Outcome::NotApplicable));
        let seen = requirements.map(|it| (it.id.clone(), it.exercised));
        let open = finished.judgement.ambiguities.iter();
        seen.chain(open.map(|it| (it.id.clone(), it.choices.iter().map(|(_, times, _)| times).sum())))
            .collect()
    };
    let (plain, free) = (count(&plain), count(&free));
    let ids = contract.catalogue.requirements.iter().map(|it| &it.id);
    let ids = ids.chain(contract.catalogue.ambiguities.iter().map(|it| &it.id));
    Ok(ids
        .map(|id| Coverage {
            id: id.clone(),
            checks: checks::ALL
                .iter()
                .filter(|it| it.cites.contains(&id.as_str()))
                .map(|it| it.name)
                .collect(),
            default: plain.get(id).copied().unwrap_or(0),
            freedoms: free.get(id).copied().unwrap_or(0),
            faults: sandbox::faults::all().filter(|it| it.breaks.contains(&id.as_str())).count(),
        })
        .collect())
}
