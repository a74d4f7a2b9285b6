//! Makes concurrent orders wait for each other, so that a race happens whenever orders overlap, and not only by chance:
//! an order in a critical section waits until another one has arrived there. A single order waits in vain, for a
//! bounded time.

use std::time::Duration;

use super::tools::memory;
use crate::app::App;
use crate::json::Json;

/// The longest time that an order waits for another one. Orders sent together arrive sooner, and most orders of a run
/// wait in vain.
const LONGEST: Duration = Duration::from_millis(30);

/// The interval between two checks.
const LOOK: Duration = Duration::from_millis(1);

fn so_far(app: &App, place: &str) -> i64 {
    match memory(app).get(place) {
        Some(Json::Int(count)) => *count,
        _ => 0,
    }
}

/// Records that an order has arrived at a place, and returns how many have, including this one.
pub(super) fn arrive(app: &App, place: &str) -> i64 {
    let count = so_far(app, place) + 1;
    memory(app).insert(place.to_owned(), Json::Int(count));
    count
}

/// Waits until more than `count` orders have arrived at a place.
async fn more_than(app: &App, place: &str, count: i64) {
    let until = tokio::time::Instant::now() + LONGEST;
    while so_far(app, place) <= count && tokio::time::Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}

/// Arrives at a place and waits there for another order.
pub(super) async fn meet(app: &App, place: &str) {
    let count = arrive(app, place);
    more_than(app, place, count).await;
}

/// Waits until one more order arrives at a place, without arriving there itself.
pub(super) async fn witness(app: &App, place: &str) {
    more_than(app, place, so_far(app, place)).await;
}
