//! The wallet as it is now, and whether it can pay.

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
    let (app, profile) = (&exchange.app, account.profile);
    let (pause, clock) = (app.pause, app.clock);
    let (refund, hold) = (rules.freedoms.wallet.refund_failed, rules.freedoms.wallet.hold);
    let read = app.store.call(move |connection| {
        let now = clock.now();
        if refund {
            wallet::refund_failed(connection, profile, pause, now)?;
        }
        let mut wallet = wallet::read(connection, profile)?;
        if hold {
            wallet.held = wallet::held(connection, profile, pause, now)?;
        }
        Ok(wallet)
    });
    Ok(read.await?)
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
    let packages = &exchange.app.catalog.packages;
    let wanted: Option<Vec<_>> = draft.items.iter().map(|(package, _)| packages.get(package)).collect();
    let Some(wanted) = wanted else { return Ok(()) };
    let total: Pesewas = wanted.into_iter().map(|package| (rules.steps.price)(exchange, package)).sum();
    let wallet = current(rules, exchange, account).await?;
    if wallet.available >= total { Ok(()) } else { Err(insufficient()) }
}

/// The refusal of a wallet that can't pay.
pub(crate) fn insufficient() -> Refusal {
    Refusal::new(Cause::Balance, "Insufficient wallet balance")
}
