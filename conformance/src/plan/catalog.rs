//! The goods that can be bought, arranged for planning: lines (an operator and a product) with their packages by
//! price.

use std::collections::BTreeMap;

use spec::Pesewas;
use spec::contract::{Limits, Msisdn};

use super::defect::ItemFault;
use super::order_draft::OrderDraft;
use crate::history::{Catalog, PackageFacts};

/// A product of an operator with its packages.
#[derive(Debug, Clone)]
pub struct ProductLine {
    /// The operator's id.
    pub operator: String,
    /// The product's id.
    pub product: String,
    /// The active packages, the cheapest first, by the lowest known price; those without prices are last.
    pub active: Vec<PackageFacts>,
    /// Inactive packages.
    pub inactive: Vec<PackageFacts>,
    /// The first digits of its recipients' numbers.
    pub prefix: String,
    /// A recipient of this operator whose delivery fails; `None` if the user named none.
    pub failing: Option<String>,
}

impl ProductLine {
    /// Returns the active packages whose price for a role is known, with that price.
    #[must_use]
    pub(crate) fn priced(&self, role: &str) -> Vec<(&PackageFacts, Pesewas)> {
        self.active.iter().filter_map(|package| Some((package, *package.price.get(role)?))).collect()
    }

    /// Returns the active package with the highest known price for a role; if no price is known, the last one.
    #[must_use]
    pub(crate) fn dearest(&self, role: &str) -> &PackageFacts {
        let price = |it: &&PackageFacts| it.price.get(role).or_else(|| it.price.values().max()).copied();
        self.active.iter().max_by_key(|it| price(it)).unwrap_or(&self.active[0])
    }

