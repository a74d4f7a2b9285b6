//! From a draft to the bytes of a request and what it may cost.

use serde_json::{Map, Value as Tree, json};
use spec::{Contract, Pesewas};

use super::body::{self, set, spell, wrong};
use super::case::{Cost, Outgoing};
use super::defect::{BodyFault, ItemFault, ParentFault, Part};
use super::draft::{Draft, Media, Mix};
use super::key::Key;
use super::near::may_be_taken;
use super::number;
use super::odd::HEADERS;
use super::shop::{Shelf, Shop};
use crate::history::PackageFacts;
use crate::sut::NOBODYS_ID;

/// Consecutive phone numbers, none of them twice.
#[derive(Debug, Clone)]
pub struct Numbers {
    next: u64,
}

impl Numbers {
    /// Starts at a number that depends on the seed, so that runs differ.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { next: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24 }
    }

    /// The next number with these first digits.
    pub fn next(&mut self, contract: &Contract, prefix: &str) -> String {
        let length = contract.msisdn.country_code.len() + contract.msisdn.national_digits;
        let width = length.saturating_sub(prefix.len());
        let modulus = 10_u64.checked_pow(width as u32).unwrap_or(u64::MAX);
        self.next = self.next.wrapping_add(1);
        format!("{prefix}{:0width$}", self.next % modulus)
    }
}

/// A rendered order.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The request.
    pub outgoing: Outgoing,
    /// What the items cost the caller's role where every price is known, faults or not.
    pub total: Option<Pesewas>,
}

/// What an order without a known price is taken to cost.
const GUESSED_PRICE: Pesewas = Pesewas::new(100_000);

impl Rendered {
    /// What its wallet needs for it; a guess where a price is not known.
    #[must_use]
    pub fn price(&self) -> Pesewas {
        self.total.unwrap_or(GUESSED_PRICE)
    }
}

/// Everything that rendering looks up.
#[derive(Debug, Clone, Copy)]
pub struct Stock<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// What can be bought.
    pub shop: &'a Shop,
}

/// Packages of a draft's items, by position on the shelf.
#[must_use]
pub fn choose<'s>(shelf: &'s Shelf, draft: &Draft) -> Vec<&'s PackageFacts> {
    match draft.mix {
        Mix::Cheapest => vec![&shelf.active[0]; draft.count],
        Mix::Dearest => vec![shelf.dearest(&draft.role); draft.count],
        Mix::Distinct => (0..draft.count).map(|item| &shelf.active[item % shelf.active.len()]).collect(),
        Mix::Awkward => {
            Shop::awkward(shelf, &draft.role, draft.count).into_iter().map(|at| &shelf.active[at]).collect()
        }
    }
}

/// Renders a draft for an actor; `None` where the shop has nothing to sell.
#[must_use]
pub fn render(stock: Stock<'_>, draft: &Draft, actor: usize, numbers: &mut Numbers) -> Option<Rendered> {
    let shelf = stock.shop.shelf(draft)?;
    let packages = choose(shelf, draft);
    render_items(stock, draft, shelf, &packages, actor, numbers)
}

