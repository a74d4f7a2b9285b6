//! Discovery, before the first case: whether this API is there, which accounts can be used, and which companion
//! endpoints exist. It places no orders.

mod absent;
mod availability;
mod connection;
mod endpoints;
mod error;
mod goods;
mod keys;
mod reach;
mod scout;
mod wait;

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::join_all;
use spec::{Contract, OperationId};

pub(crate) use self::endpoints::OF_AN_ORDER;
pub(in crate::exec) use self::endpoints::presence;
pub(crate) use self::error::DiscoverError;
pub(in crate::exec) use self::scout::Scout;
pub(crate) use self::wait::until_up;
use super::client::Client;
use super::states::States;
use crate::history::{AccountFacts, Capability, Catalog, Environment, PackageFacts, RefusedAccount};
use crate::order::path::encode;
use crate::order::reading::{self, Amount};
use crate::secret::{Redactor, Secret};
use crate::sut::Target;

/// Discovers everything that a plan depends on, and removes accounts from the target whose keys are refused.
///
/// # Errors
/// Returns an error if the server can't be reached or is a different one, if it refuses every key, or if its provider
/// states don't work.
pub(crate) async fn discover(
    contract: &Contract,
    target: &mut Target,
    client: &Client,
    states: Option<&States>,
) -> Result<Environment, DiscoverError> {
    let redactor = Redactor::new(target.accounts.iter().map(|(_, key)| key));
    let scout = Scout { contract, client, redactor: &redactor };
    let mut environment = Environment {
        capability: if target.accounts.is_empty() { Capability::None } else { Capability::Accounts },
        accounts: Vec::new(),
        catalog: target.catalog.clone(),
        endpoints: BTreeMap::new(),
        extra_states: Vec::new(),
        refused: Vec::new(),
    };
    match states {
        Some(states) => by_states(&scout, target, states, &mut environment).await?,
        None => by_accounts(&scout, target, &mut environment).await?,
    }
    Ok(environment)
}

/// Discovers by provider states: makes an account, and tries which other states can be set up.
async fn by_states(
    scout: &Scout<'_>,
    target: &Target,
    states: &States,
    environment: &mut Environment,
) -> Result<(), DiscoverError> {
    let contract = scout.contract;
    environment.capability = Capability::States;
    environment.accounts = target.accounts.iter().map(|(facts, _)| facts.clone()).collect();
    // This comes first, so that an unreachable server is reported as such and not as a fault of its provider states.
    let reached = reach::reach(scout, &target.shown(), None).await;
    if matches!(reached, Err(DiscoverError::Unreachable { .. } | DiscoverError::NoAnswer { .. })) {
        return reached;
    }
    let role = contract.roles.buyers.first().cloned().unwrap_or_default();
    let made = async {
        environment.catalog = Some(states.catalog(contract).await?);
        states.account(&role, spec::Pesewas::new(1), false).await
    };
    let made = match made.await {
        Ok(made) => made,
        // If the target is not this API, that explains why its provider states fail.
        Err(error) => return reached.and(Err(error.into())),
    };
    let redactor = Redactor::new([&made.key]);
    let scout = Scout { redactor: &redactor, ..*scout };
    if reached.is_err() {
        reach::reach(&scout, &target.shown(), Some(&made.key)).await?;
    }
    if let Some(refused) = keys::refused(&scout, &role, &made.key).await {
        return Err(DiscoverError::StatesElsewhere {
            states: states.shown(),
            target: target.shown(),
            refused,
        });
    }
    if let Some(profile) = &made.profile
        && let Ok(second) = states.second_key(profile).await
    {
        environment.extra_states.push("key".into());
        if states.revoke(&second.key).await.is_ok() {
            environment.extra_states.push("revoke".into());
        }
    }
    // No order has this number as a recipient.
    if states.fail_recipient(&contract.msisdn.country_code).await.is_ok() {
        environment.extra_states.push("recipient".into());
    }
    endpoints::endpoints(&scout, environment, &made.key).await;
    // A handler need not say which products are sold; the pages do.
    availability::unavailable(&scout, environment, &made.key).await;
    Ok(())
}

/// The number of packages whose prices are read at a time.
const AT_ONCE: usize = 16;

