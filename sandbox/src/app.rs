//! What the whole server shares: contract, store, accounts, catalog, clock. What it decides by is not here but in `rules/`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use spec::{Contract, Pesewas};

use crate::catalog::Catalog;
use crate::clock::{Clock, Micros};
use crate::http::routes::Routes;
use crate::json::Json;
use crate::keys::{Account, Keys};
use crate::store::accounts::{self, KeyRow};
use crate::store::{Store, StoreError, orders};

/// The state of a running server.
#[derive(Debug)]
pub(crate) struct App {
    /// What it implements.
    pub(crate) contract: Arc<Contract>,
    /// The contract's paths and methods.
    pub(crate) routes: Routes,
    /// Profiles, wallets and orders.
    pub(crate) store: Store,
    /// What is sold.
    pub(crate) catalog: Catalog,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Span between two changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether provider states are served.
    pub(crate) states: bool,
    keys: RwLock<Keys>,
    next_key: AtomicI64,
    next_order: AtomicI64,
    requests: AtomicU64,
    /// Requests that are being answered.
    underway: AtomicU64,
    /// Numbers whose next submission fails.
    failing: Mutex<BTreeSet<String>>,
    /// What a fault remembers from one request to the next.
    pub(crate) memory: Mutex<BTreeMap<String, Json>>,
}

impl App {
    /// The state that a store leaves a server with.
    ///
    /// # Errors
    /// The store can't be read.
    pub(crate) async fn new(
        contract: Arc<Contract>,
        store: Store,
        pause: Micros,
        states: bool,
        surcharge: Pesewas,
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
            catalog: Catalog::new(&contract, surcharge),
            contract,
            store,
            clock: Clock::start(),
            pause,
            states,
            keys: RwLock::new(known),
            next_key: AtomicI64::new(keys + 1),
            next_order: AtomicI64::new(order),
            requests: AtomicU64::new(0),
            underway: AtomicU64::new(0),
            failing: Mutex::default(),
            memory: Mutex::default(),
        })
    }

    /// Counts one more request that is being answered, for as long as what it returns lives.
    pub(crate) fn enter(self: &Arc<Self>) -> Underway {
        Underway { at_once: self.underway.fetch_add(1, Ordering::Relaxed) + 1, app: self.clone() }
    }

    /// The number of the next request, from 1.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The next order's number; asked for on the thread of the store, so that numbers follow commits.
    pub(crate) fn next_order(&self) -> i64 {
        self.next_order.fetch_add(1, Ordering::Relaxed)
    }

    /// Reads the keys that are known now.
    pub(crate) fn with_keys<T>(&self, read: impl FnOnce(&Keys) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens an account with one key.
    ///
    /// # Errors
    /// The store can't be written.
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
    ///
    /// # Errors
    /// The store can't be written.
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

    /// Revokes keys: they open nothing any more, and what they bought stays.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) async fn revoke(&self, which: impl Fn(&str, &Account) -> bool) -> Result<(), StoreError> {
        let revoked = self.keys.write().unwrap_or_else(PoisonError::into_inner).revoke(which);
        let write = move |connection: &rusqlite::Connection| {
            revoked.iter().try_for_each(|key| accounts::revoke(connection, key))
        };
        self.store.call(write).await
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

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Underway {
    app: Arc<App>,
    /// How many were being answered when it came, itself included.
    pub(crate) at_once: u64,
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.app.underway.fetch_sub(1, Ordering::Relaxed);
    }
}
