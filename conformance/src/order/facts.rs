//! What a recorded order request is: read from its bytes and from what is known of the server, never from what the plan
//! meant it to be.

use std::collections::BTreeMap;

use spec::{Contract, Pesewas};

use super::json::{Json, Unreadable};
use super::wallet::Wallet;
use crate::history::{AccountFacts, Catalog, KeyUse, Request};

/// Bodies past this many bytes may be refused for their size (AMB-SIZE).
const LARGE_BODY: usize = 64 * 1024;

/// Whether the key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// A working key.
    Good,
    /// No key.
    Missing,
    /// A key that nobody has, or a revoked one.
    Bad,
}

/// The `Content-Type` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`, UTF-8.
    Json,
    /// Anything else, or none.
    Other,
}

/// A required string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Absent, null or of another type.
    Bad,
    /// A string.
    Text(String),
}

/// A recipient's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// As the page writes them.
    Canonical,
    /// No phone number anywhere.
    Impossible,
    /// Between the two (AMB-MSISDN-FORM).
    OtherForm,
}

/// What is known of a package in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// Active and of the order's product.
    Good,
    /// Unknown, inactive, or of another product.
    Bad,
    /// Nobody can tell: the server's catalog is not known.
    Untold,
}

/// One entry of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The package's id as sent.
    pub package: Field,
    /// The number as sent.
    pub msisdn: Field,
    /// What the package is, where the field is a string.
    pub package_is: Option<Package>,
    /// What the number is, where the field is a string.
    pub number_is: Option<Number>,
}

/// What is known of the parent operator or product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Known, and they belong together.
    Good,
    /// Unknown, or of another parent.
    Bad,
    /// Known and not on sale: the page says nothing of it.
    Unavailable,
    /// Nobody can tell: the server's catalog is not known.
    Untold,
}

/// An order that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// Parent operator.
    pub operator: Field,
    /// Parent product.
    pub product: Field,
    /// The entries; `None` where `items` is absent, null or no array.
    pub entries: Option<Vec<Entry>>,
    /// What the operator is, where the field is a string.
    pub operator_is: Option<Reference>,
    /// What the product is, where the field is a string.
    pub product_is: Option<Reference>,
    /// Properties beyond the documented ones, at either level.
    pub extra: bool,
    /// The same number twice.
    pub duplicates: bool,
    /// The least and the most that the order can cost the caller; `None` where no bound is known.
    pub cost: (Pesewas, Option<Pesewas>),
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// No JSON by anybody's reading.
    NotJson,
    /// JSON and no object.
    NotObject,
    /// Parsers disagree on whether or how it reads.
    Unclear(&'static str),
    /// An object.
    Order(OrderFacts),
}

/// How far it can be told that a body is JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By its grammar alone.
    Certain,
    /// A parser may refuse it though it is within the grammar.
    Disputed,
    /// It is not UTF-8; what it says is what a lenient decoder reads.
    NotUtf8,
}

/// Everything that bears on the answer to an order request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the key is good.
    pub auth: Auth,
    /// The caller's role, where known.
    pub role: Option<String>,
    /// Content type.
    pub media: Media,
    /// Past any size that a server must take.
    pub large: bool,
    /// The body.
    pub body: Body,
    /// How far it can be told that the body is JSON.
    pub form: Form,
    /// The caller's spendable balance at the time.
    pub wallet: Wallet,
    /// Whether other orders of the same wallet were under way.
    pub contended: bool,
}

impl Facts {
    /// Reads a request.
    #[must_use]
    pub fn of(
        contract: &Contract,
        catalog: Option<&Catalog>,
        actor: Option<&AccountFacts>,
        wallet: Wallet,
        contended: bool,
        request: &Request,
    ) -> Self {
        let auth = match (&request.key, actor) {
            (KeyUse::Absent, _) => Auth::Missing,
            (KeyUse::Bad(_), _) | (_, None) => Auth::Bad,
            (_, Some(actor)) if actor.revoked => Auth::Bad,
            _ => Auth::Good,
        };
        let role = actor.and_then(|actor| actor.role.clone());
        let (body, form) = read_body(contract, catalog, role.as_deref(), &request.body.0);
        Self {
            auth,
            role,
            media: media(request),
            large: request.body.0.len() > LARGE_BODY,
            body,
            form,
            wallet,
            contended,
        }
    }

