//! The state shared by the whole server: contract, store, accounts, catalog, clock. How it decides is defined in
//! `rules/`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use spec::Contract;
use tokio::sync::Semaphore;

use crate::catalog::Catalog;
use crate::clock::{Clock, Micros};
use crate::http::routes::Routes;
use crate::json::Json;
use crate::keys::{Account, Keys};
use crate::magic;
use crate::progress::{Fate, Outcome};
use crate::store::accounts::{self, KeyRow, NewProfile};
use crate::store::wallet::Wallet;
use crate::store::{Store, StoreError, marks, orders};

/// The settings of a server at its start, apart from its contract and its store.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The time between two state changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether provider states are served.
    pub(crate) states: bool,
    /// The seed that keys are derived from; `None` for random keys.
    pub(crate) seed: Option<u64>,
    /// Whether test numbers have their special outcomes.
    pub(crate) magic: bool,
    /// The number of requests that an account may make in a second; `None` for no limit.
    pub(crate) rate: Option<u32>,
    /// The catalog that is sold.
    pub(crate) catalog: Catalog,
}

/// The state of a running server.
#[derive(Debug)]
pub(crate) struct App {
    /// The contract that is implemented.
    pub(crate) contract: Arc<Contract>,
    /// The contract's paths and methods.
    pub(crate) routes: Routes,
    /// The profiles, wallets and orders.
    pub(crate) store: Store,
    /// The server's clock.
    pub(crate) clock: Clock,
    /// The time between two state changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether provider states are served.
    pub(crate) states: bool,
    /// The number of requests that an account may make in a second; `None` for no limit.
    pub(crate) rate: Option<u32>,
    /// Limits how many pages of orders are produced at once: a page takes many times the work of a purchase, and
    /// purchases should not wait behind pages.
    pub(crate) listing: Semaphore,
    catalog: RwLock<Arc<Catalog>>,
    opening: Arc<Catalog>,
    seed: Option<u64>,
    /// Whether test numbers have their special outcomes.
    pub(crate) magic: bool,
    keys: RwLock<Keys>,
    next_key: AtomicI64,
    next_order: AtomicI64,
    requests: AtomicU64,
    /// The number of requests that are being answered.
    underway: AtomicU64,
    /// Whether any number may be marked to fail.
    marked: AtomicBool,
    /// The wallets that cached profiles show, by profile, and since when.
    shown: Mutex<BTreeMap<i64, (Instant, Wallet)>>,
    /// What a fault remembers from one request to the next.
    pub(crate) memory: Mutex<BTreeMap<String, Json>>,
}

/// A key that was created, and its profile.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The key itself, which is shown only this once.
    pub(crate) key: String,
    /// The id of the profile.
    pub(crate) profile_id: String,
}

impl App {
    /// Creates the state of a server from its store.
    ///
    /// # Errors
    /// Returns an error if the store can't be read.
    pub(crate) async fn new(
        contract: Arc<Contract>,
        store: Store,
        setting: Setting,
    ) -> Result<Self, StoreError> {
        let (rows, keys, order, marked) = store
            .call(|connection| {
                Ok((
                    accounts::all(connection)?,
                    accounts::key_count(connection)?,
                    orders::next_seq(connection)?,
                    marks::count(connection)? > 0,
                ))
            })
            .await?;
        let mut known = Keys::default();
        rows.into_iter().for_each(|row| known.add(row, None));
        let catalog = Arc::new(setting.catalog);
        Ok(Self {
            routes: Routes::new(&contract),
            contract,
            clock: store.clock.clone(),
            store,
            pause: setting.pause,
            states: setting.states,
            rate: setting.rate,
            listing: Semaphore::new(at_once()),
            catalog: RwLock::new(catalog.clone()),
            opening: catalog,
            seed: setting.seed,
            magic: setting.magic,
            keys: RwLock::new(known),
            next_key: AtomicI64::new(keys + 1),
            next_order: AtomicI64::new(order),
            requests: AtomicU64::new(0),
            underway: AtomicU64::new(0),
            marked: AtomicBool::new(marked),
            shown: Mutex::default(),
            memory: Mutex::default(),
        })
    }

