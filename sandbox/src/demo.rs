//! The accounts that a sandbox starts with, and the text that shows them and the catalog.

use std::fmt;

use spec::{Contract, Pesewas};

use crate::app::App;
use crate::catalog::Catalog;
use crate::store::StoreError;
use crate::store::accounts::{self, NewProfile};

/// An API key. Its `Debug` shows nothing of it; only [`ApiKey::expose`] does.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Returns the key itself, to be sent or to be shown on purpose.
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

/// An account that a sandbox starts with.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// The name of the account in this sandbox.
    pub name: String,
    /// The key. With a seed it is the same in every sandbox; otherwise it is random and shown only once.
    pub key: ApiKey,
    /// The id of the profile.
    pub profile_id: String,
    /// The role.
    pub role: String,
    /// The available balance when the sandbox starts.
    pub balance: Pesewas,
    /// Whether the key was revoked.
    pub revoked: bool,
}

/// The accounts and the catalog that a sandbox starts with.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The accounts. The built-in ones are one per role, one with a low balance per role that may buy, and one with a
    /// revoked key.
    pub accounts: Vec<DemoAccount>,
    /// The catalog.
    pub catalog: Catalog,
    roles: Vec<String>,
}

const RICH: Pesewas = Pesewas::new(10_000_000);
/// The number of the cheapest packages that an account with a low balance can pay for: enough for a few small orders.
const POOR: i64 = 10;

/// An account that is to be created.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The name of the account.
    pub(crate) name: String,
    /// The role.
    pub(crate) role: String,
    /// The opening balance.
    pub(crate) balance: Pesewas,
    /// Whether the key is revoked.
    pub(crate) revoked: bool,
    /// The key; one is generated if it is `None`.
    pub(crate) key: Option<String>,
}

/// Creates the accounts that do not exist yet.
///
/// # Errors
/// Returns an error if the store can't be read or written.
pub(crate) async fn seed(app: &App, wanted: Vec<Wanted>) -> Result<Demo, StoreError> {
    let there = app.store.read(accounts::named).await?;
    let mut accounts = Vec::new();
    for Wanted { name, role, balance, revoked, key } in wanted {
        // With a seed, the demo accounts have the same keys in every sandbox.
        let prefix = &app.contract.key.test_prefix;
        let seeded = || app.seed().map(|_| format!("{prefix}Demo_{}_7Kq2", name.replace(' ', "_")));
        let key = key.or_else(seeded);
        let known = there.iter().find(|it| it.name == name);
        let mut account = DemoAccount {
            key: ApiKey(key.clone().unwrap_or_default()),
            profile_id: String::new(),
            balance,
            name: name.clone(),
            role: role.clone(),
            revoked,
        };
        if let Some(known) = known {
            account.profile_id.clone_from(&known.profile_id);
            (account.balance, account.revoked) = (known.available, known.revoked);
            match key.filter(|key| app.with_keys(|keys| keys.get(key).is_some())) {
                Some(key) => app.reveal(&key),
                // A key is shown only when it is created; later, only its first characters are known.
                None => account.key = ApiKey(format!("{}… (shown when it was made)", known.hint)),
            }
        } else {
            let profile = NewProfile { name: Some(name), role, balance };
            let opened = app.open_account(profile, revoked, key).await?;
            (account.key, account.profile_id) = (ApiKey(opened.key), opened.profile_id);
        }
        accounts.push(account);
    }
    let catalog = app.catalog().as_ref().clone();
    Ok(Demo { accounts, catalog, roles: app.contract.roles.buyers.clone() })
}

/// Returns the built-in accounts.
pub(crate) fn wanted(contract: &Contract, catalog: &Catalog) -> Vec<Wanted> {
    let account = |name: String, role: &str, balance, revoked| Wanted {
        name,
        role: role.to_owned(),
        balance,
        revoked,
        key: None,
    };
    let roles = &contract.roles;
    let mut wanted: Vec<_> =
        roles.all.iter().map(|role| account(role.to_ascii_lowercase(), role, RICH, false)).collect();
    for buyer in &roles.buyers {
        let poor = catalog.cheapest(buyer) * POOR;
        wanted.push(account(format!("poor {}", buyer.to_ascii_lowercase()), buyer, poor, false));
    }
    if let Some(buyer) = roles.buyers.first() {
        wanted.push(account(format!("revoked {}", buyer.to_ascii_lowercase()), buyer, RICH, true));
    }
    wanted
}

/// Formats two tables: the accounts with their keys, and the catalog with its prices in GHS.
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

/// Writes a table whose columns are as wide as their widest cell; the columns in `right` are right-aligned.
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
