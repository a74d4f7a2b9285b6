//! How checks put a case together: `p.case("revoked").title("a revoked key").serves(&["AUTH-UNKNOWN"]).order(&draft).add()`.
//!
//! A case is around one order, which finds its sender, the readings around it and its cost by itself, or any steps of any
//! actors.

use std::mem::take;

use spec::Pesewas;

use super::case::{Actor, Case, Cost, Outgoing, Step, Turn};
use super::draft::{Balance, Draft};
use super::planner::Planner;
pub use super::proposal::Watch;
use super::proposal::{Binding, OrderWish};
use super::render::Rendered;
use super::sender;
use super::why_not::WhyNot;
use crate::history::{Coordinates, Tier};

impl<'a> Planner<'a> {
    /// Begins a case; its address follows the name of the check, and is unique in the plan.
    pub fn case(&mut self, address: impl Into<String>) -> CaseBuilder<'_, 'a> {
        let (address, title) = (address.into(), String::new());
        CaseBuilder { p: self, address, title, serves: &[], actors: Vec::new(), steps: Vec::new() }
    }
}

/// A case that is being put together.
#[derive(Debug)]
#[must_use = "a case is planned once it is added"]
pub struct CaseBuilder<'p, 'a> {
    p: &'p mut Planner<'a>,
    address: String,
    title: String,
    serves: &'p [&'static str],
    actors: Vec<Actor>,
    steps: Vec<Step>,
}

impl<'p, 'a> CaseBuilder<'p, 'a> {
    /// What it is about, for a person; an order says so itself where nothing is said here.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Ids that it is made for.
    pub fn serves(mut self, ids: &'p [&'static str]) -> Self {
        self.serves = ids;
        self
    }

    /// One more actor.
    pub fn actor(mut self, actor: Actor) -> Self {
        self.actors.push(actor);
        self
    }

    /// More that happens, in order.
    pub fn steps(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// Makes it a case around one order, with a sender and readings of its own.
    pub fn order(self, draft: &'p Draft) -> OrderCase<'p, 'a> {
        OrderCase { case: self, draft, watch: Watch::Wallet, only_refused: false, asked_elsewhere: false }
    }

    /// Plans it.
    pub fn add(mut self) {
        self.put(None, None, Binding::Actors);
    }

    /// Plans it as a race of orders on a fixed account.
    pub(super) fn add_race(mut self) {
        self.put(None, None, Binding::Race);
    }

    fn put(&mut self, coordinates: Option<Coordinates>, draft: Option<&Draft>, binding: Binding) {
        let cost = self.steps.iter().flat_map(Step::orders).map(|order| order.cost).sum::<Cost>();
        let case = Case {
            index: 0,
            id: take(&mut self.address),
            origin: "",
            title: take(&mut self.title),
            serves: self.serves.to_vec(),
            coordinates,
            actors: take(&mut self.actors),
            steps: take(&mut self.steps),
            cost,
            draft: draft.cloned(),
            turn: Turn::Open,
        };
        self.p.propose(case, binding);
    }
}

/// A case around one order.
#[derive(Debug)]
#[must_use = "a case is planned once it is added"]
pub struct OrderCase<'p, 'a> {
    case: CaseBuilder<'p, 'a>,
    draft: &'p Draft,
    watch: Watch,
    only_refused: bool,
    asked_elsewhere: bool,
}

