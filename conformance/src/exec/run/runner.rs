//! What all cases of a run share: the contract, the connections, the accounts, the budget, and what was learned so
//! far.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use spec::{Contract, OperationId, Pesewas};
use tokio::sync::{Mutex, watch};

use super::certain::Certain;
use super::cut_short::CutShort;
use super::found::Found;
use super::last_reading::LastReadings;
use super::placed::Placed;
use super::served::Served;
use super::silence::Silence;
use super::slots::Slots;
use super::unsettled::Unsettled;
use crate::exec::absence::{Absence, LONGEST, Presence};
use crate::exec::budget::Budget;
use crate::exec::client::Client;
use crate::exec::discover::OF_AN_ORDER;
use crate::exec::pace::{NoTurn, Pace, Waiting};
use crate::exec::patience::Patience;
use crate::exec::states::States;
use crate::exec::stop::Stop;
use crate::history::{Environment, Journal, Line};
use crate::plan::case::Case;
use crate::sut::Target;

/// The default time for which an order is followed until it and its recipients have ended.
pub(crate) const SETTLE: Duration = Duration::from_secs(4);

/// The options for carrying out cases.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The number of cases that run at the same time.
    pub concurrency: usize,
    /// The highest number of requests per second.
    pub rate: Option<u32>,
    /// Whether cases are sent that could only show again, at a price, what is already certain.
    pub exhaustive: bool,
    /// How long to wait when the server throttles.
    pub patience: Arc<Patience>,
    /// The time for which an order is followed until it and its recipients have ended.
    pub settle: Duration,
    /// The signal that stops the run.
    pub stop: Stop,
    /// The journal, which is written while the run goes on.
    pub journal: Journal,
}

/// Carries out cases against one server.
#[derive(Debug)]
pub(crate) struct Runner {
    /// The contract.
    pub contract: Arc<Contract>,
    /// The connections.
    pub client: Client,
    /// The provider states, if there are any.
    pub states: Option<States>,
    /// The target, with our accounts.
    pub target: Target,
    /// What was discovered about the target.
    pub environment: Environment,
    /// The budget under the cap on spending.
    pub budget: Budget,
    /// The signal that stops sending.
    pub stop: Stop,
    pub(super) options: Options,
    /// The balances of fixed accounts, according to answers and readings.
    pub(super) balances: Mutex<Vec<Option<Pesewas>>>,
    /// The slots for cases that may run at once.
    pub(super) slots: Slots,
    /// Decides when the next request may be sent.
    pub(super) pace: Pace,
    /// Which orders the server accepts that it must refuse.
    pub(super) certain: Certain,
    /// The operators for which an order was accepted.
    pub(super) served: Served,
    /// The last readings of the wallets of fixed accounts.
    pub(super) last_readings: LastReadings,
    /// The orders that were placed with fixed accounts.
    pub(super) placed: Placed,
    /// The orders of fixed accounts for which money may still come back.
    pub(super) unsettled: Unsettled,
    /// Which requests get no answer.
    pub(super) silence: Silence,
    /// If the server no longer answers anything, the number of consecutive unanswered requests after which that was
    /// noticed; otherwise 0.
    pub(super) gone: AtomicU32,
    /// The number of orders that had not ended when they were no longer followed.
    unended: AtomicU32,
    /// What orders have shown about the endpoints that discovery left open.
    pub(super) found: Found,
}

impl Runner {
    /// Returns a runner that has sent nothing yet.
    #[must_use]
    pub(crate) fn new(
        contract: Arc<Contract>,
        client: Client,
        states: Option<States>,
        target: Target,
        environment: Environment,
        options: Options,
    ) -> Self {
        let balances = environment.accounts.iter().map(|it| it.balance).collect();
        Self {
            contract,
            client,
            states,
            budget: Budget::new(target.cap),
            target,
            environment,
            stop: options.stop.clone(),
            slots: Slots::new(options.concurrency),
            pace: Pace::new(options.rate, options.patience.max_wait, options.stop.clone()),
            options,
            balances: Mutex::new(balances),
            certain: Certain::default(),
            served: Served::default(),
            last_readings: LastReadings::default(),
            placed: Placed::default(),
            unsettled: Unsettled::default(),
            silence: Silence::default(),
            gone: AtomicU32::new(0),
            unended: AtomicU32::new(0),
            found: Found::default(),
        }
    }

