//! The purchase: from a body to a parent order, with every check before any money moves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::header;
use futures::future::BoxFuture;
use rusqlite::Connection;
use serde_json::Value;
use spec::{Meaning, Pesewas};

use crate::answer::{Answer, Cause, Field, Refusal};
use crate::app::{Account, App};
use crate::call::{Exchange, Payload};
use crate::clock::Micros;
use crate::json::Object;
use crate::rules::{Duplicates, Step};
use crate::store::orders::{Line, NewOrder};
use crate::store::wallet::Debited;
use crate::store::{StoreError, orders, wallet};

/// An order as it was sent, of the right shape.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) operator: String,
    pub(crate) product: String,
    /// Package and number of each recipient.
    pub(crate) items: Vec<(String, String)>,
}

/// A purchase that only the wallet can still refuse.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) account: Arc<Account>,
    pub(crate) lines: Vec<Line>,
    pub(crate) total: Pesewas,
    /// What leaves the wallet.
    pub(crate) charge: Pesewas,
}

/// A purchase that was made.
#[derive(Debug, Clone)]
pub(crate) struct Created {
    pub(crate) order_id: String,
    pub(crate) reference: String,
    pub(crate) total: Pesewas,
    pub(crate) count: usize,
    pub(crate) balance: Debited,
}

/// Answers a purchase.
pub(crate) async fn buy(exchange: &Exchange, account: &Arc<Account>) -> Result<Answer, Refusal> {
    let rules = &exchange.app.rules;
    let body = body(exchange);
    let draft = body.clone().and_then(|value| shape(exchange, &value));
    for step in &rules.steps {
        match step {
            Step::Role => role(exchange, account)?,
            Step::Body => draft.as_ref().map(|_| ()).map_err(Clone::clone)?,
            Step::Count => count(exchange, &body)?,
            Step::Recipients => prevalidate(exchange, draft.as_ref().map_err(Clone::clone)?)?,
            Step::Balance => solvent(exchange, account, &draft).await?,
        }
    }
    let mut lines = lines(exchange, &draft?);
    rules.lines.iter().for_each(|change| change(exchange, &mut lines));
    if let Some(refusal) = rules.object.iter().find_map(|object| object(exchange, &lines)) {
        return Err(refusal);
    }
    let total = (rules.total)(exchange, &lines);
    let charge = (rules.charge)(exchange, &lines, total);
    let purchase = Purchase { account: account.clone(), lines, total, charge };
    match (rules.purchase)(exchange.app.clone(), purchase).await {
        Ok(created) => {
            account.orders.fetch_add(1, Ordering::Relaxed);
            Ok(summary(&exchange.app, &created))
        }
        Err(StoreError::Insufficient) => Err(insufficient()),
        Err(error) => Err(Refusal::new(Cause::Internal, error.to_string())),
    }
}

/// Debit, parent order and recipients, in one transaction.
pub(crate) fn purchase(app: Arc<App>, purchase: Purchase) -> BoxFuture<'static, Result<Created, StoreError>> {
    Box::pin(async move {
        let shared = app.clone();
        app.store
            .call(move |connection| {
                let mut purchase = purchase;
                let now = shared.clock.now();
                if shared.rules.refund_failed {
                    wallet::refund_failed(connection, purchase.account.profile, shared.pause, now)?;
                }
                let balance = (shared.rules.debit)(connection, &purchase, now)?;
                record(&shared, connection, &mut purchase, balance, now)
            })
            .await
    })
}

/// Writes the parent order of a purchase that has been paid.
pub(crate) fn record(
    app: &App,
    connection: &Connection,
    purchase: &mut Purchase,
    balance: Debited,
    now: Micros,
) -> Result<Created, StoreError> {
    purchase.lines.iter_mut().for_each(|line| line.fails = app.take_failing(&line.msisdn));
    let seq = app.next_order();
    let order_id = (app.rules.order_id)(app, purchase, seq);
    let reference = (app.rules.reference)(seq);
    let order = NewOrder {
        order_id: &order_id,
        reference: &reference,
        profile: purchase.account.profile,
        total: purchase.total,
        lines: &purchase.lines,
        created: now,
    };
    orders::insert(connection, seq, &order)?;
    Ok(Created { total: purchase.total, count: purchase.lines.len(), balance, order_id, reference })
}

