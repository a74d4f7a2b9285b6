//! A case that waits for its place: what it is, and what has to be found once it is known when it goes.

use spec::Pesewas;
use spec::contract::Roles;

use super::case::{Case, Outgoing};
use super::draft::{Balance, Draft};
use super::key::Key;

/// How much to look at after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// The wallet.
    Wallet,
    /// The wallet, the order and the list.
    Everything,
}

/// An order as a check wants it, whoever will send it.
#[derive(Debug, Clone)]
pub(super) struct OrderWish {
    pub(super) draft: Draft,
    pub(super) watch: Watch,
    pub(super) only_refused: bool,
}

/// A case that waits for its place in the plan.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// As it was planned with untouched wallets.
    pub(super) case: Case,
    /// What has to be found again once it is known what the wallets hold by then.
    pub(super) binding: Binding,
}

/// How a case comes by the fixed accounts that take part.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    /// Its actors are who they are; another of the same role pays where one can't any more.
    Actors,
    /// An order whose sender, and with it its packages, may depend on a wallet.
    Order(OrderWish),
    /// A race, made to fit a wallet.
    Race,
}

/// When a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Nobody's wallet can be charged.
    Free,
    /// A conforming server refuses every order of it.
    Refused,
    /// Some order of it is accepted, or may be.
    Accepted,
}

impl Proposal {
    /// When it goes.
    pub(super) fn stage(&self) -> Stage {
        let none = self.case.orders().next().is_none();
        let refused = |it: &Outgoing| {
            it.cost.purchases == 0 && it.cost.open == Pesewas::ZERO && it.cost.unpriced == 0
                || !it.refused_for.is_empty()
        };
        let nobodys = |it: &Outgoing| matches!(it.key, Key::Absent | Key::Unknown(_));
        match self.binding {
            Binding::Order(_) | Binding::Race if none => Stage::Accepted,
            _ if self.case.orders().all(nobodys) => Stage::Free,
            _ if self.case.orders().all(refused) => Stage::Refused,
            _ => Stage::Accepted,
        }
    }

    /// Whether it wants a wallet to hold a certain amount, or leaves one so: such cases keep their order.
    pub(super) fn shapes_a_wallet(&self, roles: &Roles) -> bool {
        match &self.binding {
            Binding::Race => true,
            Binding::Order(wish) => wish.draft.balance != Balance::Plenty && roles.may_buy(&wish.draft.role),
            Binding::Actors => false,
        }
    }
}
