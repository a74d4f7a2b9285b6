//! What all cases of a run share: the contract, the connections, who we are, what it may cost, and what was learned so far.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use spec::{Contract, OperationId, Pesewas};
use tokio::sync::{Mutex, watch};

use super::certain::Certain;
use super::cut_short::CutShort;
use super::found::Found;
use super::last_reading::LastReadings;
use super::silence::Silence;
use super::slots::Slots;
use super::unsettled::Unsettled;
use crate::exec::budget::Budget;
use crate::exec::client::Client;
use crate::exec::discover::OF_AN_ORDER;
use crate::exec::pace::{NoTurn, Pace, Waiting};
use crate::exec::patience::Patience;
use crate::exec::states::States;
use crate::exec::stop::Stop;
use crate::history::{Journal, Line, World};
use crate::plan::case::Case;
use crate::sut::Target;

/// How cases are carried out.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at a time.
    pub concurrency: usize,
    /// Requests a second, at most.
    pub rate: Option<u32>,
    /// Send also what would show again, at a price, what is certain by now.
    pub exhaustive: bool,
    /// How long to wait where the server says so.
    pub patience: Arc<Patience>,
    /// Whether to stop.
    pub stop: Stop,
    /// What is written while the run goes on.
    pub journal: Journal,
}

/// Carries out cases against one server.
#[derive(Debug)]
pub struct Runner {
    /// The contract.
    pub contract: Arc<Contract>,
    /// Connections.
    pub client: Client,
    /// Provider states.
    pub states: Option<States>,
    /// Who we are.
    pub target: Target,
    /// What was found out.
    pub world: World,
    /// The cap.
    pub budget: Budget,
    /// Set to stop sending.
    pub stop: Stop,
    pub(super) options: Options,
    /// Balances of fixed accounts, as far as answers and readings tell.
    pub(super) balances: Mutex<Vec<Option<Pesewas>>>,
    /// Cases that may be carried out at once.
    pub(super) slots: Slots,
    /// When the next request may go.
    pub(super) pace: Pace,
    /// What the server accepts that it must refuse.
    pub(super) certain: Certain,
    /// What the wallets of fixed accounts were last read to hold.
    pub(super) last_readings: LastReadings,
    /// Orders of fixed accounts for which money may still come back.
    pub(super) unsettled: Unsettled,
    /// What stays without an answer.
    pub(super) silence: Silence,
    /// Where the server stopped to answer anything: after how many requests in a row without an answer that was noticed.
    pub(super) gone: AtomicU32,
    /// Endpoints that discovery left open.
    pub(super) found: Found,
}

impl Runner {
    /// Prepares to carry out cases.
    #[must_use]
    pub fn new(
        contract: Arc<Contract>,
        client: Client,
        states: Option<States>,
        target: Target,
        world: World,
        options: Options,
    ) -> Self {
        let balances = world.accounts.iter().map(|it| it.balance).collect();
        Self {
            contract,
            client,
            states,
            budget: Budget::new(target.cap),
            target,
            world,
            stop: options.stop.clone(),
            slots: Slots::new(options.concurrency),
            pace: Pace::new(options.rate, options.patience.max_wait, options.stop.clone()),
            options,
            balances: Mutex::new(balances),
            certain: Certain::default(),
            last_readings: LastReadings::default(),
            unsettled: Unsettled::default(),
            silence: Silence::default(),
            gone: AtomicU32::new(0),
            found: Found::default(),
        }
    }

    /// Whether the server stopped to answer anything.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed) > 0
    }

    /// That the server stopped to answer anything, in a line.
    #[must_use]
    pub fn gone(&self) -> Option<String> {
        match self.gone.load(Ordering::Relaxed) {
            0 => None,
            unanswered => Some(format!(
                "{unanswered} requests in a row got no answer, nor did a reading that costs nothing: no more were sent"
            )),
        }
    }

    /// Endpoints that the orders of the run have shown to be there, or not to be.
    #[must_use]
    pub fn found(&self) -> BTreeMap<OperationId, bool> {
        self.found.all().clone()
    }

    /// Whether the server is known by now not to have an endpoint.
    pub(super) fn lacks(&self, operation: OperationId) -> bool {
        self.world.lacks(operation) || self.found.all().get(&operation) == Some(&false)
    }

    /// Whether only an order can tell if an endpoint is there, and none has yet.
    pub(super) fn leaves_open(&self, operation: OperationId) -> bool {
        OF_AN_ORDER.contains(&operation)
            && !self.world.endpoints.contains_key(&operation)
            && !self.found.all().contains_key(&operation)
    }

    /// The requirement for whose sake a case need not be sent: a breach of it is certain, and the case could be charged.
    pub(super) fn leaves_out(&self, case: &Case) -> Option<&'static str> {
        let costs = self.budget.has_cap() || case.fixed().next().is_some();
        self.certain.leaves_out(case).filter(|_| costs && !self.options.exhaustive)
    }

    /// Writes a line of the journal. Where that fails, nothing more is to be sent: nobody would know of it.
    pub(super) fn record(&self, line: impl FnOnce() -> Line) -> Result<(), CutShort> {
        self.options.journal.write(line).map_err(|error| {
            self.stop.set();
            CutShort::Journal(error)
        })
    }

    /// Whether anything is written while the run goes on.
    pub(super) const fn has_journal(&self) -> bool {
        self.options.journal.is_on()
    }

    /// Number of one more case in the journal.
    pub(super) fn number(&self) -> u64 {
        self.options.journal.number()
    }

    /// Waits for the next request's turn.
    pub(super) async fn pace(&self) -> Result<(), CutShort> {
        self.pace.turn().await.map_err(|why| match why {
            NoTurn::Stopped => CutShort::Stopped,
            NoTurn::TooLong => CutShort::TooLong(self.patience().max_wait),
        })
    }

    /// How long to wait where the server says so.
    pub(super) fn patience(&self) -> &Patience {
        &self.options.patience
    }

    /// Whoever wants to know that the server is waited for.
    #[must_use]
    pub fn waits(&self) -> watch::Receiver<Waiting> {
        self.pace.watch()
    }

    /// What throttling came to, in a line.
    #[must_use]
    pub fn throttled(&self) -> Option<String> {
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
