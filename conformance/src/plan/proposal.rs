//! A proposal is a case that has no place in the plan yet, with what must be determined once its place is known.

use spec::Pesewas;
use spec::contract::Roles;

use super::case::{Case, Condition, Outgoing, Step};
use super::key::Key;
use super::order_draft::{Balance, OrderDraft};

/// What is read after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// The wallet only.
    Wallet,
    /// The wallet, the order and the order list.
    Everything,
}

/// An order as a check wants it, independent of its sender.
#[derive(Debug, Clone)]
pub(super) struct OrderWish {
    pub(super) draft: OrderDraft,
    pub(super) watch: Watch,
    pub(super) only_refused: bool,
}

/// A case that has no place in the plan yet.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// The case as planned with untouched wallets.
    pub(super) case: Case,
    /// What must be determined again once it is known what the wallets hold at its place.
    pub(super) binding: Binding,
}

/// How a case obtains the fixed accounts that take part.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    /// Its actors are given. One that can't pay any more is replaced by another of the same role.
    Actors,
    /// An order whose sender, and with it its packages, may depend on a wallet.
    Order(OrderWish),
    /// A race that is sized to fit a wallet, with what else it exercises if it takes all that the wallet holds.
    Race(&'static [&'static str]),
    /// Its only actor is replaced by an account of the same role whose wallet then holds less than this.
    Poorer(Pesewas),
}

/// The part of the plan that a case belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It finds out which numbers an operator takes, where orders cost no real money.
    First,
    /// No wallet can be charged for it.
    Free,
    /// A conforming server refuses all of its orders.
    Refused,
    /// Some of its orders are accepted, or may be.
    Accepted,
    /// It reads what all others have ordered.
    Last,
}

impl Proposal {
    /// Returns the part of the plan that the case belongs to.
    pub(super) fn stage(&self) -> Stage {
        let none = self.case.orders().next().is_none();
        let nobodys = |it: &Outgoing| matches!(it.key, Key::Absent | Key::Unknown(_));
        let scouts = self.case.steps.iter().any(|it| matches!(it, Step::OrderIf(Condition::Unserved, _)));
        match self.binding {
            _ if scouts && self.case.fixed().next().is_none() => Stage::First,
            _ if self.case.steps.iter().any(|it| matches!(it, Step::ReadAgain(..))) => Stage::Last,
            Binding::Order(_) | Binding::Race(_) if none => Stage::Accepted,
            _ if self.case.orders().all(nobodys) => Stage::Free,
            _ if self.case.orders().all(Outgoing::is_refused) => Stage::Refused,
            _ => Stage::Accepted,
        }
    }

    /// Returns true if the case needs a wallet with a certain balance, or leaves one so. Such cases keep their relative
    /// order.
    pub(super) fn shapes_a_wallet(&self, roles: &Roles) -> bool {
        match &self.binding {
            Binding::Race(_) => true,
            Binding::Order(wish) => wish.draft.balance != Balance::Plenty && roles.may_buy(&wish.draft.role),
            Binding::Actors | Binding::Poorer(_) => false,
        }
    }
}
