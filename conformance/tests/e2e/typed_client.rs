//! The positive cases through the generated client, as a partner's program buys; the answers are judged by the tester
//! too.

use crate::common::proxy::{Message, Proxy};
use crate::common::{assert_silent, contract};
use conformance::checks;
use conformance::history::{
    AccountFacts, Answer, Bytes, Catalog, End, Exchange, Footer, Header, KeyUse, Request, Response, Transport,
};
use conformance::judge::summary::{self, Unplanned};
use conformance::judge::verdict::Judgement;
use generated::{BulkOrder, Error, Key, NetConnect};
use sandbox::{DemoAccount, Sandbox};
use spec::{OperationId, Pesewas};

/// Returns the catalog of the sandbox in the form that the judge needs.
fn catalog(sandbox: &Sandbox) -> Catalog {
    let buyers = &contract().roles.buyers;
    let price = |package: &sandbox::catalog::Package| {
        buyers.iter().map(|role| (role.clone(), package.price(role))).collect()
    };
    conformance::run::built_in_sandbox::catalog(sandbox, price)
}

fn exchange(at: usize, (request, answer): &(Message, Option<Message>)) -> Exchange {
    let contract = contract();
    let line = request.start_line();
    let mut parts = line.split(' ');
    let (method, path) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
    let steps = |it: &str| it.split('?').next().unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
    let operation = OperationId::ALL.into_iter().find(|id| {
        let pattern = contract.operation(*id);
        let (wanted, got) = (steps(&pattern.path), steps(&path));
        let fits = wanted.iter().zip(&got).all(|(it, got)| it.starts_with('{') || it == got);
        pattern.method == method && wanted.len() == got.len() && fits
    });
    let answer = answer.as_ref().unwrap();
    let headers = ["content-type", "retry-after"];
    let of = |message: &Message| {
        headers.iter().filter_map(|it| Some(((*it).to_owned(), message.header(it)?))).collect()
    };
    let status = answer.start_line().split(' ').nth(1).unwrap().parse().unwrap();
    Exchange {
        operation: operation.unwrap_or_else(|| panic!("{line}")),
        actor: Some(0),
        batch: None,
        request: Request {
            method,
            path,
            headers: of(request),
            key: KeyUse::Own,
            transport: Transport::Plain,
            body: Bytes(request.body.clone()),
        },
        sent_us: at as u64 * 10,
        done_us: at as u64 * 10 + 5,
        in_flight: 0,
        shared: false,
        trace: None,
        reserved: None,
        answer: Answer::Response(Response {
            status,
            headers: of(answer),
            body: Bytes(answer.body.clone()),
            held_key: false,
            cut: false,
        }),
    }
}

