//! The recipients of an order in the order in which they were sent, which need not be the one in which they are shown.

use spec::Contract;

use super::json::Json;
use super::msisdn::normal_form;

/// Returns the numbers of an order request in the order in which they were sent, in normal form; `None` for each entry
/// whose number can't be read.
#[must_use]
pub(crate) fn sent_numbers(contract: &Contract, body: &[u8]) -> Vec<Option<String>> {
    let (order, item) = (&contract.fields.order, &contract.fields.item);
    let Ok(json) = Json::read(body) else { return Vec::new() };
    let items = json.get(&order.items).and_then(Json::as_array).unwrap_or_default();
    let number = |it: &Json| match it.get(&item.msisdn) {
        Some(Json::String(text)) => Some(normal_form(contract, text)),
        _ => None,
    };
    items.iter().map(number).collect()
}

/// Returns the position at which the entry `at` of `from` stands in `to`, by its number: an answer may show recipients in
/// groups or sorted, and not in the order in which they were sent. It is `at` itself where a number does not tell.
#[must_use]
pub(crate) fn moved(from: &[Option<&str>], to: &[Option<&str>], at: usize) -> usize {
    let number = from.get(at).copied().flatten();
    let times = |list: &[Option<&str>]| list.iter().filter(|it| **it == number).count();
    match number {
        Some(_) if times(from) == 1 && times(to) == 1 => to.iter().position(|it| *it == number).unwrap_or(at),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_found_where_it_was_sent() {
        let contract = spec::embedded().unwrap();
        let body = serde_json::json!({"items": [
            {"packageId": "a", "beneficiaryMsisdn": "0200000002"}, {"packageId": "a", "beneficiaryMsisdn": "233200000001"},
            {"packageId": "b", "beneficiaryMsisdn": "233200000003"}, {"packageId": "b", "beneficiaryMsisdn": 1},
            {"packageId": "b", "beneficiaryMsisdn": "0200000003"}]});
        let sent = sent_numbers(&contract, body.to_string().as_bytes());
        let sent: Vec<Option<&str>> = sent.iter().map(Option::as_deref).collect();
        let (one, two, three) = (Some("233200000001"), Some("233200000002"), Some("233200000003"));
        assert_eq!(sent, [two, one, three, None, three]);
        let shown = [three, one, three, None, two];
        // A number that stands twice, or none, does not tell.
        assert_eq!([0, 1, 2, 3, 4, 5].map(|at| moved(&shown, &sent, at)), [0, 1, 2, 3, 0, 5]);
        assert_eq!([0, 1, 2].map(|at| moved(&sent, &shown, at)), [4, 1, 2]);
    }
}
