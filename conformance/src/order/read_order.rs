//! Reads the order in the JSON of a request: its fields, what they refer to, and what it costs.

use std::collections::BTreeMap;

use spec::{Contract, Pesewas};

use super::facts::{Body, Entry, Field, OrderFacts, Package, Reference};
use super::json::Json;
use super::msisdn::{normal_form, number_kind};
use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts};

/// What a request is read against.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrderReader<'a> {
    pub(super) contract: &'a Contract,
    /// What the server sells, if known.
    pub(super) catalog: Option<&'a Catalog>,
    /// The caller's role, if known.
    pub(super) role: Option<&'a str>,
}

/// The product that an order names, with its operator, as far as they are known.
#[derive(Clone, Copy)]
struct Named<'a> {
    operator: Option<&'a OperatorFacts>,
    product: Option<&'a ProductFacts>,
}

/// The least and the most that something can cost, in pesewas; the most is `None` if no bound is known.
type Cost = (Pesewas, Option<Pesewas>);

impl<'a> OrderReader<'a> {
    /// Returns the body that a JSON value represents.
    pub(super) fn body(self, json: &Json) -> Body {
        let Some(members) = json.as_object() else {
            return if *json == Json::Null { Body::Null } else { Body::NotObject };
        };
        let names = &self.contract.fields.order;
        let items = json.get(&names.items).and_then(Json::as_array);
        if json.repeats_a_key() || items.is_some_and(|items| items.iter().any(Json::repeats_a_key)) {
            return Body::Unclear("a key stands twice");
        }
        let operator = text(json.get(&names.operator));
        let product = text(json.get(&names.product));
        let named = self.named(&operator, &product);
        let operator_is = operator.text().map(|_| match named.operator {
            Some(_) => Reference::Good,
            None if self.catalog.is_none() => Reference::Undetermined,
            None => Reference::Bad,
        });
        let product_is = product.text().map(|_| match named.product {
            Some(product) if product.available => Reference::Good,
            Some(_) => Reference::Unavailable,
            None if self.catalog.is_none() => Reference::Undetermined,
            None => Reference::Bad,
        });
        let entries: Option<Vec<Entry>> =
            items.map(|items| items.iter().map(|item| self.entry(named, item)).collect());
        let cost = entries.as_ref().map(|entries| {
            let costs = entries.iter().map(|entry| self.cost(named, &entry.package));
            costs.fold((Pesewas::ZERO, Some(Pesewas::ZERO)), |sum, it| {
                (sum.0 + it.0, sum.1.zip(it.1).map(|(sum, most)| sum + most))
            })
        });
        Body::Order(OrderFacts {
            extra: has_others(members, &[&names.operator, &names.product, &names.items])
                || items.is_some_and(|items| items.iter().any(|item| self.has_extra(item))),
            duplicates: self.has_duplicates(entries.as_deref().unwrap_or_default()),
            // An order without items has no price.
            cost: cost.unwrap_or((Pesewas::ZERO, None)),
            operator,
            product,
            entries,
            operator_is,
            product_is,
        })
    }

    /// Looks up the operator and the product of an order. If the operator is unknown, the product is looked up among
    /// those of all operators.
    fn named(self, operator: &Field, product: &Field) -> Named<'a> {
        let operators = self.catalog.map_or(&[][..], |catalog| &catalog.operators);
        let operator = operator.text().and_then(|id| operators.iter().find(|it| it.id == id));
        let product = product.text().and_then(|id| match operator {
            Some(operator) => operator.products.iter().find(|it| it.id == id),
            None => self.products().find(|it| it.id == id),
        });
        Named { operator, product }
    }

    fn products(self) -> impl Iterator<Item = &'a ProductFacts> {
        self.catalog.into_iter().flat_map(Catalog::products)
    }

    fn packages(self) -> impl Iterator<Item = &'a PackageFacts> {
        self.catalog.into_iter().flat_map(Catalog::packages)
    }

    /// Returns the package of an entry, if the order's product has it.
    fn package(self, named: Named<'a>, package: &Field) -> Option<&'a PackageFacts> {
        let id = package.text()?;
        match named.product {
            Some(product) => product.packages.iter().find(|it| it.id == id),
            None => self.packages().find(|it| it.id == id),
        }
    }

    fn entry(self, named: Named<'a>, item: &Json) -> Entry {
        let names = &self.contract.fields.item;
        let package = text(item.get(&names.package));
        let msisdn = text(item.get(&names.msisdn));
        let package_is = package.text().map(|_| match self.package(named, &package) {
            Some(facts) if facts.active => Package::Good,
            None if self.catalog.is_none() => Package::Undetermined,
            _ => Package::Bad,
        });
        let number_is =
            msisdn.text().map(|number| number_kind(self.contract, self.prefix(named, number), number));
        Entry { package, msisdn, package_is, number_is }
    }

    /// Returns the prefix of the order's operator's numbers, if known. If the order names no known operator, the prefix
    /// of any operator will do.
    fn prefix(self, named: Named<'a>, number: &str) -> Option<&'a str> {
        let all = self.catalog.map_or(&[][..], |catalog| &catalog.operators);
        match named.operator {
            Some(operator) => operator.recipient_prefix.as_deref(),
            None => all
                .iter()
                .filter_map(|it| it.recipient_prefix.as_deref())
                .find(|prefix| number.starts_with(prefix)),
        }
    }

    fn cost(self, named: Named<'a>, package: &Field) -> Cost {
        let known = self.package(named, package);
        // A server that checks the wallet first may count what a package of another product costs there.
        let elsewhere = match package.text() {
            Some(id) if known.is_none() => self.packages().find(|it| it.id == id),
            _ => None,
        };
        match elsewhere {
            Some(facts) => (Pesewas::ZERO, self.price(Some(&facts.price)).1),
            None if self.catalog.is_none() => (Pesewas::ZERO, None),
            None => self.price(known.map(|it| &it.price)),
        }
    }

    /// Returns what a package can cost the caller's role: exact if the role's price is known; otherwise between nothing
    /// and four times the highest known price, since another role's price says little.
    fn price(self, prices: Option<&BTreeMap<String, Pesewas>>) -> Cost {
        let Some(prices) = prices else { return (Pesewas::ZERO, Some(Pesewas::ZERO)) };
        match self.role.and_then(|role| prices.get(role)) {
            Some(price) => (*price, Some(*price)),
            None => (Pesewas::ZERO, prices.values().max().map(|dearest| *dearest * 4)),
        }
    }

    fn has_extra(self, item: &Json) -> bool {
        let names = &self.contract.fields.item;
        item.as_object().is_some_and(|members| has_others(members, &[&names.package, &names.msisdn]))
    }

    fn has_duplicates(self, entries: &[Entry]) -> bool {
        let mut numbers = std::collections::BTreeSet::new();
        let texts = entries.iter().filter_map(|it| it.msisdn.text());
        texts.map(|number| normal_form(self.contract, number)).any(|number| !numbers.insert(number))
    }
}

fn text(value: Option<&Json>) -> Field {
    value.and_then(Json::as_str).map_or(Field::Bad, |text| Field::Text(text.to_owned()))
}

/// Returns true if an object has members other than these.
fn has_others(members: &[(String, Json)], known: &[&String]) -> bool {
    members.iter().any(|(name, _)| !known.contains(&name))
}
