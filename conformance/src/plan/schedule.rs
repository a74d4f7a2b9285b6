//! Decides in which order cases are sent, and which fixed account pays for each: what shows most for the least money
//! comes first.
//!
//! With provider states, what finds out which numbers an operator takes goes before everything else. Cases for which no
//! wallet can be charged come first. Next are those that a conforming server refuses, the dearest
//! last: since a refusal releases what was reserved, a cap only has to cover the largest single one of them. Of the
//! accepted cases, the cheapest that together exercise every requirement come first, then the rest, by how much each
//! was seen to find ([`worth`]). What reads the orders of the others goes last.

use std::collections::BTreeSet;
use std::mem::take;

use spec::Pesewas;
use spec::contract::Roles;

use super::case::{Actor, Case, Cost, Turn};
use super::planner::Planner;
use super::proposal::{Binding, Proposal, Stage};
use super::why_not::WhyNot;
use super::{race, worth};

impl Planner<'_> {
    /// Puts the proposals in order, and finds who pays for each case, given what the wallets hold at that point of the
    /// plan.
    pub(crate) fn schedule(&mut self) {
        let mut proposals: Vec<Option<Proposal>> = take(&mut self.proposals).into_iter().map(Some).collect();
        for (at, turn) in order(self, &proposals) {
            let Some(Proposal { mut case, binding }) = proposals[at].take() else { continue };
            case.turn = turn;
            if let Err(why) = self.bind(&mut case, &binding) {
                self.cannot(&case.serves, &why);
                continue;
            }
            for (position, actor) in case.actors.iter().enumerate() {
                if let Actor::Fixed(at) = actor {
                    self.spend(*at, case.due(position));
                }
            }
            case.cost = case.orders().map(|order| order.cost).sum::<Cost>();
            case.index = self.cases.len() as u64;
            self.cases.push(case);
        }
    }

    fn bind(&mut self, case: &mut Case, binding: &Binding) -> Result<(), WhyNot> {
        if self.has_states() {
            return Ok(());
        }
        match binding {
            Binding::Actors => self.find_payers(case),
            Binding::Order(wish) => {
                let (actor, steps) = wish.bind(self)?;
                case.actors = vec![actor];
                case.steps = steps;
                Ok(())
            }
            Binding::Race => race::bind(self, case),
        }
    }

    /// Replaces each fixed account that can't pay any more by another of the same role.
    fn find_payers(&self, case: &mut Case) -> Result<(), WhyNot> {
        for position in 0..case.actors.len() {
            let Actor::Fixed(at) = case.actors[position] else { continue };
            let due = case.due(position);
            let pays = |left: Option<Pesewas>| left.is_none_or(|left| left >= due);
            if due == Pesewas::ZERO || pays(self.left(at)) {
                continue;
            }
            let role = self.world.accounts[at].role.clone().unwrap_or_default();
            let others: Vec<usize> = case.fixed().filter(|other| *other != at).collect();
            let free = |at: usize| others.iter().all(|it| self.world.wallet(*it) != self.world.wallet(at));
            let payer = self.payer(&role, |at, left| pays(left) && free(at));
            case.actors[position] = Actor::Fixed(payer.ok_or(WhyNot::Spent(role, Some(due)))?);
        }
        Ok(())
    }
}

/// The number of cases of the worth list that come before open questions.
const MOST_WORTH: usize = 40;

/// Returns the indices of the proposals in the order of execution, each with the reason for its place.
fn order(p: &Planner<'_>, proposals: &[Option<Proposal>]) -> Vec<(usize, Turn)> {
    let all: Vec<(usize, &Proposal)> =
        proposals.iter().enumerate().filter_map(|(at, it)| Some((at, it.as_ref()?))).collect();
    let of = |wanted| all.iter().copied().filter(|(_, it)| it.stage() == wanted).collect::<Vec<_>>();
    let (free, mut refused) = (of(Stage::Free), of(Stage::Refused));
    refused.sort_by_key(|(_, it)| (it.case.cost.worst, it.case.is_drawn()));
    let exercised = free.iter().chain(&refused).flat_map(|(_, it)| it.case.serves.iter().copied()).collect();
    let mut accepted = by_worth(p, of(Stage::Accepted), exercised);
    keep_wallets_in_order(&mut accepted, proposals, &p.contract.roles);
    let first = of(Stage::First).into_iter().map(|(at, _)| (at, Turn::First));
    let free = free.into_iter().map(|(at, _)| (at, Turn::Free));
    let refused = refused.into_iter().map(|(at, _)| (at, Turn::Refused));
    let last = of(Stage::Last).into_iter().map(|(at, _)| (at, Turn::Last));
    first.chain(free).chain(refused).chain(accepted).chain(last).collect()
}

/// Orders the accepted cases: first the cheapest cover of what is not exercised yet, then the rest by worth.
fn by_worth(
    p: &Planner<'_>,
    mut left: Vec<(usize, &Proposal)>,
    mut exercised: BTreeSet<&'static str>,
) -> Vec<(usize, Turn)> {
    let mut ordered = Vec::with_capacity(left.len());
    loop {
        let new = |case: &Case| -> Vec<&'static str> {
            let promised = |id: &&&str| p.contract.catalogue.requirement(id).is_some();
            case.serves.iter().filter(promised).filter(|id| !exercised.contains(*id)).copied().collect()
        };
        // The cover takes the most new requirements per pesewa; one pesewa is added so that free cases can be compared
        // too.
        let gain = |case: &Case| (new(case).len() as i64, case.price().get() + 1);
        // A case that no wallet can pay for at the start has no steps yet and covers nothing.
        let had = left.iter().enumerate().filter(|(_, (_, it))| !it.case.steps.is_empty());
        let gains = had.map(|(at, (_, it))| (at, gain(&it.case)));
        let best = gains
            .filter(|(_, (new, _))| *new > 0)
            .reduce(|best, it| if it.1.0 * best.1.1 > best.1.0 * it.1.1 { it } else { best });
        let Some((best, _)) = best else { break };
        let (at, proposal) = left.remove(best);
        let new = new(&proposal.case);
        exercised.extend(&new);
        ordered.push((at, Turn::Covers(new)));
    }
    let rank = |it: &Proposal| worth::rank(&it.case, &p.contract.roles.buyers);
    // An open question is cheap and its answer is always reported, so it comes before cases that find less for their
    // price.
    let class = |it: &Proposal| match rank(it) {
        Some(rank) if rank < MOST_WORTH => 0,
        _ if it.case.cost.open > Pesewas::ZERO => 1,
        Some(_) => 2,
        None => 3,
    };
    left.sort_by_key(|(at, it)| (class(it), rank(it), it.case.price(), *at));
    ordered.extend(left.into_iter().map(|(at, it)| (at, rank(it).map_or(Turn::Cheap, Turn::Worth))));
    ordered
}

/// Restores the planned order among the cases that shape a wallet: a race leaves a remainder that another order then
/// costs exactly, which leaves nothing.
fn keep_wallets_in_order(order: &mut [(usize, Turn)], proposals: &[Option<Proposal>], roles: &Roles) {
    let shapes = |at: usize| proposals[at].as_ref().is_some_and(|it| it.shapes_a_wallet(roles));
    let places: Vec<usize> = (0..order.len()).filter(|place| shapes(order[*place].0)).collect();
    let mut shaping: Vec<(usize, Turn)> = places.iter().map(|place| order[*place].clone()).collect();
    shaping.sort_unstable_by_key(|(at, _)| *at);
    for (place, it) in places.into_iter().zip(shaping) {
        order[place] = it;
    }
}