/// Discovers by fixed accounts: reads each account, and leaves out those whose keys are refused.
async fn by_accounts(
    scout: &Scout<'_>,
    target: &mut Target,
    environment: &mut Environment,
) -> Result<(), DiscoverError> {
    let valid = |(facts, key): &(AccountFacts, Secret)| (!facts.revoked).then(|| key.clone());
    let first = target.accounts.iter().find_map(valid);
    reach::reach(scout, &target.shown(), first.as_ref()).await?;
    let mut usable = let_in(scout, std::mem::take(&mut target.accounts), environment).await;
    if !environment.refused.is_empty() && usable.iter().all(|(facts, _)| facts.revoked) {
        let refused: Vec<RefusedAccount> = std::mem::take(&mut environment.refused);
        return Err(DiscoverError::NoUsableKey { target: target.shown(), refused });
    }
    let mut reads = Vec::new();
    for (facts, key) in usable.iter_mut().filter(|(facts, _)| !facts.revoked) {
        reads.push(account(scout, facts, key));
    }
    join_all(reads).await;
    let valid = usable.iter().find(|(facts, _)| !facts.revoked);
    if let (Some((_, key)), false) = (valid, target.named.is_empty()) {
        environment.catalog = Some(goods::catalog(scout, &target.shown(), &target.named, key).await?);
    }
    for (facts, key) in &usable {
        let buys = || facts.role.as_deref().is_none_or(|role| scout.contract.roles.may_buy(role));
        if !facts.revoked && (buys() || environment.endpoints.is_empty()) {
            endpoints::endpoints(scout, environment, key).await;
        }
        environment.accounts.push(facts.clone());
    }
    if let (Some((_, key)), true) = (valid, target.named.is_empty()) {
        availability::unavailable(scout, environment, key).await;
    }
    prices(scout, environment, &usable).await;
    // Whether a retry exists may show on an order alone, and trying one may cost money here, so the endpoint is then
    // assumed not to exist. A user who names a failing recipient wants it to be tried.
    let wanted = |it: &Catalog| it.operators.iter().any(|operator| operator.failing_recipient.is_some());
    if !environment.accounts.is_empty() && !environment.catalog.as_ref().is_some_and(wanted) {
        environment.endpoints.entry(OperationId::Retry).or_insert(false);
    }
    target.accounts = usable;
    Ok(())
}

/// Returns the accounts whose keys the server accepts.
async fn let_in(
    scout: &Scout<'_>,
    given: Vec<(AccountFacts, Secret)>,
    environment: &mut Environment,
) -> Vec<(AccountFacts, Secret)> {
    let mut tried = Vec::new();
    for (facts, key) in &given {
        tried.push(refused(scout, facts, key));
    }
    let (tried, mut usable) = (join_all(tried).await, Vec::new());
    for ((facts, key), refused) in given.into_iter().zip(tried) {
        match refused {
            Some(refused) => environment.refused.push(refused),
            None => usable.push((facts, key)),
        }
    }
    usable
}

/// Reads the role, if the file does not give it, and the balance.
async fn account(scout: &Scout<'_>, facts: &mut AccountFacts, key: &Secret) {
    let contract = scout.contract;
    let path = &contract.operation(OperationId::Profile).path;
    let profile = scout.shown(OperationId::Profile, path, key).await;
    if let Some(profile) = profile.and_then(|it| reading::profile(contract, &it)) {
        facts.role = facts.role.take().or(profile.role);
        facts.profile = facts.profile.take().or(profile.id);
    }
    let path = &contract.operation(OperationId::Wallet).path;
    let wallet = scout.shown(OperationId::Wallet, path, key).await;
    if let Some(wallet) = wallet.and_then(|it| reading::wallet(contract, &it)) {
        // The wallet's current balance is more reliable than one from a file.
        facts.balance = wallet.available.pesewas().or(facts.balance);
        facts.profile = facts.profile.take().or(wallet.profile);
    }
}

/// Reads the prices that the file leaves out, with a key of each role.
async fn prices(scout: &Scout<'_>, environment: &mut Environment, keys: &[(AccountFacts, Secret)]) {
    if environment.lacks(OperationId::Package) {
        return;
    }
    let Some(catalog) = &mut environment.catalog else { return };
    let mut reads = Vec::new();
    for package in
        catalog.operators.iter_mut().flat_map(|it| &mut it.products).flat_map(|it| &mut it.packages)
    {
        reads.push(prices_of(scout, package, keys));
    }
    futures::stream::iter(reads).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// Reads the prices of one package, with one key after the other.
async fn prices_of(scout: &Scout<'_>, package: &mut PackageFacts, keys: &[(AccountFacts, Secret)]) {
    for (facts, key) in keys.iter().filter(|(facts, _)| !facts.revoked) {
        if let Some(role) = facts.role.as_ref().filter(|it| !package.price.contains_key(*it)) {
            price(scout, package, role, key).await;
        }
    }
}

async fn price(scout: &Scout<'_>, package: &mut PackageFacts, role: &str, key: &Secret) {
    let path = scout.contract.operation(OperationId::Package).path_with(&[&encode(&package.id)]);
    let read = scout.shown(OperationId::Package, &path, key).await;
    let price = read.and_then(|it| reading::package(scout.contract, &it)).and_then(|it| it.price);
    if let Some(price) = price.as_ref().and_then(Amount::pesewas) {
        package.price.insert(role.to_owned(), price);
    }
}

/// Returns the refusals of an account's key, if the key is meant to be used and is refused.
async fn refused(scout: &Scout<'_>, facts: &AccountFacts, key: &Secret) -> Option<RefusedAccount> {
    if facts.revoked { None } else { keys::refused(scout, &facts.name, key).await }
}
