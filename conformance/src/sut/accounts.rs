//! The accounts file: the accounts to use on a server without provider states, and what can be bought there.
//!
//! For a file with mistakes, every mistake is reported at once, each with its position and its remedy.

mod mistake;
pub(crate) mod reader;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub(crate) use mistake::Mistake;
use reader::{Reader, Table};
use spec::contract::KeyScheme;
use spec::{Contract, Pesewas};

use crate::hint::hint;
use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts};
use crate::order::msisdn::is_international;
use crate::secret::{Secret, shown_variable, unsendable};

/// The contents of an accounts file.
#[derive(Debug)]
pub struct AccountsFile {
    /// The accounts in the order of the file; at least one.
    pub accounts: Vec<AccountEntry>,
    /// What can be bought, if the file names operators.
    pub catalog: Option<Catalog>,
}

/// An account with its key.
#[derive(Debug)]
pub struct AccountEntry {
    /// The name, unique in the file.
    pub name: String,
    /// The account's key.
    pub key: Secret,
    /// The role, which is one of the contract's.
    pub role: Option<String>,
    /// The spendable balance when the run begins.
    pub balance: Option<Pesewas>,
    /// Whether the key must be refused.
    pub revoked: bool,
    /// The name of the account whose wallet this one spends from. That account spends from its own wallet.
    pub same_wallet_as: Option<String>,
}

/// All mistakes of an accounts file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the accounts file can't be used:\n{}", .0.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"))]
pub struct AccountsError(pub Vec<Mistake>);

/// The reasons why no key can be read for an account.
#[derive(Debug, thiserror::Error)]
enum KeyTrouble {
    #[error("`{0}` says where the key is, and is no place for the key itself")]
    NoPlace(&'static str),
    #[error("environment variable `{shown}` is not set: export it, or use `key_file`", shown = shown_variable(.0))]
    NotSet(String),
    #[error("key file `{file}` can't be read from this file's folder: {error}")]
    Unreadable { file: String, error: io::Error },
    #[error("a live key does not belong in a file that is passed around: use `key_env` or `key_file`")]
    Live,
    #[error("the key from `{0}` {1}")]
    Unusable(&'static str, &'static str),
}

/// Access to what a file may refer to: environment variables, and files next to it.
struct Outside<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    file: &'a dyn Fn(&str) -> io::Result<String>,
}

/// Reads an accounts file. `environment` looks up a variable; the paths of key files are relative to the file's
/// folder.
///
/// # Errors
/// Returns an error with every mistake if the file can't be read or its contents are wrong.
pub fn load(
    path: &Path,
    contract: &Contract,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<AccountsFile, AccountsError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("can't be read: {error}");
        AccountsError(vec![Mistake { file: file.clone(), place: None, message }])
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    parse(&file, &text, contract, &Outside { variable: environment, file: &read })
}

fn parse(
    file: &str,
    text: &str,
    contract: &Contract,
    outside: &Outside<'_>,
) -> Result<AccountsFile, AccountsError> {
    let reader = Reader::new(file, text);
    let (document, broken) = reader.document();
    let keys = Keys::new(contract);
    let found = Parser { contract, outside, reader: &reader, keys: &keys }.file(&document, broken);
    match reader.into_mistakes() {
        mistakes if mistakes.is_empty() => Ok(found),
        mistakes => Err(AccountsError(mistakes)),
    }
}

/// The keys that each kind of table may have. Ids have the same names as in the API.
struct Keys<'a> {
    root: Vec<&'a str>,
    account: Vec<&'a str>,
    operator: Vec<&'a str>,
    product: Vec<&'a str>,
    package: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    fn new(contract: &'a Contract) -> Self {
        let (order, item) = (&contract.fields.order, &contract.fields.item);
        Self {
            root: vec!["account", "operators"],
            account: vec![
                "name",
                "key",
                "key_env",
                "key_file",
                "role",
                "balance",
                "revoked",
                "same_wallet_as",
            ],
            operator: vec![&order.operator, "recipient_prefix", "failing_recipient", "products"],
            product: vec![&order.product, "status", "packages"],
            package: vec![&item.package, "status", "price"],
        }
    }
}

struct Parser<'a> {
    contract: &'a Contract,
    outside: &'a Outside<'a>,
    reader: &'a Reader<'a>,
    keys: &'a Keys<'a>,
}

/// The names or ids that must be unique, each with the line where it was first used.
#[derive(Default)]
struct Once<'a>(BTreeMap<&'a str, usize>);

