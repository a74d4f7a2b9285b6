//! The accounts that a sandbox starts with, and the text that shows them and the catalog.

use std::fmt;

use spec::{Contract, Pesewas};

use crate::app::App;
use crate::catalog::Catalog;
use crate::store::StoreError;

/// An API key. Its `Debug` shows no more than how it starts; only [`ApiKey::expose`] shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key itself, to be sent or to be shown on purpose.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// An account that every sandbox starts with.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// What it is called here.
    pub name: String,
    /// Its key, the same in every sandbox.
    pub key: ApiKey,
    /// Id of its profile.
    pub profile_id: String,
    /// Its role.
    pub role: String,
    /// What was in its wallet at first.
    pub balance: Pesewas,
    /// Whether its key was revoked.
    pub revoked: bool,
}

/// What a sandbox starts with.
#[derive(Debug, Clone)]
pub struct Demo {
    /// One account per role, a poor one of each that may buy, and one whose key was revoked.
    pub accounts: Vec<DemoAccount>,
    /// What is sold.
    pub catalog: Catalog,
    roles: Vec<String>,
}

const RICH: Pesewas = Pesewas::new(10_000_000);
/// So many of the cheapest package a poor account pays for: a few small orders, and not one more.
const POOR: i64 = 10;

/// Opens the accounts that are not there yet.
pub(crate) async fn seed(app: &App) -> Result<Demo, StoreError> {
    let mut accounts = Vec::new();
    for (name, role, balance, revoked) in wanted(&app.contract, &app.catalog) {
        let key = format!("{}Demo_{}_7Kq2", app.contract.key.test_prefix, name.replace(' ', "_"));
        let known = app.with_keys(|keys| keys.get(&key).map(|(account, _)| account.profile_id.clone()));
        let profile_id = match known {
            Some(profile_id) => profile_id,
            None => app.open_account(&role, balance, revoked, Some(key.clone())).await?.profile_id,
        };
        accounts.push(DemoAccount { name, key: ApiKey(key), profile_id, role, balance, revoked });
    }
    Ok(Demo { accounts, catalog: app.catalog.clone(), roles: app.contract.roles.buyers.clone() })
}

fn wanted(contract: &Contract, catalog: &Catalog) -> Vec<(String, String, Pesewas, bool)> {
    let roles = &contract.roles;
    let mut wanted: Vec<_> =
        roles.all.iter().map(|role| (role.to_ascii_lowercase(), role.clone(), RICH, false)).collect();
    for buyer in &roles.buyers {
        let poor = catalog.cheapest(buyer) * POOR;
        wanted.push((format!("poor {}", buyer.to_ascii_lowercase()), buyer.clone(), poor, false));
    }
    if let Some(buyer) = roles.buyers.first() {
        wanted.push((format!("revoked {}", buyer.to_ascii_lowercase()), buyer.clone(), RICH, true));
    }
    wanted
}

/// Two tables: accounts with their keys, and the catalog with its prices in GHS.
impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Accounts (balances in GHS)")?;
        let rows = self.accounts.iter().map(|account| {
            vec![
                account.name.clone(),
                account.role.clone(),
                account.balance.to_string(),
                account.key.0.clone(),
            ]
        });
        table(f, &["name", "role", "balance", "key"].map(String::from), &[2], rows.collect())?;
        for operator in &self.catalog.operators {
            for product in &operator.products {
                let note = if product.available { "" } else { ", unavailable" };
                writeln!(f, "\n{} {}, {} {}{note}", operator.name, operator.id, product.name, product.id)?;
                let mut head = vec!["package".to_owned(), "label".to_owned()];
                head.extend(self.roles.iter().cloned());
                head.push("status".into());
                let rows = product.packages.iter().map(|package| {
                    let mut row = vec![package.id.clone(), package.label.clone()];
                    row.extend(self.roles.iter().map(|role| package.price(role).to_string()));
                    row.push(if package.active { "active" } else { "inactive" }.into());
                    row
                });
                let numbers: Vec<usize> = (2..2 + self.roles.len()).collect();
                table(f, &head, &numbers, rows.collect())?;
            }
        }
        Ok(())
    }
}

/// Columns as wide as their widest cell; those in `right` are flush right.
fn table(
    f: &mut fmt::Formatter<'_>,
    head: &[String],
    right: &[usize],
    rows: Vec<Vec<String>>,
) -> fmt::Result {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(head.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let cell = if right.contains(&column) {
                format!("  {cell:>width$}")
            } else {
                format!("  {cell:<width$}")
            };
            line.push_str(&cell);
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
