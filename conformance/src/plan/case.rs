//! A case: its actors, its steps and what it may cost.

use spec::{OperationId, Pesewas};

use super::ask::Ask;
use super::order_draft::{Balance, OrderDraft};
pub use super::outgoing::Outgoing;
pub use super::when::{Age, Condition};
use crate::history::Coordinates;
pub(crate) use crate::history::Cost;

/// Requests to send to the server, with the accounts that they need.
#[derive(Debug, Clone)]
pub struct Case {
    /// The position in the plan, from 0.
    pub index: u64,
    /// The address of the case, unique in the plan.
    pub id: String,
    /// The check or generator that planned it.
    pub origin: &'static str,
    /// Whether a generator planned it that varies one dimension in which a fault may hide.
    pub varies: bool,
    /// A title for people.
    pub title: String,
    /// The ids of the requirements and ambiguities that it serves.
    pub serves: Vec<&'static str>,
    /// The place on the map of a report.
    pub coordinates: Option<Coordinates>,
    /// The actors that take part. Steps refer to them by index.
    pub actors: Vec<Actor>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What all its orders may cost.
    pub cost: Cost,
    /// The draft that the order was rendered from, for shrinking; `None` if the case does not consist of one order.
    pub draft: Option<OrderDraft>,
    /// The reason for its place in the plan.
    pub turn: Turn,
}

/// The reason for a case's place in the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Turn {
    /// The case has no place yet.
    #[default]
    Open,
    /// It finds out with which digits the numbers start that an operator takes, on which all others depend.
    First,
    /// No wallet can be charged for it.
    Free,
    /// A conforming server refuses all of its orders.
    Refused,
    /// Among the accepted cases it is the cheapest that exercises these requirements.
    Covers(Vec<&'static str>),
    /// It is the cheapest order of as many recipients as are allowed, which small orders say nothing about.
    Largest,
    /// Its place, from 0, in the list of the cases that find the most faults for their price.
    Worth(usize),
    /// The list does not name it; cases of this kind are ordered by price, the cheapest first.
    Cheap,
    /// It reads what the others have ordered.
    Last,
}

impl std::fmt::Display for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => f.write_str("it has no place yet"),
            Self::First => {
                f.write_str("it finds out which numbers an operator takes, and so those of all others")
            }
            Self::Free => f.write_str("it can't be charged to any wallet, so it goes first"),
            Self::Refused => f.write_str(
                "a conforming server refuses it, so it costs nothing there; the dearest of these go last",
            ),
            Self::Covers(ids) => {
                write!(
                    f,
                    "of what a conforming server accepts it exercises {} for the least money",
                    ids.join(", ")
                )
            }
            Self::Largest => f.write_str("it is the cheapest order of as many recipients as are allowed"),
            Self::Worth(rank) => {
                write!(f, "it is number {} of what finds most of the planted faults for its price", rank + 1)
            }
            Self::Cheap => {
                f.write_str("it is not known to find more than others; the cheapest of these go first")
            }
            Self::Last => f.write_str("it reads what the others have ordered, so it goes last"),
        }
    }
}

/// A sender of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An account created for the case through the provider states.
    Fresh {
        /// The role of the account.
        role: String,
        /// The spendable balance, in pesewas.
        balance: Pesewas,
        /// Whether the key is revoked, so that it must be refused.
        revoked: bool,
    },
    /// Another key of an earlier actor's profile, created through the provider states.
    SecondKey {
        /// The index of that actor.
        of: usize,
    },
    /// A fixed account, by its index in the environment.
    Fixed(usize),
    /// An earlier actor after its key has been revoked by [`Step::Revoke`].
    Revoked {
        /// The index of that actor.
        of: usize,
    },
    /// A sender without any of our keys.
    Nobody,
}

impl Actor {
    /// Returns an account created for the case.
    #[must_use]
    pub(crate) fn fresh(role: &str, balance: Pesewas) -> Self {
        Self::Fresh { role: role.to_owned(), balance, revoked: false }
    }

    /// Returns the index of a fixed account in the environment; `None` for any other actor.
    #[must_use]
    pub(crate) const fn fixed(&self) -> Option<usize> {
        match self {
            Self::Fixed(at) => Some(*at),
            _ => None,
        }
    }

