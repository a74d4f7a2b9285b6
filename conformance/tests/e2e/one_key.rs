//! Runs with one key and the ids that a user was given: operator, product and prices are read from the server, and
//! nothing is bought that was not named.

use std::collections::BTreeSet;

use conformance::history::{Environment, Tier};
use conformance::judge::verdict::Outcome;
use conformance::run::session;
use conformance::sut::{Named, Target};
use sandbox::Sandbox;
use spec::Pesewas;

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::{contract, failing, finish, of, options, program, run, start, target_with_key, told};

fn named(operators: &[&str], products: &[&str], packages: &[&str]) -> Named {
    let owned = |ids: &[&str]| ids.iter().map(|it| (*it).to_owned()).collect();
    Named { operators: owned(operators), products: owned(products), packages: owned(packages) }
}

async fn sandbox() -> Sandbox {
    start(|config| config.states = false).await
}

fn target(sandbox: &Sandbox, url: &str, account: &str, named: Named) -> Target {
    let demo = sandbox.demo();
    let account = demo.accounts.iter().find(|it| it.name == account).unwrap();
    Target { named, ..target_with_key(url, account.key.expose()) }
}

/// Returns the ids of the first product: operator, product and an active package.
fn first(sandbox: &Sandbox) -> (String, String, String) {
    let operator = &sandbox.demo().catalog.operators[0];
    let product = &operator.products[0];
    (operator.id.clone(), product.id.clone(), product.packages[0].id.clone())
}

async fn environment(target: Target) -> Environment {
    session::prepare(contract(), target, None, &options(Tier::Smoke, 1)).await.unwrap().header.environment
}

/// Returns the content of a catalog, with one line per product.
fn told_of(environment: &Environment) -> String {
    let catalog = environment.catalog.as_ref().unwrap();
    let mut text = String::new();
    for operator in &catalog.operators {
        for product in &operator.products {
            let bought = if catalog.unnamed.contains(&product.id) { "never bought" } else { "bought" };
            let packages = product.packages.iter().map(|it| {
                let prices = it.price.iter().map(|(role, price)| format!(" {role} {price}"));
                format!("{}{}{}", it.id, if it.active { "" } else { " inactive" }, prices.collect::<String>())
            });
            let packages = packages.collect::<Vec<_>>().join(", ");
            text += &format!("{} {} {bought}: {packages}\n", operator.id, product.id);
        }
    }
    text
}

/// What is exercised with a key alone, with a package, and with all ids.
#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_enough_for_what_one_agent_can_show() {
    let sandbox = sandbox().await;
    let (operator, product, package) = first(&sandbox);
    let mut counts = Vec::new();
    for named in
        [Named::default(), named(&[], &[], &[&package]), named(&[&operator], &[&product], &[&package])]
    {
        let target = target(&sandbox, sandbox.url(), "agent", named);
        let (cases, finished) = run(contract(), target, None, &options(Tier::Standard, 1)).await.unwrap();
        assert!(failing(&finished.judgement).is_empty(), "{}", told(&finished.judgement));
        counts.push(of(&finished.judgement, Outcome::Pass).len());
        drop(cases);
    }
    assert_eq!(counts[1], counts[2], "{counts:?}");
    assert!(counts[0] < 12 && counts[1] > 40, "{counts:?}");
}

/// Only what was named is bought, whatever else the server shows.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_named_is_never_bought() {
    let sandbox = sandbox().await;
    let (_, _, package) = first(&sandbox);
    let agent = || target(&sandbox, sandbox.url(), "agent", named(&[], &[], &[&package]));
    let (_, finished) = run(contract(), agent(), None, &options(Tier::Standard, 2)).await.unwrap();
    let mut bought = BTreeSet::new();
    for record in finished.history.cases.iter() {
        for exchange in record.exchanges.iter().filter(|it| it.request.method == "POST") {
            let accepted = exchange.answer.response().is_some_and(|it| it.status == 200);
            let body: Result<serde_json::Value, _> = serde_json::from_slice(&exchange.request.body.0);
            let (true, Ok(body)) = (accepted, body) else { continue };
            let items = body["items"].as_array().into_iter().flatten();
            bought.extend(items.filter_map(|it| it["packageId"].as_str().map(str::to_owned)));
        }
    }
    assert_eq!(bought, BTreeSet::from([package]));
}

