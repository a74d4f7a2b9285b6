//! Orders that wait for each other, so that what goes wrong when orders overlap is certain to go wrong where they do, and not
//! a matter of luck: whoever is in the middle of something waits until another one has come as far. One that is alone waits
//! in vain, for a bounded time.

use std::time::Duration;

use super::tools::memory;
use crate::app::App;
use crate::json::Json;

/// The longest that an order waits for another one. Those that are sent at once come sooner, on a busy machine too.
const LONGEST: Duration = Duration::from_millis(100);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(1);

fn so_far(app: &App, place: &str) -> i64 {
    match memory(app).get(place) {
        Some(Json::Int(count)) => *count,
        _ => 0,
    }
}

/// Says that an order has come to a place, and gives how many have, itself among them.
pub(super) fn arrive(app: &App, place: &str) -> i64 {
    let count = so_far(app, place) + 1;
    memory(app).insert(place.to_owned(), Json::Int(count));
    count
}

/// Waits until more than so many have come to a place.
async fn more_than(app: &App, place: &str, count: i64) {
    let until = tokio::time::Instant::now() + LONGEST;
    while so_far(app, place) <= count && tokio::time::Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}

/// Comes to a place, and waits there for another one.
pub(super) async fn meet(app: &App, place: &str) {
    let count = arrive(app, place);
    more_than(app, place, count).await;
}

/// Waits until one more has come to a place where this one never comes.
pub(super) async fn witness(app: &App, place: &str) {
    more_than(app, place, so_far(app, place)).await;
}
