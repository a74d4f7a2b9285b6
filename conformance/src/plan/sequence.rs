//! The sequence in which the cases of a plan are sent: what shows most for the least money and time comes first.
//!
//! With provider states, what finds out which numbers an operator takes goes before everything else. Then come the cases
//! for which no wallet can be charged, then those that a conforming server refuses, the dearest last: since a refusal
//! releases what was reserved, a cap only has to cover the largest single one of them. Of the accepted cases, the cheapest
//! that together exercise every requirement come first, then one of the largest size, then the rest, by how much each was
//! seen to find ([`worth`]). What reads the orders of the others goes last.
//!
//! On fixed accounts, whose cases run one after the other, most refusals wait until every requirement has been exercised:
//! the first refusal for each requirement comes before the accepted cases, and the many others after those that cover
//! every requirement. So a server that answers slowly has shown one order of each kind when a time limit ends the run.

use std::collections::BTreeSet;
use std::mem::take;

use spec::Pesewas;
use spec::contract::Roles;

use super::case::{Case, Step, Turn};
use super::planner::Planner;
use super::proposal::{Binding, Proposal, Stage};
use super::worth;

/// The number of cases of the worth list that come before open questions.
const MOST_WORTH: usize = 40;

/// A proposal with its reason for being sent at this point.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The index of the proposal.
    pub(super) at: usize,
    pub(super) turn: Turn,
    /// Whether it is passed over, for now, if everything that it serves is exercised already.
    pub(super) only_if_new: bool,
}

impl Place {
    fn new((at, turn): (usize, Turn)) -> Self {
        Self { at, turn, only_if_new: false }
    }
}

/// The parts of a plan, in the order in which they are sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    /// What finds out for the others which numbers are taken.
    first: Vec<Place>,
    /// What no wallet can be charged for.
    free: Vec<Place>,
    /// The refused cases that come before the accepted ones.
    refused: Vec<Place>,
    /// The refused cases that come right before `emptying`, since no wallet has enough left after that.
    between: Vec<Place>,
    /// The accepted cases that together exercise every requirement, except for those that empty a wallet.
    cover: Vec<Place>,
    /// Those that bring a wallet to a certain balance, or to nothing.
    emptying: Vec<Place>,
    /// The number of cases of `cover` that come before `emptying`.
    pub(super) until: usize,
    /// The other free and refused cases.
    later: Vec<Place>,
    /// The other accepted cases.
    rest: Vec<Place>,
    /// What reads the orders of the others.
    last: Vec<Place>,
}

impl Sequence {
    /// Arranges the proposals.
    pub(super) fn of(p: &Planner<'_>, proposals: &[Proposal]) -> Self {
        let of = |wanted| {
            let all = proposals.iter().enumerate();
            all.filter(|(_, it)| it.stage() == wanted).collect::<Vec<_>>()
        };
        let (free, mut refused) = (of(Stage::Free), of(Stage::Refused));
        refused.sort_by_key(|(_, it)| (it.case.refusal_order(), it.case.is_drawn()));
        let exercised =
            free.iter().chain(&refused).flat_map(|(_, it)| it.case.serves.iter().copied()).collect();
        let mut accepted = by_worth(p, of(Stage::Accepted), exercised);
        let mut this = Self {
            first: of(Stage::First).into_iter().map(|(at, _)| Place::new((at, Turn::First))).collect(),
            last: of(Stage::Last).into_iter().map(|(at, _)| Place::new((at, Turn::Last))).collect(),
            ..Self::default()
        };
        // Random cases that are free are many, and repeat what the planned ones show.
        let waits = |it: &Proposal| !p.has_states() && it.case.is_drawn();
        for (at, it) in &free {
            let part = if waits(it) { &mut this.later } else { &mut this.free };
            part.push(Place::new((*at, Turn::Free)));
        }
        if p.has_states() {
            keep_wallets_in_order(&mut accepted, proposals, &p.contract.roles);
            this.refused = refused.iter().map(|(at, _)| Place::new((*at, Turn::Refused))).collect();
            this.rest = accepted.into_iter().map(Place::new).collect();
        } else {
            this.part_refused(p, &free, &refused);
            this.part_accepted(p, accepted, proposals);
        }
        this
    }

