//! The client against the sandbox, as a partner uses it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use generated::{BulkOrder, Error, Key, Money, NetConnect, types};
use sandbox::{Config, Freedom, Sandbox};
use serde_json::{Value, json};

/// A sandbox, and the part of its catalog that the tests need.
struct Setup {
    sandbox: Sandbox,
    operator: String,
    product: String,
    packages: Vec<String>,
}

impl Setup {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Starts a sandbox that takes some freedoms.
    async fn with(freedoms: &[Freedom]) -> Self {
        let mut config = Config::new(Arc::new(spec::embedded().unwrap()));
        config.behaviour.freedoms = freedoms.iter().copied().collect();
        config.states = true;
        config.processing = Duration::from_millis(1);
        let sandbox = Sandbox::start(config).await.unwrap();
        let operator = sandbox.demo().catalog.operators.first().unwrap();
        let product = operator.products.first().unwrap();
        let packages =
            product.packages.iter().filter(|it| it.active).map(|it| it.id.clone()).collect::<Vec<_>>();
        let (operator, product) = (operator.id.clone(), product.id.clone());
        Self { sandbox, operator, product, packages }
    }

    fn key(&self, account: &str) -> &str {
        self.sandbox.demo().accounts.iter().find(|it| it.name == account).unwrap().key.expose()
    }

    fn client(&self, account: &str) -> NetConnect {
        self.with_key(self.key(account))
    }

    fn with_key(&self, key: &str) -> NetConnect {
        NetConnect::builder().key(Key::new(key).unwrap()).base_url(self.sandbox.url()).build().unwrap()
    }

    /// Returns an order with this many recipients, over all packages in turn.
    fn order(&self, count: usize) -> BulkOrder {
        let packages = self.packages.iter().cycle().take(count);
        packages.enumerate().fold(BulkOrder::new(&self.operator, &self.product), |order, (index, package)| {
            order.to(format!("02012345{index:02}"), package)
        })
    }