impl<'a> Parser<'a> {
    fn file(&self, document: &'a toml::de::DeTable<'a>, broken: bool) -> AccountsFile {
        let root = self.reader.root(document, broken);
        if !broken {
            // If the header of a table can't be parsed, the lines below it seem to belong to the outermost table.
            root.only(&self.keys.root);
        }
        let entries = root.tables("account", "[[account]]");
        if entries.is_empty() && !document.contains_key("account") {
            root.missing(
                "account",
                "write [[account]] with a `name` and a `key_env` for each key that there is",
            );
        }
        let mut names = Once::default();
        let accounts: Vec<AccountEntry> =
            entries.iter().filter_map(|entry| self.account(entry, &mut names)).collect();
        self.distinct_keys(&entries, &accounts);
        self.wallets(&entries);
        let catalog = document.contains_key("operators").then(|| {
            let (mut operators, mut products, mut packages) =
                (Once::default(), Once::default(), Once::default());
            let tables = root.tables("operators", "[[operators]]");
            let each = tables
                .iter()
                .filter_map(|table| self.operator(table, &mut operators, &mut products, &mut packages));
            Catalog { operators: each.collect(), ..Catalog::default() }
        });
        AccountsFile { accounts, catalog }
    }

    fn account(&self, entry: &Table<'a>, names: &mut Once<'a>) -> Option<AccountEntry> {
        entry.only(&self.keys.account);
        let name = self.unique(entry, "name", names);
        let key = self.key(entry);
        let role = entry.text("role").filter(|role| entry.one_of("role", role, &self.contract.roles.all));
        Some(AccountEntry {
            role: role.map(str::to_owned),
            balance: entry.money("balance"),
            revoked: entry.flag("revoked").unwrap_or(false),
            same_wallet_as: entry.text("same_wallet_as").map(str::to_owned),
            name: name?.to_owned(),
            key: key?,
        })
    }

    /// Reads the key from the one place that an account names.
    fn key(&self, entry: &Table<'a>) -> Option<Secret> {
        const PLACES: [&str; 3] = ["key_env", "key_file", "key"];
        let given: Vec<&str> = PLACES.into_iter().filter(|place| entry.has(place)).collect();
        let place = match given[..] {
            [] => {
                entry.missing("key_env", "name the environment variable that holds the key, or a `key_file`");
                return None;
            }
            [place] => place,
            [kept, other, ..] => {
                entry.wrong(other, format!("`{kept}` and `{other}` in one account: keep one of them"));
                return None;
            }
        };
        let written = entry.text(place)?;
        match self.held(place, written) {
            Ok(key) => Some(key),
            Err(trouble) => {
                entry.wrong(place, trouble.to_string());
                None
            }
        }
    }

    /// Reads the key that a place holds.
    fn held(&self, place: &'static str, written: &str) -> Result<Secret, KeyTrouble> {
        let KeyScheme { test_prefix, live_prefix, .. } = &self.contract.key;
        let is_key = written.starts_with(test_prefix) || written.starts_with(live_prefix);
        let held = match place {
            "key_env" | "key_file" if is_key => return Err(KeyTrouble::NoPlace(place)),
            "key_env" => {
                (self.outside.variable)(written).ok_or_else(|| KeyTrouble::NotSet(written.into()))?
            }
            "key_file" => (self.outside.file)(written)
                .map(|text| text.trim().to_owned())
                .map_err(|error| KeyTrouble::Unreadable { file: written.into(), error })?,
            _ if written.starts_with(live_prefix) => return Err(KeyTrouble::Live),
            _ => written.to_owned(),
        };
        if let Some(trouble) = unsendable(&held) {
            return Err(KeyTrouble::Unusable(place, trouble));
        }
        Ok(Secret::new(held, &[test_prefix, live_prefix]))
    }

