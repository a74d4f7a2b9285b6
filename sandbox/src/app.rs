//! What the whole server shares: contract, rules, store, accounts, catalog, clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use spec::{Contract, Pesewas};

use crate::answer::Cause;
use crate::call::{Call, Routes};
use crate::catalog::Catalog;
use crate::clock::{Clock, Micros};
use crate::json::Json;
use crate::rules::Rules;
use crate::store::accounts::{self, KeyRow};
use crate::store::{Store, StoreError, orders};

/// A profile that keys belong to.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) profile: i64,
    pub(crate) profile_id: String,
    pub(crate) role: String,
    /// Requests and orders that it has made of this server.
    pub(crate) requests: AtomicU64,
    pub(crate) orders: AtomicU64,
}

/// Every key, and whether it was revoked.
#[derive(Default)]
pub(crate) struct Keys {
    by_key: BTreeMap<String, (Arc<Account>, bool)>,
    by_profile: BTreeMap<String, Arc<Account>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.by_key.len())
    }
}

impl Keys {
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

    pub(crate) fn get(&self, key: &str) -> Option<&(Arc<Account>, bool)> {
        self.by_key.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &(Arc<Account>, bool))> {
        self.by_key.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    pub(crate) fn profile(&self, profile_id: &str) -> Option<Arc<Account>> {
        self.by_profile.get(profile_id).cloned()
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) contract: Arc<Contract>,
    pub(crate) rules: Rules,
    pub(crate) routes: Routes,
    pub(crate) store: Store,
    pub(crate) catalog: Catalog,
    pub(crate) clock: Clock,
    /// Span between two changes of a recipient.
    pub(crate) pause: Micros,
    pub(crate) states: bool,
    keys: RwLock<Keys>,
    next_key: AtomicI64,
    next_order: AtomicI64,
    requests: AtomicU64,
    /// Numbers whose next submission fails.
    failing: Mutex<BTreeSet<String>>,
    /// What a fault remembers from one request to the next.
    pub(crate) memory: Mutex<BTreeMap<String, Json>>,
}

impl App {
    pub(crate) async fn new(
        contract: Arc<Contract>,
        rules: Rules,
        store: Store,
        pause: Micros,
        states: bool,
    ) -> Result<Self, StoreError> {
        let (rows, keys, order) = store
            .call(|connection| {
                Ok((
                    accounts::all(connection)?,
                    accounts::key_count(connection)?,
                    orders::next_seq(connection)?,
                ))
            })
            .await?;
        let mut known = Keys::default();
        rows.into_iter().for_each(|row| known.add(row));
        Ok(Self {
            routes: Routes::new(&contract),
            catalog: Catalog::new(&contract),
            contract,
            rules,
            store,
            clock: Clock::start(),
            pause,
            states,
            keys: RwLock::new(known),
            next_key: AtomicI64::new(keys + 1),
            next_order: AtomicI64::new(order),
            requests: AtomicU64::new(0),
            failing: Mutex::default(),
            memory: Mutex::default(),
        })
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The next order's number; asked for on the thread of the store, so that numbers follow commits.
    pub(crate) fn next_order(&self) -> i64 {
        self.next_order.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn with_keys<T>(&self, read: impl FnOnce(&Keys) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens an account with one key.
    pub(crate) async fn open_account(
        &self,
        role: &str,
        balance: Pesewas,
        revoked: bool,
        key: Option<String>,
    ) -> Result<KeyRow, StoreError> {
        let (role, now) = (role.to_owned(), self.clock.now());
        let key = key.unwrap_or_else(|| self.new_key());
        let row = self
            .store
            .call(move |connection| {
                let (profile, profile_id) = accounts::create(connection, &role, balance, now)?;
                accounts::add_key(connection, &key, profile, revoked)?;
                Ok(KeyRow { key, profile, profile_id, role, revoked })
            })
            .await?;
        self.remember(row.clone());
        Ok(row)
    }

    /// Gives a profile one more key.
    pub(crate) async fn open_key(&self, account: &Account) -> Result<KeyRow, StoreError> {
        let row = KeyRow {
            key: self.new_key(),
            profile: account.profile,
            profile_id: account.profile_id.clone(),
            role: account.role.clone(),
            revoked: false,
        };
        let written = row.clone();
        self.store
            .call(move |connection| {
                accounts::add_key(connection, &written.key, written.profile, written.revoked)
            })
            .await?;
        self.remember(row.clone());
        Ok(row)
    }

    fn new_key(&self) -> String {
        crate::ids::key(&self.contract.key.test_prefix, self.next_key.fetch_add(1, Ordering::Relaxed))
    }

    fn remember(&self, row: KeyRow) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).add(row);
    }

    /// The next submission to this number fails.
    pub(crate) fn mark_failing(&self, msisdn: String) {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).insert(msisdn);
    }

    /// Whether a submission to this number fails; asking uses the mark up.
    pub(crate) fn take_failing(&self, msisdn: &str) -> bool {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        !failing.is_empty() && failing.remove(msisdn)
    }
}

/// Whose key a call carries.
pub(crate) fn authenticate(app: &App, call: &Call) -> Result<Arc<Account>, Cause> {
    let header = call.headers.get(app.contract.key.header.as_str()).ok_or(Cause::MissingKey)?;
    let key = header.to_str().map_err(|_| Cause::UnknownKey)?;
    app.with_keys(|keys| match keys.get(key) {
        Some((account, false)) => Ok(account.clone()),
        Some((_, true)) => Err(Cause::RevokedKey),
        None => Err(Cause::UnknownKey),
    })
}