    /// Parts the refused cases into the first for each requirement, and the others. A case that needs a certain balance
    /// comes before the orders that would change it, and so does one that is bound to its account.
    fn part_refused(&mut self, p: &Planner<'_>, free: &[(usize, &Proposal)], refused: &[(usize, &Proposal)]) {
        let first = free.iter().filter(|(_, it)| !it.case.is_drawn());
        let mut seen: BTreeSet<&str> = first.flat_map(|(_, it)| it.case.serves.iter().copied()).collect();
        for (at, it) in refused {
            let new: Vec<_> = it.case.serves.iter().filter(|id| seen.insert(id)).collect();
            let new = new.into_iter().any(|id| is_promise(p, id));
            let bound = matches!(it.binding, Binding::Actors) && !it.case.varies;
            let bound = bound || it.shapes_a_wallet(&p.contract.roles);
            let part = if new || bound { &mut self.refused } else { &mut self.later };
            part.push(Place::new((*at, Turn::Refused)));
        }
    }

    /// Parts the accepted cases into those that cover every requirement, those of them that empty a wallet, and the
    /// others.
    fn part_accepted(&mut self, p: &Planner<'_>, accepted: Vec<(usize, Turn)>, proposals: &[Proposal]) {
        let roles = &p.contract.roles;
        let (covers, mut rest): (Vec<_>, Vec<_>) =
            accepted.into_iter().partition(|(_, turn)| matches!(turn, Turn::Covers(_)));
        keep_wallets_in_order(&mut rest, proposals, roles);
        let (emptying, cover): (Vec<_>, Vec<_>) =
            covers.into_iter().partition(|(at, _)| proposals[*at].shapes_a_wallet(roles));
        // What no wallet can pay for at the start may be what the wallet of a race costs exactly after it.
        let waiting = rest.iter().filter(|(at, _)| {
            let it = &proposals[*at];
            it.shapes_a_wallet(roles) && it.case.steps.is_empty()
        });
        let waiting = waiting.map(|place| Place { only_if_new: true, ..Place::new(place.clone()) });
        self.emptying = emptying.into_iter().map(Place::new).chain(waiting).collect();
        // The planned order: a race leaves a remainder that another order then costs exactly, which leaves nothing.
        self.emptying.sort_by_key(|it| it.at);
        self.until = cover.len();
        self.cover = cover.into_iter().map(Place::new).collect();
        self.rest = rest.into_iter().map(Place::new).collect();
    }

    /// Returns all places in order. A proposal may have two: the second is for one that was passed over at the first.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        let (before, after) = self.cover.split_at(self.until);
        let until = self.before().chain(before).chain(&self.between).chain(&self.emptying);
        until.chain(after).chain(&self.later).chain(&self.rest).chain(&self.last)
    }

    /// Returns the places before the first accepted case.
    pub(super) fn before(&self) -> impl Iterator<Item = &Place> {
        self.first.iter().chain(&self.free).chain(&self.refused)
    }

    /// Returns the places of the accepted cases that cover every requirement, with this many before those that empty a
    /// wallet.
    pub(super) fn covering(&self, until: usize) -> impl Iterator<Item = &Place> {
        let (before, after) = self.cover.split_at(until);
        before.iter().chain(&self.emptying).chain(after)
    }

    /// Returns the numbers that [`Self::until`] may have, the largest first.
    pub(super) fn choices(&self) -> impl Iterator<Item = usize> + use<> {
        let least = if self.emptying.is_empty() { self.cover.len() } else { 0 };
        (least..=self.cover.len()).rev()
    }

    /// Moves each refused case for which no wallet has enough left at its place to an earlier one: from the end to right
    /// before what empties a wallet, and from there before all that is accepted.
    pub(super) fn bring_forward(&mut self, unpaid: &BTreeSet<usize>) {
        let fails = |it: &Place| unpaid.contains(&it.at);
        let (first, between): (Vec<Place>, Vec<Place>) = take(&mut self.between).into_iter().partition(fails);
        let (sooner, later): (Vec<Place>, Vec<Place>) = take(&mut self.later).into_iter().partition(fails);
        self.refused.extend(first);
        self.between = between.into_iter().chain(sooner).collect();
        self.later = later;
    }
}

/// Returns what a case shows besides what it is planned for.
fn also_shown<'p>(p: &'p Planner<'_>, case: &Case) -> &'p [&'static str] {
    let reads_wallet = || case.steps.iter().any(|step| matches!(step, Step::Wallet(_)));
    if !p.has_states() && case.cost.purchases > 0 && reads_wallet() { &p.accepted } else { &[] }
}

