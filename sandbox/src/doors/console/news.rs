//! The objects that the console receives: the server, the catalog, accounts, orders, the time. The page hard-codes no
//! name of the contract and receives those that it needs.

use std::collections::BTreeMap;

use spec::{Contract, OperationId};

use crate::app::App;
use crate::catalog::{Operator, Package, Product};
use crate::clock::Micros;
use crate::json::{Json, Object};
use crate::progress::{State, error_of};
use crate::store::shown::{Profile, ShownOrder};
use crate::{magic, msisdn};

/// Returns the current time, and whether the database can be written.
pub(super) fn time(app: &App) -> Object {
    Object::new()
        .with("now", app.clock.now().millis())
        .with("frozen", app.clock.is_frozen())
        .with("writable", app.store.trouble().is_none())
}

/// Returns the server, with everything that a page needs to buy from it.
pub(super) fn server(app: &App) -> Object {
    let contract = &app.contract;
    let pairs = |table: Vec<(String, String)>| -> Vec<Json> {
        let row =
            |(number, fate): (String, String)| Object::new().with("number", number).with("fate", fate).into();
        table.into_iter().map(row).collect()
    };
    let magic = if app.magic { magic::table(&contract.msisdn) } else { Vec::new() };
    let samples = (1..=2).map(|at| Json::from(sample(contract, at))).collect::<Vec<_>>();
    Object::new()
        .with("title", contract.title.as_str())
        .with("revision", contract.revision.as_str())
        .with("currency", contract.currency.as_str())
        .with("states", app.states)
        .with("header", contract.key.header.as_str())
        .with("buy", operation(contract, OperationId::BuyBulk))
        .with("retry", operation(contract, OperationId::Retry))
        .with("names", names(contract))
        .with("roles", contract.roles.all.iter().map(|it| it.as_str().into()).collect::<Vec<Json>>())
        .with("least", contract.limits.min_items as i64)
        .with("most", contract.limits.max_items as i64)
        .with("samples", samples)
        .with("numbers", pairs(magic))
}

fn operation(contract: &Contract, id: OperationId) -> Object {
    let operation = contract.operation(id);
    Object::new().with("method", operation.method.as_str()).with("path", operation.path.as_str())
}

/// Returns the field names of an order.
fn names(contract: &Contract) -> Object {
    let (order, item) = (&contract.fields.order, &contract.fields.item);
    Object::new()
        .with("operator", order.operator.as_str())
        .with("product", order.product.as_str())
        .with("items", order.items.as_str())
        .with("package", item.package.as_str())
        .with("number", item.msisdn.as_str())
}

/// Returns a sample number.
fn sample(contract: &Contract, at: usize) -> String {
    let rule = &contract.msisdn;
    let width = rule.national_digits.saturating_sub(rule.sample_prefix.len());
    msisdn::national(rule, &format!("{}{}{at:0width$}", rule.country_code, rule.sample_prefix))
}

/// Returns the catalog.
pub(super) fn catalog(app: &App) -> Object {
    let list = |operators: &[Operator]| operators.iter().map(|it| operator(it).into()).collect::<Vec<Json>>();
    Object::new().with("operators", list(&app.catalog().operators))
}

fn operator(operator: &Operator) -> Object {
    let products = operator.products.iter().map(|it| product(it).into());
    Object::new()
        .with("id", operator.id.as_str())
        .with("name", operator.name.as_str())
        .with("products", products.collect::<Vec<Json>>())
}

fn product(product: &Product) -> Object {
    let packages = product.packages.iter().map(|it| package(it).into());
    Object::new()
        .with("id", product.id.as_str())
        .with("name", product.name.as_str())
        .with("available", product.available)
        .with("packages", packages.collect::<Vec<Json>>())
}

fn package(package: &Package) -> Object {
    let prices = package.prices.iter().fold(Object::new(), |all, (role, price)| all.with(role, *price));
    Object::new()
        .with("id", package.id.as_str())
        .with("label", package.label.as_str())
        .with("active", package.active)
        .with("prices", prices)
}

/// Returns accounts by id. A key is included if this process knows its text; of others only a digest exists.
pub(super) fn accounts<'a>(
    app: &App,
    profiles: &'a [Profile],
) -> impl Iterator<Item = (String, Object)> + use<'a> {
    let mut keys = app.with_keys(|keys| {
        let shown = |id: &str| profiles.iter().any(|it| it.profile_id == id);
        let known = keys.iter().filter(|(_, (account, revoked))| !revoked && shown(&account.profile_id));
        known
            .map(|(key, (account, _))| (account.profile_id.clone(), key.to_owned()))
            .collect::<BTreeMap<_, _>>()
    });
    let buyers = app.contract.roles.buyers.clone();
    profiles.iter().map(move |it| {
        let object = Object::new()
            .with("id", it.profile_id.as_str())
            .with("name", it.name.as_deref())
            .with("role", it.role.as_str())
            .with("buyer", buyers.contains(&it.role))
            .with("available", it.available)
            .with("held", it.held)
            .with("key", keys.remove(&it.profile_id))
            .with("hint", it.hint.as_deref());
        (it.profile_id.clone(), object)
    })
}

/// Returns an order with its recipients.
pub(super) fn order(ShownOrder { profile_id, order, recipients }: &ShownOrder, now: Micros) -> Object {
    let recipients = recipients.iter().map(|it| {
        let state = it.timeline.state(now);
        let error = (state == State::Failed).then(|| error_of(it.error));
        Object::new()
            .with("position", it.position)
            .with("number", it.msisdn.as_str())
            .with("package", it.package.as_str())
            .with("price", it.price)
            .with("state", state.name())
            .with("error", error)
            .into()
    });
    Object::new()
        .with("id", order.order_id.as_str())
        .with("account", profile_id.as_str())
        .with("reference", order.reference.as_str())
        .with("total", order.total)
        .with("created", order.created.millis())
        .with("state", order.state(now).name())
        .with("recipients", recipients.collect::<Vec<Json>>())
}