    /// Returns an account created for the case whose key is revoked.
    #[must_use]
    pub(crate) fn revoked(role: &str, balance: Pesewas) -> Self {
        Self::Fresh { role: role.to_owned(), balance, revoked: true }
    }
}

/// One step of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An order request.
    Order(Outgoing),
    /// An order request that is sent only on a condition.
    OrderIf(Condition, Outgoing),
    /// All of these steps at the same time, over separate connections.
    Batch(Vec<Step>),
    /// Reads the wallet of an actor.
    Wallet(usize),
    /// Reads the profile of an actor.
    Profile(usize),
    /// Reads an order that the case created.
    Read {
        /// The actor that reads.
        actor: usize,
        /// Which of the orders that the case created, counted from 0.
        nth: usize,
        /// Whether to read the status endpoint instead of the order endpoint.
        status: bool,
    },
    /// Reads an order that does not exist, as an actor.
    ReadUnknown(usize),
    /// Reads an order of this age that an earlier case placed with an actor's fixed account.
    ReadAgain(usize, Age),
    /// Reads pages of the order list.
    List {
        /// The actor that reads.
        actor: usize,
        /// The number of orders in a page; `None` leaves it to the server.
        limit: Option<u32>,
        /// Whether to follow the cursor to the last page.
        follow: bool,
    },
    /// Reads a package, as an actor.
    Package(usize, String),
    /// Reads an operator's products, as an actor.
    Products(usize, String),
    /// Reads an order's status repeatedly until the order ends or a bound is reached.
    Watch {
        /// The actor that reads.
        actor: usize,
        /// Which of the orders that the case created, counted from 0.
        nth: usize,
    },
    /// Retries the first recipient that failed, or the first recipient if none failed.
    Retry {
        /// The actor that asks for the retry.
        actor: usize,
        /// Which of the orders that the case created, counted from 0.
        nth: usize,
    },
    /// Provider state: submitting to this number fails.
    FailRecipient(String),
    /// A read request that differs from the plain one.
    Ask(Ask),
    /// Provider state: revokes an actor's key.
    Revoke(usize),
    /// Sends nothing for this many milliseconds.
    Pause(u64),
}

impl Case {
    /// Returns every order request of the case.
    pub(crate) fn orders(&self) -> impl Iterator<Item = &Outgoing> {
        self.steps.iter().flat_map(Step::orders)
    }

    /// Returns the fixed accounts that take part, by their index in the environment.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = usize> {
        self.actors.iter().filter_map(Actor::fixed)
    }

    /// Returns the fixed account of a case that may run beside others of its wallet: a case with one order, which a
    /// conforming server certainly refuses, and otherwise only reads of the wallet and the list.
    #[must_use]
    pub(crate) fn beside_others(&self) -> Option<usize> {
        let [Actor::Fixed(account)] = self.actors[..] else { return None };
        let mut orders = self.orders();
        let refused = orders.next().is_some_and(Outgoing::is_refused) && orders.next().is_none();
        let quiet = |step: &Step| step.is_order() || step.reads_first().is_some();
        (refused && self.steps.iter().all(quiet)).then_some(account)
    }

    /// Returns the key that sorts refused cases: those that may run side by side first, and of each kind the dearest last.
    #[must_use]
    pub fn refusal_order(&self) -> (bool, Pesewas) {
        (self.beside_others().is_none(), self.cost.worst)
    }

    /// Returns true if a generator drew the case at random, rather than a check planning it as a boundary.
    #[must_use]
    pub(crate) fn is_drawn(&self) -> bool {
        matches!(self.origin, "combine" | "fuzz")
    }

    /// Returns true if its order needs a wallet with a certain balance.
    #[must_use]
    pub(crate) fn needs_a_balance(&self) -> bool {
        self.draft.as_ref().is_some_and(|it| it.balance != Balance::Plenty) || self.needs_an_empty_wallet()
    }

    /// Returns true if its order goes out only where earlier cases have spent a wallet.
    pub(crate) fn needs_an_empty_wallet(&self) -> bool {
        self.steps.iter().any(|it| matches!(it, Step::OrderIf(Condition::Short, _)))
    }

    /// Returns what the case is to exercise: what it is planned for, and what else gave it its place.
    pub fn exercises(&self) -> impl Iterator<Item = &'static str> {
        let more = if let Turn::Covers(ids) = &self.turn { ids.as_slice() } else { &[] };
        self.serves.iter().chain(more).copied()
    }

    /// Returns what a conforming server charges an actor for the orders that it surely accepts.
    #[must_use]
    pub(crate) fn due(&self, actor: usize) -> Pesewas {
        self.orders().filter(|it| it.actor == actor).map(|it| it.cost.expected).sum()
    }

    /// Returns the most that a conforming server charges, including the orders that the pages leave it free to accept.
    #[must_use]
    pub(crate) fn price(&self) -> Pesewas {
        self.cost.expected + self.cost.open
    }
}

