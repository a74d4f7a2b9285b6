//! Testing the tester: every planted fault of the sandbox is judged by the real path over HTTP, and must be caught by an id
//! that it declares, and by no other.

pub mod clients;
pub(crate) mod coverage;
pub(crate) mod kill_matrix;
pub(crate) mod learn;
pub mod recorded;
pub(crate) mod rounds;
pub(crate) mod value;

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

/// Why the tester can't be tested.
#[derive(Debug, thiserror::Error)]
pub enum TeethError {
    /// There is nothing to judge.
    #[error(transparent)]
    Sandbox(#[from] BuiltInError),
    /// It can't be judged.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A schema of the contract can't be used.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A run broke down.
    #[error("a run broke down: {0}")]
    Run(#[from] tokio::task::JoinError),
    /// A client can't be judged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The clients can't be read.
    #[error("the clients below {folder} can't be read: {source}")]
    Clients {
        /// Where they should be.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// A case can't be written down.
    #[error("a case can't be recorded: {0}")]
    Record(#[from] serde_json::Error),
}

/// Does so many things at a time and tells each as it is done; in no order.
///
/// # Errors
/// One of them can't be done.
async fn at_a_time<T, W>(
    jobs: usize,
    mut waiting: impl Iterator<Item = W>,
    mut tell: impl FnMut(&T),
) -> Result<Vec<T>, TeethError>
where
    T: Send + 'static,
    W: Future<Output = Result<T, TeethError>> + Send + 'static,
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

/// Options of a run against a sandbox of our own; one case at a time, so that what fails does not depend on timing.
#[must_use]
pub fn options(seed: u64) -> Options {
    Options { timeout: std::time::Duration::from_secs(2), ..Options::new(Tier::Standard, seed) }
}

/// Runs the whole path against a sandbox that behaves like this.
///
/// # Errors
/// The sandbox can't be started or not be judged.
pub async fn run(
    contract: &Arc<Contract>,
    behaviour: Behaviour,
    options: &Options,
) -> Result<Finished, TeethError> {
    let (sandbox, url, states) = built_in_sandbox::sandbox(contract.clone(), behaviour).await?;
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let prepared = session::prepare(contract.clone(), target, Some(states), options).await?;
    let finished = prepared.run(options, &mut Silent).await?;
    sandbox.stop().await;
    Ok(finished)
}