/// The answer to a purchase that was made.
pub(crate) fn summary(app: &App, created: &Created) -> Answer {
    let names = &app.contract.fields.summary;
    let message = format!("Bulk order created with {} recipients. Processing...", created.count);
    let mut data = Object::new()
        .with(&names.success, true)
        .with(&names.message, message)
        .with(&names.order_id, created.order_id.as_str())
        .with(&names.reference, created.reference.as_str())
        .with(&names.total, created.total)
        .with(&names.count, created.count as i64);
    // A revision from before these fields has no names for them.
    if app.rules.later_revision && !names.status.is_empty() {
        data.set(&names.status, app.contract.revision_status.as_str());
        data.set(&names.balance_before, created.balance.before);
        data.set(&names.balance_after, created.balance.after);
    }
    Answer::success(&app.contract, app.contract.status(Meaning::Accepted), data)
}

fn role(exchange: &Exchange, account: &Account) -> Result<(), Refusal> {
    let roles = &exchange.app.contract.roles;
    if roles.may_buy(&account.role) {
        return Ok(());
    }
    let message = || format!("Only {} can create bulk orders", roles.buyers.join(" and "));
    exchange.app.rules.refuse(exchange, Cause::Role, message)
}

/// The body as JSON.
pub(crate) fn body(exchange: &Exchange) -> Result<Value, Refusal> {
    let rules = &exchange.app.rules;
    if rules.strict_media_type && !is_json(exchange) {
        return Err(Refusal::new(Cause::MediaType, "The body must be application/json"));
    }
    let bytes = match &exchange.call.body {
        Payload::Whole(bytes) => bytes,
        Payload::TooLarge(_) => return Err(Refusal::new(Cause::TooLarge, "The body is too large")),
        Payload::Broken => return Err(Refusal::new(Cause::Json, "The body ended too early")),
    };
    let invalid = |cause| Refusal::new(cause, "The body is not valid JSON");
    let mut value = (rules.decode)(bytes).map_err(invalid)?;
    rules.mend.iter().for_each(|mend| mend(exchange, &mut value));
    Ok(value)
}

fn is_json(exchange: &Exchange) -> bool {
    let kind = exchange.call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// JSON in UTF-8, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, Cause> {
    serde_json::from_slice(bytes).map_err(|_| Cause::Json)
}

/// The order in a body, if it has the shape of one.
pub(crate) fn shape(exchange: &Exchange, value: &Value) -> Result<Draft, Refusal> {
    let fields = &exchange.app.contract.fields;
    let refuse_unknown = exchange.app.rules.refuse_extra_properties;
    let bad = |field, name: &str| {
        Refusal::new(Cause::Field(field), format!("{name} is missing or of a wrong type"))
    };
    let object =
        value.as_object().ok_or_else(|| Refusal::new(Cause::Object, "The body must be a JSON object"))?;
    let text = |object: &serde_json::Map<String, Value>, name: &str| {
        object.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let known = |object: &serde_json::Map<String, Value>, names: &[&String]| match object
        .keys()
        .find(|key| !names.contains(key))
    {
        Some(key) if refuse_unknown => {
            let name: String = key.chars().take(40).collect();
            Err(Refusal::new(Cause::Field(Field::Unknown), format!("{name} is not a field")))
        }
        _ => Ok(()),
    };
    let (names, item_names) = (&fields.order, &fields.item);
    let operator = text(object, &names.operator).ok_or_else(|| bad(Field::Operator, &names.operator))?;
    let product = text(object, &names.product).ok_or_else(|| bad(Field::Product, &names.product))?;
    let list = object.get(&names.items).and_then(Value::as_array);
    let list = list.ok_or_else(|| bad(Field::Items, &names.items))?;
    known(object, &[&names.operator, &names.product, &names.items])?;
    let mut items = Vec::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        let place = |name: &str| format!("{}[{at}].{name}", names.items);
        let item = item.as_object().ok_or_else(|| bad(Field::Item(at), &format!("{}[{at}]", names.items)))?;
        let package = text(item, &item_names.package);
        let package = package.ok_or_else(|| bad(Field::Package(at), &place(&item_names.package)))?;
        let msisdn = text(item, &item_names.msisdn);
        let msisdn = msisdn.ok_or_else(|| bad(Field::Msisdn(at), &place(&item_names.msisdn)))?;
        known(item, &[&item_names.package, &item_names.msisdn])?;
        items.push((package, msisdn));
    }
    Ok(Draft { operator, product, items })
}