/// Judges everything that the client sent as one account.
async fn judged(sandbox: &Sandbox, proxy: &Proxy, account: &DemoAccount) -> Judgement {
    // A header as a run writes it, from an empty plan for a server without keys.
    let options = crate::common::options(conformance::history::Tier::Probe, 1);
    let target = crate::common::target_at(sandbox.url());
    let mut header: Header =
        crate::common::run(contract(), target, None, &options).await.unwrap().1.history.header;
    header.environment.catalog = Some(catalog(sandbox));
    let case = conformance::history::CaseRecord {
        index: 0,
        id: "typed".into(),
        origin: "typed".into(),
        title: String::new(),
        serves: Vec::new(),
        coordinates: None,
        accounts: vec![AccountFacts {
            name: account.name.clone(),
            role: Some(account.role.clone()),
            balance: Some(account.balance),
            profile: Some(account.profile_id.clone()),
            revoked: false,
            fresh: true,
            wallet: None,
            earlier: None,
        }],
        exchanges: proxy.log().iter().enumerate().map(|(at, it)| exchange(at, it)).collect(),
        skipped: None,
    };
    let footer = Footer::new(End::Complete, 0);
    let contract = contract();
    summary::judge(&checks::judge(&contract).unwrap(), &header, &[case], &footer, &Unplanned::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_count_for_every_role_that_may_buy() {
    let sandbox = crate::common::faultless().await;
    let limits = contract().limits;
    for role in &contract().roles.buyers {
        let account = sandbox.demo().accounts.iter().find(|it| it.role == *role && !it.revoked).unwrap();
        let proxy = Proxy::transparent(sandbox.url()).await;
        let key = Key::new(account.key.expose()).unwrap();
        let api = NetConnect::builder().key(key).base_url(&proxy.url).build().unwrap();
        assert_eq!(api.profile().await.unwrap().role.to_string(), *role);
        let operator = &sandbox.demo().catalog.operators[0];
        let product = &operator.products[0];
        let sold: Vec<_> = product.packages.iter().filter(|it| it.active).collect();
        let mut balance = api.wallet().await.unwrap().available_balance;
        assert_eq!(balance, account.balance);
        for count in limits.min_items..=limits.max_items {
            let mut order = BulkOrder::new(&operator.id, &product.id);
            let mut total = Pesewas::ZERO;
            for item in 0..count {
                let package = sold[item % sold.len()];
                total += package.price(role);
                order = order.to(format!("23320{:07}", count * 100 + item), &package.id);
            }
            let created = api.buy(&order).await.unwrap();
            assert_eq!((created.total_amount, created.recipient_count.0 as usize), (total, count));
            assert!(!created.message.is_empty() && !created.short_reference.is_empty());
            let wallet = api.wallet().await.unwrap();
            assert_eq!(wallet.available_balance, balance - total);
            balance = wallet.available_balance;
            let read = api.order(&created.order_id).await.unwrap();
            assert_eq!((&read.order_id, read.amount), (&created.order_id, total));
            assert_eq!(read.recipients().len(), count);
            let newest = &api.orders(Some(1), None).await.unwrap().orders[0];
            assert_eq!((&newest.order_id, newest.amount), (&created.order_id, total));
        }
        for package in &product.packages {
            assert_eq!(api.package(&package.id).await.unwrap().price, package.price(role));
        }
        assert_eq!(api.products(&operator.id).await.unwrap().len(), operator.products.len());
        let judgement = judged(&sandbox, &proxy, account).await;
        assert_silent(&judgement, &[], role);
        for id in ["COUNT-RANGE", "MONEY-DEBIT", "RESP-SHAPE", "RESP-TOTAL", "ORDER-STATUS", "CATALOG-PRICE"]
        {
            assert!(
                crate::common::of(&judgement, conformance::judge::verdict::Outcome::Pass).contains(id),
                "{id}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_answers_with_one_wrong_are_judged_wrong() {
    let sandbox = crate::common::faultless().await;
    let account = sandbox.demo().accounts.iter().find(|it| it.role == "Agent" && !it.revoked).unwrap();
    // The proxy changes the total in the answer to a wrong one.
    let dearer = |request: &Message, answer: &Message| {
        if !request.is_purchase() {
            return answer.bytes.clone();
        }
        let mut json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        json["data"]["totalAmount"] = serde_json::json!(9.99);
        answer.with_body(json.to_string().as_bytes())
    };
    let pass = Box::new(|_: &Message| crate::common::proxy::Fate::Pass);
    let proxy = Proxy::rewriting(sandbox.url(), pass, Box::new(dearer)).await;
    let key = Key::new(account.key.expose()).unwrap();
    let api = NetConnect::builder().key(key).base_url(&proxy.url).build().unwrap();
    let operator = &sandbox.demo().catalog.operators[0];
    let package = &operator.products[0].packages[0].id;
    let order = BulkOrder::new(&operator.id, &operator.products[0].id);
    api.buy(&order.to("233200000001", package).to("233200000002", package)).await.unwrap();
    let judgement = judged(&sandbox, &proxy, account).await;
    assert_eq!(
        crate::common::failing(&judgement),
        ["RESP-TOTAL"].into(),
        "{}",
        crate::common::told(&judgement)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_errors_with_their_status() {
    let sandbox = crate::common::faultless().await;
    let demo = sandbox.demo();
    let operator = &demo.catalog.operators[0];
    let package = &operator.products[0].packages[3].id;
    let order = || {
        let order = BulkOrder::new(&operator.id, &operator.products[0].id);
        order.to("233200000001", package).to("233200000002", package)
    };
    for (name, status) in [("customer", 403), ("staff", 403), ("poor agent", 402), ("revoked agent", 401)] {
        let account = demo.accounts.iter().find(|it| it.name == name).unwrap();
        let key = Key::new(account.key.expose()).unwrap();
        let api = NetConnect::builder().key(key).base_url(sandbox.url()).build().unwrap();
        let error = api.buy(&order()).await.unwrap_err();
        assert!(!error.outcome_unknown(), "{name}");
        let (Error::Forbidden(refusal) | Error::Insufficient(refusal) | Error::Unauthorized(refusal)) = error
        else {
            panic!("{name}: {error:?}")
        };
        assert_eq!(refusal.status, status, "{name}");
    }
}
