//! Tests of the properties of the store.

use std::sync::{Arc, LazyLock};

use futures::future::join_all;
use proptest::prelude::*;
use spec::{Contract, Pesewas};
use tokio::runtime::Runtime;

use super::*;
use crate::app::{App, Setting};
use crate::catalog::Catalog;
use crate::clock::Micros;
use crate::correct;
use crate::keys::Account;
use crate::progress::{Fate, State};
use crate::purchase::{Purchase, book};
use crate::store::accounts::NewProfile;
use crate::store::orders::{Direction, Line, Page};

static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| Arc::new(spec::embedded().unwrap()));

async fn app() -> Arc<App> {
    app_on(Store::open(None).unwrap()).await
}

async fn app_on(store: Store) -> Arc<App> {
    let setting = Setting {
        pause: Micros(1000),
        states: false,
        seed: Some(0),
        magic: true,
        rate: None,
        catalog: Catalog::new(&CONTRACT, Pesewas::ZERO),
    };
    Arc::new(App::new(CONTRACT.clone(), store, setting).await.unwrap())
}

async fn account(app: &App, balance: i64) -> Arc<Account> {
    let profile = NewProfile { name: None, role: "Agent".into(), balance: Pesewas::new(balance) };
    let opened = app.open_account(profile, false, None).await.unwrap();
    app.with_keys(|keys| keys.profile(&opened.profile_id)).unwrap()
}

fn order(account: &Arc<Account>, prices: &[i64]) -> Purchase {
    let line = |price: &i64| Line {
        package: "q".into(),
        msisdn: "233200000001".into(),
        shown: "233200000001".into(),
        price: Pesewas::new(*price),
        fate: Fate::default(),
    };
    let lines: Vec<Line> = prices.iter().map(line).collect();
    let total = lines.iter().map(|line| line.price).sum();
    Purchase { account: account.clone(), lines, total, charge: total }
}