    /// Returns true if the server no longer answers anything, or no connection to it can be made.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed) > 0 || self.client.absence().is_some_and(Absence::is_gone)
    }

    /// Subscribes to whether connections to the server can be made.
    #[must_use]
    pub(crate) fn presence(&self) -> watch::Receiver<Presence> {
        self.client.absence().map_or_else(|| watch::Sender::default().subscribe(), Absence::watch)
    }

    /// Returns a line that says so if the server no longer answers anything.
    #[must_use]
    pub(crate) fn gone(&self) -> Option<String> {
        match self.gone.load(Ordering::Relaxed) {
            0 if self.is_gone() => Some(format!(
                "no connection could be made for {} s, so no more was sent; everything until then is recorded",
                LONGEST.as_secs()
            )),
            0 => None,
            unanswered => Some(format!(
                "{unanswered} requests in a row got no answer, nor did a reading that costs nothing: no more were sent"
            )),
        }
    }

    /// Returns the endpoints that the orders of the run have shown to exist, or not to.
    #[must_use]
    pub(crate) fn found(&self) -> BTreeMap<OperationId, bool> {
        self.found.all().clone()
    }

    /// Returns true if the server is known by now not to have an endpoint.
    pub(super) fn lacks(&self, operation: OperationId) -> bool {
        self.environment.lacks(operation) || self.found.all().get(&operation) == Some(&false)
    }

    /// Returns true if only an order can show whether an endpoint exists, and none has yet.
    pub(super) fn leaves_open(&self, operation: OperationId) -> bool {
        OF_AN_ORDER.contains(&operation)
            && !self.environment.endpoints.contains_key(&operation)
            && !self.found.all().contains_key(&operation)
    }

    /// Returns the requirement because of which a case need not be sent: a breach of it is certain, and the case
    /// could be charged.
    pub(super) fn leaves_out(&self, case: &Case) -> Option<&'static str> {
        let costs = self.budget.has_cap() || case.fixed().next().is_some();
        self.certain.leaves_out(case).filter(|_| costs && !self.options.exhaustive)
    }

    /// Writes a line of the journal. If that fails, nothing more is sent, since it would not be recorded.
    pub(super) fn record(&self, line: impl FnOnce() -> Line) -> Result<(), CutShort> {
        self.options.journal.write(line).map_err(|error| {
            self.stop.set();
            CutShort::Journal(error)
        })
    }

    /// Returns true if a journal is written.
    pub(super) const fn has_journal(&self) -> bool {
        self.options.journal.is_on()
    }

    /// Returns a new case number for the journal.
    pub(super) fn number(&self) -> u64 {
        self.options.journal.number()
    }

    /// Waits until the next request may be sent.
    pub(super) async fn pace(&self) -> Result<(), CutShort> {
        self.pace.turn().await.map_err(|why| match why {
            NoTurn::Stopped => CutShort::Stopped,
            NoTurn::TooLong => CutShort::TooLong(self.patience().max_wait),
        })
    }

    /// Returns how long to wait when the server throttles.
    pub(super) fn patience(&self) -> &Patience {
        &self.options.patience
    }

    /// Subscribes to the waits that the server asks for.
    #[must_use]
    pub(crate) fn waits(&self) -> watch::Receiver<Waiting> {
        self.pace.watch()
    }

    /// Returns the time for which an order is followed until it and its recipients have ended.
    pub(super) const fn settle(&self) -> Duration {
        self.options.settle
    }

    /// Counts an order that had not ended when it was no longer followed.
    pub(super) fn not_ended(&self) {
        self.unended.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns a line with the number of orders that had not ended when they were no longer followed; `None` if there
    /// are none.
    #[must_use]
    pub(crate) fn unended(&self) -> Option<String> {
        let orders = match self.unended.load(Ordering::Relaxed) {
            0 => return None,
            1 => "1 order that was followed had".to_owned(),
            some => format!("{some} orders that were followed had"),
        };
        let seconds = self.settle().as_secs();
        Some(format!(
            "{orders} not ended after {seconds} s, so how they end is unknown; --settle SECONDS follows longer"
        ))
    }

    /// Returns a line about requests that were throttled; `None` if there are none.
    #[must_use]
    pub(crate) fn throttled(&self) -> Option<String> {
        let (requests, rate) = self.pace.lowered_to();
        let requests = match requests {
            0 => return None,
            1 => "1 request was throttled".to_owned(),
            some => format!("{some} requests were throttled"),
        };
        let rate = rate.map(|it| format!("; the pace went down to {it} a second")).unwrap_or_default();
        Some(format!("{requests}{rate}"))
    }
}
