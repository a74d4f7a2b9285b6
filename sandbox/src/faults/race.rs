//! Faults that appear only when orders overlap.

use std::sync::Arc;

use futures::future::BoxFuture;
use rusqlite::Connection;
use spec::{Meaning, OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::meeting::{arrive, meet, witness};
use super::tools::{crash, memory, slot};
use crate::answer::{Answer, Cause, Refusal};
use crate::app::App;
use crate::exchange::Exchange;
use crate::ids;
use crate::json::Json;
use crate::purchase::{Booked, Booking, Created, Purchase, book};
use crate::store::StoreError;
use crate::store::wallet::{self, Debited};

const GROUP: &str = "race";
const NEEDS: &[Need] = &[Need::Concurrency, Need::Balance];

/// The place at which an order waits to be overtaken by another order of the same account.
const MIDDLE: &str = "in the middle";

/// The place at which an order of the account arrives once it has been debited correctly.
const BOOKED: &str = "booked";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "race-check-then-act",
        group: GROUP,
        wrong: "the balance is checked, and the debit made later without another look",
        breaks: &["MONEY-RACE"],
        needs: NEEDS,
        plant: |rules| rules.steps.book = |booking, purchase| check_then_act(booking, purchase),
    },
    Fault {
        id: "race-check-then-act-second-buyer",
        group: GROUP,
        wrong: "as race-check-then-act, for the second of the roles that may buy",
        breaks: &["MONEY-RACE"],
        needs: &[Need::Concurrency, Need::Balance, Need::EachBuyer],
        plant: |rules| {
            rules.steps.book = |booking, purchase| {
                let second = booking.app.contract.roles.buyers.get(1);
                match second == Some(&purchase.account.role) {
                    true => check_then_act(booking, purchase),
                    false => book(booking, purchase),
                }
            };
        },
    },
    Fault {
        id: "race-lock-by-product",
        group: GROUP,
        wrong: "only orders of the first product are debited under a lock",
        breaks: &["MONEY-RACE"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.book = |booking, purchase| {
                check_such_then_act(booking, purchase, |app, order| !is_of_first_product(app, order))
            };
        },
    },
    Fault {
        id: "race-check-then-act-large",
        group: GROUP,
        wrong: "as race-check-then-act, for orders of ten items and more",
        breaks: &["MONEY-RACE"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.book = |booking, purchase| {
                check_such_then_act(booking, purchase, |_, order| order.lines.len() >= 10)
            };
        },
    },
    Fault {
        id: "race-lost-update",
        group: GROUP,
        wrong: "the new balance is computed from one read earlier, so that one of two debits is lost",
        breaks: &["MONEY-RACE", "MONEY-DEBIT", "WALLET-CONSISTENT"],
        needs: NEEDS,
        plant: |rules| rules.steps.book = lost_update,
    },
    Fault {
        id: "race-debit-then-put-back",
        group: GROUP,
        wrong: "the debit is made first and put back when the balance turns out below zero",
        breaks: &["MONEY-RACE", "MONEY-REJECT", "WALLET-CONSISTENT", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| rules.steps.book = put_back,
    },
    Fault {
        id: "race-shared-order-id",
        group: GROUP,
        wrong: "overlapping orders of an account get the same id",
        breaks: &[
            "RESP-ORDER-ID",
            "MONEY-RACE",
            "ORDER-STATUS",
            "ORDER-RECIPIENTS",
            "ORDER-LIST",
            "ORDER-SAME",
        ],
        needs: &[Need::Concurrency],
        plant: |rules| {
            rules.steps.order_id = |_, purchase, _| {
                // The number of completed orders is the same for two that overlap.
                let answered = purchase.account.orders.load(std::sync::atomic::Ordering::Relaxed);
                ids::opaque("kr7", (purchase.account.profile << 24) + answered.cast_signed())
            };
            rules.steps.book = |booking, order| {
                Box::pin(async move {
                    let (app, middle) = (booking.app.clone(), slot(&order.account, MIDDLE));
                    let created = book(booking, order).await;
                    meet(&app, &middle).await;
                    created
                })
            };
        },
    },
    Fault {
        id: "race-mixed-answers",
        group: GROUP,
        wrong: "of two orders that overlap both answers tell of the later one",
        breaks: &[
            "RESP-ORDER-ID",
            "RESP-TOTAL",
            "RESP-COUNT",
            "RESP-MESSAGE",
            "MONEY-RACE",
            "MONEY-DEBIT",
            "ORDER-STATUS",
            "ORDER-RECIPIENTS",
            "ORDER-PRIVATE",
            "ORDER-LIST",
        ],
        needs: &[Need::Concurrency],
        plant: |rules| {
            rules.steps.book = |booking, order| {
                Box::pin(async move {
                    let app = booking.app.clone();
                    let created = book(booking, order).await?;
                    let answer = crate::api::buy::summary(&app.contract, &created, false).body;
                    memory(&app).insert("last answer".into(), answer);
                    meet(&app, MIDDLE).await;
                    Ok(created)
                })
            };
            rules.created(|exchange, answer| {
                if let Some(last) = memory(&exchange.app).get("last answer") {
                    answer.body = last.clone();
                }
            });
        },
    },
    Fault {
        id: "race-busy-crash",
        group: GROUP,
        wrong: "an order that comes while another of the account is being made gets 500",
        breaks: &["STATUS-DOCUMENTED", "MONEY-RACE"],
        needs: &[Need::Concurrency],
        plant: |rules| {
            rules.steps.book = slowly;
            rules.instead(|exchange| is_busy(exchange).then(|| crash(exchange)));
        },
    },
    Fault {
        id: "race-busy-insufficient",
        group: GROUP,
        wrong: "an order that comes while another of the account is being made gets 402",
        breaks: &["MONEY-RACE", "BALANCE-EXACT"],
        needs: &[Need::Concurrency],
        plant: |rules| {
            rules.steps.book = slowly;
            rules.instead(|exchange| {
                is_busy(exchange).then(|| {
                    let refusal = Refusal::new(Cause::Balance, "Insufficient wallet balance");
                    let answer =
                        Answer::refusal(&exchange.app.contract, Some(OperationId::BuyBulk), &refusal);
                    Answer { status: exchange.app.contract.status(Meaning::Insufficient), ..answer }
                })
            });
        },
    },
];

