//! The profile and the wallet as the caller reads them.

use std::time::Duration;

use spec::OperationId;

use crate::answer::{Answer, Refusal};
use crate::api::balance;
use crate::exchange::Exchange;
use crate::json::Object;
use crate::keys::Account;
use crate::rules::Rules;
use crate::rules::freedoms::ProfileBalances;

/// How long a profile that is cached shows the same balances.
const CACHED: Duration = Duration::from_millis(500);

/// Answers a `GET` of the wallet.
///
/// # Errors
/// Returns a refusal if the store can't be read.
pub(crate) async fn read_wallet(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let wallet = (rules.steps.wallet)(exchange, balance::current(rules, exchange, account).await?);
    let names = &contract.fields.wallet;
    let data = Object::new()
        .with(&names.available, wallet.available)
        .with(&names.held, wallet.held)
        .with(&names.total, wallet.available + wallet.held)
        .with(&names.currency, contract.currency.as_str())
        .with(&names.updated, wallet.updated.millis())
        .with(&names.profile, account.profile_id.as_str());
    Ok(Answer::ok(contract, OperationId::Wallet, data))
}

/// Answers a `GET` of the profile.
///
/// # Errors
/// Returns a refusal if the store can't be read.
pub(crate) async fn read_profile(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let mut wallet = balance::current(rules, exchange, account).await?;
    if rules.freedoms.shown.profile_cached {
        wallet = exchange.app.cached(account.profile, wallet, CACHED);
    }
    let (available, held, total) = (wallet.available, wallet.held, wallet.available + wallet.held);
    let names = &contract.fields.profile;
    let data = Object::new()
        .with(&names.id, account.profile_id.as_str())
        .with(&contract.fields.role, account.role.as_str())
        .with(&names.status, contract.profile_status.as_str());
    // The page says that a profile has wallet balances, but not what they are called.
    let data = match rules.freedoms.shown.profile_balances {
        ProfileBalances::Named => {
            data.with(&names.available, available).with(&names.held, held).with(&names.total, total)
        }
        ProfileBalances::WalletNamed => data
            .with("walletAvailableBalance", available)
            .with("walletHeldBalance", held)
            .with("walletTotalBalance", total),
        ProfileBalances::One => data.with("balance", available),
        ProfileBalances::Nested => {
            let wallet = Object::new().with("available", available).with("held", held).with("total", total);
            data.with("wallet", wallet)
        }
    };
    Ok(Answer::ok(contract, OperationId::Profile, data))
}