    /// Counts one more request as being answered until the returned value is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Underway {
        Underway { at_once: self.underway.fetch_add(1, Ordering::Relaxed) + 1, app: self.clone() }
    }

    /// The wallet that a cached profile shows: the one that it has shown for at most so long, or else the current one.
    pub(crate) fn cached(&self, profile: i64, current: Wallet, at_most: Duration) -> Wallet {
        let now = Instant::now();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, wallet) = shown.entry(profile).or_insert((now, current));
        if now.duration_since(*since) > at_most {
            (*since, *wallet) = (now, current);
        }
        *wallet
    }

    /// Returns the number of requests that are being answered.
    pub(crate) fn underway(&self) -> u64 {
        self.underway.load(Ordering::Relaxed)
    }

    /// Returns the number of the next request, from 1.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the number of the next order. It is called on the writer thread, so that numbers follow commits.
    pub(crate) fn next_order(&self) -> i64 {
        self.next_order.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the current catalog.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the catalog; orders that were priced already keep their prices.
    pub(crate) fn sell(&self, change: impl FnOnce(&mut Catalog)) {
        let mut catalog = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut catalog));
    }

    /// Restores the catalog that the server started with.
    pub(crate) fn sell_as_at_first(&self) {
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = self.opening.clone();
    }

    /// Reads the keys that are currently known.
    pub(crate) fn with_keys<T>(&self, read: impl FnOnce(&Keys) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Creates a profile with one key, which is generated if none is given.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn open_account(
        &self,
        profile: NewProfile,
        revoked: bool,
        key: Option<String>,
    ) -> Result<Opened, StoreError> {
        let now = self.clock.now();
        let key = key.unwrap_or_else(|| self.new_key());
        let written = key.clone();
        let row = self
            .store
            .call(move |connection| {
                let (number, profile_id) = accounts::create(connection, &profile, now)?;
                accounts::add_key(connection, &written, number, revoked)?;
                let hash = accounts::hash(&written);
                Ok(KeyRow { hash, profile: number, profile_id, role: profile.role, revoked })
            })
            .await?;
        let opened = Opened { key: key.clone(), profile_id: row.profile_id.clone() };
        self.remember(row, key);
        Ok(opened)
    }

    /// Adds a key to a profile.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn open_key(&self, account: &Account) -> Result<String, StoreError> {
        let key = self.new_key();
        let row = KeyRow {
            hash: accounts::hash(&key),
            profile: account.profile,
            profile_id: account.profile_id.clone(),
            role: account.role.clone(),
            revoked: false,
        };
        let (written, profile) = (key.clone(), row.profile);
        self.store.call(move |connection| accounts::add_key(connection, &written, profile, false)).await?;
        self.remember(row, key.clone());
        Ok(key)
    }

    /// Generates a key that no account has yet.
    pub(crate) fn new_key(&self) -> String {
        let prefix = &self.contract.key.test_prefix;
        let number = self.next_key.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 32];
        match self.seed {
            None if getrandom::fill(&mut bytes).is_ok() => crate::ids::secret_key(prefix, &bytes),
            seed => crate::ids::key(prefix, crate::ids::seeded(seed.unwrap_or_default(), number)),
        }
    }

    /// Returns the seed that keys are derived from; `None` if they are random.
    pub(crate) const fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn remember(&self, row: KeyRow, key: String) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).add(row, Some(key));
    }

    /// Registers the text of a key of which only the digest is known.
    pub(crate) fn reveal(&self, key: &str) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).reveal(key);
    }

    /// Revokes a key, or every key of a profile, and returns their number. Orders that were made with them remain.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn revoke(&self, key: Option<&str>, profile: Option<&str>) -> Result<usize, StoreError> {
        let revoked = self.keys.write().unwrap_or_else(PoisonError::into_inner).revoke(key, profile);
        let count = revoked.len();
        let write = move |connection: &rusqlite::Connection| {
            revoked.iter().try_for_each(|key| accounts::revoke(connection, key))
        };
        self.store.call(write).await?;
        Ok(count)
    }

    /// Deletes every order and mark, and resets each wallet and the catalog to the state at the start. Accounts and
    /// keys remain.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn reset(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.call(move |connection| accounts::reset(connection, now)).await?;
        self.sell_as_at_first();
        Ok(())
    }

    /// Makes the next submission to this number fail, for one account or for any account.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn mark_failing(&self, profile: Option<i64>, msisdn: String) -> Result<(), StoreError> {
        self.marked.store(true, Ordering::Relaxed);
        self.store.call(move |connection| marks::add(connection, profile, &msisdn)).await
    }

    /// Removes a mark that makes the next submission to this number fail.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) async fn unmark(&self, profile: Option<i64>, msisdn: String) -> Result<(), StoreError> {
        self.store.call(move |connection| marks::remove(connection, profile, &msisdn).map(|_| ())).await
    }

    /// Returns how a submission to this number goes; a mark on the number is used up.
    ///
    /// # Errors
    /// Returns an error if the store can't be written.
    pub(crate) fn fate(
        &self,
        connection: &rusqlite::Connection,
        profile: i64,
        msisdn: &str,
    ) -> Result<Fate, StoreError> {
        if self.marked.load(Ordering::Relaxed) && marks::take(connection, profile, msisdn)? {
            return Ok(Fate { outcome: Outcome::Failed, ..Fate::default() });
        }
        let known = if self.magic { magic::of(&self.contract.msisdn, msisdn) } else { None };
        Ok(known.unwrap_or_default())
    }
}

/// Returns how many pages are produced at once: half the number of processors, rounded up.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |it| it.get().div_ceil(2))
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Underway {
    app: Arc<App>,
    /// The number of requests being answered when it arrived, including itself.
    pub(crate) at_once: u64,
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.app.underway.fetch_sub(1, Ordering::Relaxed);
    }
}
