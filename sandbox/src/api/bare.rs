//! Reduces responses to the fields that the document requires.

use spec::{Contract, OperationId};

use crate::answer::Answer;
use crate::json::{Json, Object};

/// Removes the fields that no client may rely on.
pub(crate) fn strip(contract: &Contract, operation: OperationId, answer: &mut Answer) {
    let fields = &contract.fields;
    let data = answer.body.object().and_then(|body| body.get_mut(&fields.data));
    let Some(data) = data.filter(|_| answer.cause.is_none()) else { return };
    let order = &fields.order_read;
    let moments = [&order.currency, &order.error, &order.created, &order.submitted, &order.completed];
    match operation {
        OperationId::BuyBulk => {}
        OperationId::Profile => without(data, &[&fields.profile.id]),
        OperationId::Wallet => without(data, &[&fields.wallet.updated, &fields.wallet.profile]),
        OperationId::Products => each_without(data, &[&fields.product_read.operator_name]),
        OperationId::Package => {
            let names = &fields.package_read;
            let told = [&names.label, &names.amount, &names.validity, &names.operator, &names.operator_name];
            without(data, &told);
            without(data, &[&names.product, &names.product_name]);
        }
        OperationId::Order | OperationId::OrderStatus | OperationId::Retry => {
            without(data, &moments);
            without(data, &[&order.bulk]);
        }
        // In a list, `bulk` remains, because it says which orders are bulk orders.
        OperationId::Orders => {
            if let Some(orders) = data.object().and_then(|page| page.get_mut(&fields.page.orders)) {
                each_without(orders, &moments);
            }
        }
    }
}

fn without(value: &mut Json, names: &[&String]) {
    if let Some(object) = value.object() {
        names.iter().for_each(|name| Object::remove(object, name));
    }
}

fn each_without(value: &mut Json, names: &[&String]) {
    value.list().into_iter().flatten().for_each(|entry| without(entry, names));
}