/// Returns what steps may cost.
#[must_use]
pub(super) fn cost_of(steps: &[Step]) -> Cost {
    let retries = steps.iter().filter(|step| matches!(step, Step::Retry { .. }));
    let orders = steps.iter().flat_map(Step::orders).map(|order| order.cost);
    retries.map(|_| retry_cost(steps)).chain(orders).sum()
}

/// Returns what a retry among steps may cost: it may charge again what was refunded (AMB-HELD), at most what the dearest of
/// their orders costs.
#[must_use]
pub(crate) fn retry_cost(steps: &[Step]) -> Cost {
    let worst = steps.iter().flat_map(Step::orders).map(|order| order.cost.worst).max().unwrap_or_default();
    Cost { worst, ..Cost::default() }
}

impl Step {
    /// Returns the operation that a step calls, other than the purchase; `None` for a step that calls none.
    #[must_use]
    pub(crate) const fn reads(&self) -> Option<OperationId> {
        match self {
            Self::Wallet(_) => Some(OperationId::Wallet),
            Self::Profile(_) => Some(OperationId::Profile),
            Self::Read { status: false, .. } => Some(OperationId::Order),
            Self::Read { status: true, .. }
            | Self::ReadUnknown(_)
            | Self::ReadAgain(..)
            | Self::Watch { .. } => Some(OperationId::OrderStatus),
            Self::List { .. } => Some(OperationId::Orders),
            Self::Package(..) => Some(OperationId::Package),
            Self::Products(..) => Some(OperationId::Products),
            Self::Retry { .. } => Some(OperationId::Retry),
            Self::Ask(ask) => Some(ask.operation),
            Self::Order(_)
            | Self::OrderIf(..)
            | Self::Batch(_)
            | Self::FailRecipient(_)
            | Self::Revoke(_)
            | Self::Pause(_) => None,
        }
    }

    /// Returns true if the step sends an order, at once or if the wallet turns out to hold less than it costs.
    #[must_use]
    pub(crate) const fn is_order(&self) -> bool {
        matches!(self, Self::Order(_) | Self::OrderIf(Condition::Short, _))
    }

    /// Returns what a step reads of its first actor that stays as it is until the actor buys something: the wallet, or the
    /// first page of the list.
    #[must_use]
    pub(crate) const fn reads_first(&self) -> Option<OperationId> {
        match self {
            Self::Wallet(0) => Some(OperationId::Wallet),
            Self::List { actor: 0, limit: None, follow: false } => Some(OperationId::Orders),
            _ => None,
        }
    }

    /// Returns true if the step may change a wallet's balance, or shows it.
    #[must_use]
    pub(crate) const fn concerns_a_wallet(&self) -> bool {
        match self {
            Self::Order(_)
            | Self::OrderIf(..)
            | Self::Batch(_)
            | Self::Wallet(_)
            | Self::Profile(_)
            | Self::Retry { .. }
            | Self::Watch { .. } => true,
            // With another key the wallet is not shown.
            Self::Ask(ask) => {
                ask.key.is_own() && matches!(ask.operation, OperationId::Wallet | OperationId::Profile)
            }
            _ => false,
        }
    }

    /// Returns every order request of a step.
    pub fn orders(&self) -> Box<dyn Iterator<Item = &Outgoing> + '_> {
        match self {
            Self::Order(order) | Self::OrderIf(_, order) => Box::new(std::iter::once(order)),
            Self::Batch(steps) => Box::new(steps.iter().flat_map(Self::orders)),
            _ => Box::new(std::iter::empty()),
        }
    }
}
