//! Converts values that are not quite of the documented form (names, lists, strings), as some frameworks do.

use serde_json::{Map, Value};
use spec::Fields;

use crate::rules::freedoms::Reading;

/// Converts, in place, the values that this server accepts instead of the documented ones.
pub(super) fn coerce(reading: &Reading, fields: &Fields, body: &mut Value) {
    let Some(order) = body.as_object_mut().filter(|_| reading.coerces()) else { return };
    let names = &fields.order;
    if reading.names_in_any_case {
        rename(order, &[&names.operator, &names.product, &names.items]);
    }
    texts(reading, order, &[&names.operator, &names.product]);
    let Some(items) = order.get_mut(&names.items) else { return };
    if reading.index_keys_as_list {
        listed(items);
    }
    for item in items.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let names = [&fields.item.package, &fields.item.msisdn];
        if reading.names_in_any_case {
            rename(item, &names);
        }
        texts(reading, item, &names);
    }
}

/// Renames fields to the contract's spelling; of several fields that get the same name, the last one remains.
fn rename(object: &mut Map<String, Value>, names: &[&String]) {
    let known = |name: &String| names.iter().find(|known| known.eq_ignore_ascii_case(name));
    let renamed = std::mem::take(object).into_iter();
    object.extend(renamed.map(|(name, value)| match known(&name) {
        Some(known) => ((*known).clone(), value),
        None => (name, value),
    }));
}

/// Makes a list of an object whose keys count from 0, as languages do that use one type for both.
fn listed(items: &mut Value) {
    if let Some(object) = items.as_object_mut()
        && object.keys().enumerate().all(|(at, name)| *name == at.to_string())
    {
        *items = std::mem::take(object).into_iter().map(|(_, value)| value).collect();
    }
}

/// Converts values to strings where they spell one.
fn texts(reading: &Reading, object: &mut Map<String, Value>, names: &[&String]) {
    for value in object.iter_mut().filter_map(|(name, value)| names.contains(&name).then_some(value)) {
        if reading.unwrap_lists_of_one
            && let Some([only]) = value.as_array().map(Vec::as_slice)
        {
            *value = only.clone();
        }
        if reading.numbers_as_texts && value.is_number() {
            *value = value.to_string().into();
        }
        if let (true, Some(text)) = (reading.trim_blanks, value.as_str()) {
            *value = text.trim().into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::freedoms::Freedoms;

    #[test]
    fn each_value_is_taken_only_where_that_is_taken() {
        let contract = spec::embedded().unwrap();
        let strict = Freedoms::default().reading;
        let order = |operator: Value, items: Value| {
            let names = &contract.fields.order;
            json!({names.operator.clone(): operator, names.items.clone(): items})
        };
        let (package, msisdn) = (&contract.fields.item.package, &contract.fields.item.msisdn);
        let item = |id: Value, number: Value| json!({package.clone(): id, msisdn.clone(): number});
        let right = order(json!("o"), json!([item(json!("p"), json!("233"))]));
        let rows = [
            (
                Reading { unwrap_lists_of_one: true, ..strict },
                order(json!(["o"]), json!([item(json!(["p"]), json!(["233"]))])),
            ),
            (
                Reading { numbers_as_texts: true, ..strict },
                order(json!("o"), json!([item(json!("p"), json!(233))])),
            ),
            (
                Reading { trim_blanks: true, ..strict },
                order(json!(" o\n"), json!([item(json!("p "), json!("\t233"))])),
            ),
            (
                Reading { index_keys_as_list: true, ..strict },
                order(json!("o"), json!({"0": item(json!("p"), json!("233"))})),
            ),
        ];
        for (reading, sent) in rows {
            let (mut taken, mut refused) = (sent.clone(), sent.clone());
            coerce(&reading, &contract.fields, &mut taken);
            coerce(&strict, &contract.fields, &mut refused);
            assert_eq!((taken, refused), (right.clone(), sent));
        }
        let upper = |value: &Value| {
            let object = value.as_object().unwrap().iter();
            object.map(|(name, value)| (name.to_uppercase(), value.clone())).collect::<Map<_, _>>()
        };
        let mut shouted = Value::Object(upper(&right));
        coerce(&Reading { names_in_any_case: true, ..strict }, &contract.fields, &mut shouted);
        assert_eq!(shouted, right);
    }

    #[test]
    fn what_spells_nothing_stays() {
        let contract = spec::embedded().unwrap();
        let reading = Reading {
            unwrap_lists_of_one: true,
            numbers_as_texts: true,
            index_keys_as_list: true,
            names_in_any_case: true,
            ..Freedoms::default().reading
        };
        let names = &contract.fields.order;
        for value in [json!(null), json!(true), json!(["a", "b"]), json!([]), json!({"id": "a"})] {
            let sent = json!({names.operator.clone(): value, names.items.clone(): {"1": {}}});
            let mut taken = sent.clone();
            coerce(&reading, &contract.fields, &mut taken);
            assert_eq!(taken, sent);
        }
    }
}
