//! An order as the API shows it.

use crate::api::recipients;
use crate::app::App;
use crate::clock::Micros;
use crate::json::{Json, Object};
use crate::rules::Rules;
use crate::store::orders::{OrderRow, RecipientRow};

/// Renders an order, with its recipients if they are given.
pub(crate) fn order(
    rules: &Rules,
    app: &App,
    order: &OrderRow,
    recipients: Option<&[RecipientRow]>,
    now: Micros,
) -> Object {
    let names = &app.contract.fields.order_read;
    let state = order.state(now);
    let (submitted, ended) = order.timeline.moments();
    let reached = |moment: Micros| (now >= moment).then(|| moment.millis());
    let error = (state.is_final() && order.failing > 0)
        .then(|| format!("{} of {} recipients failed", order.failing, order.count));
    let mut data = Object::new()
        .with(&names.id, order.order_id.as_str())
        .with(&names.state, (rules.freedoms.shown.state_name)(state))
        .with(&names.reference, order.reference.as_str())
        .with(&names.amount, order.total)
        .with(&names.currency, app.contract.currency.as_str())
        .with(&names.error, error)
        .with(&names.created, order.created.millis())
        .with(&names.submitted, reached(submitted))
        .with(&names.completed, reached(ended))
        .with(&names.bulk, true);
    if rules.freedoms.shown.unreached_absent {
        data.0.retain(|(_, value)| *value != Json::Null);
    }
    if let Some(recipients) = recipients {
        let state = |it: &RecipientRow| (rules.steps.recipient_state)(it.timeline, now);
        let recipients: Vec<_> = recipients.iter().map(|it| (it, state(it))).collect();
        recipients::embed(&rules.freedoms.shown, &app.contract, &mut data, &recipients);
    }
    data
}