    /// The order, if it could be read.
    #[must_use]
    pub fn order(&self) -> Option<&OrderFacts> {
        match &self.body {
            Body::Order(order) => Some(order),
            _ => None,
        }
    }

    /// Number of entries, if the order could be read so far.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.order().and_then(|order| order.entries.as_ref()).map(Vec::len)
    }

    /// What the order costs, where it is known exactly.
    #[must_use]
    pub fn exact_cost(&self) -> Option<Pesewas> {
        let order = self.order()?;
        (order.cost.1 == Some(order.cost.0)).then_some(order.cost.0)
    }
}

fn media(request: &Request) -> Media {
    let mut types = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let (Some((_, value)), None) = (types.next(), types.next()) else { return Media::Other };
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    match compact.as_str() {
        "application/json" | "application/json;charset=utf-8" | "application/json;charset=UTF-8" => {
            Media::Json
        }
        _ => Media::Other,
    }
}

/// The body, and how far it can be told that it is JSON.
fn read_body(
    contract: &Contract,
    catalog: Option<&Catalog>,
    role: Option<&str>,
    bytes: &[u8],
) -> (Body, Form) {
    let order = |json: &Json| read_order(contract, catalog, role, json);
    match Json::read(bytes) {
        Ok(json) => (order(&json), if json.has_huge_number() { Form::Disputed } else { Form::Certain }),
        Err(Unreadable::Unclear(why)) => (Body::Unclear(why), Form::Certain),
        Err(Unreadable::NotJson(_)) if std::str::from_utf8(bytes).is_err() => {
            // No JSON; but a lenient decoder goes on to refuse the order that it sees, for what is wrong with that.
            match Json::read(String::from_utf8_lossy(bytes).as_bytes()).map(|json| order(&json)) {
                Ok(body @ Body::Order(_)) => (body, Form::NotUtf8),
                _ => (Body::NotJson, Form::Certain),
            }
        }
        Err(Unreadable::NotJson(_)) => (Body::NotJson, Form::Certain),
    }
}

fn read_order(contract: &Contract, catalog: Option<&Catalog>, role: Option<&str>, json: &Json) -> Body {
    let Some(members) = json.as_object() else { return Body::NotObject };
    let names = &contract.fields.order;
    let item_names = &contract.fields.item;
    let entries_json = json.get(&names.items).and_then(Json::as_array);
    let repeated =
        json.repeats_a_key() || entries_json.is_some_and(|items| items.iter().any(Json::repeats_a_key));
    if repeated {
        return Body::Unclear("a key stands twice");
    }
    let text = |value: Option<&Json>| {
        value.and_then(Json::as_str).map_or(Field::Bad, |text| Field::Text(text.to_owned()))
    };
    let operator = text(json.get(&names.operator));
    let product = text(json.get(&names.product));
    let known = |name: &str, allowed: &[&String]| allowed.iter().any(|it| *it == name);
    let mut extra =
        members.iter().any(|(name, _)| !known(name, &[&names.operator, &names.product, &names.items]));

    let operator_facts = match &operator {
        Field::Text(id) => catalog.and_then(|catalog| catalog.operators.iter().find(|it| it.id == *id)),
        Field::Bad => None,
    };
    let operator_is = matches!(operator, Field::Text(_)).then(|| match operator_facts {
        Some(_) => Reference::Good,
        None if catalog.is_none() => Reference::Untold,
        None => Reference::Bad,
    });
    // With an unknown operator nothing belongs together; the product is then judged by itself.
    let product_facts = match &product {
        Field::Text(id) => match operator_facts {
            Some(operator) => operator.products.iter().find(|it| it.id == *id),
            None => all_products(catalog).find(|it| it.id == *id),
        },
        Field::Bad => None,
    };
    let product_is = matches!(product, Field::Text(_)).then(|| match product_facts {
        Some(product) if product.available => Reference::Good,
        Some(_) => Reference::Unavailable,
        None if catalog.is_none() => Reference::Untold,
        None => Reference::Bad,
    });

    let mut cost = (Pesewas::ZERO, Some(Pesewas::ZERO));
    let mut numbers = BTreeMap::<String, usize>::new();
    let entries = entries_json.map(|items| {
        items
            .iter()
            .map(|item| {
                let package = text(item.get(&item_names.package));
                let msisdn = text(item.get(&item_names.msisdn));
                extra |= item.as_object().is_some_and(|members| {
                    members.iter().any(|(name, _)| !known(name, &[&item_names.package, &item_names.msisdn]))
                });
                let package_facts = match &package {
                    Field::Text(id) => match product_facts {
                        Some(product) => product.packages.iter().find(|it| it.id == *id),
                        None => all_products(catalog).flat_map(|it| &it.packages).find(|it| it.id == *id),
                    },
                    Field::Bad => None,
                };
                // A server that looks at the wallet first may count what a package of another product costs there.
                let elsewhere = match &package {
                    Field::Text(id) if package_facts.is_none() => {
                        all_products(catalog).flat_map(|it| &it.packages).find(|it| it.id == *id)
                    }
                    _ => None,
                };
                let (least, most) = match elsewhere {
                    Some(facts) => (Pesewas::ZERO, price_bounds(Some(&facts.price), role).1),
                    None if catalog.is_none() => (Pesewas::ZERO, None),
                    None => price_bounds(package_facts.map(|it| &it.price), role),
                };
                cost = (cost.0 + least, cost.1.zip(most).map(|(sum, most)| sum + most));
                let package_is = matches!(package, Field::Text(_)).then(|| match package_facts {
                    Some(facts) if facts.active => Package::Good,
                    None if catalog.is_none() => Package::Untold,
                    _ => Package::Bad,
                });
                let number_is = match &msisdn {
                    Field::Text(number) => {
                        *numbers.entry(normal_form(contract, number)).or_default() += 1;
                        Some(number_kind(
                            contract,
                            operator_facts.and_then(|it| it.recipient_prefix.as_deref()),
                            number,
                        ))
                    }
                    Field::Bad => None,
                };
                Entry { package, msisdn, package_is, number_is }
            })
            .collect()
    });
    Body::Order(OrderFacts {
        operator,
        product,
        entries,
        operator_is,
        product_is,
        extra,
        duplicates: numbers.values().any(|times| *times > 1),
        cost,
    })
}

