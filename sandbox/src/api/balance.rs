//! Reads the current wallet, and checks whether the balance is sufficient.

use rusqlite::Connection;
use spec::Pesewas;

use crate::answer::{Cause, Refusal};
use crate::api::draft::Draft;
use crate::clock::Micros;
use crate::exchange::Exchange;
use crate::keys::Account;
use crate::rules::Rules;
use crate::store::wallet::{self, Wallet};

/// Returns the current wallet, with due refunds paid and the held balance included.
///
/// # Errors
/// Returns a refusal if the store can't be read.
pub(crate) async fn current(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Wallet, Refusal> {
    let (app, profile) = (&exchange.app, account.profile);
    let (hold, for_good) = (rules.freedoms.wallet.hold, rules.freedoms.wallet.hold_for_good);
    let clock = app.clock.clone();
    let read = move |connection: &Connection| {
        let now = clock.now();
        let mut wallet = wallet::read(connection, profile)?;
        if hold {
            // Every recipient ends after the beginning of time.
            let since = if for_good { Micros(0) } else { now };
            wallet.held = wallet::held(connection, profile, since)?;
        }
        Ok((wallet, wallet::is_due(connection, profile, now)?))
    };
    let (wallet, due) = app.store.read(read.clone()).await?;
    if !due {
        return Ok(wallet);
    }
    // Due refunds are paid first, which only the writer can do.
    let clock = app.clock.clone();
    let paid_back = app.store.call(move |connection| {
        wallet::refund(connection, profile, clock.now())?;
        Ok(read(connection)?.0)
    });
    Ok(paid_back.await?)
}

/// Checks that the balance is sufficient if every price is known. The debit checks it again.
///
/// # Errors
/// Returns a refusal if the balance is too low or the store can't be read.
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

/// Returns the refusal for a balance that is too low.
pub(crate) fn insufficient() -> Refusal {
    Refusal::new(Cause::Balance, "Insufficient wallet balance")
}
