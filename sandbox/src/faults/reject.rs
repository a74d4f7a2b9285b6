//! Faults of refused orders that change something after all.

use futures::future::BoxFuture;
use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{memory, sum};
use crate::answer::Cause;
use crate::app::App;
use crate::purchase::Purchase;
use crate::rules::hooks::Refused;
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
        plant: |rules| rules.hooks.refused = Some(|refused| after(refused, is_recipient, take_all)),
    },
    Fault {
        id: "reject-charged-up-to-bad",
        group: GROUP,
        wrong: "recipients are paid for one by one until a bad one stops it",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.refused = Some(|refused| {
                let at = refused.cause.position().unwrap_or_default();
                let price = sum(refused.wanted.iter().take(at));
                take(refused, price)
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
            rules.hooks.refused =
                Some(|refused| after(refused, |cause| matches!(cause, Cause::Count(_)), take_all));
        },
    },
    Fault {
        id: "reject-charged-before-role",
        group: GROUP,
        wrong: "an order refused for the role is paid for all the same",
        breaks: &["MONEY-REJECT"],
        needs: &[Need::Balance, Need::OtherRole],
        plant: |rules| {
            rules.hooks.refused = Some(|refused| after(refused, |cause| cause == Cause::Role, take_all))
        },
    },
    Fault {
        id: "reject-short-takes-what-is-there",
        group: GROUP,
        wrong: "an order that the wallet can't pay takes what is in it",
        breaks: &["MONEY-REJECT", "MONEY-RACE", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.refused = Some(|refused| after(refused, |cause| cause == Cause::Balance, empty));
        },
    },
    Fault {
        id: "reject-fee",
        group: GROUP,
        wrong: "every refusal costs a pesewa",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC", "MONEY-RACE", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.refused = Some(|refused| take(refused, Pesewas::ONE));
        },
    },
    Fault {
        id: "reject-fee-now-and-then",
        group: GROUP,
        wrong: "of forty refusals, whoever they are for, one costs a pesewa",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC", "MONEY-RACE", "BALANCE-EXACT"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.refused = Some(|refused| {
                let fee = if is_fortieth(&refused.booking.app) { Pesewas::ONE } else { Pesewas::ZERO };
                take(refused, fee)
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
            rules.hooks.refused = Some(|refused| after(refused, is_recipient, leave_order));
        },
    },
    Fault {
        id: "reject-late-order-left",
        group: GROUP,
        wrong: "an order refused for a recipient past the third is listed all the same",
        breaks: &["PRE-ATOMIC", "ORDER-LIST"],
        needs: &[Need::Orders, Need::Variation],
        plant: |rules| {
            rules.hooks.refused = Some(|refused| {
                after(refused, |cause| is_recipient(cause) && cause.position() >= Some(3), leave_order)
            });
        },
    },
    Fault {
        id: "reject-short-order-left",
        group: GROUP,
        wrong: "an order that the wallet can't pay is listed all the same",
        breaks: &["PRE-ATOMIC", "ORDER-LIST", "BALANCE-SHORT", "MONEY-REJECT"],
        needs: &[Need::Orders, Need::Balance],
        plant: |rules| {
            rules.hooks.refused =
                Some(|refused| after(refused, |cause| cause == Cause::Balance, leave_order));
        },
    },
    Fault {
        id: "reject-good-recipients-bought",
        group: GROUP,
        wrong: "an order refused for one of its recipients is created and paid for the others",
        breaks: &["PRE-ATOMIC", "MONEY-REJECT", "ORDER-LIST"],
        needs: &[Need::Balance, Need::Orders],
        plant: |rules| rules.hooks.refused = Some(|refused| after(refused, is_recipient, buy_good)),
    },
];

fn is_recipient(cause: Cause) -> bool {
    cause.is_package() || matches!(cause, Cause::Msisdn(_))
}

/// The future of what happens after a refusal.
type Acted = BoxFuture<'static, ()>;

/// Runs `act` if the purchase was refused for such a cause.
fn after(refused: Refused, such: fn(Cause) -> bool, act: fn(Refused) -> Acted) -> Acted {
    if such(refused.cause) { act(refused) } else { Box::pin(async {}) }
}

/// Debits an amount; nothing if the balance is too low.
/// Counts refusals, and returns true for every fortieth.
fn is_fortieth(app: &App) -> bool {
    let mut memory = memory(app);
    let counted = memory.entry("refusals".to_owned()).or_insert_with(|| Pesewas::ZERO.into());
    let count = counted.money().unwrap_or_default() + Pesewas::ONE;
    *counted = count.into();
    count.get() % 40 == 0
}

fn take(refused: Refused, amount: Pesewas) -> Acted {
    Box::pin(async move {
        let app = refused.booking.app.clone();
        let (profile, now) = (refused.account.profile, app.clock.now());
        let _ = app.store.call(move |connection| wallet::debit(connection, profile, amount, now)).await;
    })
}

/// Debits what the whole order would have cost.
fn take_all(refused: Refused) -> Acted {
    let price = sum(&refused.wanted);
    take(refused, price)
}

/// Debits the whole available balance.
fn empty(refused: Refused) -> Acted {
    Box::pin(async move {
        let app = refused.booking.app.clone();
        let (profile, now) = (refused.account.profile, app.clock.now());
        let taken = app.store.call(move |connection| {
            let available = wallet::read(connection, profile)?.available;
            wallet::debit(connection, profile, available, now)
        });
        let _ = taken.await;
    })
}

/// Records the order without a debit.
fn leave_order(refused: Refused) -> Acted {
    create(refused, |_| Pesewas::ZERO)
}

/// Records and debits the valid part of the order.
fn buy_good(mut refused: Refused) -> Acted {
    let app = refused.booking.app.clone();
    refused.wanted.retain(|line| {
        let active = app.catalog().packages.get(&line.package).is_some_and(|package| package.active);
        active && crate::msisdn::normalise(&app.contract.msisdn, &line.msisdn).is_some()
    });
    create(refused, |total| total)
}

/// Records the order that was requested, and debits the part of its total that `charge` returns.
fn create(refused: Refused, charge: fn(Pesewas) -> Pesewas) -> Acted {
    Box::pin(async move {
        let Refused { account, wanted: lines, booking, .. } = refused;
        let (app, profile, total) = (booking.app.clone(), account.profile, sum(&lines));
        let charge = charge(total);
        let mut purchase = Purchase { total, charge, lines, account };
        let recorded = app.store.call(move |connection| {
            let now = booking.app.clock.now();
            let balance = match charge {
                Pesewas::ZERO => Debited { before: charge, after: charge },
                charge => wallet::debit(connection, profile, charge, now)?,
            };
            booking.record(connection, &mut purchase, balance, now)
        });
        let _ = recorded.await;
    })
}
