//! What a recorded answer says: order summaries, wallets, orders, lists, read with the contract's names and without floats.

use spec::states::States;
use spec::{Contract, Meaning, Pesewas, QuestionKind};

pub(crate) use super::amount::Amount;
use super::json::Json;
use super::profile::{Profile, profile_of};
use super::recipients::{Recipient, recipients};
use crate::history::Response;

/// The answer to a created order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Id of the order.
    pub(crate) order_id: Option<String>,
    /// Short reference.
    pub(crate) reference: Option<String>,
    /// For a person.
    pub(crate) message: Option<String>,
    /// What was charged.
    pub(crate) total: Option<Amount>,
    /// Number of recipients, and as it was written.
    pub(crate) count: Option<(Option<i64>, String)>,
    /// Later revision: status, if present.
    pub(crate) status: Option<Json>,
    /// Later revision: balance before, if present.
    pub(crate) before: Option<Amount>,
    /// Later revision: balance after, if present.
    pub(crate) after: Option<Amount>,
}

/// The body of an answer, if it is JSON; a byte order mark is looked through, it is judged elsewhere.
#[must_use]
pub(crate) fn json(response: &Response) -> Option<Json> {
    let bytes = &response.body.0;
    if response.cut || response.coding().is_some() {
        return None;
    }
    Json::read(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()
}

/// Why nobody can tell what an answer says, though it need not be wrong: it is longer than what is read, has a content
/// coding that is not undone here, or is JSON that parsers disagree on.
#[must_use]
pub(crate) fn unreadable(response: &Response) -> Option<String> {
    if response.cut {
        return Some(
            "the answer is longer than anything that is read of one, and was not read to its end".to_owned(),
        );
    }
    match response.coding() {
        Some(coding) if !is_undone(coding) => {
            return Some(format!("the answer has the content coding {coding}, which is not undone here"));
        }
        Some(_) => return None,
        None => {}
    }
    let bytes = &response.body.0;
    match Json::read(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
        Err(super::json::Unreadable::Unclear(why)) => {
            Some(format!("the answer is JSON that parsers disagree on: {why}"))
        }
        _ => None,
    }
}

/// A content coding that the answer names and its body has not.
#[must_use]
pub(crate) fn false_coding(response: &Response) -> Option<&str> {
    response.coding().filter(|it| !response.cut && is_undone(it))
}

/// Whether every coding of a header is one that is undone where the body has it (RFC 9110, 8.4.1).
fn is_undone(codings: &str) -> bool {
    let known = ["gzip", "x-gzip", "deflate", "identity"];
    codings.split(',').all(|it| known.contains(&it.trim().to_ascii_lowercase().as_str()))
}

/// The `data` of a success envelope.
#[must_use]
pub(crate) fn data<'j>(contract: &Contract, json: &'j Json) -> Option<&'j Json> {
    json.get(&contract.fields.data)
}

fn string(json: &Json, name: &str) -> Option<String> {
    json.get(name).and_then(Json::as_str).map(str::to_owned)
}

/// Reads the answer to a created order.
#[must_use]
pub(crate) fn summary(contract: &Contract, response: &Response) -> Option<Summary> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.summary;
    let count =
        data.get(&names.count).and_then(|it| it.as_number().map(|text| (it.as_integer(), text.to_owned())));
    let present = |name: &str| (!name.is_empty()).then(|| data.get(name)).flatten();
    Some(Summary {
        order_id: string(data, &names.order_id),
        reference: string(data, &names.reference),
        message: string(data, &names.message),
        total: Amount::in_any_form(data.get(&names.total)),
        count,
        status: present(&names.status).cloned(),
        before: Amount::of(present(&names.balance_before)),
        after: Amount::of(present(&names.balance_after)),
    })
}

/// A wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balances {
    /// Spendable.
    pub(crate) available: Amount,
    /// Held.
    pub(crate) held: Option<Amount>,
    /// Sum of both.
    pub(crate) total: Option<Amount>,
    /// Currency.
    pub(crate) currency: Option<String>,
    /// Owner.
    pub(crate) profile: Option<String>,
}