async fn balance(app: &App, profile: i64) -> Result<Pesewas, StoreError> {
    app.store.call(move |connection| Ok(wallet::read(connection, profile)?.available)).await
}

/// Records an order with a debit of its own.
async fn place(
    booking: Booking,
    mut purchase: Purchase,
    debit: impl FnOnce(&Connection, &Purchase) -> Result<Debited, StoreError> + Send + 'static,
) -> Result<Created, StoreError> {
    let app = booking.app.clone();
    app.store
        .call(move |connection| {
            let balance = debit(connection, &purchase)?;
            booking.record(connection, &mut purchase, balance, booking.app.clock.now())
        })
        .await
}

/// Returns true if all packages of an order are of the first product of the catalog.
fn is_of_first_product(app: &App, order: &Purchase) -> bool {
    let catalog = app.catalog();
    let first = catalog.operators.first().and_then(|it| it.products.first());
    let is_sold = |id: &str| first.is_some_and(|it| it.packages.iter().any(|package| package.id == id));
    order.lines.iter().all(|line| is_sold(&line.package))
}

/// Checks the balance of every order, and debits it once another order of the account has come as far.
fn check_then_act(booking: Booking, order: Purchase) -> Booked {
    let middle = slot(&order.account, MIDDLE);
    unlocked(booking, order, |app| Box::pin(async move { meet(&app, &middle).await }))
}

/// Checks the balance of such orders, and debits them once another order of the account has been debited correctly.
fn check_such_then_act(booking: Booking, order: Purchase, such: fn(&App, &Purchase) -> bool) -> Booked {
    let (app, booked) = (booking.app.clone(), slot(&order.account, BOOKED));
    if such(&app, &order) {
        return unlocked(booking, order, |app| Box::pin(async move { witness(&app, &booked).await }));
    }
    Box::pin(async move {
        let created = book(booking, order).await;
        arrive(&app, &booked);
        created
    })
}

/// Checks the balance, lets others overtake, and debits without another look.
fn unlocked(
    booking: Booking,
    order: Purchase,
    overtaken: impl FnOnce(Arc<App>) -> BoxFuture<'static, ()> + Send + 'static,
) -> Booked {
    Box::pin(async move {
        if balance(&booking.app, order.account.profile).await? < order.total {
            return Err(StoreError::Insufficient);
        }
        overtaken(booking.app.clone()).await;
        let now = booking.app.clock.now();
        let debit = move |connection: &Connection, order: &Purchase| {
            wallet::add(connection, order.account.profile, -order.charge, now)
        };
        place(booking, order, debit).await
    })
}

fn lost_update(booking: Booking, order: Purchase) -> Booked {
    Box::pin(async move {
        let before = balance(&booking.app, order.account.profile).await?;
        if before < order.total {
            return Err(StoreError::Insufficient);
        }
        meet(&booking.app, &slot(&order.account, MIDDLE)).await;
        let now = booking.app.clock.now();
        let debit = move |connection: &Connection, order: &Purchase| {
            let profile = order.account.profile;
            let current = wallet::read(connection, profile)?.available;
            wallet::add(connection, profile, before - order.charge - current, now)?;
            Ok(Debited { before, after: before - order.charge })
        };
        place(booking, order, debit).await
    })
}

fn put_back(booking: Booking, order: Purchase) -> Booked {
    Box::pin(async move {
        let app = booking.app.clone();
        let (profile, charge, now) = (order.account.profile, order.charge, app.clock.now());
        let take = move |connection: &_| wallet::add(connection, profile, -charge, now);
        let balance = app.store.call(take).await?;
        meet(&app, &slot(&order.account, MIDDLE)).await;
        if balance.after < Pesewas::ZERO {
            let put = move |connection: &_| wallet::add(connection, profile, charge, now);
            app.store.call(put).await?;
            return Err(StoreError::Insufficient);
        }
        place(booking, order, move |_, _| Ok(balance)).await
    })
}

/// The place at which an order arrives that finds the account busy.
const MET: &str = "met a busy account";

/// Books an order slowly, and marks the account as busy in the meantime.
fn slowly(booking: Booking, order: Purchase) -> Booked {
    Box::pin(async move {
        let app = booking.app.clone();
        let busy = slot(&order.account, "busy");
        memory(&app).insert(busy.clone(), Json::Null);
        witness(&app, &slot(&order.account, MET)).await;
        let created = book(booking, order).await;
        memory(&app).remove(&busy);
        created
    })
}

fn is_busy(exchange: &Exchange) -> bool {
    let account = exchange.account.as_ref().filter(|_| exchange.is(OperationId::BuyBulk));
    let busy = account.filter(|account| memory(&exchange.app).contains_key(&slot(account, "busy")));
    if let Some(account) = busy {
        arrive(&exchange.app, &slot(account, MET));
    }
    busy.is_some()
}
