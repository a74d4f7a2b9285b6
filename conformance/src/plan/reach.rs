//! Determines how far a plan reaches: what it costs, and which requirements it could exercise.

use std::collections::BTreeSet;

use spec::{Level, Need, OperationId, Pesewas, Requirement};

use super::case::{Case, Turn};
use super::planner::Planner;
use crate::history::{Capability, Cost};

/// How far a plan reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The number of cases.
    pub cases: u64,
    /// What all cases may cost.
    pub cost: Cost,
    /// What a conforming server charges, at most, until every requirement that can be exercised has been.
    pub least: Pesewas,
    /// The requirements that the plan could exercise, in the order of the catalogue.
    pub exercises: Vec<String>,
    /// The documented requirements that it could not exercise.
    pub leaves: Vec<String>,
}

impl Planner<'_> {
    /// Returns how far the cases so far reach. A requirement about answers in general, which has no cases of its own,
    /// counts as exercised if the server and the keys provide what it needs.
    #[must_use]
    pub(crate) fn reach(&self) -> Reach {
        let served: BTreeSet<&str> = self.cases.iter().flat_map(|it| it.serves.iter().copied()).collect();
        let buys = self.cases.iter().any(|it| it.cost.purchases > 0);
        let own: BTreeSet<&str> = self.unplanned().keys().copied().collect();
        let could = |it: &&Requirement| {
            let id = it.id.as_str();
            let by_any_answer =
                || !own.contains(id) && it.needs.iter().all(|need| self.meets_need(need, buys));
            served.contains(id) || by_any_answer()
        };
        let all = || self.contract.catalogue.requirements.iter();
        let exercises: Vec<String> = all().filter(could).map(|it| it.id.clone()).collect();
        let leaves = all().filter(|it| it.level == Level::Documented && !could(it));
        let until_all = |it: &&Case| !matches!(it.turn, Turn::Worth(_) | Turn::Cheap);
        Reach {
            cases: self.cases.len() as u64,
            cost: self.cases.iter().map(|it| it.cost).sum(),
            least: self.cases.iter().filter(until_all).map(Case::price).sum(),
            leaves: leaves.map(|it| it.id.clone()).collect(),
            exercises,
        }
    }

    /// Returns true if what a requirement needs is available; `buys` says whether any order is to be accepted.
    fn meets_need(&self, need: &Need, buys: bool) -> bool {
        let has = |operation| self.environment.has(operation);
        match need {
            Need::Key => self.has_states() || !self.environment.accounts.is_empty(),
            Need::Buyer => buys && !self.buyers().is_empty(),
            Need::Role(role) => self.has_states() || self.fixed_accounts(role).next().is_some(),
            Need::OtherRole => !self.others().is_empty(),
            Need::TwoAccounts => self.has_states() || self.environment.accounts.len() > 1,
            Need::Catalog => !self.catalog.lines.is_empty(),
            Need::Prices => {
                self.catalog.lines.iter().any(|line| line.active.iter().any(|it| !it.price.is_empty()))
            }
            Need::Balance => {
                self.has_states() || self.environment.accounts.iter().any(|it| it.balance.is_some())
            }
            Need::Wallet => has(OperationId::Wallet),
            Need::Profile => has(OperationId::Profile),
            Need::Packages => has(OperationId::Package),
            Need::Products => has(OperationId::Products),
            // Often only an order can show that the endpoint exists, so here it counts unless it is known to be
            // missing.
            Need::Order => {
                !self.environment.lacks(OperationId::Order) && self.environment.capability != Capability::None
            }
            Need::Orders => has(OperationId::Orders),
            Need::Retry => has(OperationId::Retry),
            // Only an answer shows whether a server has the fields of the later revision.
            Need::Revision => false,
            Need::Concurrency => true,
        }
    }

    /// Returns what the smallest order of each available role that may buy costs, where prices are known.
    #[must_use]
    pub(crate) fn cheapest_orders(&self) -> Vec<(String, Pesewas)> {
        let price = |role: String| self.price(&self.smallest(&role)).map(|price| (role, price));
        self.buyers().into_iter().filter_map(price).collect()
    }
}