    /// Reports accounts with the same key: they would be one account, and each would see the other's orders.
    fn distinct_keys(&self, entries: &[Table<'a>], accounts: &[AccountEntry]) {
        for (at, account) in accounts.iter().enumerate() {
            let twin = accounts[..at].iter().find(|other| other.key == account.key);
            let entry = entries.iter().rev().find(|entry| entry.peek("name") == Some(&account.name));
            if let (Some(twin), Some(entry)) = (twin, entry) {
                let message =
                    format!("the same key as account `{}`: an account needs one of its own", twin.name);
                entry.wrong("name", message);
            }
        }
    }

    /// Checks that all accounts that share a wallet name the same account, which alone gives the balance.
    fn wallets(&self, entries: &[Table<'a>]) {
        for entry in entries {
            let Some(name) = entry.peek("same_wallet_as") else { continue };
            let named = |other: &&Table<'a>| other.peek("name") == Some(name);
            let message = match entries.iter().find(named) {
                _ if entry.peek("name") == Some(name) => {
                    "an account always shares its own wallet: leave this out".into()
                }
                None => {
                    let names: Vec<&str> = entries.iter().filter_map(|other| other.peek("name")).collect();
                    format!("there is no account `{name}`{}", hint(name, &names))
                }
                Some(other) if other.has("same_wallet_as") => {
                    let first = other.peek("same_wallet_as").unwrap_or_default();
                    format!("account `{name}` shares a wallet itself: name `{first}` here as well")
                }
                Some(other) if entry.has("balance") && other.has("balance") => {
                    format!("the balance of a shared wallet stands with account `{name}`: leave it out here")
                }
                Some(_) => continue,
            };
            entry.wrong("same_wallet_as", message);
        }
    }

    fn operator(
        &self,
        table: &Table<'a>,
        operators: &mut Once<'a>,
        products: &mut Once<'a>,
        packages: &mut Once<'a>,
    ) -> Option<OperatorFacts> {
        table.only(&self.keys.operator);
        let id = self.unique(table, &self.contract.fields.order.operator, operators);
        let tables = table.tables("products", "[[operators.products]]");
        let products =
            tables.iter().filter_map(|product| self.product(product, products, packages)).collect();
        let (recipient_prefix, failing_recipient) =
            (self.recipient_prefix(table), self.failing_recipient(table));
        Some(OperatorFacts { id: id?.to_owned(), recipient_prefix, failing_recipient, products })
    }

    fn failing_recipient(&self, table: &Table<'a>) -> Option<String> {
        let number = table.text("failing_recipient")?;
        if is_international(self.contract, number) {
            return Some(number.to_owned());
        }
        let msisdn = &self.contract.msisdn;
        let message = format!(
            "`{number}` is not a whole number in international form: {} digits that begin with {}",
            msisdn.country_code.len() + msisdn.national_digits,
            msisdn.country_code
        );
        table.wrong("failing_recipient", message);
        None
    }

    fn recipient_prefix(&self, table: &Table<'a>) -> Option<String> {
        let prefix = table.text("recipient_prefix")?;
        let msisdn = &self.contract.msisdn;
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if digits
            && prefix.starts_with(&msisdn.country_code)
            && prefix.len() < msisdn.country_code.len() + msisdn.national_digits
        {
            return Some(prefix.to_owned());
        }
        let example = format!("{}{}", msisdn.country_code, msisdn.sample_prefix);
        let message = format!(
            "`{prefix}` is not how a number starts: digits only, country code first, fewer than a whole number has, \
             such as \"{example}\""
        );
        table.wrong("recipient_prefix", message);
        None
    }

    fn product(
        &self,
        table: &Table<'a>,
        products: &mut Once<'a>,
        packages: &mut Once<'a>,
    ) -> Option<ProductFacts> {
        table.only(&self.keys.product);
        let id = self.unique(table, &self.contract.fields.order.product, products);
        let available = self.status(table, &self.contract.product_status);
        let tables = table.tables("packages", "[[operators.products.packages]]");
        let packages = tables.iter().filter_map(|package| self.package(package, packages)).collect();
        Some(ProductFacts { id: id?.to_owned(), available, packages })
    }

    fn package(&self, table: &Table<'a>, packages: &mut Once<'a>) -> Option<PackageFacts> {
        table.only(&self.keys.package);
        let id = self.unique(table, &self.contract.fields.item.package, packages);
        let active = self.status(table, &self.contract.package_status);
        let mut price = BTreeMap::new();
        if let Some(prices) = table.table("price", "a table by role, as in { ROLE = \"4.25\" }") {
            let roles: Vec<&str> = self.contract.roles.all.iter().map(String::as_str).collect();
            prices.only(&roles);
            for role in roles {
                price.extend(prices.money(role).map(|amount| (role.to_owned(), amount)));
            }
        }
        Some(PackageFacts { id: id?.to_owned(), active, price })
    }

    /// Returns whether a product or package can be bought; it can if no status is given.
    fn status(&self, table: &Table<'a>, (yes, no): &(String, String)) -> bool {
        let status = table.text("status");
        status
            .is_none_or(|status| table.one_of("status", status, &[yes.clone(), no.clone()]) && status == yes)
    }

    /// Returns a text that is required, must not be empty and must be unique under its key.
    fn unique(&self, table: &Table<'a>, key: &str, once: &mut Once<'a>) -> Option<&'a str> {
        if !table.has(key) {
            table.missing(key, "it is required");
        }
        let text = table.text(key)?;
        if text.trim().is_empty() {
            table.wrong(key, format!("`{key}` is empty"));
            return None;
        }
        let line = table.place(key).0;
        if let Some(first) = once.0.get(text) {
            table.wrong(key, format!("`{text}` stands in line {first} already: each `{key}` once"));
            return None;
        }
        once.0.insert(text, line);
        Some(text)
    }
}

#[cfg(test)]
mod tests;
