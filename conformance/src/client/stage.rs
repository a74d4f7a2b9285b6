//! The stage of a scenario: a sandbox with what is to be there, the front before it, and the task.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

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

/// Seconds that a client is told to wait for an answer, and to follow an order.
const PATIENCE: (u64, u64) = (2, 2);

/// Recipients that stay where they are do so longer than any scenario takes.
const STUCK: Duration = Duration::from_secs(86_400);

/// Prices by which packages are chosen: one that doubles well in floats, and two that don't add up in them.
const PLAIN_PRICE: i64 = 235;
const AWKWARD_PRICES: [i64; 2] = [10, 110];

/// A stage that is set.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The server that the client sees.
    pub(crate) front: Front,
    /// How the recording begins.
    pub(crate) head: Head,
    /// What the client is to do.
    pub(crate) task: Task,
    /// The key that it is given.
    pub(crate) key: Secret,
    /// Masks that key.
    pub(crate) redactor: Redactor,
    sandbox: Sandbox,
}

impl Stage {
    /// Sets the stage; `port` 0 takes a free one.
    ///
    /// # Errors
    /// The sandbox or the front does not start, or what is to be there is refused.
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

    /// Takes it down.
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
    // Of those that may buy the sandbox has a rich one and a poor one, the rich one first.
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
    let rules = &contract.msisdn;
    let number = |at: usize| {
        if setup.bad_number && at == 1 {
            return "12345".to_owned();
        }
        let digits = rules.national_digits - rules.sample_prefix.len();
        format!("{}{}{:0>digits$}", rules.country_code, rules.sample_prefix, 1_234_567 + at)
    };
    let recipients = (0..setup.recipients).zip(chosen.iter().cycle());
    let recipients: Vec<_> = recipients.map(|(at, package)| (number(at), package.clone())).collect();
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

/// What is to be there before the client comes: orders of the same account, and a number whose submission will fail.
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
    for order in 0..scenario.setup.orders {
        // Other recipients than the task's, so that nobody takes one for the other.
        let items = [0, 1].map(|at| {
            let number =
                format!("{}{}{:07}", rules.country_code, rules.sample_prefix, 9_000_000 + 2 * order + at);
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
