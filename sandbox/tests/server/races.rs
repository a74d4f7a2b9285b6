//! Concurrent orders: a correct server never overspends, and each planted race shows.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{Setup, pesewas};
use futures::future::join_all;
use sandbox::{Need, faults};

const BALANCE: i64 = 115;

/// Timeout for all answers of one round.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sends eleven small orders and a large one at once, from a wallet that can pay for five small ones or the large one. The
/// round decides on the role, and on the product of every third order.
async fn contend(setup: &Setup, round: usize) -> Result<(), String> {
    let role = ["Agent", "SuperAgent"][round % 2];
    let key = setup.account(role, BALANCE).await;
    let other = setup.state("key", serde_json::json!({"profileId": profile(setup, &key).await})).await;
    let keys = [key.as_str(), other["apiKey"].as_str().unwrap()];
    let second = &setup.operator(0)["products"][1];
    let mut elsewhere = setup.order(&[0, 0]);
    elsewhere["productId"] = second["productId"].clone();
    for item in elsewhere["items"].as_array_mut().unwrap() {
        item["packageId"] = second["packages"][0]["packageId"].clone();
    }
    let order = [setup.order(&[0, 0]), setup.order(&[0; 10]), elsewhere];
    let chosen = |at: usize| match at {
        0 => 1,
        _ if at.is_multiple_of(3) && round / 2 % 2 == 1 => 2,
        _ => 0,
    };
    let orders = (0..12).map(|at| setup.buy(keys[at % 2], &order[chosen(at)]));
    let replies = tokio::time::timeout(PATIENCE, join_all(orders)).await;
    let replies = replies.map_err(|_| "an answer stayed out".to_owned())?;
    let (mut spent, mut ids) = (0, BTreeSet::new());
    for reply in &replies {
        match reply.status {
            200 => {
                let data = &reply.json["data"];
                spent += pesewas(&data["totalAmount"]);
                if !ids.insert(data["orderId"].to_string()) {
                    return Err("an order id came twice".into());
                }
            }
            402 => {}
            status => return Err(format!("status {status}")),
        }
    }
    let left = setup.balance(&key).await;
    match BALANCE - left {
        debited if debited != spent => Err(format!("{spent} accepted and {debited} debited")),
        debited if debited > BALANCE => Err(format!("{debited} of {BALANCE} spent")),
        // The remaining balance would have paid for another small order.
        _ if left >= 20 => Err(format!("refused with {left} left")),
        _ => Ok(()),
    }
}

async fn profile(setup: &Setup, key: &str) -> serde_json::Value {
    setup.get("/profile", key).await.json["data"]["_id"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_server_never_overspends() {
    let setup = Setup::new().await;
    for round in 0..20 {
        assert_eq!(contend(&setup, round).await, Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_planted_race_shows() {
    let races = faults::all().filter(|fault| fault.needs.contains(&Need::Concurrency));
    for fault in races {
        let setup = Setup::broken(fault.id).await;
        // Each fault waits in the middle of an order for another one, so it shows whenever orders overlap; when they do
        // depends on the machine.
        let mut rounds = 0;
        while contend(&setup, rounds).await.is_ok() {
            rounds += 1;
            assert!(rounds < 30, "{} did not show in thirty rounds", fault.id);
        }
    }
}
