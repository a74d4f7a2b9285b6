//! Prints answers for a person, and as JSON.

use std::fmt::Display;

use generated::{Money, contract, types};

/// Prints an answer as JSON, in the form of the API.
pub(crate) fn json<T: serde::Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("warning: the answer can't be printed as JSON: {error}"),
    }
}

/// Prints names and values in two columns, without the values that are absent.
pub(crate) fn facts(facts: &[(&str, Option<String>)]) {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in facts {
        if let Some(value) = value {
            println!("{name:width$}  {value}");
        }
    }
}

/// Returns an amount with its currency.
pub(crate) fn money(amount: Money) -> String {
    format!("{amount} {}", contract::CURRENCY)
}

pub(crate) fn some(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

/// Returns a value as text; the pages name such values without defining their form.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(crate) fn created(it: &types::BulkOrderSummary) {
    eprintln!("{}", it.message);
    facts(&[
        ("order", some(&it.order_id)),
        ("reference", some(&it.short_reference)),
        ("recipients", some(it.recipient_count)),
        ("total", some(money(it.total_amount))),
        ("left", it.wallet_balance_after.map(money)),
    ]);
}

pub(crate) fn order(it: &types::Order) {
    facts(&[
        ("order", some(&it.order_id)),
        ("reference", some(&it.short_reference)),
        ("state", some(&it.state)),
        ("amount", some(money(it.amount))),
        ("error", it.error_message.clone()),
    ]);
    let recipients = it.recipients();
    let columns = recipients.iter().map(|recipient| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        [
            recipient.position.to_string(),
            text(&recipient.msisdn),
            text(&recipient.package),
            recipient.amount.map_or_else(|| "-".to_owned(), money),
            text(&recipient.state),
            recipient.error.clone().unwrap_or_default(),
        ]
    });
    table(&columns.collect::<Vec<_>>());
    if recipients.is_empty() {
        eprintln!(
            "note: the answer shows no recipients in a form that this program knows; --json prints all of it"
        );
    }
}

pub(crate) fn orders(page: &types::OrderPage) {
    let columns = page.orders.iter();
    let columns = columns
        .map(|it| [it.order_id.clone(), it.short_reference.clone(), money(it.amount), it.state.clone()])
        .collect::<Vec<_>>();
    table(&columns);
    match page.next() {
        Some(cursor) => eprintln!("more: --cursor {cursor}"),
        None if columns.is_empty() => eprintln!("no orders"),
        _ => {}
    }
}

pub(crate) fn products(products: &[types::Product]) {
    let columns = products.iter().map(|it| [it.id.clone(), it.status.to_string(), it.name.clone()]);
    table(&columns.collect::<Vec<_>>());
}

pub(crate) fn package(it: &types::Package) {
    facts(&[
        ("package", some(&it.id)),
        ("label", it.label.clone()),
        ("data", it.data_amount.as_ref().map(plain)),
        ("validity", it.validity.as_ref().map(plain)),
        ("price", some(money(it.price))),
        ("operator", it.operator_id.clone()),
        ("product", it.product_id.clone()),
        ("status", some(it.status)),
    ]);
}

pub(crate) fn wallet(it: &types::Wallet) {
    facts(&[
        ("available", some(money(it.available_balance))),
        ("held", some(money(it.held_balance))),
        ("total", some(money(it.total_balance))),
    ]);
}

pub(crate) fn profile(it: &types::Profile) {
    facts(&[
        ("profile", it.id.clone()),
        ("role", some(it.role)),
        ("status", some(&it.status)),
        ("available", it.available_balance.map(money)),
    ]);
}

/// Prints rows with aligned columns and without trailing spaces.
fn table<const N: usize>(rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    for row in rows {
        let line = row.iter().enumerate().map(|(at, cell)| format!("{cell:0$}", width(at)));
        println!("{}", line.collect::<Vec<_>>().join("  ").trim_end());
    }
}
