//! Runs against the built-in sandbox, over HTTP as in any run: one with a given behaviour, or several at a time.

use std::sync::Arc;

use conformance::history::Tier;
use conformance::report::event::Silent;
use conformance::run::built_in_sandbox;
use conformance::run::session::{self, Finished, Options};
use conformance::sut::Target;
use sandbox::Behaviour;
use spec::Contract;

use crate::error::SelftestError;

/// Completes futures, `jobs` at a time; `tell` receives each result when it is done. The results are in no fixed order.
///
/// # Errors
/// Returns an error if a future fails or panics.
pub(crate) async fn at_a_time<T, W>(
    jobs: usize,
    mut waiting: impl Iterator<Item = W>,
    mut tell: impl FnMut(&T),
) -> Result<Vec<T>, SelftestError>
where
    T: Send + 'static,
    W: Future<Output = Result<T, SelftestError>> + Send + 'static,
{
    let mut running = tokio::task::JoinSet::new();
    let mut done = Vec::new();
    loop {
        while running.len() < jobs.max(1)
            && let Some(work) = waiting.next()
        {
            running.spawn(work);
        }
        let Some(one) = running.join_next().await else { return Ok(done) };
        let one = one??;
        tell(&one);
        done.push(one);
    }
}

/// How long a run waits for an answer of a sandbox that withholds some: each of those costs the whole time.
const SOON: std::time::Duration = std::time::Duration::from_secs(2);

/// Returns the options of a run against the built-in sandbox: one case at a time, so that failures do not depend on
/// timing.
pub(crate) fn options(seed: u64) -> Options {
    Options::new(Tier::Standard, seed)
}

/// Adapts the options to a sandbox: the timeout is short only if the sandbox withholds answers, so that a slow machine
/// does not cause timeouts elsewhere.
pub(crate) fn patient(options: &Options, behaviour: &Behaviour) -> Options {
    let withholds = behaviour.fault.is_some_and(|fault| fault.breaks.contains(&"STATUS-DOCUMENTED"));
    Options { timeout: if withholds { SOON } else { options.timeout }, ..options.clone() }
}

/// Performs a whole run against a sandbox with this behaviour.
///
/// # Errors
/// Returns an error if the sandbox can't be started or judged.
pub(crate) async fn run(
    contract: &Arc<Contract>,
    behaviour: Behaviour,
    options: &Options,
) -> Result<Finished, SelftestError> {
    let options = &patient(options, &behaviour);
    let (sandbox, url, states) = built_in_sandbox::sandbox(contract.clone(), behaviour).await?;
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let prepared = session::prepare(contract.clone(), target, Some(states), options).await?;
    let finished = prepared.run(options, &mut Silent).await?;
    sandbox.stop().await;
    Ok(finished)
}
