//! The built-in sandbox: what is judged where no server is named, and what the tester itself is tested with.

use std::sync::Arc;

use sandbox::{Behaviour, Config, Sandbox, SandboxError};
use spec::Contract;
use url::Url;

use crate::sut::{AddressError, parse_url};

/// Why the built-in sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum BuiltInError {
    /// It can't be started.
    #[error(transparent)]
    Start(#[from] SandboxError),
    /// It says that it listens where nobody can.
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// Starts a sandbox that behaves like this: with its address and that of its provider states.
///
/// # Errors
/// It can't be started.
pub async fn sandbox(
    contract: Arc<Contract>,
    behaviour: Behaviour,
) -> Result<(Sandbox, Url, Url), BuiltInError> {
    started(Config { states: true, behaviour, ..Config::new(contract) }).await
}

/// Starts a sandbox with these settings: with its address and that of its provider states, which it may not have.
///
/// # Errors
/// It can't be started.
pub async fn started(config: Config) -> Result<(Sandbox, Url, Url), BuiltInError> {
    let sandbox = Sandbox::start(config).await?;
    let url = parse_url(sandbox.url())?;
    let states = parse_url(&format!("{}/_states", sandbox.url()))?;
    Ok((sandbox, url, states))
}
