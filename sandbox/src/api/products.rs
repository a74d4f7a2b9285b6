//! Products and packages as the caller reads them.

use spec::{Contract, OperationId};

use crate::answer::{Answer, Cause, Refusal};
use crate::catalog::Operator;
use crate::exchange::Exchange;
use crate::json::{Json, Object};
use crate::rules::Rules;

/// Answers a `GET` of an operator's products.
///
/// # Errors
/// Returns a refusal if the operator does not exist.
pub(crate) fn read_products(exchange: &Exchange) -> Result<Answer, Refusal> {
    let contract = &exchange.app.contract;
    let catalog = exchange.app.catalog();
    let operator = catalog.operator(exchange.call.param(0));
    let operator = operator.ok_or_else(|| Refusal::new(Cause::NoOperator, "Operator not found"))?;
    Ok(Answer::ok(contract, OperationId::Products, products(contract, operator)))
}

/// Renders the products of an operator.
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

/// Answers a `GET` of a package.
///
/// # Errors
/// Returns a refusal if the package does not exist.
pub(crate) fn read_package(rules: &Rules, exchange: &Exchange) -> Result<Answer, Refusal> {
    let (contract, catalog) = (&exchange.app.contract, exchange.app.catalog());
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
        .with(&names.price, (rules.steps.price)(exchange, package))
        .with(&names.operator, package.operator.as_str())
        .with(&names.operator_name, product.map(|(operator, _)| operator.name.as_str()))
        .with(&names.product, package.product.as_str())
        .with(&names.product_name, product.map(|(_, product)| product.name.as_str()))
        .with(&names.status, if package.active { yes.as_str() } else { no.as_str() });
    Ok(Answer::ok(contract, OperationId::Package, data))
}