/// The total that the answer to a created order names.
#[must_use]
pub(crate) fn total(contract: &Contract, response: &Response) -> Option<Pesewas> {
    summary(contract, response)?.total?.pesewas()
}

/// What a wallet has available, as its reading says.
#[must_use]
pub(crate) fn available(contract: &Contract, response: &Response) -> Option<Pesewas> {
    wallet(contract, response)?.available.pesewas()
}

/// Reads a wallet.
#[must_use]
pub(crate) fn wallet(contract: &Contract, response: &Response) -> Option<Balances> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.wallet;
    Some(Balances {
        available: Amount::in_any_form(data.get(&names.available))?,
        held: Amount::in_any_form(data.get(&names.held)),
        total: Amount::in_any_form(data.get(&names.total)),
        currency: string(data, &names.currency),
        profile: string(data, &names.profile),
    })
}

/// Reads a profile.
#[must_use]
pub(crate) fn profile(contract: &Contract, response: &Response) -> Option<Profile> {
    let json = json(response)?;
    data(contract, &json).map(|data| profile_of(contract, data))
}

/// An order read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// Id.
    pub(crate) id: Option<String>,
    /// State in lower case.
    pub(crate) state: Option<String>,
    /// Short reference.
    pub(crate) reference: Option<String>,
    /// Cost.
    pub(crate) amount: Option<Amount>,
    /// Whether it is a bulk order, if shown.
    pub(crate) bulk: Option<bool>,
    /// Recipients, if any can be recognised.
    pub(crate) recipients: Option<Vec<Recipient>>,
}

/// Reads an order out of its JSON object.
#[must_use]
pub(crate) fn order_of(contract: &Contract, json: &Json) -> Order {
    let names = &contract.fields.order_read;
    let lower = |json: &Json, name: &str| string(json, name).map(|state| state.to_ascii_lowercase());
    Order {
        id: string(json, &names.id),
        state: lower(json, &names.state),
        reference: string(json, &names.reference),
        amount: Amount::in_any_form(json.get(&names.amount)),
        bulk: json.get(&names.bulk).and_then(Json::as_bool),
        recipients: recipients(contract, json),
    }
}

/// Reads an order.
#[must_use]
pub(crate) fn order(contract: &Contract, response: &Response) -> Option<Order> {
    let json = json(response)?;
    data(contract, &json).map(|data| order_of(contract, data))
}

/// A page of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The orders.
    pub(crate) orders: Vec<Order>,
    /// Whether it is the last.
    pub(crate) done: bool,
    /// Where the next one starts.
    pub(crate) cursor: Option<String>,
}

/// Reads a page of orders.
#[must_use]
pub(crate) fn page(contract: &Contract, response: &Response) -> Option<Page> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.page;
    let cursor = string(data, &names.cursor).filter(|it| !it.is_empty());
    Some(Page {
        orders: data.get(&names.orders)?.as_array()?.iter().map(|it| order_of(contract, it)).collect(),
        // Where it is not said, a page without a cursor is the last.
        done: data.get(&names.done).and_then(Json::as_bool).unwrap_or(cursor.is_none()),
        cursor,
    })
}

/// A package's price and status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageRead {
    /// Id.
    pub(crate) id: Option<String>,
    /// What the caller's role is charged.
    pub(crate) price: Option<Amount>,
    /// Whether it can be bought.
    pub(crate) status: Option<String>,
    /// Operator that sells it.
    pub(crate) operator: Option<String>,
    /// Product that it belongs to.
    pub(crate) product: Option<String>,
}

/// Reads a package.
#[must_use]
pub(crate) fn package(contract: &Contract, response: &Response) -> Option<PackageRead> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.package_read;
    Some(PackageRead {
        id: string(data, &names.id),
        price: Amount::in_any_form(data.get(&names.price)),
        status: string(data, &names.status),
        operator: string(data, &names.operator),
        product: string(data, &names.product),
    })
}

