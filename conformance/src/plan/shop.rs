//! What can be bought, arranged for planning: shelves (operator and product) with their packages by price.

use std::collections::BTreeMap;

use spec::Pesewas;
use spec::contract::{Limits, Msisdn};

use super::defect::ItemFault;
use super::draft::Draft;
use crate::history::{Catalog, PackageFacts};

/// An operator's product with its packages.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Operator.
    pub operator: String,
    /// Product.
    pub product: String,
    /// Active packages, cheapest first (by the least known price; unpriced last).
    pub active: Vec<PackageFacts>,
    /// Inactive packages.
    pub inactive: Vec<PackageFacts>,
    /// First digits of its recipients' numbers.
    pub prefix: String,
    /// A recipient of this operator whose delivery fails, where somebody named one.
    pub failing: Option<String>,
}

impl Shelf {
    /// Active packages whose price for a role is known.
    #[must_use]
    pub fn priced(&self, role: &str) -> Vec<(&PackageFacts, Pesewas)> {
        self.active.iter().filter_map(|package| Some((package, *package.price.get(role)?))).collect()
    }

    /// The dearest package that a role is known to pay for; of unpriced ones the last.
    #[must_use]
    pub fn dearest(&self, role: &str) -> &PackageFacts {
        let price = |it: &&PackageFacts| it.price.get(role).or_else(|| it.price.values().max()).copied();
        self.active.iter().max_by_key(|it| price(it)).unwrap_or(&self.active[0])
    }

    /// A shelf that no server has, for orders that are refused before anybody looks at what they name.
    #[must_use]
    pub fn example(msisdn: &Msisdn) -> Self {
        let package = PackageFacts { id: "q34examplepackage".into(), active: true, price: BTreeMap::new() };
        Self {
            operator: "k57exampleoperator".into(),
            product: "p22exampleproduct".into(),
            active: vec![package],
            inactive: Vec::new(),
            prefix: sample_prefix(msisdn),
            failing: None,
        }
    }

    /// What packages cost a role; for a role without prices of its own, which may not buy, what they cost whoever pays
    /// most. `None` where no price is known.
    #[must_use]
    pub fn cost(&self, packages: &[&PackageFacts], role: &str) -> Option<Pesewas> {
        packages.iter().map(|it| it.price.get(role).or_else(|| it.price.values().max()).copied()).sum()
    }
}

/// Everything that can be bought.
#[derive(Debug, Clone, Default)]
pub struct Shop {
    /// Shelves with at least one active package, the cheapest first.
    pub shelves: Vec<Shelf>,
    /// What nobody named: orders refer to it only where that must be refused. Some have no package that is known.
    pub unnamed: Vec<Shelf>,
}

fn sample_prefix(msisdn: &Msisdn) -> String {
    format!("{}{}", msisdn.country_code, msisdn.sample_prefix)
}

fn least(package: &PackageFacts) -> Pesewas {
    package.price.values().min().copied().unwrap_or(Pesewas::new(i64::MAX))
}

impl Shop {
    /// Arranges a catalog; where an operator says nothing of its recipients' numbers, they start as the page's samples do.
    #[must_use]
    pub fn of(catalog: Option<&Catalog>, msisdn: &Msisdn) -> Self {
        let (mut shelves, mut unnamed) = (Vec::new(), Vec::new());
        let is_unnamed = |id: &str| catalog.is_some_and(|it| it.unnamed.contains(id));
        for operator in catalog.into_iter().flat_map(|catalog| &catalog.operators) {
            for product in operator.products.iter().filter(|product| product.available) {
                let (mut active, inactive): (Vec<_>, Vec<_>) =
                    product.packages.iter().cloned().partition(|package| package.active);
                active.sort_by_key(least);
                let other = is_unnamed(&product.id);
                if active.is_empty() && !other {
                    continue;
                }
                let shelf = Shelf {
                    operator: operator.id.clone(),
                    product: product.id.clone(),
                    active,
                    inactive,
                    prefix: operator.recipient_prefix.clone().unwrap_or_else(|| sample_prefix(msisdn)),
                    failing: operator.failing_recipient.clone(),
                };
                if other { unnamed.push(shelf) } else { shelves.push(shelf) }
            }
        }
        // Cheapest first; a shelf that also has an inactive package decides more for the same money.
        shelves.sort_by_key(|shelf| (least(&shelf.active[0]), shelf.inactive.is_empty()));
        Self { shelves, unnamed }
    }