    /// Returns a line that no server has, for orders that are refused before their ids are looked up.
    #[must_use]
    pub(crate) fn example(msisdn: &Msisdn) -> Self {
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

    /// Returns what packages cost a role; `None` if a price is unknown. A role without a price of its own, which may
    /// not buy, is given the highest price of any role.
    #[must_use]
    pub(crate) fn cost(&self, packages: &[&PackageFacts], role: &str) -> Option<Pesewas> {
        packages.iter().map(|it| it.price.get(role).or_else(|| it.price.values().max()).copied()).sum()
    }
}

/// Everything that can be bought.
#[derive(Debug, Clone, Default)]
pub struct SortedCatalog {
    /// Lines with at least one active package, the cheapest first.
    pub lines: Vec<ProductLine>,
    /// Lines that the user did not name. Orders refer to them only where that must be refused; some have no known
    /// package.
    pub unnamed: Vec<ProductLine>,
}

fn sample_prefix(msisdn: &Msisdn) -> String {
    format!("{}{}", msisdn.country_code, msisdn.sample_prefix)
}

fn least(package: &PackageFacts) -> Pesewas {
    package.price.values().min().copied().unwrap_or(Pesewas::new(i64::MAX))
}

impl SortedCatalog {
    /// Arranges a catalog. If an operator has no prefix for its recipients' numbers, they start like the page's
    /// samples.
    #[must_use]
    pub(crate) fn of(catalog: Option<&Catalog>, msisdn: &Msisdn) -> Self {
        let (mut lines, mut unnamed) = (Vec::new(), Vec::new());
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
                let line = ProductLine {
                    operator: operator.id.clone(),
                    product: product.id.clone(),
                    active,
                    inactive,
                    prefix: operator.recipient_prefix.clone().unwrap_or_else(|| sample_prefix(msisdn)),
                    failing: operator.failing_recipient.clone(),
                };
                if other { unnamed.push(line) } else { lines.push(line) }
            }
        }
        // Lines are sorted by price; at the same price, one with an inactive package comes first, as it allows more
        // cases.
        lines.sort_by_key(|line| (least(&line.active[0]), line.inactive.is_empty()));
        Self { lines, unnamed }
    }

    /// Returns the line that an order of this draft buys from: its own, or another one if it needs an inactive package, or
    /// a package of another product of the same operator. A server may look up packages by the operator alone, so that a
    /// package of another operator, which is taken at every other position, would show nothing.
    #[must_use]
    pub(crate) fn line(&self, draft: &OrderDraft) -> Option<&ProductLine> {
        let own = self.lines.get(draft.line % self.lines.len().max(1))?;
        let inactive = draft.items.iter().any(|(_, fault)| *fault == ItemFault::InactivePackage);
        let sibling =
            |(at, fault): &(usize, ItemFault)| *fault == ItemFault::OtherProductsPackage && at % 2 == 0;
        let fits = |line: &&ProductLine| match inactive {
            true => !line.inactive.is_empty(),
            false => self.sibling(line).is_some(),
        };
        if !inactive && !draft.items.iter().any(sibling) {
            return Some(own);
        }
        Some(Some(own).filter(fits).or_else(|| self.lines.iter().find(fits)).unwrap_or(own))
    }

    /// Returns another product of the same operator that has an active package.
    fn sibling(&self, line: &ProductLine) -> Option<&ProductLine> {
        let mut all = self.lines.iter().chain(&self.unnamed);
        all.find(|it| it.operator == line.operator && it.product != line.product && !it.active.is_empty())
    }

    /// Returns the index of the line with the dearest package.
    #[must_use]
    pub(crate) fn dearest(&self, role: &str) -> usize {
        let price = |line: &ProductLine| {
            let package = line.dearest(role);
            package.price.get(role).or_else(|| package.price.values().max()).copied()
        };
        (0..self.lines.len()).max_by_key(|at| price(&self.lines[*at])).unwrap_or_default()
    }

    /// Returns what the smallest and the largest order of the cheapest package cost a role; `None` if no price is
    /// known.
    #[must_use]
    pub(crate) fn cheapest_orders(&self, role: &str, limits: Limits) -> Option<(Pesewas, Pesewas)> {
        let prices = self.lines.iter().flat_map(|it| it.priced(role));
        let cheapest = prices.map(|(_, price)| price).filter(|it| *it > Pesewas::ZERO).min()?;
        Some((cheapest * limits.min_items as i64, cheapest * limits.max_items as i64))
    }

    /// Returns the package with an id, from any line.
    #[must_use]
    pub(crate) fn package(&self, id: &str) -> Option<&PackageFacts> {
        self.lines
            .iter()
            .chain(&self.unnamed)
            .flat_map(|line| line.active.iter().chain(&line.inactive))
            .find(|it| it.id == id)
    }

    /// Returns an active package of another product, of the same operator if it has one.
    #[must_use]
    pub(crate) fn foreign_package(&self, line: &ProductLine) -> Option<&PackageFacts> {
        let mut all = self.lines.iter().chain(&self.unnamed);
        let any = || all.find(|it| it.product != line.product && !it.active.is_empty());
        self.sibling(line).or_else(any).and_then(|other| other.active.first())
    }

    /// Returns another product of the same operator, to which this line's packages don't belong.
    #[must_use]
    pub(crate) fn other_product(&self, line: &ProductLine) -> Option<&str> {
        let others = self.unnamed.iter().filter(|it| it.operator == line.operator);
        others.map(|it| it.product.as_str()).find(|it| *it != line.product)
    }

    /// Returns a line of another operator.
    #[must_use]
    pub(crate) fn other_operator(&self, line: &ProductLine) -> Option<&ProductLine> {
        self.lines.iter().chain(&self.unnamed).find(|other| other.operator != line.operator)
    }

    /// Returns the indices of packages whose sum for a role is least exact in binary floating point: adding their
    /// prices one by one as floats strays far from the float nearest to the exact sum.
    #[must_use]
    pub(crate) fn awkward(line: &ProductLine, role: &str, count: usize) -> Vec<usize> {
        let prices: BTreeMap<usize, i64> = line
            .active
            .iter()
            .enumerate()
            .filter_map(|(at, package)| package.price.get(role).map(|price| (at, price.get())))
            .collect();
        if prices.is_empty() {
            return (0..count).map(|item| item % line.active.len()).collect();
        }
        // Greedy: each step takes the package that moves the float sum farthest from the exact one.
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

/// Adds a price in cedis as a careless server does. Nowhere else in this program is money a float.
#[expect(clippy::float_arithmetic, reason = "imitates the mistake that the order is to provoke")]
fn add(sum: f64, pesewas: i64) -> f64 {
    sum + pesewas as f64 / 100.0
}

/// Returns how many floats lie between the careless sum and the float nearest to the exact sum.
#[expect(clippy::float_arithmetic, reason = "measures the mistake that the order is to provoke")]
fn noise_ulps(careless: f64, exact: i64, price: i64) -> u64 {
    let right = (exact + price) as f64 / 100.0;
    add(careless, price).to_bits().abs_diff(right.to_bits())
}
