//! The recipients of an order. No page names their fields, so they can have several forms.

use spec::Contract;
use spec::fields::RecipientNames as Names;

use crate::json::{Json, Object};
use crate::progress::{State, error_of};
use crate::rules::freedoms::{Recipients, Shown};
use crate::store::orders::RecipientRow;

/// Adds the recipients with their states to an order, in the form that this server uses.
pub(crate) fn embed(
    shown: &Shown,
    contract: &Contract,
    order: &mut Object,
    recipients: &[(&RecipientRow, State)],
) {
    let name = contract.fields.order_read.recipients.as_str();
    let list = |view: fn(&Names, &RecipientRow, String, Option<&str>) -> Object| -> Vec<Json> {
        let entry = |(recipient, state): &(&RecipientRow, State)| {
            let error = (*state == State::Failed).then(|| error_of(recipient.error));
            let own = shown.recipient_state.map(|name| name(*state).to_owned());
            let state = own.unwrap_or_else(|| (shown.state_name)(*state));
            view(&contract.fields.recipient, recipient, state, error).into()
        };
        recipients.iter().map(entry).collect()
    };
    match shown.recipients {
        Recipients::Hidden => {}
        Recipients::Indexed => order.set(name, list(indexed)),
        Recipients::WithoutIndex => order.set(name, list(plain)),
        Recipients::Items => order.set("items", list(item)),
        Recipients::Beneficiaries => order.set("beneficiaries", list(beneficiary)),
        Recipients::ByNumber => {
            let numbers = recipients.iter().map(|(recipient, _)| recipient.msisdn.clone());
            order.set(name, Object(numbers.zip(list(without_number)).collect()));
        }
        Recipients::Nested => {
            let bulk =
                Object::new().with("size", recipients.len() as i64).with("bulkRecipients", list(plain));
            order.set("bulk", bulk);
        }
    }
}

fn indexed(names: &Names, it: &RecipientRow, state: String, error: Option<&str>) -> Object {
    Object::new()
        .with(&names.index, it.position)
        .with(&names.msisdn, it.msisdn.as_str())
        .with(&names.package, it.package.as_str())
        .with(&names.state, state)
        .with(&names.amount, it.price)
        .with(&names.error, error)
}

fn plain(names: &Names, it: &RecipientRow, state: String, _: Option<&str>) -> Object {
    Object::new()
        .with(&names.msisdn, it.msisdn.as_str())
        .with(&names.package, it.package.as_str())
        .with(&names.state, state)
}

fn without_number(names: &Names, it: &RecipientRow, state: String, _: Option<&str>) -> Object {
    Object::new().with(&names.package, it.package.as_str()).with(&names.state, state)
}

fn item(names: &Names, it: &RecipientRow, state: String, _: Option<&str>) -> Object {
    Object::new()
        .with("msisdn", it.msisdn.as_str())
        .with(&names.package, it.package.as_str())
        .with("price", it.price)
        .with("status", state)
}

fn beneficiary(names: &Names, it: &RecipientRow, state: String, error: Option<&str>) -> Object {
    Object::new()
        .with("phone", it.msisdn.as_str())
        .with("package", Object::new().with("id", it.package.as_str()))
        .with(&names.state, state)
        .with("failureReason", error)
}
