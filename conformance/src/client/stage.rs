//! Sets up a scenario: a sandbox with the required accounts and orders, the front before it, and the task.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use sandbox::catalog::Package;
use sandbox::{Behaviour, Config, DemoAccount, Freedom, Sandbox};
use serde_json::json;
use spec::{Contract, OperationId};

use crate::client::error::ClientError;
use crate::client::history::{FORMAT, Head};
use crate::client::scenario::{Account, Packages, Scenario};
use crate::client::serve::{self, Front, Way};
use crate::client::task::Task;
use crate::secret::{Redactor, Secret};

/// The seconds that a client is told to wait for an answer and to follow an order.
const PATIENCE: (u64, u64) = (2, 2);

/// How long recipients stay unprocessed if they should not end: longer than any scenario.
const STUCK: Duration = Duration::from_secs(86_400);

/// Numbers that end with this or more belong to orders that were placed before the client starts.
const EARLIER: u64 = 9_000_000;

/// Prices by which packages are chosen: one whose multiples are right in floating point, and two that give a wrong sum
/// (0.10 + 1.10).
const PLAIN_PRICE: i64 = 235;
const AWKWARD_PRICES: [i64; 2] = [10, 110];

/// A scenario that is set up.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The server that the client sees.
    pub(crate) front: Front,
    /// The beginning of the recording.
    pub(crate) head: Head,
    /// The task of the client.
    pub(crate) task: Task,
    /// The key that the client is given.
    pub(crate) key: Secret,
    /// Masks that key.
    pub(crate) redactor: Redactor,
    sandbox: Sandbox,
}

impl Stage {
    /// Sets up a scenario. The front listens on `port`, or on a free port if it is 0.
    ///
    /// # Errors
    /// Returns an error if the sandbox or the front can't be started, the sandbox sells nothing, or it refuses a
    /// request that prepares the scenario.
    pub(crate) async fn set(
        contract: &Arc<Contract>,
        scenario: &Scenario,
        port: u16,
    ) -> Result<Self, ClientError> {
        let mut config = Config::new(contract.clone());
        config.states = true;
        config.behaviour = Behaviour { freedoms: scenario.freedoms.iter().copied().collect(), fault: None };
        if scenario.setup.stuck {
            config.processing = STUCK;
        }
        let sandbox = Sandbox::start(config).await?;
        let account = account(contract, &sandbox, scenario.setup.account)?;
        let key = account.key.expose().to_owned();
        let task = task(contract, &sandbox, scenario, &account.role)?;
        let upstream: SocketAddr =
            sandbox.url().trim_start_matches("http://").parse().map_err(|_| ClientError::NothingToBuy)?;
        prepare(contract, scenario, upstream, &key, &task).await?;
        let secret = Secret::new(key, &[contract.key.test_prefix.as_str()]);
        let redactor = Redactor::new([&secret]);
        let buy = contract.buy();
        let way = Way {
            upstream,
            purchase: (buy.method.clone(), buy.path.clone()),
            troubles: scenario.troubles.clone(),
            ground: scenario.ground,
            redactor: redactor.clone(),
            keep_alive: !scenario.freedoms.contains(&Freedom::ConnectionClosed),
        };
        let front = Front::start(way, port).await?;
        let head = Head {
            format: FORMAT,
            scenario: scenario.name.clone(),
            about: scenario.about.clone(),
            blames: scenario.blames.map(str::to_owned),
            impossible: scenario.is_impossible(contract.limits.max_items),
            task: Some(task.clone()),
        };
        Ok(Self { front, head, task, key: secret, redactor, sandbox })
    }

    /// Stops the servers.
    pub(crate) async fn strike(self) {
        drop(self.front);
        self.sandbox.stop().await;
    }
}

fn account<'a>(
    contract: &Contract,
    sandbox: &'a Sandbox,
    wanted: Account,
) -> Result<&'a DemoAccount, ClientError> {
    let accounts = &sandbox.demo().accounts;
    // Among the accounts that may buy, the sandbox has a rich one and a poor one.
    let buyers = || accounts.iter().filter(|it| contract.roles.may_buy(&it.role) && !it.revoked);
    let found = match wanted {
        Account::Buyer => buyers().max_by_key(|it| it.balance),
        Account::Poor => buyers().min_by_key(|it| it.balance),
        Account::Other => accounts.iter().find(|it| !contract.roles.may_buy(&it.role)),
        Account::Revoked => accounts.iter().find(|it| it.revoked),
    };
    found.ok_or(ClientError::NothingToBuy)
}