/// A package of another product is found in earlier orders of the account, and its product in the list of the operator.
#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_another_product_is_looked_for() {
    let sandbox = sandbox().await;
    let (operator, product, package) = first(&sandbox);
    let one = || named(&[], &[], &[&package]);
    let replaced = |text: String| {
        let ids = [(&operator, "[operator]"), (&product, "[product]"), (&package, "[package]")];
        ids.iter().fold(text, |text, (id, name)| text.replace(id.as_str(), name))
    };
    let before = environment(target(&sandbox, sandbox.url(), "agent", one())).await;
    insta::assert_snapshot!("one_key_before", replaced(told_of(&before)));
    // Another user of this account has bought of another product.
    let other = &sandbox.demo().catalog.operators[0].products[1];
    let order = serde_json::json!({"operatorId": operator, "productId": other.id, "items": [
        {"packageId": other.packages[0].id, "beneficiaryMsisdn": "233201234567"},
        {"packageId": other.packages[0].id, "beneficiaryMsisdn": "233201234568"},
    ]});
    let key = sandbox.demo().accounts.iter().find(|it| it.name == "agent").unwrap().key.expose().to_owned();
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/api/v1/data-bundles/buy-bulk", sandbox.url());
    let answer = client.post(url).header("X-API-KEY", key).json(&order).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let after = environment(target(&sandbox, sandbox.url(), "agent", one())).await;
    insta::assert_snapshot!("one_key_after", replaced(told_of(&after)));
}

/// On a server without a profile endpoint, the user states the role of the key.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_no_page_says_is_told() {
    let sandbox = sandbox().await;
    let (_, _, package) = first(&sandbox);
    let absent = |it: &Message| match it.start_line().contains("/profile") {
        true => Fate::Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"),
        false => Fate::Pass,
    };
    let proxy = Proxy::start(sandbox.url(), Box::new(absent)).await;
    let key = sandbox.demo().accounts.iter().find(|it| it.name == "agent").unwrap().key.expose().to_owned();
    let (url, its) = (proxy.url.clone(), package.clone());
    let doctor = move |words: &[&str], with_key: bool| {
        let mut command = program(&[&["doctor", "--url", &url, "--package", &its], words].concat());
        if with_key {
            command.env("CONFORMANCE_API_KEY", &key);
        }
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let told = tokio::task::spawn_blocking(move || {
        [
            doctor(&[], true),
            doctor(&["--role", "agent"], true),
            doctor(&["--role", "Agnet"], true),
            doctor(&["--role", "Agent"], false),
        ]
    });
    let [without, with, misspelt, nobody] = told.await.unwrap();
    assert!(without.1.contains("unknown role with"), "{}", without.1);
    assert!(without.1.contains("--role says it"), "{}", without.1);
    assert!(with.1.contains("Agent with") && with.1.contains("as Agent"), "{}", with.1);
    assert_eq!(misspelt.0, Some(2));
    assert!(misspelt.1.contains("there is no role `Agnet`: did you mean `Agent`?"), "{}", misspelt.1);
    assert_eq!(nobody.0, Some(2));
    assert!(nobody.1.contains("CONFORMANCE_API_KEY"), "{}", nobody.1);
    let counted = async |role: Option<&str>| {
        let mut target = target(&sandbox, &proxy.url, "agent", named(&[], &[], &[&package]));
        target.accounts[0].0.role = role.map(str::to_owned);
        let (_, finished) = run(contract(), target, None, &options(Tier::Smoke, 1)).await.unwrap();
        assert!(failing(&finished.judgement).is_empty(), "{}", self::told(&finished.judgement));
        of(&finished.judgement, Outcome::Pass).len()
    };
    let (without, with) = (counted(None).await, counted(Some("Agent")).await);
    assert!(with > without, "{with} with the role, {without} without");
}

