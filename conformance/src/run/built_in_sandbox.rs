//! The built-in sandbox, which is judged if no server is named and with which the tester itself is tested.

use std::collections::BTreeMap;
use std::sync::Arc;

use sandbox::catalog::{Package, Product};
use sandbox::{Behaviour, Config, Sandbox, SandboxError};
use spec::{Contract, Pesewas};
use url::Url;

use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts};
use crate::sut::{AddressError, parse_url};

/// The reasons why the built-in sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum BuiltInError {
    /// It can't be started.
    #[error(transparent)]
    Start(#[from] SandboxError),
    /// The address that it reports can't be used.
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// Starts a sandbox with this behaviour, and returns it with its URL and the URL of its provider states.
///
/// # Errors
/// Returns an error if the sandbox can't be started.
pub async fn sandbox(
    contract: Arc<Contract>,
    behaviour: Behaviour,
) -> Result<(Sandbox, Url, Url), BuiltInError> {
    started(Config { states: true, behaviour, ..Config::new(contract) }).await
}

/// Starts a sandbox with these settings, and returns it with its URL and the URL where its provider states would be,
/// if the settings include them.
///
/// # Errors
/// Returns an error if the sandbox can't be started.
pub async fn started(config: Config) -> Result<(Sandbox, Url, Url), BuiltInError> {
    let sandbox = Sandbox::start(config).await?;
    let url = parse_url(sandbox.url())?;
    let states = parse_url(&format!("{}/_states", sandbox.url()))?;
    Ok((sandbox, url, states))
}

/// Returns the catalog of a sandbox, with the prices of each package that `price` gives.
#[must_use]
pub fn catalog(sandbox: &Sandbox, price: impl Fn(&Package) -> BTreeMap<String, Pesewas>) -> Catalog {
    let package = |it: &Arc<Package>| PackageFacts { id: it.id.clone(), active: it.active, price: price(it) };
    let product = |it: &Product| ProductFacts {
        id: it.id.clone(),
        available: it.available,
        packages: it.packages.iter().map(package).collect(),
    };
    let operators = sandbox.demo().catalog.operators.iter().map(|it| OperatorFacts {
        id: it.id.clone(),
        recipient_prefix: None,
        failing_recipient: None,
        products: it.products.iter().map(product).collect(),
    });
    Catalog { operators: operators.collect(), ..Catalog::default() }
}
