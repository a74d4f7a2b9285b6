//! Money: a run costs what the plan predicts, and never a pesewa more than the cap.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::recording::charged;
use crate::common::{
    conformance, contract, fault, held, options, pesewas, run, start, states_of, target_with_accounts,
};
use conformance::history::{End, Tier};
use conformance::judge::verdict::{Outcome, Verdict};
use conformance::run::session::{self, Finished, SessionError};
use sandbox::Sandbox;
use spec::{Level, Pesewas};

/// Returns the amounts in the cost line of a dry run: expected, open, worst.
fn predicted(dry_run: &str) -> [Pesewas; 3] {
    let line = dry_run.lines().find(|it| it.starts_with("expected ")).unwrap_or_else(|| panic!("{dry_run}"));
    let number = |after: &str| {
        let rest = &line[line.find(after).unwrap() + after.len()..];
        pesewas(rest.split_whitespace().next().unwrap().trim_end_matches(','))
    };
    [number("expected "), number("up to "), number("worst case ")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_predicts_what_a_run_spends() {
    for (name, tier) in
        [("probe", Tier::Probe), ("smoke", Tier::Smoke), ("standard", Tier::Standard), ("full", Tier::Full)]
    {
        if tier == Tier::Full && !crate::common::long("CONFORMANCE_MONEY") {
            continue;
        }
        let sandbox = crate::common::faultless().await;
        let states = states_of(&sandbox);
        let dry = conformance(&[
            "--url",
            sandbox.url(),
            "--states",
            &states,
            "--seed",
            "4",
            "--tier",
            name,
            "--dry-run",
        ])
        .await;
        assert_eq!(dry.code, Some(0), "{}", dry.stderr);
        let [expected, open, worst] = predicted(&dry.stdout);
        let target = crate::common::target_at(sandbox.url());
        let (cases, finished) = run(contract(), target, Some(&states), &options(tier, 4)).await.unwrap();
        let budget = &finished.history.header.budget;
        assert_eq!(
            [budget.cost.expected, budget.cost.open, budget.cost.worst],
            [expected, open, worst],
            "{name}"
        );
        let ledger = &finished.judgement.ledger;
        let mut taken = Pesewas::ZERO;
        for record in finished.history.cases.iter() {
            let case = cases.iter().find(|it| it.index == record.index).unwrap();
            let more = charged(&record) - case.cost.expected;
            assert!(
                more == Pesewas::ZERO || more > Pesewas::ZERO && more <= case.cost.open,
                "{}: {:?}, charged {}",
                case.id,
                case.cost,
                charged(&record)
            );
            taken += more;
        }
        assert_eq!(ledger.charged, expected + taken, "{name}");
        assert!(ledger.charged <= expected + open && expected + open <= worst, "{name}: {budget:?}");
        if tier <= Tier::Smoke {
            assert_eq!((ledger.charged, open), (expected, Pesewas::ZERO), "{name}");
        }
        if tier == Tier::Probe {
            assert_eq!((budget.cost.purchases, ledger.accepted), (0, 0));
        }
    }
}

/// Returns the worst-case cost of a smoke run against the demo accounts.
async fn worst() -> i64 {
    let sandbox = crate::common::faultless().await;
    let target = target_with_accounts(&sandbox);
    let prepared = session::prepare(contract(), target, None, &options(Tier::Smoke, 9)).await.unwrap();
    prepared.header.budget.cost.worst.get()
}

/// Asserts that a capped smoke run did not cost more than the cap, as counted by the server.
fn assert_kept(cap: i64, spent: Pesewas, finished: &Finished, what: &str) {
    let cap = Pesewas::new(cap);
    assert!(spent <= cap, "{what}: {spent} of {cap}");
    assert!(finished.judgement.ledger.charged <= cap, "{what}");
    assert_eq!(finished.history.header.budget.cap, Some(cap));
    if finished.history.footer.end != End::Budget {
        assert_eq!(finished.history.footer.end, End::Complete, "{what}");
        return assert!(spent > Pesewas::ZERO, "{what}: nothing was bought");
    }
    assert!(!finished.history.footer.left.is_empty(), "{what}: what was left is not named");
    let failed = !crate::common::failing(&finished.judgement).is_empty();
    let untested = finished.judgement.requirements.iter().any(|it| {
        let level = contract().catalogue.requirement(&it.id).map(|it| it.level);
        level == Some(Level::Documented)
            && matches!(it.outcome, Outcome::NotExercised | Outcome::Inconclusive)
    });
    let verdict = match (failed, untested) {
        (true, _) => Verdict::NotConformant,
        (false, true) => Verdict::BudgetExhausted,
        (false, false) => Verdict::Conformant,
    };
    assert_eq!(finished.judgement.verdict, verdict, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_never_passed() {
    let worst = worst().await;
    let ten = [0, 1, 20, worst / 20, worst / 10, worst / 4, worst / 2, worst - 1, worst, worst * 2];
    let few = [1, worst / 4, worst * 2];
    // Servers that charge twice or the highest price, and servers that accept what they should refuse.
    let dear = ["debit-twice", "total-highest-price-times-count"];
    let lax =
        ["count-unbounded", "balance-unchecked", "role-first-other-allowed", "package-of-another-product"];
    let wrong = dear.iter().map(|id| (Some(*id), &ten[..])).chain(lax.iter().map(|id| (Some(*id), &few[..])));
    for (wrong, caps) in [(None, &ten[..])].into_iter().chain(wrong) {
        for cap in caps {
            let planted = |config: &mut sandbox::Config| {
                if let Some(id) = wrong {
                    config.behaviour = fault(id);
                }
            };
            let sandbox = start(planted).await;
            let before = held(sandbox.url()).await;
            let mut target = target_with_accounts(&sandbox);
            target.cap = Some(Pesewas::new(*cap));
            let finished = run(contract(), target, None, &options(Tier::Smoke, 9)).await.unwrap().1;
            let spent = before - held(sandbox.url()).await;
            assert_kept(*cap, spent, &finished, &format!("{wrong:?}, cap {cap}"));
            let bound = finished.history.footer.end == End::Budget;
            assert!(bound || *cap > 0);
            assert!(!bound || *cap < worst, "a cap of the worst case never binds");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_holds_against_a_server_that_accepts_everything() {
    let worst = worst().await;
    let ten = [0, 1, 20, worst / 20, worst / 10, worst / 4, worst / 2, worst - 1, worst, worst * 2];
    for cap in ten {
        let sandbox = crate::common::faultless().await;
        let spent = Arc::new(AtomicI64::new(0));
        let proxy = Proxy::rewriting(
            sandbox.url(),
            Box::new(|_| Fate::Pass),
            Box::new(accepting(&sandbox, spent.clone())),
        )
        .await;
        let mut target = target_with_accounts(&sandbox);
        target.url = proxy.url.parse().unwrap();
        target.cap = Some(Pesewas::new(cap));
        let finished = run(contract(), target, None, &options(Tier::Smoke, 9)).await.unwrap().1;
        let spent = Pesewas::new(spent.load(Ordering::Relaxed));
        if cap > 0 {
            assert_eq!(finished.judgement.verdict, Verdict::NotConformant);
        }
        assert_kept(cap, spent, &finished, &format!("cap {cap}"));
    }
}

/// Answers every order as created, and counts all that it finds a price for as charged.
fn accepting(
    sandbox: &Sandbox,
    spent: Arc<AtomicI64>,
) -> impl Fn(&Message, &Message) -> Vec<u8> + Send + Sync + 'static {
    let demo = sandbox.demo().clone();
    let packages: Vec<_> = demo
        .catalog
        .operators
        .iter()
        .flat_map(|it| &it.products)
        .flat_map(|it| &it.packages)
        .cloned()
        .collect();
    move |request, answer| {
        if !request.is_purchase() || request.body == b"{}" {
            return answer.bytes.clone();
        }
        let key = request.header("x-api-key").unwrap_or_default();
        let account = demo.accounts.iter().find(|it| it.key.expose() == key);
        let dearest = |it: &sandbox::catalog::Package| it.prices.values().max().copied().unwrap_or_default();
        let json: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let items = json["items"].as_array().cloned().unwrap_or_default();
        let cost = |item: &serde_json::Value| {
            let package = packages.iter().find(|it| item["packageId"] == it.id.as_str());
            package.map_or(Pesewas::ZERO, |it| account.map_or(Pesewas::ZERO, |_| dearest(it)))
        };
        let total: Pesewas = items.iter().map(cost).sum();
        spent.fetch_add(total.get(), Ordering::Relaxed);
        let total: serde_json::Value = serde_json::from_str(&total.to_json_number()).unwrap();
        let order = serde_json::json!({"success": true, "data": {
            "success": true, "message": "Yes", "orderId": format!("yes{}", spent.load(Ordering::Relaxed)),
            "shortReference": "1", "totalAmount": total, "recipientCount": items.len(),
        }});
        let body = order.to_string();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_that_the_cap_was_reached() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let run = ["--url", sandbox.url(), "--states", &states, "--seed", "4", "--tier", "smoke", "--max-spend"];
    let ended = conformance(&[&run[..], &["1.00", "-q"]].concat()).await;
    assert_eq!(ended.code, Some(5), "{ended:?}");
    let ended = conformance(&[&run[..], &["100000", "-q"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_where_orders_cost_real_money() {
    let contract = contract();
    let production = contract.servers.iter().find(|it| it.production).unwrap();
    // The proxy on this machine would record any purchase; the run must end before the first one.
    let sandbox = crate::common::faultless().await;
    // The readings give nothing either, so the program can't find out that the sandbox does not know the key.
    let nothing = |request: &Message, answer: &Message| match request.is_read() {
        true => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
        false => answer.bytes.clone(),
    };
    let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(nothing)).await;
    for cap in [None, Some("10")] {
        let mut args = vec!["--url", &proxy.url];
        args.extend(cap.into_iter().flat_map(|it| ["--max-spend", it]));
        let mut command = crate::common::program(&args);
        command.env("CONFORMANCE_API_KEY", "netconnect_live_abcdefgh");
        let ended = crate::common::finish(command).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        insta::assert_snapshot!("live_key", ended.stderr.split("up to").next().unwrap_or_default());
        assert!(!ended.stderr.contains("abcdefgh"));
    }
    assert!(proxy.purchases().iter().all(|it| it.header("x-api-key").is_none()), "a purchase went out");
    let mut target = crate::common::target_with_key(&production.url, "netconnect_test_x");
    target.cap = Some(Pesewas::new(1_000));
    let refused = target.permit(&contract, Pesewas::ZERO, Pesewas::new(5));
    assert!(refused.is_err_and(|it| it.to_string().contains("production server")));
    target.allow_live = true;
    assert!(target.permit(&contract, Pesewas::ZERO, Pesewas::new(5)).is_ok());
    target.cap = None;
    assert!(
        target.permit(&contract, Pesewas::ZERO, Pesewas::new(5)).is_err(),
        "--allow-live needs --max-spend"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_need_a_cap() {
    let contract = contract();
    let permit = |url: &str, cap: bool, states: bool| {
        let mut target = crate::common::target_with_key(url, "netconnect_test_x");
        target.cap = cap.then(|| Pesewas::new(1));
        target.states = states.then(|| target.url.clone());
        target.permit(&contract, Pesewas::ZERO, Pesewas::ZERO).is_ok()
    };
    for (url, free) in [
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://localhost", true),
        ("http://api.localhost", true),
        ("http://10.0.0.7", false),
        ("http://0.0.0.0:80", false),
        ("https://staging.example.com", false),
        ("http://localhost.example.com", false),
        ("http://127.0.0.1.example.com", false),
    ] {
        assert_eq!(permit(url, false, false), free, "{url}");
        assert!(permit(url, true, false), "{url} with a cap");
        assert_eq!(permit(url, false, true), free, "{url} with throw-away accounts");
    }
    // A key that belongs to no account spends nothing.
    let target = crate::common::target_at("https://staging.example.com");
    assert!(target.permit(&contract, Pesewas::ZERO, Pesewas::ZERO).is_ok());
    let error = SessionError::from(
        crate::common::target_with_key("http://10.0.0.7", "netconnect_test_x")
            .permit(&contract, pesewas("1.10"), pesewas("7"))
            .unwrap_err(),
    );
    insta::assert_snapshot!("no_cap", error.to_string());
}
