//! Profile, wallet and catalog as the caller reads them.

use spec::{Contract, OperationId};

use crate::answer::{Answer, Cause, Refusal};
use crate::app::{Account, App};
use crate::call::Exchange;
use crate::catalog::Operator;
use crate::json::{Json, Object};
use crate::store::wallet::{self, Wallet};

/// The wallet as it is now, with refunds that are due and what is held.
pub(crate) async fn wallet(app: &App, account: &Account) -> Result<Wallet, Refusal> {
    let (profile, pause, clock) = (account.profile, app.pause, app.clock);
    let (refund, hold) = (app.rules.refund_failed, app.rules.hold);
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
    read.await.map_err(|error| Refusal::new(Cause::Internal, error.to_string()))
}

/// `GET` the wallet.
pub(crate) async fn read_wallet(exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let wallet = (exchange.app.rules.wallet)(exchange, wallet(&exchange.app, account).await?);
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

/// `GET` the profile.
pub(crate) async fn read_profile(exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let wallet = wallet(&exchange.app, account).await?;
    let names = &contract.fields.profile;
    let data = Object::new()
        .with(&names.id, account.profile_id.as_str())
        .with(&contract.fields.role, account.role.as_str())
        .with(&names.status, contract.profile_status.as_str())
        .with(&names.available, wallet.available)
        .with(&names.held, wallet.held)
        .with(&names.total, wallet.available + wallet.held);
    Ok(Answer::ok(contract, OperationId::Profile, data))
}

/// `GET` an operator's products.
pub(crate) fn read_products(exchange: &Exchange) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let operator = exchange.app.catalog.operator(exchange.call.param(0));
    let operator = operator.ok_or_else(|| Refusal::new(Cause::NoOperator, "Operator not found"))?;
    Ok(Answer::ok(contract, OperationId::Products, products(contract, operator)))
}

/// What an operator sells, as the API shows it.
pub(crate) fn products(contract: &Contract, operator: &Operator) -> Vec<Json> {
    let names = &contract.fields.product_read;
    let (yes, no) = &contract.product_status;
    let products = operator.products.iter().map(|product| {
        Json::from(
            Object::new()
                .with(&names.id, product.id.as_str())
                .with(&names.name, product.name.as_str())
                .with(&names.operator, operator.id.as_str())
                .with(&names.operator_name, operator.name.as_str())
                .with(&names.status, if product.available { yes.as_str() } else { no.as_str() }),
        )
    });
    products.collect()
}

/// `GET` a package.
pub(crate) fn read_package(exchange: &Exchange) -> Result<Answer, Refusal> {
    let (contract, catalog) = (&exchange.app.contract, &exchange.app.catalog);
    let package = catalog.packages.get(exchange.call.param(0));
    let package = package.ok_or_else(|| Refusal::new(Cause::NoPackage, "Package not found"))?;
    let product = catalog.product(&package.product);
    let names = &contract.fields.package_read;
    let (yes, no) = &contract.package_status;
    let data = Object::new()
        .with(&names.id, package.id.as_str())
        .with(&names.label, package.label.as_str())
        .with(&names.amount, package.label.split(" (").next().unwrap_or_default())
        .with(&names.validity, package.validity.as_str())
        .with(&names.price, (exchange.app.rules.price)(exchange, package))
        .with(&names.operator, package.operator.as_str())
        .with(&names.operator_name, product.map(|(operator, _)| operator.name.as_str()))
        .with(&names.product, package.product.as_str())
        .with(&names.product_name, product.map(|(_, product)| product.name.as_str()))
        .with(&names.status, if package.active { yes.as_str() } else { no.as_str() });
    Ok(Answer::ok(contract, OperationId::Package, data))
}
