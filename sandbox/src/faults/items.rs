//! Faults of the list of items and the fields of its entries.

use serde_json::Value;

use super::fault::Fault;
use super::tools::{a_number, items, sent, sent_field};
use crate::answer::Cause;
use crate::exchange::Exchange;

const GROUP: &str = "items";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "items-object-crash",
        group: GROUP,
        wrong: "items in an object get 500",
        breaks: &["BODY-ITEMS", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                sent_field(exchange, &exchange.app.contract.fields.order.items).is_object()
            });
        },
    },
    Fault {
        id: "items-null-crash",
        group: GROUP,
        wrong: "items of null get 500",
        breaks: &["BODY-ITEMS", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                sent(exchange).get(&exchange.app.contract.fields.order.items).is_some_and(Value::is_null)
            });
        },
    },
    Fault {
        id: "items-text-crash",
        group: GROUP,
        wrong: "items that are a text get 500",
        breaks: &["BODY-ITEMS", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                sent_field(exchange, &exchange.app.contract.fields.order.items).is_string()
            });
        },
    },
    Fault {
        id: "items-absent-empty-order",
        group: GROUP,
        wrong: "an order without items is created, for nobody",
        breaks: &["BODY-ITEMS", "COUNT-LOW"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.items;
                if let Some(object) = order.as_object_mut().filter(|object| !object.contains_key(name)) {
                    object.insert(name.clone(), Value::Array(Vec::new()));
                }
            });
            rules.skip_refusal(|exchange, cause| {
                let name = &exchange.app.contract.fields.order.items;
                matches!(cause, Cause::Count(0)) && sent(exchange).get(name).is_none()
            });
        },
    },
    Fault {
        id: "items-under-any-keys",
        group: GROUP,
        wrong: "the values of an object are taken for the items, whatever their keys are",
        breaks: &["BODY-ITEMS"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.items;
                if let Some(items) = order.get_mut(name)
                    && let Some(object) = items.as_object_mut()
                {
                    *items = std::mem::take(object).into_iter().map(|(_, value)| value).collect();
                }
            });
        },
    },
    Fault {
        id: "item-text-crash",
        group: GROUP,
        wrong: "an entry that is no object gets 500",
        breaks: &["BODY-ITEMS", "ITEM-PACKAGE", "ITEM-MSISDN", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let items = sent_field(exchange, &exchange.app.contract.fields.order.items);
                items.as_array().is_some_and(|items| items.iter().any(|item| !item.is_object()))
            });
        },
    },
    Fault {
        id: "item-package-inherited",
        group: GROUP,
        wrong: "an entry without a package takes the first entry's",
        breaks: &["ITEM-PACKAGE"],
        needs: &[],
        plant: |rules| rules.edit_order(|exchange, order| inherit_package(exchange, order, |at, _| at > 0)),
    },
    Fault {
        id: "item-package-inherited-past-ten",
        group: GROUP,
        wrong: "from the eleventh entry on the package may be missing",
        breaks: &["ITEM-PACKAGE"],
        needs: &[],
        plant: |rules| rules.edit_order(|exchange, order| inherit_package(exchange, order, |at, _| at >= 10)),
    },
    Fault {
        id: "item-package-unchecked-last",
        group: GROUP,
        wrong: "the last entry may lack its package",
        breaks: &["ITEM-PACKAGE"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| inherit_package(exchange, order, |at, count| at + 1 == count));
        },
    },
    Fault {
        id: "item-package-null-crash",
        group: GROUP,
        wrong: "a package of null gets 500",
        breaks: &["ITEM-PACKAGE", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let fields = &exchange.app.contract.fields;
                any_entry(exchange, |item| item.get(&fields.item.package).is_some_and(Value::is_null))
            });
        },
    },
    Fault {
        id: "item-msisdn-number-accepted",
        group: GROUP,
        wrong: "any JSON number is taken for a recipient's number, and what it lacks is filled up with zeros",
        breaks: &["ITEM-MSISDN"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.msisdn;
                for item in items(exchange, order).into_iter().flatten() {
                    if let Some(number) = item.get(name).and_then(Value::as_u64) {
                        // A tester may send a number that is not a valid one, so any number is made to look valid.
                        let number = format!("{number:0>9}");
                        item[name] = format!("233{}", &number[number.len() - 9..]).into();
                    }
                }
            });
        },
    },
    Fault {
        id: "item-msisdn-absent-dropped",
        group: GROUP,
        wrong: "an entry without a recipient's number is dropped without a word",
        breaks: &["ITEM-MSISDN", "PRE-ATOMIC", "RESP-COUNT", "RESP-TOTAL", "MONEY-REJECT"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.msisdn;
                if let Some(items) = items(exchange, order) {
                    items.retain(|item| item.get(name).is_some() || !item.is_object());
                }
            });
        },
    },
    Fault {
        id: "item-msisdn-null-past-ten",
        group: GROUP,
        wrong: "from the eleventh entry on a recipient's number may be null or missing",
        breaks: &["ITEM-MSISDN"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.msisdn;
                for item in items(exchange, order).into_iter().flatten().skip(10) {
                    if item.is_object() && item.get(name).is_none_or(Value::is_null) {
                        item[name] = a_number(exchange).into();
                    }
                }
            });
        },
    },
    Fault {
        id: "item-msisdn-null-crash",
        group: GROUP,
        wrong: "a recipient's number of null gets 500",
        breaks: &["ITEM-MSISDN", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let fields = &exchange.app.contract.fields;
                any_entry(exchange, |item| item.get(&fields.item.msisdn).is_some_and(Value::is_null))
            });
        },
    },
];

fn any_entry(exchange: &Exchange, such: impl Fn(&Value) -> bool) -> bool {
    let items = sent_field(exchange, &exchange.app.contract.fields.order.items);
    items.as_array().is_some_and(|items| items.iter().any(such))
}

/// Gives the entries at such positions the package of the first entry, if they have none.
fn inherit_package(exchange: &Exchange, order: &mut Value, such: fn(usize, usize) -> bool) {
    let name = &exchange.app.contract.fields.item.package;
    let Some(items) = items(exchange, order) else { return };
    let (first, count) = (items.first().and_then(|item| item.get(name)).cloned(), items.len());
    for (at, item) in items.iter_mut().enumerate() {
        if such(at, count) && item.is_object() && item.get(name).is_none_or(Value::is_null) {
            item[name] = first.clone().unwrap_or_default();
        }
    }
}