impl OrderCase<'_, '_> {
    /// How much is looked at afterwards; the wallet, where nothing is said.
    pub const fn watch(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// Leaves it out if a conforming server may accept it: with fixed accounts money is for the boundaries.
    pub const fn only_refused(mut self, only_refused: bool) -> Self {
        self.only_refused = only_refused;
        self
    }

    /// Says whether it is an open question that a plainer case asks too. On fixed accounts, where every order that is
    /// accepted costs money, it goes with one item too few then: that is refused, and still shows that it is answered.
    pub const fn asked_elsewhere(mut self, elsewhere: bool) -> Self {
        self.asked_elsewhere = elsewhere;
        self
    }

    /// Plans it; where it can't be had or the tier does not want it, says why for the ids that it serves.
    pub fn add(mut self) {
        let Err(why) = self.plan() else { return };
        let CaseBuilder { p, serves, .. } = self.case;
        // That a tier asks no open questions is no reason why a promise was not tested.
        let ambiguous = |id: &&'static str| p.contract.catalogue.ambiguity(id).is_some();
        let open: Vec<&str> = serves.iter().copied().filter(ambiguous).collect();
        let of_tier = matches!(why, WhyNot::ProbeOnlyRefused | WhyNot::SmokeAsksNothing);
        p.cannot(if of_tier && !open.is_empty() { &open } else { serves }, &why);
    }

    /// Plans it.
    ///
    /// # Errors
    /// Why it can't be had, or is not wanted.
    pub fn try_add(mut self) -> Result<(), WhyNot> {
        self.plan()
    }

    fn plan(&mut self) -> Result<(), WhyNot> {
        let p = &mut *self.case.p;
        let refused;
        let mut draft = self.draft;
        if self.asked_elsewhere && !p.has_states() && p.tier >= Tier::Standard {
            refused = Draft { count: p.contract.limits.min_items.saturating_sub(1), ..draft.clone() };
            self.case.title += ", with one item too few";
            draft = &refused;
        }
        let wish = OrderWish { draft: draft.clone(), watch: self.watch, only_refused: self.only_refused };
        // The map of a report has no column for a wallet of any amount.
        let on_the_map = draft.key.is_own() && !matches!(draft.balance, Balance::Holds(_));
        let coordinates = on_the_map.then(|| Coordinates {
            role: draft.role.clone(),
            count: draft.count,
            balance: draft.balance.name().to_owned(),
        });
        if self.case.title.is_empty() {
            self.case.title = draft.title();
        }
        match wish.bind(p) {
            Ok((actor, steps)) => {
                self.case.actors.push(actor);
                self.case.steps.extend(steps);
            }
            // What a wallet must hold for it may be left there by what goes before.
            Err(WhyNot::Unmet(..)) if draft.balance != Balance::Plenty => {}
            Err(why) => return Err(why),
        }
        let draft = wish.draft.clone();
        self.case.put(coordinates, Some(&draft), Binding::Order(wish));
        Ok(())
    }
}

impl OrderWish {
    /// Finds who sends it, as the wallets are by now, and what is read around it.
    ///
    /// # Errors
    /// Why it can't be had, or is not wanted.
    pub(super) fn bind(&self, p: &mut Planner<'_>) -> Result<(Actor, Vec<Step>), WhyNot> {
        let mut numbers = p.numbers.clone();
        let (actor, rendered) = sender::find(p, &self.draft, &mut numbers)?;
        let outgoing = wanted(p, &actor, rendered, self.only_refused)?;
        p.numbers = numbers;
        let steps = around(p, &actor, outgoing, self.watch);
        Ok((actor, steps))
    }
}

/// An order with what it may cost by the rules that judge it later, if it may cost that much.
fn wanted(
    p: &Planner<'_>,
    actor: &Actor,
    rendered: Rendered,
    only_refused: bool,
) -> Result<Outgoing, WhyNot> {
    let Rendered { mut outgoing, total } = rendered;
    let allowed = p.allowed(actor, &outgoing);
    let cost = &mut outgoing.cost;
    if allowed.is_valid() && cost.purchases == 0 {
        // Odd as it was meant, and a valid order all the same.
        cost.purchases = 1;
        cost.expected = total.unwrap_or_default();
    }
    if !allowed.sure.is_empty() {
        outgoing.refused_for.clone_from(&allowed.sure);
        return Ok(outgoing);
    }
    // A probe costs nothing on a conforming server, also where the pages leave open whether it accepts.
    if p.tier == Tier::Probe || only_refused {
        return Err(WhyNot::ProbeOnlyRefused);
    }
    if cost.purchases == 0 {
        // An open question is asked once the boundaries are known to hold, not in a smoke test.
        if p.tier == Tier::Smoke {
            return Err(WhyNot::SmokeAsksNothing);
        }
        cost.open = total.unwrap_or_default();
    }
    Ok(outgoing)
}

/// An order with the readings that show what it did.
fn around(p: &Planner<'_>, actor: &Actor, outgoing: Outgoing, watch: Watch) -> Vec<Step> {
    if *actor == Actor::Nobody {
        return vec![Step::Order(outgoing)];
    }
    let before = matches!(actor, Actor::Fixed(_)) && outgoing.key.is_own();
    // Also of an order that the pages leave it to accept: what came of it shows whether it was taken as it was sent.
    let accepted = outgoing.cost.purchases > 0 || outgoing.cost.open > Pesewas::ZERO;
    let mut steps = Vec::new();
    let list = Step::List { actor: 0, limit: None, follow: false };
    if before {
        steps.push(Step::Wallet(0));
        // The list of an account that others use too says something only beside what it was before.
        if watch == Watch::Everything && !accepted {
            steps.push(list.clone());
        }
    }
    // Read also after a request with a bad key: the account whose key was changed must not have paid.
    steps.extend([Step::Order(outgoing), Step::Wallet(0)]);
    if watch == Watch::Everything {
        if accepted {
            steps.extend([true, false].map(|status| Step::Read { actor: 0, nth: 0, status }));
        }
        steps.push(list);
    }
    p.offered(steps)
}
