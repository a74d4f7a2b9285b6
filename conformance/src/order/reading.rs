//! What a recorded answer says of orders, wallets and lists, read with the contract's names and without floats.

use spec::states::States;
use spec::{Contract, Meaning, Pesewas, QuestionKind};

pub(crate) use super::amount::Amount;
use super::json::Json;
use super::moment::Moment;
use super::profile::{Profile, profile_of};
use super::recipients::{Recipient, recipients};
use super::state::is_final;
use crate::history::Response;

/// The answer to a created order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The id of the order.
    pub(crate) order_id: Option<String>,
    /// The short reference.
    pub(crate) reference: Option<String>,
    /// The message for people.
    pub(crate) message: Option<String>,
    /// What was charged.
    pub(crate) total: Option<Amount>,
    /// The number of recipients, `None` if it is not an integer, and its text.
    pub(crate) count: Option<(Option<i64>, String)>,
    /// The status of the later revision, if present.
    pub(crate) status: Option<Json>,
    /// The balance before the order, of the later revision, if present.
    pub(crate) before: Option<Amount>,
    /// The balance after the order, of the later revision, if present.
    pub(crate) after: Option<Amount>,
}

impl Summary {
    /// Returns the total in pesewas; `None` if there is none, or it is no whole number of them.
    #[must_use]
    pub(crate) fn pesewas(&self) -> Option<Pesewas> {
        self.total.as_ref().and_then(Amount::pesewas)
    }
}

/// Returns the body of an answer if it is JSON; a byte order mark is skipped, since it is judged elsewhere.
#[must_use]
pub(crate) fn json(response: &Response) -> Option<Json> {
    let bytes = &response.body.0;
    if response.cut || response.coding().is_some() {
        return None;
    }
    Json::read(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()
}

/// Returns why an answer can't be read although it need not be wrong: it is longer than what is read, has a content
/// coding that is not decoded here, or is JSON that parsers disagree on.
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

/// Returns a content coding that the answer names although its body does not have it.
#[must_use]
pub(crate) fn false_coding(response: &Response) -> Option<&str> {
    response.coding().filter(|it| !response.cut && is_undone(it))
}

/// Returns true if every coding in a header is one that is decoded when the body has it (RFC 9110, 8.4.1).
fn is_undone(codings: &str) -> bool {
    let known = ["gzip", "x-gzip", "deflate", "identity"];
    codings.split(',').all(|it| known.contains(&it.trim().to_ascii_lowercase().as_str()))
}

/// Returns the `data` of a success envelope.
#[must_use]
pub(crate) fn data<'j>(contract: &Contract, json: &'j Json) -> Option<&'j Json> {
    json.get(&contract.fields.data)
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
        order_id: data.string(&names.order_id),
        reference: data.string(&names.reference),
        message: data.string(&names.message),
        total: Amount::in_any_form(data.get(&names.total)),
        count,
        status: present(&names.status).cloned(),
        before: Amount::of(present(&names.balance_before)),
        after: Amount::of(present(&names.balance_after)),
    })
}

/// The balances in a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balances {
    /// The spendable balance.
    pub(crate) available: Amount,
    /// The held balance.
    pub(crate) held: Option<Amount>,
    /// The sum of both.
    pub(crate) total: Option<Amount>,
    /// The currency.
    pub(crate) currency: Option<String>,
    /// The id of the owner's profile.
    pub(crate) profile: Option<String>,
}

impl Balances {
    /// Returns true if the available and the held balance make up the total; `None` if one of them is not shown.
    #[must_use]
    pub(crate) fn adds_up(&self) -> Option<bool> {
        let [held, total] = [&self.held, &self.total].map(|it| it.as_ref().and_then(Amount::pesewas));
        Some(self.available.pesewas()? + held? == total?)
    }
}

/// Returns the total in the answer to a created order.
#[must_use]
pub(crate) fn total(contract: &Contract, response: &Response) -> Option<Pesewas> {
    summary(contract, response)?.pesewas()
}

