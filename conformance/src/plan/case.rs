//! A case: actors, steps, and what it may cost.

use spec::{Contract, OperationId, Pesewas};

use super::ask::Ask;
use super::door::Door;
use super::draft::Draft;
use super::key::Key;
pub use crate::history::Cost;
use crate::history::{Coordinates, Transport};

/// Something to send to the server, with what is needed for it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Position in the plan.
    pub index: u64,
    /// Address, unique in the plan.
    pub id: String,
    /// Check or generator that planned it.
    pub origin: &'static str,
    /// What it is about, for a person.
    pub title: String,
    /// Ids that it serves.
    pub serves: Vec<&'static str>,
    /// Place on the map of a report.
    pub coordinates: Option<Coordinates>,
    /// Who takes part.
    pub actors: Vec<Actor>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What it may cost.
    pub cost: Cost,
    /// How to make it smaller, where it is around one order.
    pub draft: Option<Draft>,
    /// Why it goes where it goes.
    pub turn: Turn,
}

/// Why a case goes where it goes in the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Turn {
    /// It waits for its place.
    #[default]
    Open,
    /// No wallet can be charged for it.
    Free,
    /// A conforming server refuses every order of it.
    Refused,
    /// It is the cheapest that exercises these requirements.
    Covers(Vec<&'static str>),
    /// Its place in the list of what was seen to find most for its price.
    Worth(usize),
    /// Nothing is known of its worth: the cheapest of these go first.
    Cheap,
}

impl std::fmt::Display for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => f.write_str("it has no place yet"),
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
            Self::Worth(rank) => {
                write!(f, "it is number {} of what finds most of the planted faults for its price", rank + 1)
            }
            Self::Cheap => {
                f.write_str("it is not known to find more than others; the cheapest of these go first")
            }
        }
    }
}

/// Somebody with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An account made for the case, through the provider states.
    Fresh {
        /// Role.
        role: String,
        /// Spendable balance.
        balance: Pesewas,
        /// Whether its key must be refused.
        revoked: bool,
    },
    /// Another key of an earlier actor's profile, through the provider states.
    SecondKey {
        /// That actor.
        of: usize,
    },
    /// A fixed account, by its position in the world.
    Fixed(usize),
    /// An earlier actor once its key has been revoked by [`Step::Revoke`].
    Revoked {
        /// That actor.
        of: usize,
    },
    /// Nobody: requests without a key of ours.
    Nobody,
}

impl Actor {
    /// An account made for the case.
    #[must_use]
    pub fn fresh(role: &str, balance: Pesewas) -> Self {
        Self::Fresh { role: role.to_owned(), balance, revoked: false }
    }

    /// One whose key must be refused.
    #[must_use]
    pub fn revoked(role: &str, balance: Pesewas) -> Self {
        Self::Fresh { role: role.to_owned(), balance, revoked: true }
    }
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An order request.
    Order(Outgoing),
    /// All of these at once, over separate connections.
    Wave(Vec<Step>),
    /// Read the wallet.
    Wallet(usize),
    /// Read the profile.
    Profile(usize),
    /// Read an order that the case created (counted from 0), as some actor.
    Read {
        /// Who reads.
        actor: usize,
        /// Which order.
        nth: usize,
        /// The status endpoint, or the order endpoint.
        status: bool,
    },
    /// Read an order that nobody has.
    ReadUnknown(usize),
    /// Read pages of the order list.
    List {
        /// Who reads.
        actor: usize,
        /// Orders in a page, where asked for.
        limit: Option<u32>,
        /// Follow the cursor to the end.
        follow: bool,
    },
    /// Read a package.
    Package(usize, String),
    /// Read an operator's products.
    Products(usize, String),
    /// Read an order's status again and again until it ends or a bound is reached.
    Watch {
        /// Who reads.
        actor: usize,
        /// Which order.
        nth: usize,
    },
    /// Retry the first recipient that failed, or the first one if none did.
    Retry {
        /// Who asks.
        actor: usize,
        /// Which order.
        nth: usize,
    },
    /// Provider state: this number fails when it is submitted.
    FailRecipient(String),
    /// A reading that is not the plain one.
    Ask(Ask),
    /// Provider state: an actor's key is revoked.
    Revoke(usize),
    /// Nothing is sent for so many milliseconds.
    Pause(u64),
}

