//! Before the first case: what the server is, who we are on it, and which companion endpoints it has. Reads only.

use std::collections::BTreeMap;

use spec::{Contract, Meaning, OperationId};

use super::client::Client;
use super::http::OutboundRequest;
use super::states::{StateError, States};
use crate::history::{AccountFacts, Answer, Power, Response, Transport, World};
use crate::order::path::encode;
use crate::order::reading::{self, Amount};
use crate::plan::key::Key;
use crate::secret::{Redactor, Secret};
use crate::sut::{NOBODYS_ID, Target};

/// Why a server can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No connection, or no HTTP.
    #[error("{target} can't be reached: {detail}. Is the server running, and is the URL right?")]
    Unreachable {
        /// Base URL.
        target: String,
        /// What the transport says.
        detail: String,
    },
    /// Something answers that is not this API.
    #[error("{target} answers, but not as this API: {detail}. Is the URL the API's base URL?")]
    NotTheApi {
        /// Base URL.
        target: String,
        /// What came.
        detail: String,
    },
    /// A provider state.
    #[error(transparent)]
    State(#[from] StateError),
}

impl DiscoverError {
    /// Whether the target could not be reached, rather than being set up wrongly.
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NotTheApi { .. } => true,
            Self::State(error) => error.unreachable(),
        }
    }
}

/// Finds out everything that a plan depends on.
///
/// # Errors
/// The server can't be reached or is another one, or its provider states don't work.
pub async fn discover(
    contract: &Contract,
    target: &Target,
    client: &Client,
    states: Option<&States>,
) -> Result<World, DiscoverError> {
    let redactor = Redactor::new(target.accounts.iter().map(|(_, key)| key));
    reachable(contract, target, client, &redactor).await?;
    let mut world = World {
        power: if target.accounts.is_empty() { Power::None } else { Power::Accounts },
        accounts: target.accounts.iter().map(|(facts, _)| facts.clone()).collect(),
        catalog: target.catalog.clone(),
        endpoints: BTreeMap::new(),
        extra_states: Vec::new(),
    };
    let probe = Probe { contract, client, redactor: &redactor };
    if let Some(states) = states {
        world.power = Power::States;
        world.catalog = Some(states.catalog(contract).await?);
        let role = contract.roles.buyers.first().cloned().unwrap_or_default();
        let made = states.account(&role, spec::Pesewas::new(1), false).await?;
        if let Some(profile) = &made.profile
            && states.second_key(profile).await.is_ok()
        {
            world.extra_states.push("key".into());
        }
        // A number that nobody orders for.
        if states.fail_recipient(&contract.msisdn.country_code).await.is_ok() {
            world.extra_states.push("recipient".into());
        }
        let facts = AccountFacts {
            name: role.clone(),
            role: Some(role),
            balance: None,
            profile: None,
            revoked: false,
            fresh: true,
        };
        probe.endpoints(&mut world, &facts, &made.key).await;
        return Ok(world);
    }
    let keys: Vec<&Secret> = target.accounts.iter().map(|(_, key)| key).collect();
    for (at, key) in keys.iter().enumerate() {
        let mut facts = world.accounts[at].clone();
        if !facts.revoked {
            probe.account(&mut facts, key).await;
            let buys = facts.role.as_deref().is_none_or(|role| contract.roles.may_buy(role));
            if buys || world.endpoints.is_empty() {
                probe.endpoints(&mut world, &facts, key).await;
            }
            if let Some(role) = facts.role.clone() {
                probe.prices(&mut world, &role, key).await;
            }
        }
        world.accounts[at] = facts;
    }
    Ok(world)
}

/// A request without a key: whatever HTTP answers it, somebody is there.
async fn reachable(
    contract: &Contract,
    target: &Target,
    client: &Client,
    redactor: &Redactor,
) -> Result<(), DiscoverError> {
    let buy = contract.buy();
    let request = OutboundRequest {
        method: &buy.method,
        url: &client.url(&buy.path),
        headers: &[("content-type".to_owned(), "application/json".to_owned())],
        key: None,
        body: b"{}",
        transport: Transport::Plain,
    };
    let unreachable = |detail: String| DiscoverError::Unreachable { target: target.shown(), detail };
    match client.send(&request, redactor).await.answer {
        Answer::Unsent(detail) => Err(unreachable(detail)),
        Answer::Lost(lost) => Err(unreachable(lost.detail)),
        Answer::Response(response) => {
            let html = response.header("content-type").is_some_and(|kind| kind.contains("html"));
            // No server of this API takes an order without a key and contents, nor answers what its pages do not have.
            let foreign = buy
                .response(response.status)
                .is_none_or(|documented| documented.meaning == Meaning::Accepted);
            if html && reading::json(&response).is_none() && foreign {
                let excerpt: String =
                    response.body.text().chars().filter(|c| !c.is_control()).take(60).collect();
                let detail =
                    format!("{} {} gives {} and HTML (`{excerpt}`)", buy.method, buy.path, response.status);
                return Err(DiscoverError::NotTheApi { target: target.shown(), detail });
            }
            Ok(())
        }
    }
}