/// Renders a draft with given packages in place of its mix.
#[must_use]
pub fn render_items(
    stock: Stock<'_>,
    draft: &Draft,
    shelf: &Shelf,
    packages: &[&PackageFacts],
    actor: usize,
    numbers: &mut Numbers,
) -> Option<Rendered> {
    let contract = stock.contract;
    let names = &contract.fields.order;
    let (operator, product) = parents(stock, draft, shelf)?;
    let near = |part, id: &str, of: &str| match draft.body {
        Some(BodyFault::FieldNear(it, near)) if it == part => {
            (!may_be_taken(near, id)).then(|| near.of(id, of))
        }
        _ => Some(id.to_owned()),
    };
    let (operator, product) =
        (near(Part::Operator, operator, product)?, near(Part::Product, product, operator)?);
    let entries: Vec<Tree> =
        packages.iter().map(|it| entry(contract, &it.id, &numbers.next(contract, &shelf.prefix))).collect();
    let entries = faulty(stock, draft, shelf, entries)?;
    let total = shelf.cost(packages, &draft.role);
    let good = is_good(contract, draft, total);
    let cost = Cost {
        orders: 1,
        purchases: u64::from(good),
        expected: total.filter(|_| good).unwrap_or_default(),
        open: Pesewas::ZERO,
        worst: worst(stock, packages, &entries),
        unpriced: u64::from(total.is_none()),
    };
    let cost = if matches!(draft.key, Key::Absent | Key::Unknown(_)) { NOBODYS } else { cost };
    let mut order = Map::new();
    order.insert(names.operator.clone(), json!(operator));
    order.insert(names.product.clone(), json!(product));
    order.insert(names.items.clone(), Tree::Array(entries));
    let body = body::write(contract, order, draft);
    let (key, headers, transport) = (draft.key.clone(), headers(draft), draft.transport);
    let (refused_for, defects) = (Vec::new(), draft.defects(contract));
    let door = None;
    let outgoing = Outgoing { actor, key, door, headers, body, transport, cost, refused_for, defects };
    Some(Rendered { outgoing, total })
}

/// Operator and product that an order names.
fn parents<'s>(stock: Stock<'s>, draft: &Draft, shelf: &'s Shelf) -> Option<(&'s str, &'s str)> {
    let (operator, product) = (shelf.operator.as_str(), shelf.product.as_str());
    // Where no package of another product is known, the order names another product than its packages have.
    let foreign = draft.items.iter().any(|(_, fault)| *fault == ItemFault::OtherProductsPackage);
    if let (true, None, None) = (foreign, draft.parent, stock.shop.foreign_package(shelf)) {
        return stock.shop.other_product(shelf).map(|other| (operator, other));
    }
    Some(match draft.parent {
        None => (operator, product),
        Some(ParentFault::UnknownOperator) => (NOBODYS_ID, product),
        Some(ParentFault::UnknownProduct) => (operator, NOBODYS_ID),
        Some(ParentFault::OtherOperatorsProduct) => (&stock.shop.other_operator(shelf)?.operator, product),
    })
}

/// The entries of an order with what is wrong with some of them; `None` where the shop has nothing to make it wrong with.
fn faulty(stock: Stock<'_>, draft: &Draft, shelf: &Shelf, mut entries: Vec<Tree>) -> Option<Vec<Tree>> {
    let first = entries.first().and_then(|it| it.get(&stock.contract.fields.item.msisdn)).cloned();
    for (position, fault) in &draft.items {
        if let Some(entry) = entries.get_mut(*position) {
            if let (ItemFault::TwinOfFirst(form), Some(first)) =
                (fault, first.as_ref().and_then(Tree::as_str))
            {
                // The number of the first, written in another way.
                if let Some(twin) = entry.as_object_mut() {
                    let number = number::spelled(stock.contract, *form, first);
                    twin.insert(stock.contract.fields.item.msisdn.clone(), json!(number));
                }
                continue;
            }
            apply(stock, shelf, fault, entry)?;
        }
    }
    let msisdn = &stock.contract.fields.item.msisdn;
    if let (true, [first, second, ..]) = (draft.duplicate, &mut entries[..])
        && let (Some(number), Some(second)) = (first.get(msisdn), second.as_object_mut())
    {
        second.insert(msisdn.clone(), number.clone());
    }
    Some(entries)
}

/// What an order costs that carries no key of ours: there is no wallet that it could be charged to.
const NOBODYS: Cost = Cost {
    orders: 1,
    purchases: 0,
    expected: Pesewas::ZERO,
    open: Pesewas::ZERO,
    worst: Pesewas::ZERO,
    unpriced: 0,
};

