//! Renders a draft as the bytes of a request, with what it may cost.

use serde_json::{Map, Value as Tree, json};
use spec::{Contract, Pesewas};

use super::body::{self, set, spell, wrong};
use super::case::{Cost, Outgoing};
use super::catalog::{ProductLine, SortedCatalog};
use super::defect::{BodyFault, ItemFault, ParentFault, Part};
use super::hostile::HEADERS;
use super::key::Key;
use super::near::may_be_taken;
use super::number;
use super::order_draft::{Media, Mix, OrderDraft};
use crate::history::PackageFacts;
use crate::sut::NOBODYS_ID;

/// A round number: every number of recipients that is a multiple of it ends in zeros.
const ROUND: u64 = 10_000;

/// A source of consecutive phone numbers without repetition.
#[derive(Debug, Clone)]
pub struct Numbers {
    next: u64,
}

impl Numbers {
    /// Starts at a number that depends on the seed, so that runs differ.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self { next: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24 }
    }

    /// Moves on, so that the next three numbers tell where a value is changed: one ends in nines, one in zeros, and one
    /// differs from that in its last digit alone.
    pub(crate) fn tell_changes(&mut self) {
        self.next = (self.next.wrapping_add(2) / ROUND).wrapping_add(1).wrapping_mul(ROUND).wrapping_sub(2);
    }

    /// Returns the next number that starts with these digits.
    pub(crate) fn next(&mut self, contract: &Contract, prefix: &str) -> String {
        let length = contract.msisdn.country_code.len() + contract.msisdn.national_digits;
        let width = length.saturating_sub(prefix.len());
        let modulus = 10_u64.checked_pow(width as u32).unwrap_or(u64::MAX);
        self.next = self.next.wrapping_add(1);
        format!("{prefix}{:0width$}", self.next % modulus)
    }
}

/// A rendered order.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    /// The request.
    pub outgoing: Outgoing,
    /// What the items cost for the caller's role, regardless of faults; `None` if a price is unknown.
    pub total: Option<Pesewas>,
}

/// The assumed cost, in pesewas, of an order without a known price.
const GUESSED_PRICE: Pesewas = Pesewas::new(100_000);

impl Rendered {
    /// Returns what the wallet needs to hold for the order; a guess where a price is unknown.
    #[must_use]
    pub(crate) fn price(&self) -> Pesewas {
        self.total.unwrap_or(GUESSED_PRICE)
    }
}

/// What rendering looks up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RenderContext<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The goods that can be bought.
    pub catalog: &'a SortedCatalog,
}

/// Returns the packages of a draft's items, in order.
#[must_use]
pub(crate) fn choose<'s>(line: &'s ProductLine, draft: &OrderDraft) -> Vec<&'s PackageFacts> {
    match draft.mix {
        Mix::Cheapest => vec![&line.active[0]; draft.count],
        Mix::Dearest => vec![line.dearest(&draft.role); draft.count],
        Mix::Distinct => (0..draft.count).map(|item| &line.active[item % line.active.len()]).collect(),
        Mix::Awkward => SortedCatalog::awkward(line, &draft.role, draft.count)
            .into_iter()
            .map(|at| &line.active[at])
            .collect(),
    }
}

/// Renders a draft for an actor; `None` if the catalog lacks what the draft needs.
#[must_use]
pub(crate) fn render(
    context: RenderContext<'_>,
    draft: &OrderDraft,
    actor: usize,
    numbers: &mut Numbers,
) -> Option<Rendered> {
    let line = context.catalog.line(draft)?;
    let packages = choose(line, draft);
    render_items(context, draft, line, &packages, actor, numbers)
}