/// Returns the spendable balance in the answer to a wallet read.
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
        currency: data.string(&names.currency),
        profile: data.string(&names.profile),
    })
}

/// Reads a profile.
#[must_use]
pub(crate) fn profile(contract: &Contract, response: &Response) -> Option<Profile> {
    let json = json(response)?;
    data(contract, &json).map(|data| profile_of(contract, data))
}

/// An order that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// The order's id.
    pub(crate) id: Option<String>,
    /// The state in lower case.
    pub(crate) state: Option<String>,
    /// The short reference.
    pub(crate) reference: Option<String>,
    /// The cost.
    pub(crate) amount: Option<Amount>,
    /// Whether it is a bulk order, if shown.
    pub(crate) bulk: Option<bool>,
    /// The moment of its creation, if a readable one is shown.
    pub(crate) created: Option<Moment>,
    /// The recipients, if any can be recognised.
    pub(crate) recipients: Option<Vec<Recipient>>,
}

impl Order {
    /// Returns true if the order and all its recipients are shown in final states.
    #[must_use]
    pub(crate) fn has_ended(&self, states: &States) -> bool {
        let ended = |state: &Option<String>| state.as_deref().is_some_and(|it| is_final(states, it));
        let recipients = self.recipients.as_deref();
        ended(&self.state) && recipients.is_some_and(|all| all.iter().all(|it| ended(&it.state)))
    }
}

/// Reads an order from its JSON object.
#[must_use]
pub(crate) fn order_of(contract: &Contract, json: &Json) -> Order {
    let names = &contract.fields.order_read;
    let lower = |json: &Json, name: &str| json.string(name).map(|state| state.to_ascii_lowercase());
    Order {
        id: json.identifier(&names.id),
        state: lower(json, &names.state),
        reference: json.identifier(&names.reference),
        amount: Amount::in_any_form(json.get(&names.amount)),
        // A value of another type says so in its own way.
        bulk: json.get(&names.bulk).filter(|it| **it != Json::Null).map(|it| it.as_bool().unwrap_or(true)),
        created: json.get(&names.created).and_then(Moment::of),
        recipients: recipients(contract, json),
    }
}

/// Reads an entry of the order list. No page says what its id is called there: other things of the API have an `_id`.
fn listed_order(contract: &Contract, json: &Json) -> Order {
    let mut order = order_of(contract, json);
    if order.id.is_none() {
        order.id =
            [&contract.fields.package_read.id, "id"].into_iter().find_map(|name| json.identifier(name));
    }
    order
}

/// Reads an order from an answer.
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
    /// Whether it is the last page.
    pub(crate) done: bool,
    /// Where the next page starts.
    pub(crate) cursor: Option<String>,
}

/// Reads a page of orders.
#[must_use]
pub(crate) fn page(contract: &Contract, response: &Response) -> Option<Page> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.page;
    let cursor = data.string(&names.cursor).filter(|it| !it.is_empty());
    Some(Page {
        orders: data.get(&names.orders)?.as_array()?.iter().map(|it| listed_order(contract, it)).collect(),
        // A page that does not say whether it is the last is the last if it has no cursor.
        done: data.get(&names.done).and_then(Json::as_bool).unwrap_or(cursor.is_none()),
        cursor,
    })
}

/// A package's price and status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageRead {
    /// The package's id.
    pub(crate) id: Option<String>,
    /// What the caller's role is charged.
    pub(crate) price: Option<Amount>,
    /// The status, which says whether it can be bought.
    pub(crate) status: Option<String>,
    /// The operator that sells it.
    pub(crate) operator: Option<String>,
    /// The product that it belongs to.
    pub(crate) product: Option<String>,
}

/// Reads a package.
#[must_use]
pub(crate) fn package(contract: &Contract, response: &Response) -> Option<PackageRead> {
    let json = json(response)?;
    let data = data(contract, &json)?;
    let names = &contract.fields.package_read;
    Some(PackageRead {
        id: data.identifier(&names.id),
        price: Amount::in_any_form(data.get(&names.price)),
        status: data.string(&names.status),
        operator: data.identifier(&names.operator),
        product: data.identifier(&names.product),
    })
}

