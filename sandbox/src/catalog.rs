//! The catalog of the sandbox: two operators, their products and packages, priced per role.

use std::collections::BTreeMap;
use std::sync::Arc;

use spec::{Contract, Pesewas};

/// The catalog, with its packages by id.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The operators, in the order in which they were defined.
    pub operators: Vec<Operator>,
    pub(crate) packages: BTreeMap<String, Arc<Package>>,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The operator's id.
    pub id: String,
    /// The name for a person.
    pub name: String,
    /// The products that the operator sells.
    pub products: Vec<Product>,
}

/// A product line of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The product's id.
    pub id: String,
    /// The name for a person.
    pub name: String,
    /// Whether the product can be bought.
    pub available: bool,
    /// The packages, in the order in which they were defined.
    pub packages: Vec<Arc<Package>>,
}

/// A package for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The package's id.
    pub id: String,
    /// The label for a person.
    pub label: String,
    /// How long the data lasts.
    pub validity: String,
    /// Whether the package can be bought.
    pub active: bool,
    /// The price per role; roles that may not buy see the price of the first role that may, unless they have their own.
    pub prices: BTreeMap<String, Pesewas>,
    /// The operator that sells the package.
    pub operator: String,
    /// The product that the package belongs to.
    pub product: String,
}

impl Package {
    /// Returns the price for a role; zero for an unknown role.
    #[must_use]
    pub fn price(&self, role: &str) -> Pesewas {
        self.prices.get(role).copied().unwrap_or_default()
    }
}

/// The label, the price in pesewas of the first role that may buy, and that of the other roles that may. All packages
/// but the last one of a product can be bought. Nearly all amounts have no exact representation as binary fractions.
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
    /// Creates the catalog of these operators.
    pub(crate) fn of(operators: Vec<Operator>) -> Self {
        let products = operators.iter().flat_map(|operator| &operator.products);
        let packages = products.flat_map(|product| &product.packages);
        let packages = packages.map(|package| (package.id.clone(), package.clone())).collect();
        Self { operators, packages }
    }

    /// Creates the built-in catalog, with a surcharge on each price.
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

    /// Changes a package everywhere in the catalog; returns false if there is none with this id.
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

    /// Returns the price of the cheapest package for a role.
    pub(crate) fn cheapest(&self, role: &str) -> Pesewas {
        self.packages.values().map(|package| package.price(role)).min().unwrap_or_default()
    }

    pub(crate) fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.id == id)
    }

    /// Returns a product with the operator that sells it.
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
