//! Laws of the store.

use std::sync::{Arc, LazyLock};

use futures::future::join_all;
use proptest::prelude::*;
use spec::{Contract, Pesewas};
use tokio::runtime::Runtime;

use super::*;
use crate::app::App;
use crate::clock::Micros;
use crate::correct;
use crate::keys::Account;
use crate::purchase::{Purchase, book};
use crate::store::accounts::KeyRow;
use crate::store::orders::{Direction, Line};

static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| Arc::new(spec::embedded().unwrap()));

async fn app() -> Arc<App> {
    let store = Store::open(None).unwrap();
    Arc::new(App::new(CONTRACT.clone(), store, Micros(1000), false, Pesewas::ZERO).await.unwrap())
}

async fn account(app: &App, balance: i64) -> (KeyRow, Arc<Account>) {
    let row = app.open_account("Agent", Pesewas::new(balance), false, None).await.unwrap();
    let account = app.with_keys(|keys| keys.profile(&row.profile_id)).unwrap();
    (row, account)
}

fn order(account: &Arc<Account>, prices: &[i64]) -> Purchase {
    let line = |price: &i64| Line {
        package: "q".into(),
        msisdn: "233200000001".into(),
        shown: "233200000001".into(),
        price: Pesewas::new(*price),
        fails: false,
    };
    let lines: Vec<Line> = prices.iter().map(line).collect();
    let total = lines.iter().map(|line| line.price).sum();
    Purchase { account: account.clone(), lines, total, charge: total }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever is ordered at once, nobody overspends, and what left the wallet is what was accepted.
    #[test]
    fn debits_add_up(
        balance in 0_i64..500,
        orders in prop::collection::vec(prop::collection::vec(1_i64..60, 1..6), 1..40),
    ) {
        Runtime::new().unwrap().block_on(async {
            let app = app().await;
            let (row, account) = account(&app, balance).await;
            let booking = correct::rules(&CONTRACT).booking(&app);
            let placed =
                orders.iter().map(|prices| tokio::spawn(book(booking.clone(), order(&account, prices))));
            let mut spent = 0;
            for (result, prices) in join_all(placed).await.into_iter().zip(&orders) {
                match result.unwrap() {
                    Ok(created) => {
                        prop_assert_eq!(created.balance.before - created.balance.after, created.total);
                        prop_assert_eq!(created.count, prices.len());
                        spent += created.total.get();
                    }
                    Err(error) => prop_assert!(matches!(error, StoreError::Insufficient)),
                }
            }
            let profile = row.profile;
            let (left, stored) = app
                .store
                .call(move |connection| {
                    let mut stored = 0;
                    orders::walk(connection, profile, Direction::NewestFirst, i64::MAX, |order| {
                        stored += order.total.get();
                        true
                    })?;
                    Ok((wallet::read(connection, profile)?.available.get(), stored))
                })
                .await
                .unwrap();
            prop_assert!(left >= 0);
            prop_assert_eq!((balance - left, stored), (spent, spent));
            // Nothing that was refused could have been paid from what is left.
            let cheapest = orders.iter().map(|prices| prices.iter().sum::<i64>()).min().unwrap_or(0);
            prop_assert!(spent > 0 || left < cheapest || orders.is_empty());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_and_does_not_hurt_its_neighbours() {
    let app = app().await;
    let (row, _) = account(&app, 100).await;
    let profile = row.profile;
    let spoil = app.store.call(move |connection| {
        wallet::add(connection, profile, Pesewas::new(1_000), Micros(1))?;
        Err::<(), _>(StoreError::Conflict)
    });
    let add = app.store.call(move |connection| wallet::add(connection, profile, Pesewas::new(5), Micros(2)));
    let (spoilt, added) = tokio::join!(spoil, add);
    assert!(matches!(spoilt, Err(StoreError::Conflict)));
    assert_eq!(added.unwrap().after, Pesewas::new(105));
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let app = app().await;
    app.store.close().await;
    assert!(matches!(app.store.call(|_| Ok(())).await, Err(StoreError::Closed)));
}

#[test]
fn a_file_of_another_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(Some(&path)), Err(StoreError::Layout(99))));
}
