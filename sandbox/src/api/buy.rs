//! The purchase: from a body to a parent order, with every check before any money moves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;
use spec::{Contract, Meaning};

use crate::answer::{Answer, Cause, Refusal};
use crate::api::draft::{Draft, shape};
use crate::api::{balance, reading};
use crate::exchange::Exchange;
use crate::json::Object;
use crate::keys::Account;
use crate::progress::Fate;
use crate::purchase::{Created, Purchase};
use crate::rules::Rules;
use crate::rules::freedoms::{Check, Duplicates};
use crate::store::StoreError;
use crate::store::orders::Line;

/// Answers a purchase.
///
/// # Errors
/// Returns the refusal of the first check that fails, or of a balance that is too low.
pub(crate) async fn buy(
    rules: &Rules,
    exchange: &Exchange,
    account: &Arc<Account>,
) -> Result<Answer, Refusal> {
    let body = reading::body(rules, exchange);
    let draft = body.clone().and_then(|value| shape(rules, exchange, &value));
    for check in &rules.freedoms.checks.order {
        match (check, &draft) {
            (Check::Role, _) => role(rules, exchange, account)?,
            (Check::Body, draft) => draft.as_ref().map(|_| ()).map_err(Clone::clone)?,
            (Check::Count, _) => count(rules, exchange, &body)?,
            (Check::Recipients, draft) => {
                prevalidate(rules, exchange, draft.as_ref().map_err(Clone::clone)?)?;
            }
            (Check::Balance, Ok(draft)) => balance::solvent(rules, exchange, account, draft).await?,
            (Check::Balance, Err(_)) => {}
        }
    }
    let mut lines = lines(rules, exchange, &draft?);
    rules.hooks.lines.iter().for_each(|change| change(exchange, &mut lines));
    if let Some(refusal) = rules.hooks.force_refusal.iter().find_map(|refuse| refuse(exchange, &lines)) {
        return Err(refusal);
    }
    let total = (rules.steps.total)(exchange, &lines);
    let charge = (rules.steps.charge)(exchange, &lines, total);
    let purchase = Purchase { account: account.clone(), lines, total, charge };
    match (rules.steps.book)(rules.booking(&exchange.app), purchase).await {
        Ok(created) => {
            account.orders.fetch_add(1, Ordering::Relaxed);
            Ok(summary(&exchange.app.contract, &created, rules.freedoms.shown.later_revision))
        }
        Err(StoreError::Insufficient) => Err(balance::insufficient()),
        Err(error) => Err(error.into()),
    }
}

/// Returns the response to a successful purchase.
pub(crate) fn summary(contract: &Contract, created: &Created, later_revision: bool) -> Answer {
    let names = &contract.fields.summary;
    let message = format!("Bulk order created with {} recipients. Processing...", created.count);
    let mut data = Object::new()
        .with(&names.success, true)
        .with(&names.message, message)
        .with(&names.order_id, created.order_id.as_str())
        .with(&names.reference, created.reference.as_str())
        .with(&names.total, created.total)
        .with(&names.count, created.count as i64);
    // A contract older than the later revision has no names for these fields.
    if later_revision && !names.status.is_empty() {
        data.set(&names.status, contract.revision_status.as_str());
        data.set(&names.balance_before, created.balance.before);
        data.set(&names.balance_after, created.balance.after);
    }
    Answer::success(contract, contract.status(Meaning::Accepted), data)
}

/// Returns the recipients of the order in a body; none if the body is not an order.
pub(crate) fn wanted(rules: &Rules, exchange: &Exchange) -> Vec<Line> {
    let draft = reading::body(rules, exchange).and_then(|value| shape(rules, exchange, &value));
    draft.map(|draft| lines(rules, exchange, &draft)).unwrap_or_default()
}

fn role(rules: &Rules, exchange: &Exchange, account: &Account) -> Result<(), Refusal> {
    let roles = &exchange.app.contract.roles;
    if roles.may_buy(&account.role) {
        return Ok(());
    }
    let message = || format!("Only {} can create bulk orders", roles.buyers.join(" and "));
    rules.refuse(exchange, Cause::Role, message)
}

