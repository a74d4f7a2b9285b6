//! The wallet as it is now, and whether it can pay.

use rusqlite::Connection;
use spec::Pesewas;

use crate::answer::{Cause, Refusal};
use crate::api::draft::Draft;
use crate::exchange::Exchange;
use crate::keys::Account;
use crate::rules::Rules;
use crate::store::wallet::{self, Wallet};

/// The wallet as it is now, with refunds that are due and what is held.
///
/// # Errors
/// The store can't be read.
pub(crate) async fn current(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Wallet, Refusal> {
    let (app, profile, hold) = (&exchange.app, account.profile, rules.freedoms.wallet.hold);
    let clock = app.clock.clone();
    let read = move |connection: &Connection| {
        let now = clock.now();
        let mut wallet = wallet::read(connection, profile)?;
        if hold {
            wallet.held = wallet::held(connection, profile, now)?;
        }
        Ok((wallet, wallet::is_due(connection, profile, now)?))
    };
    let (wallet, due) = app.store.read(read.clone()).await?;
    if !due {
        return Ok(wallet);
    }
    // What is to be paid back by now is paid back first, which nobody but the writer can do.
    let clock = app.clock.clone();
    let paid_back = app.store.call(move |connection| {
        wallet::refund(connection, profile, clock.now())?;
        Ok(read(connection)?.0)
    });
    Ok(paid_back.await?)
}

/// Whether the wallet can pay, where every price is known; the debit itself decides later.
///
/// # Errors
/// It can't, or the store can't be read.
pub(crate) async fn solvent(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
    draft: &Draft,
) -> Result<(), Refusal> {
    let catalog = exchange.app.catalog();
    let wanted = draft.items.iter().map(|(package, _)| catalog.packages.get(package));
    let wanted: Option<Vec<_>> = wanted.collect();
    let Some(wanted) = wanted else { return Ok(()) };
    let total: Pesewas = wanted.into_iter().map(|package| (rules.steps.price)(exchange, package)).sum();
    let wallet = current(rules, exchange, account).await?;
    if wallet.available >= total { Ok(()) } else { Err(insufficient()) }
}

/// The refusal of a wallet that can't pay.
pub(crate) fn insufficient() -> Refusal {
    Refusal::new(Cause::Balance, "Insufficient wallet balance")
}
