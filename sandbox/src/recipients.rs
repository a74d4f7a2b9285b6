//! The recipients in an order. No page names their fields, so they come in several shapes.

use spec::Contract;

use crate::json::{Json, Object};
use crate::progress::State;
use crate::rules::freedoms::{Recipients, Shown};
use crate::store::orders::RecipientRow;

/// Puts the recipients into an order, each with how far it is, in the shape that this server has for them.
pub(crate) fn embed(
    shown: &Shown,
    contract: &Contract,
    order: &mut Object,
    recipients: &[(&RecipientRow, State)],
) {
    let names = &contract.fields.recipient;
    let state = |state: State| (shown.state_name)(state);
    let error = |state| (state == State::Failed).then_some("The network refused the bundle");
    let list = |view: &dyn Fn(&RecipientRow, State) -> Object| -> Vec<Json> {
        recipients.iter().map(|(recipient, state)| view(recipient, *state).into()).collect()
    };
    let plain = |it: &RecipientRow, at: State| {
        Object::new()
            .with(&names.msisdn, it.msisdn.as_str())
            .with(&names.package, it.package.as_str())
            .with(&names.state, state(at))
    };
    let list_name = contract.fields.order_read.recipients.as_str();
    match shown.recipients {
        Recipients::Hidden => {}
        Recipients::Indexed => {
            let view = |it: &RecipientRow, at| {
                let mut view = Object::new().with(&names.index, it.position);
                view.0.extend(plain(it, at).0);
                view.with(&names.amount, it.price).with(&names.error, error(at))
            };
            order.set(list_name, list(&view));
        }
        Recipients::WithoutIndex => order.set(list_name, list(&plain)),
        Recipients::Items => {
            let view = |it: &RecipientRow, at| {
                Object::new()
                    .with("msisdn", it.msisdn.as_str())
                    .with(&names.package, it.package.as_str())
                    .with("price", it.price)
                    .with("status", state(at))
            };
            order.set("items", list(&view));
        }
        Recipients::Beneficiaries => {
            let view = |it: &RecipientRow, at| {
                Object::new()
                    .with("phone", it.msisdn.as_str())
                    .with("package", Object::new().with("id", it.package.as_str()))
                    .with(&names.state, state(at))
                    .with("failureReason", error(at))
            };
            order.set("beneficiaries", list(&view));
        }
        Recipients::ByNumber => {
            let entries = recipients.iter().map(|(it, at)| {
                let mut view = plain(it, *at);
                view.remove(&names.msisdn);
                (it.msisdn.clone(), view.into())
            });
            order.set(list_name, Object(entries.collect()));
        }
        Recipients::Nested => {
            let bulk =
                Object::new().with("size", recipients.len() as i64).with("bulkRecipients", list(&plain));
            order.set("bulk", bulk);
        }
    }
}
