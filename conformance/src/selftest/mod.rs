//! Tests the program itself: every planted fault of the sandbox is judged over HTTP as in any run, and must be caught
//! by ids that it declares, and by no others.

pub mod clients;
pub(crate) mod coverage;
pub(crate) mod kill_matrix;
pub(crate) mod learn;
pub mod recorded;
pub(crate) mod rounds;
pub(crate) mod value;
mod warm;

use std::sync::Arc;

use sandbox::Behaviour;
use spec::Contract;

use crate::client::error::ClientError;
use crate::history::Tier;
use crate::judge::shape::ShapeError;
use crate::report::event::Silent;
use crate::run::built_in_sandbox::{self, BuiltInError};
use crate::run::session::{self, Finished, Options, SessionError};
use crate::sut::Target;

/// Why the program can't be tested.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    /// The sandbox can't be started.
    #[error(transparent)]
    Sandbox(#[from] BuiltInError),
    /// The sandbox can't be judged.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A schema of the contract can't be used.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The task of a run panicked.
    #[error("a run broke down: {0}")]
    Run(#[from] tokio::task::JoinError),
    /// A client can't be judged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The clients of the tests can't be read.
    #[error("the clients below {folder} can't be read: {source}")]
    Clients {
        /// The folder of the clients.
        folder: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A case can't be serialized.
    #[error("a case can't be recorded: {0}")]
    Record(#[from] serde_json::Error),
}

/// Completes futures, `jobs` at a time; `tell` receives each result when it is done. The results are in no fixed order.
///
/// # Errors
/// Returns an error if a future fails or panics.
async fn at_a_time<T, W>(
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
#[must_use]
pub fn options(seed: u64) -> Options {
    Options::new(Tier::Standard, seed)
}

/// Adapts the options to a sandbox: the timeout is short only if the sandbox withholds answers, so that a slow machine
/// does not cause timeouts elsewhere.
fn patient(options: &Options, behaviour: &Behaviour) -> Options {
    let withholds = behaviour.fault.is_some_and(|fault| fault.breaks.contains(&"STATUS-DOCUMENTED"));
    Options { timeout: if withholds { SOON } else { options.timeout }, ..options.clone() }
}

/// Performs a whole run against a sandbox with this behaviour.
///
/// # Errors
/// Returns an error if the sandbox can't be started or judged.
pub async fn run(
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
