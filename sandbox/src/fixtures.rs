//! Accounts and a catalog from a file, instead of the built-in ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use spec::money::MoneyError;
use spec::{Contract, Pesewas};

use crate::catalog::{Catalog, Operator, Package, Product};
use crate::demo::Wanted;

/// The accounts and the catalog to start with.
#[derive(Debug, Clone)]
pub struct Fixtures {
    accounts: Vec<Wanted>,
    catalog: Option<Catalog>,
}

/// The reason why a file of fixtures can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", .path.display())]
pub struct FixturesError {
    path: PathBuf,
    #[source]
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("can't be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("{place}: `{role}` is not a role; the roles are {known}")]
    Role { place: String, role: String, known: String },
    #[error("{place}: {error}")]
    Money { place: String, error: MoneyError },
    #[error("{place}: {amount} GHS is less than nothing")]
    Negative { place: String, amount: Pesewas },
    #[error("{place}: no price for {role}")]
    NoPrice { place: String, role: String },
    #[error("{place}: `{value}` stands twice")]
    Twice { place: String, value: String },
    #[error("{place}: a key starts with `{prefix}` and has no blanks")]
    Key { place: String, prefix: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<AccountRow>,
    #[serde(default)]
    operator: Vec<OperatorRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRow {
    name: String,
    role: String,
    balance: String,
    #[serde(default)]
    revoked: bool,
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorRow {
    id: String,
    name: String,
    #[serde(default)]
    product: Vec<ProductRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductRow {
    id: String,
    name: String,
    #[serde(default = "yes")]
    available: bool,
    #[serde(default)]
    package: Vec<PackageRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageRow {
    id: String,
    label: String,
    #[serde(default)]
    validity: String,
    #[serde(default = "yes")]
    active: bool,
    /// The prices in GHS, by role; roles that may not buy have the price of the first role that may, unless they have
    /// their own.
    price: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

impl Fixtures {
    /// Reads a file.
    ///
    /// # Errors
    /// Returns an error if the file can't be read, is not TOML of this form, or has an invalid role, amount, key or
    /// price.
    pub fn read(path: &Path, contract: &Contract) -> Result<Self, FixturesError> {
        let read = || -> Result<Self, Problem> {
            let file: File = toml::from_str(&std::fs::read_to_string(path)?)?;
            Self::of(file, contract)
        };
        read().map_err(|problem| FixturesError { path: path.to_owned(), problem })
    }

    fn of(file: File, contract: &Contract) -> Result<Self, Problem> {
        let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
        let mut accounts = Vec::new();
        for row in file.account {
            let place = format!("account `{}`", row.name);
            once(&mut names, &place, &row.name)?;
            if let Some(key) = &row.key {
                once(&mut keys, &place, key)?;
                let prefix = &contract.key.test_prefix;
                if !key.starts_with(prefix) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(Problem::Key { place, prefix: prefix.clone() });
                }
            }
            role(contract, &place, &row.role)?;
            let balance = money(&place, &row.balance)?;
            let AccountRow { name, role, revoked, key, .. } = row;
            accounts.push(Wanted { name, role, balance, revoked, key });
        }
        let catalog = if file.operator.is_empty() { None } else { Some(catalog(file.operator, contract)?) };
        Ok(Self { accounts, catalog })
    }

    /// Returns the accounts; empty for the built-in ones.
    pub(crate) fn accounts(&self) -> &[Wanted] {
        &self.accounts
    }

    /// Returns the catalog, if the file defines one.
    pub(crate) const fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }
}

fn catalog(rows: Vec<OperatorRow>, contract: &Contract) -> Result<Catalog, Problem> {
    let mut ids = BTreeSet::new();
    let mut operators = Vec::new();
    for operator in rows {
        let place = format!("operator `{}`", operator.id);
        once(&mut ids, &place, &operator.id)?;
        let mut products = Vec::new();
        for product in operator.product {
            let place = format!("{place}, product `{}`", product.id);
            once(&mut ids, &place, &product.id)?;
            let mut packages = Vec::new();
            for row in product.package {
                let place = format!("{place}, package `{}`", row.id);
                once(&mut ids, &place, &row.id)?;
                packages.push(Arc::new(Package {
                    prices: prices(contract, &place, &row.price)?,
                    id: row.id,
                    label: row.label,
                    validity: row.validity,
                    active: row.active,
                    operator: operator.id.clone(),
                    product: product.id.clone(),
                }));
            }
            let ProductRow { id, name, available, .. } = product;
            products.push(Product { id, name, available, packages });
        }
        operators.push(Operator { id: operator.id, name: operator.name, products });
    }
    Ok(Catalog::of(operators))
}

fn prices(
    contract: &Contract,
    place: &str,
    rows: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Pesewas>, Problem> {
    let mut prices = BTreeMap::new();
    for (name, amount) in rows {
        role(contract, place, name)?;
        prices.insert(name.clone(), money(place, amount)?);
    }
    let roles = &contract.roles;
    if let Some(missing) = roles.buyers.iter().find(|it| !prices.contains_key(*it)) {
        return Err(Problem::NoPrice { place: place.to_owned(), role: missing.clone() });
    }
    let first = roles.buyers.first().and_then(|it| prices.get(it)).copied().unwrap_or_default();
    for other in &roles.all {
        prices.entry(other.clone()).or_insert(first);
    }
    Ok(prices)
}

fn once(seen: &mut BTreeSet<String>, place: &str, value: &str) -> Result<(), Problem> {
    if seen.insert(value.to_owned()) {
        return Ok(());
    }
    Err(Problem::Twice { place: place.to_owned(), value: value.to_owned() })
}

fn role(contract: &Contract, place: &str, role: &str) -> Result<(), Problem> {
    let roles = &contract.roles.all;
    if roles.iter().any(|it| it == role) {
        return Ok(());
    }
    Err(Problem::Role { place: place.to_owned(), role: role.to_owned(), known: roles.join(", ") })
}

fn money(place: &str, text: &str) -> Result<Pesewas, Problem> {
    let place = || place.to_owned();
    let amount = Pesewas::from_decimal(text).map_err(|error| Problem::Money { place: place(), error })?;
    if amount < Pesewas::ZERO { Err(Problem::Negative { place: place(), amount }) } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fixtures, Problem> {
        let file = toml::from_str(text)?;
        Fixtures::of(file, &spec::embedded().unwrap())
    }

    #[test]
    fn the_example_is_right() {
        let fixtures = read(include_str!("../fixtures.example.toml")).unwrap();
        assert_eq!(fixtures.accounts().len(), 3);
        let catalog = fixtures.catalog().unwrap();
        let package = catalog.packages.values().find(|it| it.active).unwrap();
        assert!(package.price("SuperAgent") < package.price("Agent"));
        assert_eq!(package.price("Staff"), package.price("Agent"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let account = |rest: &str| format!("[[account]]\nname = \"a\"\nrole = \"Agent\"\n{rest}");
        let package = "[[operator]]\nid = \"o\"\nname = \"O\"\n[[operator.product]]\nid = \"p\"\nname = \"P\"\n\
                       [[operator.product.package]]\nid = \"q\"\nlabel = \"1 GB\"\n";
        let texts = [
            account("balance = \"-5\""),
            account("balance = \"0.001\""),
            account("balance = \"1\"\ncolour = \"red\""),
            account("balance = \"1\"\nkey = \"secret\""),
            account("balance = \"1\"\n").replace("Agent", "Boss"),
            format!("{0}\n{0}", account("balance = \"1\"\n")),
            format!("{package}price = {{ Agent = \"1\" }}"),
            format!("{package}price = {{ Agent = \"1\", SuperAgent = \"-1\" }}"),
        ];
        let said = texts.iter().map(|text| format!("{}\n", read(text).unwrap_err()));
        insta::assert_snapshot!(said.collect::<String>());
    }
}
