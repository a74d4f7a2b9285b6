//! What the sandbox sells: two operators, their products and packages, priced per role.

use std::collections::BTreeMap;
use std::sync::Arc;

use spec::{Contract, Pesewas};

/// Everything that is sold, found by id.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The operators, in the order of their ids.
    pub operators: Vec<Operator>,
    pub(crate) packages: BTreeMap<String, Arc<Package>>,
}

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Its id.
    pub id: String,
    /// For a person.
    pub name: String,
    /// What it sells.
    pub products: Vec<Product>,
}

/// A product line of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// For a person.
    pub name: String,
    /// Whether it can be bought.
    pub available: bool,
    /// Its packages, the cheapest first.
    pub packages: Vec<Arc<Package>>,
}

/// What one recipient gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its id.
    pub id: String,
    /// For a person.
    pub label: String,
    /// How long it lasts.
    pub validity: String,
    /// Whether it can be bought.
    pub active: bool,
    /// What each role is charged; roles that may not buy see the price of the first that may.
    pub prices: BTreeMap<String, Pesewas>,
    /// Operator that sells it.
    pub operator: String,
    /// Product that it belongs to.
    pub product: String,
}

impl Package {
    /// The price of a role.
    #[must_use]
    pub fn price(&self, role: &str) -> Pesewas {
        self.prices.get(role).copied().unwrap_or_default()
    }
}

/// Label, pesewas of the first role that may buy, pesewas of the others that may. All but the last can be bought.
/// The amounts are ones that binary fractions can't hold.
type Line = (&'static str, i64, i64);
const SOLD: [(&str, &str, bool, [Line; 5]); 5] = [
    (
        "Volta Mobile",
        "Non-expiry data",
        true,
        [
            ("50 MB", 10, 9),
            ("500 MB", 110, 105),
            ("1 GB", 235, 225),
            ("2 GB", 435, 417),
            ("4 GB (withdrawn)", 999, 959),
        ],
    ),
    (
        "Volta Mobile",
        "Night data",
        true,
        [
            ("100 MB", 20, 19),
            ("300 MB", 70, 67),
            ("1.5 GB", 315, 302),
            ("5 GB", 805, 773),
            ("3 GB (withdrawn)", 555, 533),
        ],
    ),
    (
        "Densu Telecom",
        "Weekly data",
        true,
        [
            ("150 MB", 30, 28),
            ("600 MB", 115, 110),
            ("1 GB", 220, 211),
            ("3 GB", 645, 619),
            ("2 GB (withdrawn)", 410, 394),
        ],
    ),
    (
        "Densu Telecom",
        "Monthly data",
        true,
        [
            ("120 MB", 40, 38),
            ("700 MB", 145, 139),
            ("1.2 GB", 290, 278),
            ("6 GB", 1_105, 1_061),
            ("8 GB (withdrawn)", 1_490, 1_430),
        ],
    ),
    (
        "Densu Telecom",
        "Roaming data (sold out)",
        false,
        [
            ("10 MB", 60, 57),
            ("50 MB", 190, 182),
            ("100 MB", 330, 317),
            ("250 MB", 715, 686),
            ("500 MB (withdrawn)", 1_310, 1_257),
        ],
    ),
];

impl Catalog {
    /// What these operators sell.
    pub(crate) fn of(operators: Vec<Operator>) -> Self {
        let products = operators.iter().flat_map(|operator| &operator.products);
        let packages = products.flat_map(|product| &product.packages);
        let packages = packages.map(|package| (package.id.clone(), package.clone())).collect();
        Self { operators, packages }
    }

    /// What is sold, each price higher by a surcharge.
    pub(crate) fn new(contract: &Contract, surcharge: Pesewas) -> Self {
        let mut catalog = Self { operators: Vec::new(), packages: BTreeMap::new() };
        for (at, (operator_name, product_name, available, lines)) in SOLD.iter().enumerate() {
            if catalog.operators.last().is_none_or(|last| last.name != *operator_name) {
                let number = catalog.operators.len() + 1;
                let id = crate::ids::opaque("k57", number as i64);
                catalog.operators.push(Operator { id, name: (*operator_name).into(), products: Vec::new() });
            }
            let Some(operator) = catalog.operators.last_mut() else { continue };
            let product = crate::ids::opaque("p22", at as i64 + 101);
            let packages: Vec<Arc<Package>> = lines
                .iter()
                .enumerate()
                .map(|(line, (label, first, others))| {
                    Arc::new(Package {
                        id: crate::ids::opaque("q34", (at * 10 + line) as i64 + 1001),
                        label: (*label).into(),
                        validity: product_name.split(' ').next().unwrap_or_default().into(),
                        active: line + 1 < lines.len(),
                        prices: prices(contract, *first + surcharge.get(), *others + surcharge.get()),
                        operator: operator.id.clone(),
                        product: product.clone(),
                    })
                })
                .collect();
            catalog.packages.extend(packages.iter().map(|package| (package.id.clone(), package.clone())));
            operator.products.push(Product {
                id: product,
                name: (*product_name).into(),
                available: *available,
                packages,
            });
        }
        catalog
    }

    /// Changes a package wherever it stands; false if there is none of this id.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut Package)) -> bool {
        let Some(package) = self.packages.get_mut(id) else { return false };
        change(Arc::make_mut(package));
        let changed = package.clone();
        let products = self.operators.iter_mut().flat_map(|operator| operator.products.iter_mut());
        for shown in products.flat_map(|product| product.packages.iter_mut()).filter(|it| it.id == id) {
            *shown = changed.clone();
        }
        true
    }

    /// What the cheapest package costs a role.
    pub(crate) fn cheapest(&self, role: &str) -> Pesewas {
        self.packages.values().map(|package| package.price(role)).min().unwrap_or_default()
    }

    pub(crate) fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.id == id)
    }

    /// A product with the operator that sells it.
    pub(crate) fn product(&self, id: &str) -> Option<(&Operator, &Product)> {
        self.operators
            .iter()
            .flat_map(|operator| operator.products.iter().map(move |product| (operator, product)))
            .find(|(_, product)| product.id == id)
    }
}

fn prices(contract: &Contract, first: i64, others: i64) -> BTreeMap<String, Pesewas> {
    let roles = &contract.roles;
    let price = |role: &String| match roles.buyers.iter().position(|buyer| buyer == role) {
        Some(at) if at > 0 => others,
        _ => first,
    };
    roles.all.iter().map(|role| (role.clone(), Pesewas::new(price(role)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_of_everything_to_decide_every_question() {
        let contract = spec::embedded().unwrap();
        let catalog = Catalog::new(&contract, Pesewas::ZERO);
        assert_eq!(catalog.operators.len(), 2);
        for product in catalog.operators.iter().flat_map(|operator| &operator.products) {
            assert!(product.packages.iter().filter(|package| package.active).count() >= 4);
            assert!(product.packages.iter().any(|package| !package.active));
            for package in &product.packages {
                assert!(package.price("SuperAgent") < package.price("Agent"));
                assert_eq!(package.price("Staff"), package.price("Agent"));
            }
        }
        assert!(catalog.operators.iter().all(|it| it.products.iter().filter(|p| p.available).count() == 2));
        assert_eq!(catalog.packages.values().map(|package| package.price("Agent").get()).min(), Some(10));
    }
}
