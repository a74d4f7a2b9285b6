//! What all cases of a run share: the contract, the connections, who we are, what it may cost, and what was learned so far.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use spec::{Contract, OperationId, Pesewas};
use tokio::sync::Mutex;

use super::certain::Certain;
use super::found::Found;
use super::silence::Silence;
use crate::exec::budget::Budget;
use crate::exec::client::Client;
use crate::exec::discover::OF_AN_ORDER;
use crate::exec::states::States;
use crate::history::World;
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
    pub stop: AtomicBool,
    pub(super) options: Options,
    /// Balances of fixed accounts, as far as answers and readings tell.
    pub(super) balances: Mutex<Vec<Option<Pesewas>>>,
    /// When the next request may go, under a rate.
    next_slot: Mutex<tokio::time::Instant>,
    /// What the server accepts that it must refuse.
    pub(super) certain: Certain,
    /// What stays without an answer.
    pub(super) silence: Silence,
    /// Set where the server stopped to answer anything.
    pub(super) gone: AtomicBool,
    /// Endpoints that discovery left open.
    pub(super) found: Found,
    /// Milliseconds that the server made us wait.
    pub waited_ms: AtomicUsize,
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
            stop: AtomicBool::new(false),
            options,
            balances: Mutex::new(balances),
            next_slot: Mutex::new(tokio::time::Instant::now()),
            certain: Certain::default(),
            silence: Silence::default(),
            gone: AtomicBool::new(false),
            found: Found::default(),
            waited_ms: AtomicUsize::new(0),
        }
    }

    /// Whether the server stopped to answer anything.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
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

    /// Waits for the next request's turn, under a rate.
    pub(super) async fn pace(&self) {
        let Some(rate) = self.options.rate else { return };
        let mut slot = self.next_slot.lock().await;
        let now = tokio::time::Instant::now();
        let at = (*slot).max(now);
        *slot = at + Duration::from_micros(1_000_000 / u64::from(rate.max(1)));
        drop(slot);
        tokio::time::sleep_until(at).await;
    }
}
