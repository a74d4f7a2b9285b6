//! Accounts, and the keys that open them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use spec::Contract;

use crate::answer::Cause;
use crate::http::call::Call;
use crate::store::accounts::KeyRow;

/// A profile that keys belong to.
#[derive(Debug)]
pub(crate) struct Account {
    /// Its number in the store.
    pub(crate) profile: i64,
    /// Its id on the wire.
    pub(crate) profile_id: String,
    /// Its role, as the contract spells it.
    pub(crate) role: String,
    /// Requests that it has made of this server.
    pub(crate) requests: AtomicU64,
    /// Orders that it has made of this server.
    pub(crate) orders: AtomicU64,
}

/// Every key, and whether it was revoked.
#[derive(Default)]
pub(crate) struct Keys {
    by_key: BTreeMap<String, (Arc<Account>, bool)>,
    by_profile: BTreeMap<String, Arc<Account>>,
}

/// Keys are secret: only their number is shown.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.by_key.len())
    }
}

impl Keys {
    /// Adds a key, and the account that it belongs to where that is new.
    pub(crate) fn add(&mut self, row: KeyRow) {
        let account = self.by_profile.entry(row.profile_id.clone()).or_insert_with(|| {
            Arc::new(Account {
                profile: row.profile,
                profile_id: row.profile_id,
                role: row.role,
                requests: AtomicU64::new(0),
                orders: AtomicU64::new(0),
            })
        });
        self.by_key.insert(row.key, (account.clone(), row.revoked));
    }

    /// Revokes keys, and names those that there are.
    pub(crate) fn revoke(&mut self, which: impl Fn(&str, &Account) -> bool) -> Vec<String> {
        let mut revoked = Vec::new();
        for (key, (account, is_revoked)) in &mut self.by_key {
            if which(key, account) {
                *is_revoked = true;
                revoked.push(key.clone());
            }
        }
        revoked
    }

    /// The account that a key belongs to, and whether the key was revoked.
    pub(crate) fn get(&self, key: &str) -> Option<&(Arc<Account>, bool)> {
        self.by_key.get(key)
    }

    /// Every key with what [`Keys::get`] says of it, in the order of the keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &(Arc<Account>, bool))> {
        self.by_key.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// The account of a profile's id.
    pub(crate) fn profile(&self, profile_id: &str) -> Option<Arc<Account>> {
        self.by_profile.get(profile_id).cloned()
    }
}

/// Whose key a call carries.
///
/// # Errors
/// The key is missing, unknown or revoked.
pub(crate) fn authenticate(contract: &Contract, keys: &Keys, call: &Call) -> Result<Arc<Account>, Cause> {
    let header = call.headers.get(contract.key.header.as_str()).ok_or(Cause::MissingKey)?;
    let key = header.to_str().map_err(|_| Cause::UnknownKey)?;
    match keys.get(key) {
        Some((account, false)) => Ok(account.clone()),
        Some((_, true)) => Err(Cause::RevokedKey),
        None => Err(Cause::UnknownKey),
    }
}