/// Checks the number of items, if the body has a list of items.
fn count(rules: &Rules, exchange: &Exchange, body: &Result<Value, Refusal>) -> Result<(), Refusal> {
    let name = &exchange.app.contract.fields.order.items;
    let items = body.as_ref().ok().and_then(|body| body.get(name)).and_then(Value::as_array);
    let Some(items) = items else { return Ok(()) };
    let limits = rules.steps.limits;
    let count = (rules.steps.count)(exchange, items);
    if (limits.min_items..=limits.max_items).contains(&count) {
        return Ok(());
    }
    let message = || format!("{name}: {count} is not between {} and {}", limits.min_items, limits.max_items);
    rules.refuse(exchange, Cause::Count(count), message)
}

/// Checks the operator, the product and every recipient.
fn prevalidate(rules: &Rules, exchange: &Exchange, draft: &Draft) -> Result<(), Refusal> {
    let app = &exchange.app;
    let (fields, catalog) = (&app.contract.fields, app.catalog());
    let refuse = |cause, name: &str, what: &str| rules.refuse(exchange, cause, || format!("{name}: {what}"));
    let operator = catalog.operator(&draft.operator);
    if operator.is_none() {
        refuse(Cause::OperatorUnknown, &fields.order.operator, "unknown operator")?;
    }
    let product = catalog.product(&draft.product);
    match product {
        None => refuse(Cause::ProductUnknown, &fields.order.product, "unknown product")?,
        Some((seller, _)) if operator.is_some_and(|operator| operator.id != seller.id) => {
            refuse(Cause::ProductElsewhere, &fields.order.product, "not a product of this operator")?;
        }
        Some((_, product)) if !product.available => {
            refuse(Cause::ProductUnavailable, &fields.order.product, "not available")?;
        }
        Some(_) => {}
    }
    let product = product.map(|(_, product)| product.id.as_str());
    let mut numbers = BTreeSet::new();
    for (at, (package, msisdn)) in draft.items.iter().enumerate() {
        let refuse = |cause, name: &str, what: &str| {
            rules.refuse(exchange, cause, || format!("{}[{at}].{name}: {what}", fields.order.items))
        };
        let name = &fields.item.package;
        match catalog.packages.get(package) {
            None => refuse(Cause::PackageUnknown(at), name, "unknown package")?,
            Some(package) if product.is_some_and(|product| product != package.product) => {
                refuse(Cause::PackageElsewhere(at), name, "not a package of this product")?;
            }
            Some(package) if !package.active => refuse(Cause::PackageInactive(at), name, "inactive package")?,
            Some(_) => {}
        }
        let (name, checks) = (&fields.item.msisdn, &rules.freedoms.checks);
        match (checks.msisdn)(&app.contract.msisdn, msisdn) {
            None => refuse(Cause::Msisdn(at), name, "not a phone number that can be reached")?,
            Some(number) if checks.duplicates != Duplicates::Taken && !numbers.insert(number.clone()) => {
                refuse(Cause::Duplicate(at), name, "stands twice in this order")?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Returns the recipients of a draft with the caller's prices.
fn lines(rules: &Rules, exchange: &Exchange, draft: &Draft) -> Vec<Line> {
    let (app, catalog) = (&exchange.app, exchange.app.catalog());
    let line = |(package, msisdn): &(String, String)| {
        let price = catalog.packages.get(package).map(|package| (rules.steps.price)(exchange, package));
        let rule = &app.contract.msisdn;
        let number = (rules.freedoms.checks.msisdn)(rule, msisdn).unwrap_or_else(|| msisdn.clone());
        Line {
            package: package.clone(),
            shown: (rules.freedoms.shown.number)(rule, &number, msisdn),
            msisdn: number,
            price: price.unwrap_or_default(),
            fate: Fate::default(),
        }
    };
    draft.items.iter().map(line).collect()
}