/// An order request, ready but for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Who sends it.
    pub actor: usize,
    /// Which key goes with it.
    pub key: Key,
    /// Another way than the documented one, if it goes there.
    pub door: Option<Door>,
    /// Headers beyond the key.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How it goes over the wire.
    pub transport: Transport,
    /// What it may cost.
    pub cost: Cost,
    /// Requirements for which a conforming server surely refuses it.
    pub refused_for: Vec<&'static str>,
    /// What is wrong with it, each in a word that is the same for the same kind of defect; empty where nothing was meant to be.
    pub defects: Vec<String>,
}

impl Outgoing {
    /// Method that it goes out with.
    #[must_use]
    pub fn method(&self, contract: &Contract) -> String {
        self.door.map_or_else(|| contract.buy().method.clone(), |door| door.method(contract))
    }

    /// Path that it goes out to; a mask stands where a key goes.
    #[must_use]
    pub fn path(&self, contract: &Contract) -> String {
        self.door.map_or_else(|| contract.buy().path.clone(), |door| door.path(contract))
    }

    /// Headers beyond the key, with those that its way takes.
    #[must_use]
    pub fn all_headers(&self, contract: &Contract) -> Vec<(String, String)> {
        let more = self.door.map(|door| door.headers(contract)).unwrap_or_default();
        self.headers.iter().cloned().chain(more).collect()
    }
}

impl Case {
    /// Every order request of the case.
    pub fn orders(&self) -> impl Iterator<Item = &Outgoing> {
        self.steps.iter().flat_map(Step::orders)
    }

    /// The fixed accounts that take part, by their position in the world.
    pub fn fixed(&self) -> impl Iterator<Item = usize> {
        self.actors.iter().filter_map(|actor| match actor {
            Actor::Fixed(at) => Some(*at),
            _ => None,
        })
    }

    /// Whether a generator drew it, and no check planned it as a boundary.
    #[must_use]
    pub fn is_drawn(&self) -> bool {
        matches!(self.origin, "combine" | "fuzz")
    }

    /// What a conforming server charges an actor.
    #[must_use]
    pub fn due(&self, actor: usize) -> Pesewas {
        self.orders().filter(|it| it.actor == actor).map(|it| it.cost.expected).sum()
    }

    /// What a conforming server charges at most, for orders that the pages leave it to accept too.
    #[must_use]
    pub fn price(&self) -> Pesewas {
        self.cost.expected + self.cost.open
    }
}

impl Step {
    /// The endpoint that a step reads; none for what is no reading.
    #[must_use]
    pub const fn reads(&self) -> Option<OperationId> {
        match self {
            Self::Wallet(_) => Some(OperationId::Wallet),
            Self::Profile(_) => Some(OperationId::Profile),
            Self::Read { status: false, .. } => Some(OperationId::Order),
            Self::Read { status: true, .. } | Self::ReadUnknown(_) | Self::Watch { .. } => {
                Some(OperationId::OrderStatus)
            }
            Self::List { .. } => Some(OperationId::Orders),
            Self::Package(..) => Some(OperationId::Package),
            Self::Products(..) => Some(OperationId::Products),
            Self::Retry { .. } => Some(OperationId::Retry),
            Self::Ask(ask) => Some(ask.operation),
            Self::Order(_) | Self::Wave(_) | Self::FailRecipient(_) | Self::Revoke(_) | Self::Pause(_) => {
                None
            }
        }
    }

    /// Whether it moves a wallet, or shows what one holds.
    #[must_use]
    pub const fn concerns_a_wallet(&self) -> bool {
        matches!(
            self,
            Self::Order(_)
                | Self::Wave(_)
                | Self::Wallet(_)
                | Self::Profile(_)
                | Self::Retry { .. }
                | Self::Watch { .. }
                | Self::Ask(_)
        )
    }

    /// Every order request of a step.
    pub fn orders(&self) -> Box<dyn Iterator<Item = &Outgoing> + '_> {
        match self {
            Self::Order(order) => Box::new(std::iter::once(order)),
            Self::Wave(steps) => Box::new(steps.iter().flat_map(Self::orders)),
            _ => Box::new(std::iter::empty()),
        }
    }
}