struct Probe<'a> {
    contract: &'a Contract,
    client: &'a Client,
    redactor: &'a Redactor,
}

impl Probe<'_> {
    async fn get(&self, path: &str, key: &Secret) -> Option<Response> {
        for _ in 0..4 {
            match self.once("GET", path, key).await {
                Answer::Response(response) if reading::is_throttle(self.contract, response.status) => {
                    tokio::time::sleep(super::run::retry_after(&response)).await;
                }
                Answer::Response(response) => return Some(response),
                Answer::Lost(_) => {}
                Answer::Unsent(_) => return None,
            }
        }
        None
    }

    fn found(&self, operation: OperationId, response: &Response) -> bool {
        Some(response.status) == self.contract.operation(operation).status(Meaning::Ok)
    }

    /// Role and balance, where the file did not say and the server does.
    async fn account(&self, facts: &mut AccountFacts, key: &Secret) {
        let profile = self.contract.operation(OperationId::Profile);
        if let Some(response) =
            self.get(&profile.path, key).await.filter(|it| self.found(OperationId::Profile, it))
            && let Some(profile) = reading::profile(self.contract, &response)
        {
            facts.role = facts.role.take().or(profile.role);
            facts.profile = facts.profile.take().or(profile.id);
        }
        let wallet = self.contract.operation(OperationId::Wallet);
        if let Some(response) =
            self.get(&wallet.path, key).await.filter(|it| self.found(OperationId::Wallet, it))
            && let Some(wallet) = reading::wallet(self.contract, &response)
        {
            // What the wallet says now is truer than what a file said some day.
            facts.balance = wallet.available.pesewas().or(facts.balance);
            facts.profile = facts.profile.take().or(wallet.profile);
        }
    }

    /// Which companion endpoints there are: one without has no envelope of the API around its 404, or allows no method.
    async fn endpoints(&self, world: &mut World, facts: &AccountFacts, key: &Secret) {
        let catalog = world.catalog.clone().unwrap_or_default();
        let operator = catalog.operators.first();
        let package = operator.and_then(|it| it.products.first()).and_then(|it| it.packages.first());
        for operation in OperationId::ALL {
            let spec = self.contract.operation(operation);
            let value = match operation {
                OperationId::BuyBulk => continue,
                OperationId::Products => operator.map(|it| it.id.as_str()),
                OperationId::Package => package.map(|it| it.id.as_str()),
                _ => Some(NOBODYS_ID),
            };
            let Some(value) = value else { continue };
            let path = spec.path_with(&[&encode(value), "0"]);
            let response = if operation == OperationId::Retry {
                self.post(&path, key).await
            } else {
                self.get(&path, key).await
            };
            let Some(response) = response else { continue };
            // Of its own 404s the API says with an error's envelope and code that it knows the route.
            let code = reading::error_code(self.contract, &response);
            let not_found = spec.response(response.status).filter(|it| it.meaning == Meaning::NotFound);
            let known = match not_found {
                Some(documented) => code.is_some_and(|code| documented.error_codes.contains(&code)),
                None => spec.response(response.status).is_some() || response.status >= 500,
            };
            world.endpoints.insert(operation, known);
        }
        _ = facts;
    }

    /// The retry of an order that nobody has costs nothing.
    async fn post(&self, path: &str, key: &Secret) -> Option<Response> {
        self.once("POST", path, key).await.response().cloned()
    }

    async fn once(&self, method: &str, path: &str, key: &Secret) -> Answer {
        let key = Key::Own.header(&self.contract.key, Some(key));
        let request = OutboundRequest {
            method,
            url: &self.client.url(path),
            headers: &[],
            key: key.as_ref(),
            body: b"",
            transport: Transport::Plain,
        };
        self.client.send(&request, self.redactor).await.answer
    }

    /// Prices that the file leaves out, as the server shows them to this key.
    async fn prices(&self, world: &mut World, role: &str, key: &Secret) {
        if world.lacks(OperationId::Package) {
            return;
        }
        let spec = self.contract.operation(OperationId::Package);
        let Some(catalog) = &mut world.catalog else { return };
        let packages =
            catalog.operators.iter_mut().flat_map(|it| &mut it.products).flat_map(|it| &mut it.packages);
        for package in packages.filter(|package| !package.price.contains_key(role)) {
            let response = self.get(&spec.path_with(&[&encode(&package.id)]), key).await;
            let read = response
                .filter(|it| self.found(OperationId::Package, it))
                .and_then(|it| reading::package(self.contract, &it));
            let Some(read) = read else { continue };
            if let Some(price) = read.price.as_ref().and_then(Amount::pesewas) {
                package.price.insert(role.to_owned(), price);
            }
        }
    }
}