/// Counts the items, if there is something to count.
fn count(exchange: &Exchange, body: &Result<Value, Refusal>) -> Result<(), Refusal> {
    let name = &exchange.app.contract.fields.order.items;
    let items = body.as_ref().ok().and_then(|body| body.get(name)).and_then(Value::as_array);
    let Some(items) = items else { return Ok(()) };
    let limits = exchange.app.rules.limits;
    let count = (exchange.app.rules.count)(exchange, items);
    if (limits.min_items..=limits.max_items).contains(&count) {
        return Ok(());
    }
    let message = || format!("{name}: {count} is not between {} and {}", limits.min_items, limits.max_items);
    exchange.app.rules.refuse(exchange, Cause::Count(count), message)
}

/// Checks that operator, product and every recipient can be bought for.
fn prevalidate(exchange: &Exchange, draft: &Draft) -> Result<(), Refusal> {
    let (app, rules) = (&exchange.app, &exchange.app.rules);
    let fields = &app.contract.fields;
    let refuse = |cause, name: &str, what: &str| rules.refuse(exchange, cause, || format!("{name}: {what}"));
    let operator = app.catalog.operator(&draft.operator);
    if operator.is_none() {
        refuse(Cause::OperatorUnknown, &fields.order.operator, "unknown operator")?;
    }
    let product = app.catalog.product(&draft.product);
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
    let mut numbers = BTreeSet::new();
    for (at, (package, msisdn)) in draft.items.iter().enumerate() {
        let refuse = |cause, name: &str, what: &str| {
            rules.refuse(exchange, cause, || format!("{}[{at}].{name}: {what}", fields.order.items))
        };
        let name = &fields.item.package;
        match app.catalog.packages.get(package) {
            None => refuse(Cause::PackageUnknown(at), name, "unknown package")?,
            Some(package) if product.is_some_and(|(_, product)| product.id != package.product) => {
                refuse(Cause::PackageElsewhere(at), name, "not a package of this product")?;
            }
            Some(package) if !package.active => refuse(Cause::PackageInactive(at), name, "inactive package")?,
            Some(_) => {}
        }
        let name = &fields.item.msisdn;
        match (rules.msisdn)(&app.contract.msisdn, msisdn) {
            None => refuse(Cause::Msisdn(at), name, "not a phone number that can be reached")?,
            Some(number) if rules.duplicates != Duplicates::Taken && !numbers.insert(number.clone()) => {
                refuse(Cause::Duplicate(at), name, "stands twice in this order")?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether the wallet can pay, where every price is known; the debit itself decides later.
async fn solvent(
    exchange: &Exchange,
    account: &Account,
    draft: &Result<Draft, Refusal>,
) -> Result<(), Refusal> {
    let Ok(draft) = draft else { return Ok(()) };
    if draft.items.iter().any(|(package, _)| !exchange.app.catalog.packages.contains_key(package)) {
        return Ok(());
    }
    let total = draft.items.iter().filter_map(|(package, _)| exchange.app.catalog.packages.get(package));
    let total: Pesewas = total.map(|package| (exchange.app.rules.price)(exchange, package)).sum();
    let wallet = crate::account::wallet(&exchange.app, account).await?;
    if wallet.available >= total { Ok(()) } else { Err(insufficient()) }
}

fn insufficient() -> Refusal {
    Refusal::new(Cause::Balance, "Insufficient wallet balance")
}

/// What a draft buys, at the caller's prices.
pub(crate) fn lines(exchange: &Exchange, draft: &Draft) -> Vec<Line> {
    let (app, rules) = (&exchange.app, &exchange.app.rules);
    let line = |(package, msisdn): &(String, String)| {
        let price = app.catalog.packages.get(package).map(|package| (rules.price)(exchange, package));
        let msisdn = (rules.msisdn)(&app.contract.msisdn, msisdn).unwrap_or_else(|| msisdn.clone());
        Line { package: package.clone(), msisdn, price: price.unwrap_or_default(), fails: false }
    };
    draft.items.iter().map(line).collect()
}