fn all_products(catalog: Option<&Catalog>) -> impl Iterator<Item = &crate::history::ProductFacts> {
    catalog.into_iter().flat_map(|catalog| &catalog.operators).flat_map(|operator| &operator.products)
}

/// What a package can cost a role: exact where the role's price is known; else between nothing and four times the
/// dearest known price, since another role's price says little.
fn price_bounds(
    prices: Option<&BTreeMap<String, Pesewas>>,
    role: Option<&str>,
) -> (Pesewas, Option<Pesewas>) {
    let Some(prices) = prices else { return (Pesewas::ZERO, Some(Pesewas::ZERO)) };
    match role.and_then(|role| prices.get(role)) {
        Some(price) => (*price, Some(*price)),
        None => (Pesewas::ZERO, prices.values().max().map(|dearest| *dearest * 4)),
    }
}

/// What a number is.
fn number_kind(contract: &Contract, prefix: Option<&str>, number: &str) -> Number {
    let rules = &contract.msisdn;
    let own = format!("{}{}", rules.country_code, rules.sample_prefix);
    let length = rules.country_code.len() + rules.national_digits;
    let ascii_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    if ascii_digits && number.len() == length && number.starts_with(prefix.unwrap_or(&own)) {
        return Number::Canonical;
    }
    let digits = number.chars().filter(|c| c.is_numeric()).count();
    let letters = number.chars().any(|c| c.is_ascii_alphabetic());
    if letters || digits < rules.shortest_possible || digits > rules.longest_possible {
        return Number::Impossible;
    }
    Number::OtherForm
}

/// A number without its spelling, so that duplicates are found in any form.
fn normal_form(contract: &Contract, number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let rules = &contract.msisdn;
    match digits.strip_prefix(&rules.trunk_prefix) {
        Some(national) if national.len() == rules.national_digits => {
            format!("{}{national}", rules.country_code)
        }
        _ if digits.is_empty() => number.to_owned(),
        _ => digits,
    }
}

/// The packages of an order that could be read, each as often as it stands there; what RESP-LINEAR learns prices from.
#[must_use]
pub fn packages(order: &OrderFacts) -> BTreeMap<&str, i64> {
    let mut found = BTreeMap::new();
    for entry in order.entries.iter().flatten() {
        if let Field::Text(id) = &entry.package {
            *found.entry(id.as_str()).or_default() += 1;
        }
    }
    found
}
