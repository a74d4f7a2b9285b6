//! Everything follows the contract: if the document has another limit, so do the sandbox, the plan and the judge.

use std::sync::Arc;

use crate::common::{failing, options, run, states_of, target_at, told};
use conformance::history::Tier;
use conformance::judge::verdict::Verdict;
use conformance::run::session::Finished;
use sandbox::{Config, Sandbox};
use spec::Contract;

/// Returns the contract with a limit of 25 items, read from files as `--spec` reads them.
fn up_to_25() -> Arc<Contract> {
    let folder = tempfile::tempdir().unwrap();
    let read = |file: &str| {
        std::fs::read_to_string(format!("{}/../spec/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let text = read("openapi.yaml");
    assert_eq!(text.matches("maxItems: 20").count(), 1, "the limit stands in one place");
    let (document, catalogue) = (folder.path().join("openapi.yaml"), folder.path().join("requirements.yaml"));
    std::fs::write(&document, text.replace("maxItems: 20", "maxItems: 25")).unwrap();
    std::fs::write(&catalogue, read("requirements.yaml")).unwrap();
    let contract = spec::from_paths(&document, None).unwrap();
    assert_eq!(contract.limits.max_items, 25);
    Arc::new(contract)
}

async fn serving(contract: Arc<Contract>) -> Sandbox {
    let mut config = Config::new(contract);
    config.states = true;
    Sandbox::start(config).await.unwrap()
}

async fn judged(contract: Arc<Contract>, sandbox: &Sandbox, tier: Tier) -> Finished {
    let states = states_of(sandbox);
    run(contract, target_at(sandbox.url()), Some(&states), &options(tier, 3)).await.unwrap().1
}

/// Returns the statuses of the orders of a case.
fn statuses(finished: &Finished, id: &str) -> Vec<u16> {
    let cases = finished.history.cases.iter().filter(|it| it.id == id);
    let orders = cases
        .flat_map(|it| it.into_owned().exchanges)
        .filter(|it| it.operation == spec::OperationId::BuyBulk);
    orders.filter_map(|it| Some(it.answer.response()?.status)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_limit_and_all_follow() {
    let contract = up_to_25();
    let sandbox = serving(contract.clone()).await;
    let finished = judged(contract, &sandbox, Tier::Smoke).await;
    assert_eq!(finished.judgement.verdict, Verdict::Conformant, "{}", told(&finished.judgement));
    assert_eq!(statuses(&finished, "count/range/Agent/25"), [200]);
    assert_eq!(statuses(&finished, "count/high/Agent/26"), [422]);
    assert!(statuses(&finished, "count/high/Agent/21").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_another_revision_is_told_what_it_breaks() {
    // The old server refuses what the new contract accepts, and the new one accepts what the old contract refuses.
    let (old, new) = (crate::common::contract(), up_to_25());
    let sandbox = serving(old.clone()).await;
    let finished = judged(new.clone(), &sandbox, Tier::Smoke).await;
    assert_eq!(finished.judgement.verdict, Verdict::NotConformant);
    assert!(failing(&finished.judgement).contains("COUNT-RANGE"), "{}", told(&finished.judgement));
    let sandbox = serving(new).await;
    let finished = judged(old, &sandbox, Tier::Smoke).await;
    assert_eq!(finished.judgement.verdict, Verdict::NotConformant);
    assert_eq!(failing(&finished.judgement), ["COUNT-HIGH"].into(), "{}", told(&finished.judgement));
}