/// Servers whose package and product endpoints are missing, or name their fields differently.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_pages_do_not_say_is_taken_from_the_flags() {
    let sandbox = sandbox().await;
    let (operator, product, package) = first(&sandbox);
    // The answer is the same as for every path that does not exist.
    let absent = |it: &Message| {
        let hidden = ["/packages/", "/operators/", "nobody-has-this"];
        match hidden.iter().any(|word| it.start_line().contains(word)) {
            true => Fate::Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"),
            false => Fate::Pass,
        }
    };
    let proxy = Proxy::start(sandbox.url(), Box::new(absent)).await;
    let found =
        environment(target(&sandbox, &proxy.url, "agent", named(&[&operator], &[&product], &[&package])))
            .await;
    assert_eq!(told_of(&found), format!("{operator} {product} bought: {package}\n"));
    let alone = target(&sandbox, &proxy.url, "agent", named(&[], &[], &[&package]));
    let error = session::prepare(contract(), alone, None, &options(Tier::Smoke, 1)).await.unwrap_err();
    assert!(error.to_string().contains("nothing at http"), "{error}");
    assert!(error.to_string().contains("--operator ID --product ID"), "{error}");
    // The ids are in the answer for a package, under other names.
    let renamed = |_: &Message, answer: &Message| {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        answer.with_body(
            body.replace("\"productId\"", "\"product\"").replace("\"operatorId\"", "\"operator\"").as_bytes(),
        )
    };
    let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(renamed)).await;
    let found =
        environment(target(&sandbox, &proxy.url, "agent", named(&[&operator], &[], &[&package]))).await;
    assert!(told_of(&found).contains(&format!("{product} bought: {package}")), "{}", told_of(&found));
}

/// The messages for wrong ids.
#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_not_there_are_told() {
    let sandbox = sandbox().await;
    let (operator, product, package) = first(&sandbox);
    let key = sandbox.demo().accounts.iter().find(|it| it.name == "agent").unwrap().key.expose().to_owned();
    let near = format!("{product}x");
    let mut text = String::new();
    for flags in [
        &["--package", "q00"][..],
        &["--operator", "k00"],
        &["--operator", &operator, "--product", &near, "--package", &package],
        &["--product", "p00", "--package", &package],
    ] {
        let mut command = program(&[&["--url", sandbox.url(), "--dry-run"], flags].concat());
        command.env("CONFORMANCE_API_KEY", &key);
        let ended = finish(command).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        text += &ended.stderr;
    }
    let ids = [(sandbox.url(), "[url]"), (&operator, "[operator]"), (&product, "[product]")];
    insta::assert_snapshot!(ids.iter().fold(text, |text, (id, name)| text.replace(*id, name)));
}

/// The environment can name ids as well; an account with little money exercises the boundaries of the wallet.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_the_environment_and_a_poor_account() {
    let sandbox = sandbox().await;
    let demo = sandbox.demo();
    let poor = demo.accounts.iter().find(|it| it.name == "poor agent").unwrap();
    let packages: Vec<&str> = demo.catalog.operators[0].products[0]
        .packages
        .iter()
        .filter(|it| it.active)
        .map(|it| it.id.as_str())
        .collect();
    let mut command = program(&["--url", sandbox.url(), "--tier", "smoke", "--seed", "1", "--quiet"]);
    command.env("CONFORMANCE_API_KEY", poor.key.expose()).env("CONFORMANCE_PACKAGE", packages.join(","));
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let target = target(&sandbox, sandbox.url(), "poor agent", named(&[], &[], &packages));
    let (cases, _) = run(contract(), target, None, &options(Tier::Smoke, 1)).await.unwrap();
    let serves = |id| cases.iter().any(|it| it.serves.contains(&id));
    assert!(serves("BALANCE-SHORT"), "a poor wallet shows it");
    assert!(cases.iter().map(|it| it.cost.expected).sum::<Pesewas>() <= Pesewas::new(100));
}
