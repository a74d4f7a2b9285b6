//! Accounts and their keys.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use spec::Contract;

use crate::answer::Cause;
use crate::clock::Micros;
use crate::http::call::Call;
use crate::store::accounts::{KeyHash, KeyRow, hash};

/// A profile that keys belong to.
#[derive(Debug)]
pub(crate) struct Account {
    /// The number in the store.
    pub(crate) profile: i64,
    /// The id on the wire.
    pub(crate) profile_id: String,
    /// The role, as the contract spells it.
    pub(crate) role: String,
    /// The number of requests to this server.
    pub(crate) requests: AtomicU64,
    /// The number of orders made on this server.
    pub(crate) orders: AtomicU64,
    /// The second in which requests are counted, and their number.
    window: Mutex<(i64, u32)>,
    /// The behaviour requested for its next requests, in the form of the `X-Sandbox` header.
    provoked: Mutex<VecDeque<String>>,
}

impl Account {
    /// Counts a request; returns true if it is one of the first `most` in its second.
    pub(crate) fn within(&self, most: u32, now: Micros) -> bool {
        let second = now.0 / 1_000_000;
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != second {
            *window = (second, 0);
        }
        window.1 = window.1.saturating_add(1);
        window.1 <= most
    }

    /// Sets the behaviour for its next `times` requests; 0 clears what was set before.
    pub(crate) fn provoke(&self, what: &str, times: usize) {
        let mut provoked = self.provoked.lock().unwrap_or_else(PoisonError::into_inner);
        provoked.clear();
        provoked.extend(std::iter::repeat_n(what.to_owned(), times));
    }

    /// Takes the behaviour that was set for the current request.
    pub(crate) fn provoked(&self) -> Option<String> {
        self.provoked.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The account of a key, and whether the key was revoked.
pub(crate) type Entry = (Arc<Account>, bool);

/// All keys. Those of an earlier process are known by their digests only.
#[derive(Default)]
pub(crate) struct Keys {
    by_key: BTreeMap<String, Entry>,
    by_hash: BTreeMap<KeyHash, Entry>,
    by_profile: BTreeMap<String, Arc<Account>>,
}

/// Shows only the number of keys, which are secret.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.by_key.len() + self.by_hash.len())
    }
}

impl Keys {
    /// Adds a key, and its account if that is new.
    pub(crate) fn add(&mut self, row: KeyRow, key: Option<String>) {
        let account = self.by_profile.entry(row.profile_id.clone()).or_insert_with(|| {
            Arc::new(Account {
                profile: row.profile,
                profile_id: row.profile_id,
                role: row.role,
                requests: AtomicU64::new(0),
                orders: AtomicU64::new(0),
                window: Mutex::default(),
                provoked: Mutex::default(),
            })
        });
        let entry = (account.clone(), row.revoked);
        match key {
            Some(key) => _ = self.by_key.insert(key, entry),
            None => _ = self.by_hash.insert(row.hash, entry),
        }
    }

    /// Registers the text of a key that was known by its digest only.
    pub(crate) fn reveal(&mut self, key: &str) {
        if let Some(entry) = self.by_hash.remove(&hash(key)) {
            self.by_key.insert(key.to_owned(), entry);
        }
    }

    /// Revokes a key, every key of a profile, or both, and returns the digests of the revoked keys.
    pub(crate) fn revoke(&mut self, key: Option<&str>, profile_id: Option<&str>) -> Vec<KeyHash> {
        let digest = key.map(hash);
        let mut revoked = Vec::new();
        let known = self.by_key.iter_mut().map(|(key, entry)| (hash(key), entry));
        for (hash, entry) in known.chain(self.by_hash.iter_mut().map(|(hash, entry)| (*hash, entry))) {
            if digest == Some(hash) || profile_id == Some(&entry.0.profile_id) {
                entry.1 = true;
                revoked.push(hash);
            }
        }
        revoked
    }

    /// Returns the account of a key, and whether the key was revoked.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match self.by_key.get(key) {
            None if !self.by_hash.is_empty() => self.by_hash.get(&hash(key)),
            found => found,
        }
    }

    /// Returns every key whose text is known with its [`Entry`], sorted by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.by_key.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Returns the account with a profile id.
    pub(crate) fn profile(&self, profile_id: &str) -> Option<Arc<Account>> {
        self.by_profile.get(profile_id).cloned()
    }
}

/// Returns the account of the key that a call carries.
///
/// # Errors
/// Returns the cause if the key is missing, unknown or revoked.
pub(crate) fn authenticate(contract: &Contract, keys: &Keys, call: &Call) -> Result<Arc<Account>, Cause> {
    let header = call.headers.get(contract.key.header.as_str()).ok_or(Cause::MissingKey)?;
    let key = header.to_str().map_err(|_| Cause::UnknownKey)?;
    match keys.get(key) {
        Some((account, false)) => Ok(account.clone()),
        Some((_, true)) => Err(Cause::RevokedKey),
        None => Err(Cause::UnknownKey),
    }
}