fn task(
    contract: &Contract,
    sandbox: &Sandbox,
    scenario: &Scenario,
    role: &str,
) -> Result<Task, ClientError> {
    let setup = &scenario.setup;
    let price = |it: &Package| it.price(role).get();
    let operators = &sandbox.demo().catalog.operators;
    let first = operators.iter().find_map(|operator| {
        let product = operator.products.iter().find(|it| it.available)?;
        Some((operator, product))
    });
    let (operator, product) = first.ok_or(ClientError::NothingToBuy)?;
    let sold: Vec<&Package> = product.packages.iter().map(AsRef::as_ref).filter(|it| it.active).collect();
    let nearest =
        |wanted: i64| sold.iter().min_by_key(|it| (price(it) - wanted).abs()).map(|it| it.id.clone());
    let chosen: Vec<String> = match setup.packages {
        Packages::Plain => nearest(PLAIN_PRICE).into_iter().collect(),
        Packages::Awkward => AWKWARD_PRICES.into_iter().filter_map(nearest).collect(),
        Packages::Withdrawn => {
            product.packages.iter().filter(|it| !it.active).map(|it| it.id.clone()).collect()
        }
    };
    let mut numbers = numbers(contract, setup.seed, setup.recipients);
    if let Some(number) = numbers.get_mut(1).filter(|_| setup.bad_number) {
        "12345".clone_into(number);
    }
    let recipients: Vec<_> = numbers.into_iter().zip(chosen.iter().cycle().cloned()).collect();
    if recipients.is_empty() {
        return Err(ClientError::NothingToBuy);
    }
    let (timeout, wait) = PATIENCE;
    Ok(Task {
        kind: scenario.task,
        operator: operator.id.clone(),
        product: product.id.clone(),
        recipients,
        timeout,
        wait,
    })
}

/// Returns so many different phone numbers, in no order. With the seed 0 they are consecutive.
fn numbers(contract: &Contract, seed: u64, count: usize) -> Vec<String> {
    let rules = &contract.msisdn;
    let digits = rules.national_digits - rules.sample_prefix.len();
    let written = |ending: u64| format!("{}{}{ending:0>digits$}", rules.country_code, rules.sample_prefix);
    if seed == 0 {
        return (1_234_567..).take(count).map(written).collect();
    }
    let mut bytes = *b"recipients of a client, drawn...";
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let ending = rng.next_u64() % EARLIER;
        if !drawn.contains(&ending) {
            drawn.push(ending);
        }
    }
    drawn.into_iter().map(written).collect()
}

/// Prepares the sandbox before the client starts: orders of the same account, and a number whose submission will fail.
async fn prepare(
    contract: &Contract,
    scenario: &Scenario,
    upstream: SocketAddr,
    key: &str,
    task: &Task,
) -> Result<(), ClientError> {
    let refused = |answer: String| ClientError::Setup { scenario: scenario.name.clone(), answer };
    let names = &contract.fields;
    let rules = &contract.msisdn;
    let buy = contract.operation(OperationId::BuyBulk);
    for order in 0..scenario.setup.orders as u64 {
        // The recipients differ from those of the task, so that these orders are not mistaken for that of the client.
        let items = [0, 1].map(|at: u64| {
            let number =
                format!("{}{}{:07}", rules.country_code, rules.sample_prefix, EARLIER + 2 * order + at);
            let package = task.recipients.first().map(|it| it.1.clone());
            json!({ names.item.msisdn.as_str(): number, names.item.package.as_str(): package })
        });
        let body = json!({ names.order.operator.as_str(): task.operator, names.order.product.as_str(): task.product,
            names.order.items.as_str(): items });
        let header = (contract.key.header.as_str(), key);
        let (status, answer) = serve::send(upstream, &buy.path, Some(header), &body.to_string())
            .await
            .map_err(ClientError::Serve)?;
        if !(200..300).contains(&status) {
            return Err(refused(answer));
        }
    }
    if let Some((number, _)) = task.recipients.last().filter(|_| scenario.setup.fails) {
        let state = json!({"state": "recipient", "params": {names.item.msisdn.as_str(): number, "outcome": "failed"}});
        let (status, answer) =
            serve::send(upstream, "/_states", None, &state.to_string()).await.map_err(ClientError::Serve)?;
        if !(200..300).contains(&status) {
            return Err(refused(answer));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_follow_from_the_seed_and_differ() {
        let contract = spec::embedded().unwrap();
        let most = contract.limits.max_items;
        for seed in [0, 1, 2] {
            let drawn = numbers(&contract, seed, most);
            assert_eq!(drawn, numbers(&contract, seed, most));
            let mut apart = drawn.clone();
            apart.sort_unstable();
            assert_eq!(apart == drawn, seed == 0, "in no order but for seed 0");
            apart.dedup();
            assert_eq!(apart.len(), most);
            let digits = contract.msisdn.country_code.len() + contract.msisdn.national_digits;
            assert!(drawn.iter().all(|it| it.len() == digits), "{drawn:?}");
        }
        assert_ne!(numbers(&contract, 1, most), numbers(&contract, 2, most));
    }
}