/// Returns the balance left in a wallet, and the total of its account's orders.
async fn held_and_spent(app: &App, profile: i64) -> (i64, i64) {
    let read = app.store.read(move |connection| {
        let page = Page {
            profile,
            direction: Direction::NewestFirst,
            from: i64::MAX,
            state: None,
            now: Micros::NEVER,
            most: 10_000,
        };
        let stored = orders::page(connection, &page)?.iter().map(|order| order.total.get()).sum();
        Ok((wallet::read(connection, profile)?.available.get(), stored))
    });
    read.await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Concurrent orders never overspend, and the debits equal the totals of the accepted orders.
    #[test]
    fn debits_add_up(
        balance in 0_i64..500,
        orders in prop::collection::vec(prop::collection::vec(1_i64..60, 1..6), 1..40),
    ) {
        Runtime::new().unwrap().block_on(async {
            let app = app().await;
            let account = account(&app, balance).await;
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
            let (left, stored) = held_and_spent(&app, account.profile).await;
            prop_assert!(left >= 0);
            prop_assert_eq!((balance - left, stored), (spent, spent));
            // If no order was accepted, none could have been paid from the balance.
            let cheapest = orders.iter().map(|prices| prices.iter().sum::<i64>()).min().unwrap_or(0);
            prop_assert!(spent > 0 || left < cheapest || orders.is_empty());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_and_does_not_hurt_its_neighbours() {
    let app = app().await;
    let profile = account(&app, 100).await.profile;
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

/// Makes a purchase, on a store that may be unable to write.
async fn buys(app: &Arc<App>, account: &Arc<Account>) -> Result<(), StoreError> {
    let booking = correct::rules(&CONTRACT).booking(app);
    book(booking, order(account, &[10, 10])).await.map(|_| ())
}

/// Causes write errors by statements on the connection, and ends them by a second statement where one exists.
#[tokio::test]
async fn what_is_not_answered_with_success_leaves_nothing() {
    for (what, trouble, end) in [
        ("a full disk", "PRAGMA max_page_count = 1", Some("PRAGMA max_page_count = 1000000")),
        ("a disk that can only be read", "PRAGMA query_only = 1", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let app = app_on(Store::open(Some(&folder.path().join("s.db"))).unwrap()).await;
        let account = account(&app, 10_000).await;
        let statement = |sql: &'static str| {
            app.store.call(move |connection| {
                connection.prepare(sql)?.query([])?.next()?;
                Ok(())
            })
        };
        assert!(buys(&app, &account).await.is_ok());
        // A transaction that has begun may still be written to; the next one may not.
        let _ = statement(trouble).await;
        let (mut refused, mut bought) = (0, 1);
        // The rest of the last page is used up first.
        for _ in 0..60 {
            let results = join_all((0..4).map(|_| buys(&app, &account))).await;
            refused += results.iter().filter(|it| it.is_err()).count();
            bought += results.iter().filter(|it| it.is_ok()).count() as i64;
        }
        assert!(refused > 0, "{what}: nothing was refused");
        assert_eq!(
            held_and_spent(&app, account.profile).await,
            (10_000 - bought * 20, bought * 20),
            "{what}"
        );
        let Some(end) = end else { continue };
        let _ = statement(end).await;
        assert!(buys(&app, &account).await.is_ok(), "{what}: it is over, and nothing can be bought");
        assert!(app.store.trouble().is_none(), "{what}");
    }
}

#[tokio::test]
async fn another_program_that_writes_keeps_nobody_waiting_for_ever_and_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let app = app_on(Store::open(Some(&path)).unwrap()).await;
    let account = account(&app, 1_000).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let results = join_all((0..8).map(|_| buys(&app, &account))).await;
    assert!(results.iter().all(|it| matches!(it, Err(StoreError::Unwritten(_)))), "{results:?}");
    assert!(app.store.trouble().is_some());
    // Reading still works.
    assert_eq!(held_and_spent(&app, account.profile).await, (1_000, 0));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(buys(&app, &account).await.is_ok());
    assert_eq!(held_and_spent(&app, account.profile).await, (980, 20));
    assert!(app.store.trouble().is_none());
}

#[tokio::test]
async fn a_file_that_is_gone_takes_no_orders() {
    let folder = tempfile::tempdir().unwrap();
    let (path, away) = (folder.path().join("s.db"), folder.path().join("away.db"));
    let app = app_on(Store::open(Some(&path)).unwrap()).await;
    let account = account(&app, 1_000).await;
    assert!(buys(&app, &account).await.is_ok());
    std::fs::rename(&path, &away).unwrap();
    assert!(buys(&app, &account).await.is_err());
    std::fs::write(&path, "another file").unwrap();
    assert!(buys(&app, &account).await.is_err());
    std::fs::rename(&away, &path).unwrap();
    assert!(buys(&app, &account).await.is_ok());
    assert_eq!(held_and_spent(&app, account.profile).await, (960, 40));
}

#[tokio::test]
async fn one_process_has_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let store = Store::open(Some(&path)).unwrap();
    let error = Store::open(Some(&path)).unwrap_err();
    assert!(matches!(&error, StoreError::InUse { pid: Some(pid) } if *pid == std::process::id().to_string()));
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(Store::open(Some(&link)), Err(StoreError::InUse { .. })));
    store.close().await;
    drop(store);
    assert!(Store::open(Some(&path)).is_ok());
}

/// Each state's page has the orders that are in it, whatever their outcome, and is read from an index without a scan.
#[tokio::test]
async fn pages_of_a_state_come_from_an_index() {
    let app = app().await;
    let account = account(&app, 100_000).await;
    let booking = correct::rules(&CONTRACT).booking(&app);
    for at in 0..30 {
        let mut order = order(&account, &[10, 10]);
        // The test numbers determine how each order ends.
        let last = ["10", "30", "02", "77"][at % 4];
        order.lines.iter_mut().for_each(|line| line.msisdn = format!("2335000000{last}"));
        book(booking.clone(), order).await.unwrap();
    }
    let (profile, now) = (account.profile, app.clock.now().after(Micros(1_000_000), 60));
    let pages = app.store.read(move |connection| {
        let mut seen = Vec::new();
        for state in [State::Pending, State::Processing, State::Completed, State::Failed, State::Reversed] {
            for direction in [Direction::NewestFirst, Direction::OldestFirst] {
                let mut page =
                    Page { profile, direction, from: direction.start(), state: Some(state), now, most: 3 };
                let mut all = Vec::new();
                loop {
                    let found = orders::page(connection, &page)?;
                    assert!(found.iter().all(|order| order.state(now) == state));
                    let Some(last) = found.last() else { break };
                    page.from = last.seq;
                    all.extend(found.iter().map(|order| order.seq));
                }
                assert!(all.is_sorted_by(|one, two| (one < two) == (direction == Direction::OldestFirst)));
                seen.push((state, all.len()));
            }
        }
        Ok(seen)
    });
    let pages = pages.await.unwrap();
    let count = |wanted| pages.iter().filter(move |(state, _)| *state == wanted).map(|(_, count)| *count);
    assert!(count(State::Pending).eq([0, 0]) && count(State::Processing).eq([7, 7]));
    assert!(count(State::Completed).eq([7, 7]) && count(State::Failed).eq([8, 8]), "{pages:?}");
    assert!(count(State::Reversed).eq([8, 8]), "{pages:?}");
}
