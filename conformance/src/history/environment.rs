//! What was known about the target before the first case.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{OperationId, Pesewas};

/// How the run gets accounts with the roles and balances that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// It has no key at all.
    None,
    /// Fixed accounts, from a file or from the environment.
    Accounts,
    /// Provider states: any role and balance on demand.
    States,
}

/// Everything that was known about the target before the first case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// How the run got its accounts.
    #[serde(rename = "power")]
    pub capability: Capability,
    /// The fixed accounts.
    pub accounts: Vec<AccountFacts>,
    /// What can be bought.
    pub catalog: Option<Catalog>,
    /// For each companion endpoint, whether the server has it. Endpoints that could not be tried are left out.
    pub endpoints: BTreeMap<OperationId, bool>,
    /// The provider states beyond `account` and `catalog` that the server accepted.
    pub extra_states: Vec<String>,
    /// The accounts that are left out because the server refuses their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedAccount>,
}

impl Environment {
    /// Returns true if the server is known to have an endpoint.
    #[must_use]
    pub(crate) fn has(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&true)
    }

    /// Assumes that the server lacks each of these endpoints that was never shown to exist, so that nothing is expected
    /// of it. Without a key, nothing can be known of them.
    pub(crate) fn assume_absent(&mut self, operations: impl IntoIterator<Item = OperationId>) {
        if self.capability == Capability::None {
            return;
        }
        for operation in operations {
            self.endpoints.entry(operation).or_insert(false);
        }
    }

    /// Returns the wallet of an account, as the index of the first account that spends from it.
    #[must_use]
    pub(crate) fn wallet(&self, account: usize) -> usize {
        let own = &self.accounts[account];
        self.accounts.iter().position(|it| it.shares_wallet_with(own)).unwrap_or(account).min(account)
    }

    /// Notes with which digits the numbers of some operators start, by the operator's id, where that was unknown.
    pub(crate) fn learn(&mut self, prefixes: &BTreeMap<String, String>) {
        for operator in self.catalog.iter_mut().flat_map(|it| &mut it.operators) {
            if let Some(prefix) = prefixes.get(&operator.id) {
                operator.recipient_prefix.get_or_insert_with(|| prefix.clone());
            }
        }
    }

    /// Returns true if the server is known not to have an endpoint.
    #[must_use]
    pub(crate) fn lacks(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&false)
    }
}

/// An account as the judge may know it: without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The name, for a person.
    pub name: String,
    /// The role, if known.
    pub role: Option<String>,
    /// The spendable balance at the start of the case (for an account of a case) or of the run (in [`Environment`]), if
    /// known.
    pub balance: Option<Pesewas>,
    /// The id of the profile, if known.
    pub profile: Option<String>,
    /// The name of the account whose wallet it spends from, if the user said so (`same_wallet_as`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// Whether the account's key must be refused.
    pub revoked: bool,
    /// Whether the account was made for one case alone, so that nothing else changes its wallet.
    pub fresh: bool,
    /// If the wallet held more than it should in this case, the orders of earlier cases that may be the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

/// Orders of earlier cases that were paid from the wallet of a later case. Some of their recipients may have failed
/// and been refunded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The ids of the orders that were read in the later case.
    pub read: Vec<String>,
    /// The most that may have been refunded for the others.
    pub unread: Pesewas,
}

impl AccountFacts {
    /// Returns an account of which only the name is known.
    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: None,
            balance: None,
            profile: None,
            wallet: None,
            revoked: false,
            fresh: false,
            earlier: None,
        }
    }

    /// Returns true if both accounts are known to spend from one wallet, as the keys of one profile do, or because the user
    /// said so.
    #[must_use]
    pub(crate) fn shares_wallet_with(&self, other: &Self) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        same(&self.profile, &other.profile) || same(&self.wallet, &other.wallet)
    }
}

/// What can be bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The operators.
    pub operators: Vec<OperatorFacts>,
    /// The ids of products that the server shows but the user did not name. Orders refer to them only in cases that
    /// must be refused.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unnamed: BTreeSet<String>,
}

impl Catalog {
    /// Iterates over the products of all operators.
    pub(crate) fn products(&self) -> impl Iterator<Item = &ProductFacts> {
        self.operators.iter().flat_map(|it| &it.products)
    }

    /// Iterates over the packages of all products.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &PackageFacts> {
        self.products().flat_map(|it| &it.packages)
    }
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFacts {
    /// The id.
    pub id: String,
    /// The digits that its recipients' numbers start with, country code included, if they were given or found out.
    pub recipient_prefix: Option<String>,
    /// A recipient to whom every delivery fails, in international form, if the accounts file names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_recipient: Option<String>,
    /// The products.
    pub products: Vec<ProductFacts>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFacts {
    /// The id.
    pub id: String,
    /// Whether the product can be bought.
    pub available: bool,
    /// The packages.
    pub packages: Vec<PackageFacts>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// The id.
    pub id: String,
    /// Whether the package can be bought.
    pub active: bool,
    /// The prices by role, as far as they are known.
    pub price: BTreeMap<String, Pesewas>,
}

/// An account that is left out because the server refuses its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAccount {
    /// The name of the account.
    pub account: String,
    /// The requests that were made with the key, as `GET /path`, each with the status that answered it.
    pub answers: Vec<(String, u16)>,
}

impl RefusedAccount {
    /// Returns the requests and their statuses as a text.
    #[must_use]
    pub(crate) fn readings(&self) -> String {
        let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for (asked, status) in &self.answers {
            by_status.entry(*status).or_default().push(asked);
        }
        let told = by_status.iter().map(|(status, asked)| match &asked[..] {
            [one] => format!("{one} gives {status}"),
            [most @ .., last] => format!("{} and {last} give {status}", most.join(", ")),
            [] => String::new(),
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

impl std::fmt::Display for RefusedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the key of account `{}` is refused: {}", self.account, self.readings())
    }
}
