//! What the whole server shares: contract, store, accounts, catalog, clock. What it decides by is not here but in `rules/`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

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
use crate::store::{Store, StoreError, marks, orders};

/// How a server that starts is set up, beyond its contract and its store.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Span between two changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether provider states are served.
    pub(crate) states: bool,
    /// What keys are made from; at random without.
    pub(crate) seed: Option<u64>,
    /// Whether numbers to test with have their fates.
    pub(crate) magic: bool,
    /// Requests that an account may make in a second.
    pub(crate) rate: Option<u32>,
    /// What is sold.
    pub(crate) catalog: Catalog,
}

/// The state of a running server.
#[derive(Debug)]
pub(crate) struct App {
    /// What it implements.
    pub(crate) contract: Arc<Contract>,
    /// The contract's paths and methods.
    pub(crate) routes: Routes,
    /// Profiles, wallets and orders.
    pub(crate) store: Store,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Span between two changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether provider states are served.
    pub(crate) states: bool,
    /// Requests that an account may make in a second.
    pub(crate) rate: Option<u32>,
    /// Turns of those who list: a page is many times the work of a purchase, and whoever buys is not to wait for all pages that
    /// are asked for.
    pub(crate) listing: Semaphore,
    catalog: RwLock<Arc<Catalog>>,
    opening: Arc<Catalog>,
    seed: Option<u64>,
    /// Whether numbers to test with have their fates.
    pub(crate) magic: bool,
    keys: RwLock<Keys>,
    next_key: AtomicI64,
    next_order: AtomicI64,
    requests: AtomicU64,
    /// Requests that are being answered.
    underway: AtomicU64,
    /// Whether a number may be marked to fail.
    marked: AtomicBool,
    /// What a fault remembers from one request to the next.
    pub(crate) memory: Mutex<BTreeMap<String, Json>>,
}

/// A key that was made, and the profile that it opens.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The key itself: this is the only time that it is shown.
    pub(crate) key: String,
    /// Id of the profile.
    pub(crate) profile_id: String,
}

impl App {
    /// The state that a store leaves a server with.
    ///
    /// # Errors
    /// The store can't be read.
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
            memory: Mutex::default(),
        })
    }

    /// Counts one more request that is being answered, for as long as what it returns lives.
    pub(crate) fn enter(self: &Arc<Self>) -> Underway {
        Underway { at_once: self.underway.fetch_add(1, Ordering::Relaxed) + 1, app: self.clone() }
    }

    /// How many requests are being answered.
    pub(crate) fn underway(&self) -> u64 {
        self.underway.load(Ordering::Relaxed)
    }

    /// The number of the next request, from 1.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The next order's number; asked for on the thread of the store, so that numbers follow commits.
    pub(crate) fn next_order(&self) -> i64 {
        self.next_order.fetch_add(1, Ordering::Relaxed)
    }

    /// What is sold now.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is sold; orders that were priced already keep their prices.
    pub(crate) fn sell(&self, change: impl FnOnce(&mut Catalog)) {
        let mut catalog = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut catalog));
    }

    /// Sells again what was sold at first.
    pub(crate) fn sell_as_at_first(&self) {
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = self.opening.clone();
    }

    /// Reads the keys that are known now.
    pub(crate) fn with_keys<T>(&self, read: impl FnOnce(&Keys) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens an account with one key, which is made where none is given.
    ///
    /// # Errors
    /// The store can't be written.
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

    /// Gives a profile one more key.
    ///
    /// # Errors
    /// The store can't be written.
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

    /// A key that no account has yet.
    pub(crate) fn new_key(&self) -> String {
        let prefix = &self.contract.key.test_prefix;
        let number = self.next_key.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 32];
        match self.seed {
            None if getrandom::fill(&mut bytes).is_ok() => crate::ids::secret_key(prefix, &bytes),
            seed => crate::ids::key(prefix, crate::ids::seeded(seed.unwrap_or_default(), number)),
        }
    }

    /// What keys are made from, where they are not made at random.
    pub(crate) const fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn remember(&self, row: KeyRow, key: String) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).add(row, Some(key));
    }

    /// Says what a key is of which there is only a digest.
    pub(crate) fn reveal(&self, key: &str) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).reveal(key);
    }

    /// Revokes a key, or every key of a profile: they open nothing any more, and what they bought stays. How many there were.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) async fn revoke(&self, key: Option<&str>, profile: Option<&str>) -> Result<usize, StoreError> {
        let revoked = self.keys.write().unwrap_or_else(PoisonError::into_inner).revoke(key, profile);
        let count = revoked.len();
        let write = move |connection: &rusqlite::Connection| {
            revoked.iter().try_for_each(|key| accounts::revoke(connection, key))
        };
        self.store.call(write).await?;
        Ok(count)
    }

    /// Forgets every order and mark, and fills each wallet and the catalog with what was there at first. Accounts and keys
    /// stay.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) async fn reset(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.call(move |connection| accounts::reset(connection, now)).await?;
        self.sell_as_at_first();
        Ok(())
    }

    /// The next submission to this number fails: of one account, or of whoever it is.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) async fn mark_failing(&self, profile: Option<i64>, msisdn: String) -> Result<(), StoreError> {
        self.marked.store(true, Ordering::Relaxed);
        self.store.call(move |connection| marks::add(connection, profile, &msisdn)).await
    }

    /// The next submission to this number goes as it would have gone.
    ///
    /// # Errors
    /// The store can't be written.
    pub(crate) async fn unmark(&self, profile: Option<i64>, msisdn: String) -> Result<(), StoreError> {
        self.store.call(move |connection| marks::remove(connection, profile, &msisdn).map(|_| ())).await
    }

    /// What becomes of a recipient with this number; asking uses a mark up, if the number has one.
    ///
    /// # Errors
    /// The store can't be written.
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

/// How many pages are made at the same time: by half of the processors.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |it| it.get().div_ceil(2))
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
