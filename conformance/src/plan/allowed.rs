//! Computes which answers are allowed for a request before it is sent, by the same rules that judge it later.

use spec::{Contract, Pesewas};

use super::case::{Actor, Outgoing};
use crate::history::{AccountFacts, Environment, Request};
use crate::order::facts::Facts;
use crate::order::rule::{Allowed, Rule};
use crate::order::wallet::Wallet;

/// Returns what the rules allow for a request that has not been sent yet. `left` is what the wallets of the fixed
/// accounts will hold when it is sent.
#[must_use]
pub(crate) fn allowed(
    rules: &[&'static Rule],
    contract: &Contract,
    environment: &Environment,
    left: &[Option<Pesewas>],
    actor: &Actor,
    outgoing: &Outgoing,
) -> Allowed {
    let account = match actor {
        Actor::Fresh { role, balance, revoked } => Some(AccountFacts {
            name: String::new(),
            role: Some(role.clone()),
            balance: Some(*balance),
            profile: None,
            revoked: *revoked,
            fresh: true,
            wallet: None,
            earlier: None,
        }),
        Actor::Fixed(at) => environment.accounts.get(*at).map(|facts| AccountFacts {
            balance: left.get(*at).copied().unwrap_or(facts.balance),
            ..facts.clone()
        }),
        Actor::SecondKey { .. } | Actor::Revoked { .. } | Actor::Nobody => None,
    };
    let request = Request {
        method: outgoing.method(contract),
        path: outgoing.path(contract),
        headers: outgoing.all_headers(contract),
        key: outgoing.key.used(&contract.key, None),
        transport: outgoing.transport,
        body: outgoing.body.clone().into(),
    };
    let wallet = Wallet::new(account.as_ref().and_then(|it| it.balance));
    let facts = Facts::of(contract, environment.catalog.as_ref(), account.as_ref(), wallet, false, &request);
    Allowed::for_order(&facts, contract, rules)
}
