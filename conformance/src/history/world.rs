//! What was known of the target before the first case.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use spec::{OperationId, Pesewas};

/// How roles and balances were come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// No key at all.
    None,
    /// Fixed accounts, from a file or the environment.
    Accounts,
    /// Provider states: any role and balance on demand.
    States,
}

/// Everything known of the target before the first case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// How roles and balances were come by.
    pub power: Power,
    /// Fixed accounts.
    pub accounts: Vec<AccountFacts>,
    /// What can be bought.
    pub catalog: Option<Catalog>,
    /// Companion endpoints: whether the server has them; those that could not be tried are left out.
    pub endpoints: BTreeMap<OperationId, bool>,
    /// Provider states beyond `account` and `catalog` that the server took.
    pub extra_states: Vec<String>,
    /// Accounts that are left out because the server refuses their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedAccount>,
}

impl World {
    /// Whether the server is known to have an endpoint.
    #[must_use]
    pub fn has(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&true)
    }

    /// The wallet of an account, by the first account that spends from it.
    #[must_use]
    pub fn wallet(&self, account: usize) -> usize {
        let own = &self.accounts[account];
        self.accounts.iter().position(|it| it.shares_wallet_with(own)).unwrap_or(account).min(account)
    }

    /// Whether the server is known not to have an endpoint.
    #[must_use]
    pub fn lacks(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&false)
    }
}

/// An account as the oracle may know it: no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// Name for a person.
    pub name: String,
    /// Role, where known.
    pub role: Option<String>,
    /// Spendable balance when the case began (in a case) or the run began (in the world), where known.
    pub balance: Option<Pesewas>,
    /// Id of the profile, where known.
    pub profile: Option<String>,
    /// Whether its key must be refused.
    pub revoked: bool,
    /// Made for one case alone, so nothing else moves its wallet.
    pub fresh: bool,
    /// In a case whose wallet held more than it should, orders of earlier cases that may be the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

/// Orders of earlier cases, by the wallet of a later one: recipients of theirs may have failed, and been paid back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Ids of those that were read in the case.
    pub read: Vec<String>,
    /// The most that may have come back for the others.
    pub unread: Pesewas,
}

impl AccountFacts {
    /// Facts of an account of which nothing is known but what it is called here.
    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: None,
            balance: None,
            profile: None,
            revoked: false,
            fresh: false,
            earlier: None,
        }
    }

    /// Whether both are known to spend from one wallet: keys of one profile do.
    #[must_use]
    pub fn shares_wallet_with(&self, other: &Self) -> bool {
        self.profile.is_some() && self.profile == other.profile
    }
}

/// What can be bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Operators.
    pub operators: Vec<OperatorFacts>,
    /// Products that the server shows and nobody named: orders refer to them only where that must be refused.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unnamed: BTreeSet<String>,
}

impl Catalog {
    /// Every product, of whichever operator.
    pub fn products(&self) -> impl Iterator<Item = &ProductFacts> {
        self.operators.iter().flat_map(|it| &it.products)
    }

    /// Every package, of whichever product.
    pub fn packages(&self) -> impl Iterator<Item = &PackageFacts> {
        self.products().flat_map(|it| &it.packages)
    }
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFacts {
    /// Id.
    pub id: String,
    /// Digits that its recipients' numbers start with, country code included, if the accounts file says so.
    pub recipient_prefix: Option<String>,
    /// A recipient whose delivery fails every time, in international form, if the accounts file names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_recipient: Option<String>,
    /// Products.
    pub products: Vec<ProductFacts>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFacts {
    /// Id.
    pub id: String,
    /// Whether it can be bought.
    pub available: bool,
    /// Packages.
    pub packages: Vec<PackageFacts>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Id.
    pub id: String,
    /// Whether it can be bought.
    pub active: bool,
    /// Price by role, where known.
    pub price: BTreeMap<String, Pesewas>,
}

/// A key that was to be used and is refused, so that its account is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAccount {
    /// Name of the account.
    pub account: String,
    /// What was read with it, as `GET /path`, and how that was answered.
    pub answers: Vec<(String, u16)>,
}

impl RefusedAccount {
    /// What was asked and what came, in words.
    #[must_use]
    pub fn readings(&self) -> String {
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