/// What a server at fault may charge: every item, faulty ones included, at the dearest price that any item has for any role.
fn worst(stock: Stock<'_>, packages: &[&PackageFacts], entries: &[Tree]) -> Pesewas {
    let dearest = |package: &PackageFacts| package.price.values().max().copied();
    let named = |entry: &Tree| {
        dearest(stock.shop.package(entry.get(&stock.contract.fields.item.package)?.as_str()?)?)
    };
    let pairs = packages.iter().zip(entries);
    let most = pairs.filter_map(|(package, entry)| dearest(package).max(named(entry))).max();
    most.unwrap_or_default() * packages.len().max(entries.len()) as i64
}

fn headers(draft: &Draft) -> Vec<(String, String)> {
    let media = draft.media.value().map(|media| ("content-type", media));
    let more = draft.header.map(|at| HEADERS[at % HEADERS.len()]);
    media.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Whether a conforming server surely accepts: only then is its price expected to be charged. Where the pages leave it
/// open, the price counts as worst case only.
fn is_good(contract: &Contract, draft: &Draft, total: Option<Pesewas>) -> bool {
    contract.roles.may_buy(&draft.role)
        && (contract.limits.min_items..=contract.limits.max_items).contains(&draft.count)
        && draft.balance.pays_for(total)
        && draft.items.is_empty()
        && !draft.duplicate
        && draft.parent.is_none()
        && draft.body.as_ref().is_none_or(BodyFault::is_harmless)
        && matches!(draft.media, Media::Json | Media::JsonUtf8)
        && draft.key.is_own()
}

fn entry(contract: &Contract, package: &str, msisdn: &str) -> Tree {
    let names = &contract.fields.item;
    let mut entry = Map::new();
    entry.insert(names.package.clone(), json!(package));
    entry.insert(names.msisdn.clone(), json!(msisdn));
    Tree::Object(entry)
}

fn apply(stock: Stock<'_>, shelf: &Shelf, fault: &ItemFault, entry: &mut Tree) -> Option<()> {
    let names = &stock.contract.fields.item;
    if let ItemFault::Entry(value) = fault {
        *entry = wrong(*value, entry.take());
        return Some(());
    }
    let object = entry.as_object_mut()?;
    match fault {
        ItemFault::Package(value) => set(object, &names.package, *value),
        ItemFault::Msisdn(value) => set(object, &names.msisdn, *value),
        ItemFault::PackageSpelled(spelling) => spell(object, &names.package, *spelling),
        ItemFault::MsisdnSpelled(spelling) => spell(object, &names.msisdn, *spelling),
        ItemFault::UnknownPackage => {
            object.insert(names.package.clone(), json!(NOBODYS_ID));
        }
        ItemFault::OtherProductsPackage => match stock.shop.foreign_package(shelf) {
            Some(foreign) => _ = object.insert(names.package.clone(), json!(foreign.id)),
            None => _ = stock.shop.other_product(shelf)?,
        },
        ItemFault::InactivePackage => {
            object.insert(names.package.clone(), json!(shelf.inactive.first()?.id));
        }
        ItemFault::Number(form) => {
            let plain = object.get(&names.msisdn).and_then(Tree::as_str).unwrap_or_default().to_owned();
            object.insert(names.msisdn.clone(), json!(number::spelled(stock.contract, *form, &plain)));
        }
        ItemFault::PackageOdd(odd) => {
            object.insert(names.package.clone(), json!(odd.stand_in()));
        }
        ItemFault::MsisdnOdd(odd) => {
            object.insert(names.msisdn.clone(), json!(odd.stand_in()));
        }
        ItemFault::PackageNear(near) => {
            let id = object.get(&names.package).and_then(Tree::as_str).unwrap_or_default();
            if may_be_taken(*near, id) {
                return None;
            }
            let id = near.of(id, &shelf.product);
            object.insert(names.package.clone(), json!(id));
        }
        ItemFault::Entry(_) | ItemFault::TwinOfFirst(_) => {}
    }
    Some(())
}