/// A product of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRead {
    /// Id.
    pub(crate) id: Option<String>,
    /// Operator that sells it.
    pub(crate) operator: Option<String>,
    /// Whether it can be bought.
    pub(crate) status: Option<String>,
}

/// Each product of a list.
#[must_use]
pub(crate) fn products(contract: &Contract, response: &Response) -> Option<Vec<ProductRead>> {
    let json = json(response)?;
    let list = data(contract, &json)?.as_array()?;
    let names = &contract.fields.product_read;
    let product = |it: &Json| ProductRead {
        id: string(it, &names.id),
        operator: string(it, &names.operator),
        status: string(it, &names.status),
    };
    Some(list.iter().map(product).collect())
}

/// The code of an error.
#[must_use]
pub(crate) fn error_code(contract: &Contract, response: &Response) -> Option<String> {
    let json = json(response)?;
    string(json.get(&contract.fields.error)?, &contract.fields.error_detail.code)
}

/// Whether an answer is declared as JSON; parameters such as `charset=utf-8` are fine.
#[must_use]
pub(crate) fn declared_json(response: &Response) -> bool {
    media_type(response).eq_ignore_ascii_case("application/json")
}

/// Whether an answer is declared as some kind of JSON: `application/problem+json` is one (RFC 6839).
#[must_use]
pub(crate) fn declared_any_json(response: &Response) -> bool {
    declared_json(response) || media_type(response).to_ascii_lowercase().ends_with("+json")
}

fn media_type(response: &Response) -> &str {
    response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

/// What some firewalls forbid with (RFC 9110, 15.5.7).
const NOT_ACCEPTABLE: u16 = 406;

/// Whether an answer looks like that of a firewall in front of the server: it forbids, and shows a page for people.
#[must_use]
pub(crate) fn is_from_a_gateway(contract: &Contract, response: &Response) -> bool {
    let forbids = [contract.status(Meaning::Forbidden), NOT_ACCEPTABLE].contains(&response.status);
    forbids && media_type(response).eq_ignore_ascii_case("text/html") && json(response).is_none()
}

/// Whether a status only says that the caller is to wait.
#[must_use]
pub(crate) fn is_throttle(contract: &Contract, status: u16) -> bool {
    contract.catalogue.questions(QuestionKind::Throttle).any(|question| question.accepts.contains(&status))
}

/// Whether a status claims success, be it the documented one or not: then the order exists and was paid for.
#[must_use]
pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// What an answer to an order says of its charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charge {
    /// It was refused, and cost nothing.
    Nothing,
    /// This was charged.
    Said(Pesewas),
    /// It may have been charged: the answer can't be read, or says nothing of it.
    Unknown,
}

/// What an answer to an order says of its charge; `total` is what it names.
#[must_use]
pub(crate) fn charge(response: &Response, total: impl FnOnce() -> Option<Pesewas>) -> Charge {
    match response.status {
        200..300 => total().filter(|it| *it >= Pesewas::ZERO).map_or(Charge::Unknown, Charge::Said),
        // Refused, or to be sent elsewhere as it is (RFC 9110, 15.4.8 and 15.4.9): not carried out.
        400..500 | 307 | 308 => Charge::Nothing,
        // A server that breaks down, or points at what came of a request, may have carried it out.
        _ => Charge::Unknown,
    }
}

/// Whether a status says that the request was refused or could not be answered, be it a documented one or not.
#[must_use]
pub(crate) fn is_error(status: u16) -> bool {
    status / 100 >= 4
}

/// Whether a state's name says that it has ended, and not in a failure: somebody was served.
#[must_use]
pub(crate) fn is_served(states: &States, state: &str) -> bool {
    states.knows(state) && !states.is_under_way(state) && !is_failed(state)
}

/// Whether a state's name says that a recipient failed.
#[must_use]
pub(crate) fn is_failed(state: &str) -> bool {
    state == "failed" || state == "reversed"
}