    /// The shelf that an order of this draft buys from: its own, or where it wants an inactive package one that has any.
    #[must_use]
    pub fn shelf(&self, draft: &Draft) -> Option<&Shelf> {
        let own = self.shelves.get(draft.shelf % self.shelves.len().max(1))?;
        let inactive = draft.items.iter().any(|(_, fault)| *fault == ItemFault::InactivePackage);
        let other = || self.shelves.iter().find(|shelf| !shelf.inactive.is_empty());
        Some(if inactive && own.inactive.is_empty() { other().unwrap_or(own) } else { own })
    }

    /// The shelf with the dearest package, by its position.
    #[must_use]
    pub fn dearest(&self, role: &str) -> usize {
        let price = |shelf: &Shelf| {
            let package = shelf.dearest(role);
            package.price.get(role).or_else(|| package.price.values().max()).copied()
        };
        (0..self.shelves.len()).max_by_key(|at| price(&self.shelves[*at])).unwrap_or_default()
    }

    /// What the smallest and the largest order of the cheapest package cost a role; `None` where no price is known.
    #[must_use]
    pub fn cheapest_orders(&self, role: &str, limits: Limits) -> Option<(Pesewas, Pesewas)> {
        let prices = self.shelves.iter().flat_map(|it| it.priced(role));
        let cheapest = prices.map(|(_, price)| price).filter(|it| *it > Pesewas::ZERO).min()?;
        Some((cheapest * limits.min_items as i64, cheapest * limits.max_items as i64))
    }

    /// A package of any shelf.
    #[must_use]
    pub fn package(&self, id: &str) -> Option<&PackageFacts> {
        self.shelves
            .iter()
            .chain(&self.unnamed)
            .flat_map(|shelf| shelf.active.iter().chain(&shelf.inactive))
            .find(|it| it.id == id)
    }

    /// A package of another product of the same operator, or else of another operator.
    #[must_use]
    pub fn foreign_package(&self, shelf: &Shelf) -> Option<&PackageFacts> {
        let all = || self.shelves.iter().chain(&self.unnamed);
        let others = || all().filter(|other| other.product != shelf.product);
        let first = |other: &'_ &Shelf| other.operator == shelf.operator && !other.active.is_empty();
        let same_operator = others().find(first);
        same_operator
            .or_else(|| others().find(|it| !it.active.is_empty()))
            .and_then(|other| other.active.first())
    }

    /// Another product of the same operator, for packages that don't belong to it.
    #[must_use]
    pub fn other_product(&self, shelf: &Shelf) -> Option<&str> {
        let others = self.unnamed.iter().filter(|it| it.operator == shelf.operator);
        others.map(|it| it.product.as_str()).find(|it| *it != shelf.product)
    }

    /// A shelf of another operator.
    #[must_use]
    pub fn other_operator(&self, shelf: &Shelf) -> Option<&Shelf> {
        self.shelves.iter().chain(&self.unnamed).find(|other| other.operator != shelf.operator)
    }

    /// Numbers of the packages that together are the most awkward in binary floating point, for a shelf and role: their
    /// decimal sum, computed the careless way, is not the nearest float to the exact one.
    #[must_use]
    pub fn awkward(shelf: &Shelf, role: &str, count: usize) -> Vec<usize> {
        let prices: BTreeMap<usize, i64> = shelf
            .active
            .iter()
            .enumerate()
            .filter_map(|(at, package)| package.price.get(role).map(|price| (at, price.get())))
            .collect();
        if prices.is_empty() {
            return (0..count).map(|item| item % shelf.active.len()).collect();
        }
        // Greedy: at each step the package that keeps the careless sum farthest from the exact one.
        let mut chosen = Vec::with_capacity(count);
        let (mut careless, mut exact) = (0.0_f64, 0_i64);
        for _ in 0..count {
            let best = prices.iter().max_by_key(|(at, price)| {
                let noise = noise_ulps(careless, exact, **price);
                (noise, std::cmp::Reverse(**price), std::cmp::Reverse(**at))
            });
            let Some((at, price)) = best else { break };
            careless = add(careless, *price);
            exact += price;
            chosen.push(*at);
        }
        chosen
    }
}

/// Adds a price in cedis the way a careless server does; the one place of this program where money is a float.
#[expect(clippy::float_arithmetic, reason = "imitates the mistake that the order is to provoke")]
fn add(sum: f64, pesewas: i64) -> f64 {
    sum + pesewas as f64 / 100.0
}

/// How many representable numbers lie between the careless sum and the right one.
#[expect(clippy::float_arithmetic, reason = "measures the mistake that the order is to provoke")]
fn noise_ulps(careless: f64, exact: i64, price: i64) -> u64 {
    let right = (exact + price) as f64 / 100.0;
    add(careless, price).to_bits().abs_diff(right.to_bits())
}
