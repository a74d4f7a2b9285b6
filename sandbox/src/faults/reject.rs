//! What a refused order leaves behind.

use futures::future::BoxFuture;
use spec::Pesewas;

use super::tools::sum;
use super::{Fault, Need};
use crate::answer::Cause;
use crate::app::Account;
use crate::buy::{self, Purchase};
use crate::call::Exchange;
use crate::store::orders::Line;
use crate::store::wallet::{self, Debited};

const GROUP: &str = "reject";
const NEEDS: &[Need] = &[Need::Balance];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "reject-charged-before-recipients",
        group: GROUP,
        wrong: "an order refused for one of its recipients is paid for all the same",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC"],
        needs: NEEDS,
        plant: |rules| rules.refused = Some(|exchange, cause| after(exchange, is_recipient(cause), take_all)),
    },
    Fault {
        id: "reject-charged-up-to-bad",
        group: GROUP,
        wrong: "recipients are paid for one by one until a bad one stops it",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC"],
        needs: NEEDS,
        plant: |rules| {
            rules.refused = Some(|exchange, cause| {
                Box::pin(async move {
                    if let (Some(account), Some(at)) = (&exchange.account, cause.position()) {
                        let lines = wanted(exchange);
                        take(exchange, account, sum(lines.iter().take(at))).await;
                    }
                })
            });
        },
    },
    Fault {
        id: "reject-charged-before-count",
        group: GROUP,
        wrong: "an order refused for its count is paid for all the same",
        breaks: &["MONEY-REJECT"],
        needs: NEEDS,
        plant: |rules| {
            rules.refused =
                Some(|exchange, cause| after(exchange, matches!(cause, Cause::Count(_)), take_all));
        },
    },
    Fault {
        id: "reject-charged-before-role",
        group: GROUP,
        wrong: "an order refused for the role is paid for all the same",
        breaks: &["MONEY-REJECT"],
        needs: &[Need::Balance, Need::OtherRole],
        plant: |rules| {
            rules.refused = Some(|exchange, cause| after(exchange, cause == Cause::Role, take_all))
        },
    },
    Fault {
        id: "reject-short-takes-what-is-there",
        group: GROUP,
        wrong: "an order that the wallet can't pay takes what is in it",
        breaks: &["MONEY-REJECT", "MONEY-RACE", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| {
            rules.refused = Some(|exchange, cause| {
                Box::pin(async move {
                    if let (Some(account), true) = (&exchange.account, cause == Cause::Balance)
                        && let Ok(wallet) = crate::account::wallet(&exchange.app, account).await
                    {
                        take(exchange, account, wallet.available).await;
                    }
                })
            });
        },
    },
    Fault {
        id: "reject-fee",
        group: GROUP,
        wrong: "every refusal costs a pesewa",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC", "MONEY-RACE", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| {
            rules.refused = Some(|exchange, _| {
                Box::pin(async move {
                    if let Some(account) = &exchange.account {
                        take(exchange, account, Pesewas::ONE).await;
                    }
                })
            });
        },
    },
    Fault {
        id: "reject-order-left",
        group: GROUP,
        wrong: "an order refused for one of its recipients is listed all the same",
        breaks: &["PRE-ATOMIC", "ORDER-LIST"],
        needs: &[Need::Orders],
        plant: |rules| {
            rules.refused = Some(|exchange, cause| after(exchange, is_recipient(cause), leave_order));
        },
    },
    Fault {
        id: "reject-short-order-left",
        group: GROUP,
        wrong: "an order that the wallet can't pay is listed all the same",
        breaks: &["PRE-ATOMIC", "ORDER-LIST", "BALANCE-SHORT", "MONEY-REJECT"],
        needs: &[Need::Orders, Need::Balance],
        plant: |rules| {
            rules.refused = Some(|exchange, cause| after(exchange, cause == Cause::Balance, leave_order));
        },
    },
    Fault {
        id: "reject-good-recipients-bought",
        group: GROUP,
        wrong: "an order refused for one of its recipients is created and paid for the others",
        breaks: &["PRE-ATOMIC", "MONEY-REJECT", "ORDER-LIST"],
        needs: &[Need::Balance, Need::Orders],
        plant: |rules| rules.refused = Some(|exchange, cause| after(exchange, is_recipient(cause), buy_good)),
    },
];

fn is_recipient(cause: Cause) -> bool {
    cause.is_package() || matches!(cause, Cause::Msisdn(_))
}

type Act = for<'a> fn(&'a Exchange, &'a Account, Vec<Line>) -> BoxFuture<'a, ()>;

/// Acts on what the refused order wanted to buy.
fn after(exchange: &Exchange, such: bool, act: Act) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        if let (Some(account), true) = (&exchange.account, such) {
            act(exchange, account, wanted(exchange)).await;
        }
    })
}

/// The lines of the order that was sent, as far as it is one.
fn wanted(exchange: &Exchange) -> Vec<Line> {
    let draft = buy::body(exchange).and_then(|value| buy::shape(exchange, &value));
    draft.map(|draft| buy::lines(exchange, &draft)).unwrap_or_default()
}

async fn take(exchange: &Exchange, account: &Account, amount: Pesewas) {
    let (profile, now) = (account.profile, exchange.app.clock.now());
    // Where there is too little the fault takes nothing.
    let _ = exchange.app.store.call(move |connection| wallet::debit(connection, profile, amount, now)).await;
}

fn take_all<'a>(exchange: &'a Exchange, account: &'a Account, lines: Vec<Line>) -> BoxFuture<'a, ()> {
    Box::pin(async move { take(exchange, account, sum(&lines)).await })
}

fn leave_order<'a>(exchange: &'a Exchange, account: &'a Account, lines: Vec<Line>) -> BoxFuture<'a, ()> {
    Box::pin(async move { create(exchange, account, lines, Pesewas::ZERO).await })
}

fn buy_good<'a>(exchange: &'a Exchange, account: &'a Account, mut lines: Vec<Line>) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        let app = &exchange.app;
        lines.retain(|line| {
            let active = app.catalog.packages.get(&line.package).is_some_and(|package| package.active);
            active && (app.rules.msisdn)(&app.contract.msisdn, &line.msisdn).is_some()
        });
        let total = sum(&lines);
        create(exchange, account, lines, total).await;
    })
}

async fn create(exchange: &Exchange, account: &Account, lines: Vec<Line>, charge: Pesewas) {
    let (app, profile) = (exchange.app.clone(), account.profile);
    let Some(account) = exchange.account.clone() else { return };
    let mut purchase = Purchase { total: sum(&lines), charge, lines, account };
    let shared = app.clone();
    let _ = app
        .store
        .call(move |connection| {
            let now = shared.clock.now();
            let balance = match charge {
                Pesewas::ZERO => Debited { before: charge, after: charge },
                charge => wallet::debit(connection, profile, charge, now)?,
            };
            buy::record(&shared, connection, &mut purchase, balance, now)
        })
        .await;
}