/// A product in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRead {
    /// The product's id.
    pub(crate) id: Option<String>,
    /// The operator that sells it.
    pub(crate) operator: Option<String>,
    /// The status, which says whether it can be bought.
    pub(crate) status: Option<String>,
}

/// Returns each product of a list.
#[must_use]
pub(crate) fn products(contract: &Contract, response: &Response) -> Option<Vec<ProductRead>> {
    let json = json(response)?;
    let list = data(contract, &json)?.as_array()?;
    let names = &contract.fields.product_read;
    let product = |it: &Json| ProductRead {
        id: it.identifier(&names.id),
        operator: it.identifier(&names.operator),
        status: it.string(&names.status),
    };
    Some(list.iter().map(product).collect())
}

/// Returns the code of an error.
#[must_use]
pub(crate) fn error_code(contract: &Contract, response: &Response) -> Option<String> {
    let json = json(response)?;
    json.get(&contract.fields.error)?.string(&contract.fields.error_detail.code)
}

/// Returns true if an answer is declared as JSON; parameters such as `charset=utf-8` are fine.
#[must_use]
pub(crate) fn declared_json(response: &Response) -> bool {
    media_type(response).eq_ignore_ascii_case("application/json")
}

/// Returns true if an answer is declared as some kind of JSON, such as `application/problem+json` (RFC 6839).
#[must_use]
pub(crate) fn declared_any_json(response: &Response) -> bool {
    declared_json(response) || media_type(response).to_ascii_lowercase().ends_with("+json")
}

fn media_type(response: &Response) -> &str {
    response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

/// The status with which some firewalls forbid a request (RFC 9110, 15.5.7).
const NOT_ACCEPTABLE: u16 = 406;

/// Returns true if an answer looks like that of a firewall in front of the server: it forbids, and shows an HTML page.
#[must_use]
pub(crate) fn is_from_a_gateway(contract: &Contract, response: &Response) -> bool {
    let forbids = [contract.status(Meaning::Forbidden), NOT_ACCEPTABLE].contains(&response.status);
    forbids && media_type(response).eq_ignore_ascii_case("text/html") && json(response).is_none()
}

/// Returns true if a status only tells the caller to wait.
#[must_use]
pub(crate) fn is_throttle(contract: &Contract, status: u16) -> bool {
    contract.catalogue.questions(QuestionKind::Throttle).any(|question| question.accepts.contains(&status))
}

/// Returns true if a status claims success, documented or not: the order then exists and was paid for.
#[must_use]
pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Returns true for the status of an answer by which a server refuses a request, after which nothing was done.
#[must_use]
pub(crate) fn is_refusal(status: u16) -> bool {
    is_error(status) && status < 500
}

/// What an answer to an order says about its charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charge {
    /// The order was refused and cost nothing.
    Nothing,
    /// This amount was charged.
    Said(Pesewas),
    /// The order may have been charged: the answer can't be read, or does not say.
    Unknown,
}

/// Returns what an answer to an order says about its charge; `total` is the amount that it names.
#[must_use]
pub(crate) fn charge(response: &Response, total: impl FnOnce() -> Option<Pesewas>) -> Charge {
    match response.status {
        200..=299 => total().filter(|it| *it >= Pesewas::ZERO).map_or(Charge::Unknown, Charge::Said),
        // It was refused, or belongs to another address (RFC 9110, 15.4.2, 15.4.8, 15.4.9), so it was not carried out.
        301 | 307 | 308 | 400..=499 => Charge::Nothing,
        // After a server error, or a redirect to the result of a request, the request may have been carried out.
        _ => Charge::Unknown,
    }
}

/// Returns true if a status says that the request was refused or could not be answered, documented or not.
#[must_use]
pub(crate) fn is_error(status: u16) -> bool {
    status / 100 >= 4
}
