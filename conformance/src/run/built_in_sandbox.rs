//! A sandbox of our own: what is judged where no server is named, and what the tester itself is tested with.

use std::sync::Arc;

use sandbox::{Behaviour, Config, Sandbox};
use spec::Contract;
use url::Url;

use crate::cli::error::Failure;
use crate::sut::parse_url;

/// Starts a sandbox that behaves like this: with its address and that of its provider states.
///
/// # Errors
/// It can't be started.
pub async fn sandbox(contract: Arc<Contract>, behaviour: Behaviour) -> Result<(Sandbox, Url, Url), Failure> {
    let mut config = Config::new(contract);
    config.states = true;
    config.behaviour = behaviour;
    let sandbox = Sandbox::start(config).await.map_err(|error| Failure::Own(error.to_string()))?;
    let url = parse_url(sandbox.url())?;
    let states = parse_url(&format!("{}/_states", sandbox.url()))?;
    Ok((sandbox, url, states))
}