/// Renders a draft with the given packages in place of those of its mix; `None` if the catalog lacks what the draft needs.
#[must_use]
pub(crate) fn render_items(
    context: RenderContext<'_>,
    draft: &OrderDraft,
    line: &ProductLine,
    packages: &[&PackageFacts],
    actor: usize,
    numbers: &mut Numbers,
) -> Option<Rendered> {
    let contract = context.contract;
    let names = &contract.fields.order;
    let (operator, product) = parents(context, draft, line)?;
    let near = |part, id: &str, of: &str| match draft.body {
        Some(BodyFault::FieldNear(it, near)) if it == part => {
            (!may_be_taken(near, id)).then(|| near.of(id, of))
        }
        _ => Some(id.to_owned()),
    };
    let (operator, product) =
        (near(Part::Operator, operator, product)?, near(Part::Product, product, operator)?);
    let mut drawn: Vec<String> = packages.iter().map(|_| numbers.next(contract, &line.prefix)).collect();
    if packages.windows(2).any(|two| two[0].id != two[1].id) {
        // A server that sorts recipients by their numbers must not thereby show them with the right packages.
        drawn.chunks_mut(2).for_each(<[String]>::reverse);
    }
    let entries: Vec<Tree> =
        packages.iter().zip(&drawn).map(|(it, number)| entry(contract, &it.id, number)).collect();
    let entries = faulty(context, draft, line, entries)?;
    let total = line.cost(packages, &draft.role);
    let good = is_good(contract, draft, total);
    let cost = Cost {
        orders: 1,
        purchases: u64::from(good),
        expected: total.filter(|_| good).unwrap_or_default(),
        open: Pesewas::ZERO,
        worst: worst(context, packages, &entries),
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

/// Returns the operator and the product that an order names; `None` if the catalog has none for the draft's fault.
fn parents<'s>(
    context: RenderContext<'s>,
    draft: &OrderDraft,
    line: &'s ProductLine,
) -> Option<(&'s str, &'s str)> {
    let (operator, product) = (line.operator.as_str(), line.product.as_str());
    // If no package of another product is known, the order names a product to which its packages don't belong.
    let foreign = draft.items.iter().any(|(_, fault)| *fault == ItemFault::OtherProductsPackage);
    if let (true, None, None) = (foreign, draft.parent, context.catalog.foreign_package(line)) {
        return context.catalog.other_product(line).map(|other| (operator, other));
    }
    Some(match draft.parent {
        None => (operator, product),
        Some(ParentFault::UnknownOperator) => (NOBODYS_ID, product),
        Some(ParentFault::UnknownProduct) => (operator, NOBODYS_ID),
        Some(ParentFault::OtherOperatorsProduct) => {
            (&context.catalog.other_operator(line)?.operator, product)
        }
    })
}

/// Applies the item faults of a draft to the entries of an order; `None` if the catalog has nothing to make such a fault
/// with.
fn faulty(
    context: RenderContext<'_>,
    draft: &OrderDraft,
    line: &ProductLine,
    mut entries: Vec<Tree>,
) -> Option<Vec<Tree>> {
    let first = entries.first().and_then(|it| it.get(&context.contract.fields.item.msisdn)).cloned();
    for (position, fault) in &draft.items {
        if let Some(entry) = entries.get_mut(*position) {
            if let (ItemFault::TwinOfFirst(form), Some(first)) =
                (fault, first.as_ref().and_then(Tree::as_str))
            {
                if let Some(twin) = entry.as_object_mut() {
                    let number = number::spelled(context.contract, *form, first);
                    twin.insert(context.contract.fields.item.msisdn.clone(), json!(number));
                }
                continue;
            }
            apply(context, line, fault, entry)?;
        }
    }
    let msisdn = &context.contract.fields.item.msisdn;
    if let (true, [first, second, ..]) = (draft.duplicate, &mut entries[..])
        && let (Some(number), Some(second)) = (first.get(msisdn), second.as_object_mut())
    {
        second.insert(msisdn.clone(), number.clone());
    }
    Some(entries)
}

/// The cost of an order without any of our keys: there is no wallet that could be charged.
const NOBODYS: Cost = Cost {
    orders: 1,
    purchases: 0,
    expected: Pesewas::ZERO,
    open: Pesewas::ZERO,
    worst: Pesewas::ZERO,
    unpriced: 0,
};

/// Returns the most that a faulty server may charge: every item, faulty ones included, at the highest price that any of
/// them has for any role.
fn worst(context: RenderContext<'_>, packages: &[&PackageFacts], entries: &[Tree]) -> Pesewas {
    let dearest = |package: &PackageFacts| package.price.values().max().copied();
    let named = |entry: &Tree| {
        dearest(context.catalog.package(entry.get(&context.contract.fields.item.package)?.as_str()?)?)
    };
    let pairs = packages.iter().zip(entries);
    let most = pairs.filter_map(|(package, entry)| dearest(package).max(named(entry))).max();
    most.unwrap_or_default() * packages.len().max(entries.len()) as i64
}

fn headers(draft: &OrderDraft) -> Vec<(String, String)> {
    let media = draft.media.value().map(|media| ("content-type", media));
    let more = draft.header.map(|at| HEADERS[at % HEADERS.len()]);
    media.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns true if a conforming server surely accepts the order: only then is its price expected to be charged. If the
/// pages leave this open, the price counts only towards the worst case.
fn is_good(contract: &Contract, draft: &OrderDraft, total: Option<Pesewas>) -> bool {
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

fn apply(context: RenderContext<'_>, line: &ProductLine, fault: &ItemFault, entry: &mut Tree) -> Option<()> {
    let names = &context.contract.fields.item;
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
        ItemFault::OtherProductsPackage => match context.catalog.foreign_package(line) {
            Some(foreign) => _ = object.insert(names.package.clone(), json!(foreign.id)),
            None => _ = context.catalog.other_product(line)?,
        },
        ItemFault::InactivePackage => {
            object.insert(names.package.clone(), json!(line.inactive.first()?.id));
        }
        ItemFault::Number(form) => {
            let plain = object.get(&names.msisdn).and_then(Tree::as_str).unwrap_or_default().to_owned();
            object.insert(names.msisdn.clone(), json!(number::spelled(context.contract, *form, &plain)));
        }
        ItemFault::PackageHostile(hostile) => {
            object.insert(names.package.clone(), json!(hostile.stand_in()));
        }
        ItemFault::MsisdnHostile(hostile) => {
            object.insert(names.msisdn.clone(), json!(hostile.stand_in()));
        }
        ItemFault::PackageNear(near) => {
            let id = object.get(&names.package).and_then(Tree::as_str).unwrap_or_default();
            if may_be_taken(*near, id) {
                return None;
            }
            let id = near.of(id, &line.product);
            object.insert(names.package.clone(), json!(id));
        }
        ItemFault::Entry(_) | ItemFault::TwinOfFirst(_) => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_tell_changes_end_in_nines_and_zeros_and_are_new() {
        let contract = spec::embedded().unwrap();
        let mut numbers = Numbers { next: 1_234_567 };
        let mut three = || {
            numbers.tell_changes();
            [(); 3].map(|()| numbers.next(&contract, "23320"))
        };
        assert_eq!(three(), ["233201239999", "233201240000", "233201240001"]);
        assert_eq!(three(), ["233201249999", "233201250000", "233201250001"]);
        // None of them was handed out before.
        for last in [9_997, 9_998, 9_999, 10_000] {
            let mut numbers = Numbers { next: last };
            numbers.tell_changes();
            assert!(numbers.next >= last && numbers.next % ROUND == ROUND - 2, "{last}");
        }
    }
}