    /// Sets up a provider state.
    async fn state(&self, state: &str, params: Value) -> Value {
        let url = format!("{}/_states", self.sandbox.url());
        let http = generated::transport(generated::Timeouts::default()).unwrap();
        let body = json!({"state": state, "action": "setup", "params": params});
        http.post(url).json(&body).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

async fn ended(api: &NetConnect, id: &str) -> types::Order {
    loop {
        let order = api.order(id).await.unwrap();
        if !order.is_under_way() {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_is_bought_is_paid_for_found_again_and_delivered() {
    let setup = Setup::new().await;
    let api = setup.client("agent");
    let before = api.wallet().await.unwrap().available_balance;
    let mut price = Money::ZERO;
    for package in setup.packages.iter().take(3) {
        price += api.package(package).await.unwrap().price;
    }
    let created = api.buy(&setup.order(3)).await.unwrap();
    assert_eq!((created.total_amount, created.recipient_count.0), (price, 3));
    assert_eq!(api.wallet().await.unwrap().available_balance, before - price);
    let order = ended(&api, &created.order_id).await;
    assert_eq!((order.amount, &order.short_reference), (price, &created.short_reference));
    assert_eq!(order.recipients().len(), 3);
    let products = api.products(&setup.operator).await.unwrap();
    assert!(products.iter().any(|product| product.id == setup.product));
    assert_eq!(api.profile().await.unwrap().role, types::Role::Agent);
}

#[tokio::test]
async fn pages_lead_through_every_order_once() {
    let setup = Setup::new().await;
    let api = setup.client("superagent");
    let mut bought = BTreeSet::new();
    for count in [2, 3, 4, 20, 2] {
        bought.insert(api.buy(&setup.order(count)).await.unwrap().order_id);
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = api.orders(Some(2), cursor.as_deref()).await.unwrap();
        cursor = page.next();
        seen.extend(page.orders.into_iter().map(|order| order.order_id));
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), bought.len());
    assert_eq!(BTreeSet::from_iter(seen), bought);
}

#[tokio::test]
async fn every_refusal_of_a_purchase_has_its_type() {
    let setup = Setup::new().await;
    let order = setup.order(2);
    assert!(matches!(setup.client("customer").buy(&order).await, Err(Error::Forbidden(_))));
    assert!(matches!(setup.client("poor agent").buy(&order).await, Err(Error::Insufficient(_))));
    assert!(matches!(setup.client("revoked agent").buy(&order).await, Err(Error::Unauthorized(_))));
    let unknown = BulkOrder::new("nobody", &setup.product).to("0201234567", "x").to("0201234568", "x");
    assert!(matches!(setup.client("agent").buy(&unknown).await, Err(Error::Invalid(_))));
    // The generated client sends what the layer refuses.
    let api = setup.client("agent");
    let mut one = setup.order(2).check().unwrap();
    one.items.truncate(1);
    let result = api.raw().buy_bulk().body(one).send().await;
    let operation = generated::OperationId::BuyBulk;
    let sorted = generated::outcome(operation, generated::client::ClientInfo::inner(api.raw()), result).await;
    assert!(matches!(sorted, Err(Error::Count(_))));
    assert!(matches!(api.order("nothing").await, Err(Error::NotFound(_))));
    assert!(matches!(api.package("nothing").await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_failed_recipient_is_retried_alone() {
    let setup = Setup::new().await;
    let account = setup.state("account", json!({"role": "Agent", "balance": 100})).await;
    let api = setup.with_key(account["apiKey"].as_str().unwrap());
    setup.state("recipient", json!({"beneficiaryMsisdn": "233201234501", "outcome": "failed"})).await;
    let created = api.buy(&setup.order(3)).await.unwrap();
    let order = ended(&api, &created.order_id).await;
    let failed: Vec<u32> =
        order.recipients().iter().filter(|it| it.has_failed()).map(|it| it.position).collect();
    assert_eq!(failed, [1]);
    assert!(matches!(api.retry(&created.order_id, 0).await, Err(Error::Conflict(_))));
    api.retry(&created.order_id, 1).await.unwrap();
    let order = ended(&api, &created.order_id).await;
    assert!(
        !order.recipients().is_empty() && !order.recipients().iter().any(generated::Recipient::has_failed)
    );
}

/// For each freedom of the sandbox, an order must be followed to its end and everything must be readable.
#[tokio::test]
async fn every_freedom_of_the_sandbox_is_read() {
    // The numbers of this order are of other networks than those that an operator takes with that freedom.
    for freedom in Freedom::ALL.iter().filter(|it| **it != Freedom::OwnNetworks) {
        let setup = Setup::with(&[*freedom]).await;
        let api = setup.client("agent");
        // A throttled request was neither refused nor processed, so sending it again is safe.
        let created = loop {
            match api.buy(&setup.order(3)).await {
                Ok(created) => break created,
                Err(Error::Throttled(_)) => {}
                Err(error) => panic!("{}: {error}", freedom.name()),
            }
        };
        assert_eq!(created.recipient_count.0, 3, "{}", freedom.name());
        if *freedom == Freedom::NoCompanions {
            assert!(api.order(&created.order_id).await.is_err(), "there is nothing to ask");
            continue;
        }
        let order = seen_through(&api, &created.order_id, *freedom).await;
        assert_eq!((order.amount, &order.order_id), (created.total_amount, &created.order_id));
        let shown = if *freedom == Freedom::NoRecipients { 0 } else { 3 };
        assert_eq!(order.recipients().len(), shown, "{}", freedom.name());
        assert!(!order.has_failed(), "{}: {order:?}", freedom.name());
        for _ in 0..2 {
            let readings = [
                api.wallet().await.err(),
                api.profile().await.err(),
                api.products(&setup.operator).await.err(),
                api.package(&setup.packages[0]).await.err(),
                api.orders(Some(1), None).await.err(),
            ];
            let wrong = readings.into_iter().flatten().find(|it| !matches!(it, Error::Throttled(_)));
            assert!(wrong.is_none(), "{}: {wrong:?}", freedom.name());
        }
    }
}

async fn seen_through(api: &NetConnect, id: &str, freedom: Freedom) -> types::Order {
    loop {
        match api.order(id).await {
            Ok(order) if !order.is_under_way() => return order,
            Ok(_) | Err(Error::Throttled(_)) => tokio::time::sleep(Duration::from_millis(2)).await,
            Err(error) => panic!("{}: {error}", freedom.name()),
        }
    }
}