/// Returns true if a case is one accepted order of as many recipients as are allowed.
fn is_largest(p: &Planner<'_>, case: &Case) -> bool {
    let largest = case.draft.as_ref().is_some_and(|it| it.count == p.contract.limits.max_items);
    largest && case.cost.purchases == 1
}

/// Returns true if an id is that of a requirement and not of an open question.
pub(super) fn is_promise(p: &Planner<'_>, id: &str) -> bool {
    p.contract.catalogue.requirement(id).is_some()
}

/// Orders the accepted cases: first the cheapest cover of what is not exercised yet, then the rest by worth.
fn by_worth(
    p: &Planner<'_>,
    mut left: Vec<(usize, &Proposal)>,
    mut exercised: BTreeSet<&'static str>,
) -> Vec<(usize, Turn)> {
    let mut ordered = Vec::with_capacity(left.len());
    let mut largest_covers = p.has_states();
    loop {
        let new = |case: &Case| -> Vec<&'static str> {
            let new = |id: &&&str| is_promise(p, id) && !exercised.contains(*id);
            let shown: BTreeSet<_> = case.serves.iter().chain(also_shown(p, case)).filter(new).collect();
            shown.into_iter().copied().collect()
        };
        // The cover takes the most new requirements per pesewa; one pesewa is added so that free cases can be compared
        // too.
        let gain = |case: &Case| (new(case).len() as i64, case.price().get() + 1);
        // A case that no wallet can pay for at the start has no steps yet and covers nothing.
        // On fixed accounts, what varies one dimension is for money that is left.
        let covers = |it: &Proposal| !it.case.steps.is_empty() && (p.has_states() || !it.case.varies);
        let had = left.iter().enumerate().filter(|(_, (_, it))| covers(it));
        let gains = had.map(|(at, (_, it))| (at, gain(&it.case)));
        let best = gains
            .filter(|(_, (new, _))| *new > 0)
            .reduce(|best, it| if it.1.0 * best.1.1 > best.1.0 * it.1.1 { it } else { best });
        let Some((best, _)) = best else { break };
        let (at, proposal) = left.remove(best);
        let new = new(&proposal.case);
        exercised.extend(&new);
        largest_covers |= is_largest(p, &proposal.case);
        ordered.push((at, Turn::Covers(new)));
    }
    // The cover consists of small orders. On fixed accounts, where a cap may end the run soon, one of the largest size
    // follows at once.
    let largest = left.iter().enumerate().filter(|(_, (_, it))| !largest_covers && is_largest(p, &it.case));
    if let Some((cheapest, _)) = largest.min_by_key(|(_, (_, it))| it.case.price()) {
        ordered.push((left.remove(cheapest).0, Turn::Largest));
    }
    let rank = |it: &Proposal| worth::rank(&it.case, &p.contract.roles.buyers);
    // An open question is cheap and its answer is always reported, so it comes before cases that find less for their
    // price.
    let class = |it: &Proposal| match rank(it) {
        Some(rank) if rank < MOST_WORTH => 0,
        _ if it.case.cost.open > Pesewas::ZERO && (p.has_states() || !it.case.varies) => 1,
        Some(_) => 2,
        None => 3,
    };
    left.sort_by_key(|(at, it)| (class(it), rank(it), it.case.price(), *at));
    ordered.extend(left.into_iter().map(|(at, it)| (at, rank(it).map_or(Turn::Cheap, Turn::Worth))));
    ordered
}

/// Restores the planned order among the cases that shape a wallet: a race leaves a remainder that another order then
/// costs exactly, which leaves nothing.
fn keep_wallets_in_order(order: &mut [(usize, Turn)], proposals: &[Proposal], roles: &Roles) {
    let shapes = |at: usize| proposals[at].shapes_a_wallet(roles);
    let places: Vec<usize> = (0..order.len()).filter(|place| shapes(order[*place].0)).collect();
    let mut shaping: Vec<(usize, Turn)> = places.iter().map(|place| order[*place].clone()).collect();
    shaping.sort_unstable_by_key(|(at, _)| *at);
    for (place, it) in places.into_iter().zip(shaping) {
        order[place] = it;
    }
}
