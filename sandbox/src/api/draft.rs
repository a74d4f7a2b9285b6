//! Checks that a JSON body has the fields of an order, with the right types, and extracts them.

use serde_json::{Map, Value};

use crate::answer::{Cause, Field, Refusal};
use crate::exchange::Exchange;
use crate::rules::Rules;

/// An order as it was sent, with the right shape.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The id of the operator.
    pub(crate) operator: String,
    /// The id of the product.
    pub(crate) product: String,
    /// The package and number of each recipient.
    pub(crate) items: Vec<(String, String)>,
}

/// Extracts the order from a body, if it has the shape of one.
///
/// # Errors
/// Returns a refusal if a field is missing or has a wrong type, or if a field is unknown and the server refuses those.
pub(crate) fn shape(rules: &Rules, exchange: &Exchange, value: &Value) -> Result<Draft, Refusal> {
    let fields = &exchange.app.contract.fields;
    let object =
        value.as_object().ok_or_else(|| Refusal::new(Cause::Object, "The body must be a JSON object"))?;
    let (names, item_names) = (&fields.order, &fields.item);
    let operator = text(object, &names.operator).ok_or_else(|| bad(Field::Operator, &names.operator))?;
    let product = text(object, &names.product).ok_or_else(|| bad(Field::Product, &names.product))?;
    let list = object.get(&names.items).and_then(Value::as_array);
    let list = list.ok_or_else(|| bad(Field::Items, &names.items))?;
    known(rules, object, &[&names.operator, &names.product, &names.items])?;
    let mut items = Vec::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        let place = |name: &str| format!("{}[{at}].{name}", names.items);
        let item = item.as_object().ok_or_else(|| bad(Field::Item(at), &format!("{}[{at}]", names.items)))?;
        let package = text(item, &item_names.package);
        let package = package.ok_or_else(|| bad(Field::Package(at), &place(&item_names.package)))?;
        let msisdn = text(item, &item_names.msisdn);
        let msisdn = msisdn.ok_or_else(|| bad(Field::Msisdn(at), &place(&item_names.msisdn)))?;
        known(rules, item, &[&item_names.package, &item_names.msisdn])?;
        items.push((package, msisdn));
    }
    Ok(Draft { operator, product, items })
}

fn bad(field: Field, name: &str) -> Refusal {
    Refusal::new(Cause::Field(field), format!("{name} is missing or of a wrong type"))
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Refuses a property that is not in `names`, if the server does so.
fn known(rules: &Rules, object: &Map<String, Value>, names: &[&String]) -> Result<(), Refusal> {
    match object.keys().find(|key| !names.contains(key)) {
        Some(key) if rules.freedoms.checks.refuse_extra_properties => {
            let name: String = key.chars().take(40).collect();
            Err(Refusal::new(Cause::Field(Field::Unknown), format!("{name} is not a field")))
        }
        _ => Ok(()),
    }
}
