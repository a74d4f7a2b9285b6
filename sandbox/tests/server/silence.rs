//! Requests that stay without an answer: they cost nothing, block no other request, and end with the server.

use std::time::{Duration, Instant};

use crate::common::Setup;
use futures::future::join_all;

const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_body_waits_until_the_client_goes_or_the_server_stops() {
    let setup = Setup::broken("body-empty-unanswered").await;
    let key = setup.account("Agent", 100).await;
    let (client, url) =
        (setup.client.clone(), format!("{}/api/v1/data-bundles/buy-bulk", setup.sandbox.url()));
    let empty = || client.post(&url).header("x-api-key", &key);
    assert!(empty().timeout(PATIENCE).send().await.unwrap_err().is_timeout());
    // One request waits, and no other does.
    let waiting = tokio::spawn(empty().timeout(PATIENCE * 20).send());
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    assert_eq!(setup.buy_raw(&key, "{").await.status, 400);
    assert_eq!(setup.balance(&key).await, 80);
    let begun = Instant::now();
    setup.sandbox.stop().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert!(!error.is_timeout() && begun.elapsed() < PATIENCE * 3, "{error:?} after {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_ran_dry_answers_five_at_once_and_charges_no_other() {
    let setup = Setup::broken("connection-sixth-at-once-unanswered").await;
    for (at_once, answered) in [(5, 5..=5), (16, 5..=15)] {
        let key = setup.account("Agent", 1_000).await;
        let order = setup.order(&[0, 0]);
        let orders = (0..at_once).map(|_| tokio::time::timeout(PATIENCE, setup.buy(&key, &order)));
        let replies = join_all(orders).await;
        let came = replies.iter().flatten().map(|reply| reply.status).collect::<Vec<_>>();
        assert!(answered.contains(&came.len()) && came.iter().all(|status| *status == 200), "{came:?}");
        // Sent one at a time, every order is answered.
        for bought in 1..=8 {
            assert_eq!(setup.buy(&key, &order).await.status, 200);
            assert_eq!(setup.balance(&key).await, 1_000 - 20 * (came.len() as i64 + bought));
        }
    }
}
