//! Builds cases for the checks, as in
//! `p.case("revoked").title("a revoked key").serves(&["AUTH-UNKNOWN"]).order(&draft).add()`.
//!
//! A case consists either of one order, for which the sender, the readings around it and the cost are found here, or of
//! any steps by any actors.

use std::mem::take;

use spec::Pesewas;

use super::case::{Actor, Case, Condition, Outgoing, Step, Turn, cost_of};
use super::order_draft::{Balance, OrderDraft};
use super::planner::Planner;
pub(crate) use super::proposal::Watch;
use super::proposal::{Binding, OrderWish};
use super::render::Rendered;
use super::sender;
use super::why_not::WhyNot;
use crate::history::{Coordinates, Tier};

impl<'a> Planner<'a> {
    /// Begins a case. Its id is the name of the check followed by this address, made unique in the plan.
    pub(crate) fn case(&mut self, address: impl Into<String>) -> CaseBuilder<'_, 'a> {
        let (address, title) = (address.into(), String::new());
        CaseBuilder { p: self, address, title, serves: &[], actors: Vec::new(), steps: Vec::new() }
    }
}

/// A case that is being built.
#[derive(Debug)]
#[must_use = "a case is planned once it is added"]
pub(crate) struct CaseBuilder<'p, 'a> {
    p: &'p mut Planner<'a>,
    address: String,
    title: String,
    serves: &'p [&'static str],
    actors: Vec<Actor>,
    steps: Vec<Step>,
}

impl<'p, 'a> CaseBuilder<'p, 'a> {
    /// Sets the title that a report shows. Without one, a case of one order gets a title from its draft.
    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the ids that the case serves.
    pub(crate) fn serves(mut self, ids: &'p [&'static str]) -> Self {
        self.serves = ids;
        self
    }

    /// Adds an actor.
    pub(crate) fn actor(mut self, actor: Actor) -> Self {
        self.actors.push(actor);
        self
    }

    /// Adds further actors.
    pub(crate) fn actors(mut self, actors: impl IntoIterator<Item = Actor>) -> Self {
        self.actors.extend(actors);
        self
    }

    /// Appends steps, in order.
    pub(crate) fn steps(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// Turns this into a case of one order, with its own sender and readings.
    pub(crate) fn order(self, draft: &'p OrderDraft) -> OrderCase<'p, 'a> {
        OrderCase { case: self, draft, watch: Watch::Wallet, only_refused: false, asked_elsewhere: false }
    }

    /// Adds the case to the plan. Around what a fixed account may be charged for, its wallet is read.
    pub(crate) fn add(mut self) {
        self.steps = with_readings(self.p, &self.actors, take(&mut self.steps));
        self.put(None, None, Binding::Actors);
    }

    /// Adds the case to the plan as a race of orders on a fixed account, with what else it exercises if it takes all that
    /// the wallet holds.
    pub(super) fn add_race(mut self, emptying: &'static [&'static str]) {
        self.put(None, None, Binding::Race(emptying));
    }

    /// Adds the case to the plan. On fixed accounts its only actor will be one of the same role whose wallet holds less than a
    /// sum by then.
    pub(crate) fn add_poorer(mut self, than: Pesewas) {
        if !self.p.has_states() {
            let only_if_short = |step| match step {
                Step::Order(order) => Step::OrderIf(Condition::Short, order),
                other => other,
            };
            self.steps = take(&mut self.steps).into_iter().map(only_if_short).collect();
        }
        self.put(None, None, Binding::Poorer(than));
    }

    fn put(&mut self, coordinates: Option<Coordinates>, draft: Option<&OrderDraft>, binding: Binding) {
        let cost = cost_of(&self.steps);
        let case = Case {
            index: 0,
            id: take(&mut self.address),
            origin: "",
            varies: false,
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

/// Returns steps in which the wallet of each fixed account is read before the first order for which a conforming server
/// may charge it, since others may have changed its balance, and after the last one.
fn with_readings(p: &Planner<'_>, actors: &[Actor], mut steps: Vec<Step>) -> Vec<Step> {
    for at in actors.iter().enumerate().filter(|(_, it)| it.fixed().is_some()).map(|(at, _)| at) {
        let reads = |step: &Step| matches!(step, Step::Wallet(actor) if *actor == at);
        let charges = |step: &Step| {
            step.orders().any(|it| it.actor == at && it.cost.expected + it.cost.open > Pesewas::ZERO)
        };
        let Some(last) = steps.iter().rposition(charges) else { continue };
        if !steps[last..].iter().any(reads) {
            steps.splice(last + 1..last + 1, p.offered([Step::Wallet(at)]));
        }
        let first = steps.iter().position(charges).unwrap_or(last);
        if !steps[..first].iter().any(reads) {
            steps.splice(..0, p.offered([Step::Wallet(at)]));
        }
    }
    steps
}

/// A case of one order.
#[derive(Debug)]
#[must_use = "a case is planned once it is added"]
pub(crate) struct OrderCase<'p, 'a> {
    case: CaseBuilder<'p, 'a>,
    draft: &'p OrderDraft,
    watch: Watch,
    only_refused: bool,
    asked_elsewhere: bool,
}

impl OrderCase<'_, '_> {
    /// Sets what is read after the order; by default only the wallet.
    pub(crate) const fn watch(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// Leaves the case out if a conforming server may accept the order: with fixed accounts, money is kept for the
    /// boundaries.
    pub(crate) const fn only_refused(mut self, only_refused: bool) -> Self {
        self.only_refused = only_refused;
        self
    }

    /// Says whether a plainer case asks the same open question. On fixed accounts, where every accepted order costs
    /// money, the order is then sent with one item too few: it is refused, and still shows that it is answered.
    pub(crate) const fn asked_elsewhere(mut self, elsewhere: bool) -> Self {
        self.asked_elsewhere = elsewhere;
        self
    }

    /// Adds the case to the plan. If it can't be planned, or the tier does not want it, records the reason for the ids
    /// that it serves.
    pub(crate) fn add(mut self) {
        let Err(why) = self.plan() else { return };
        let CaseBuilder { p, serves, .. } = self.case;
        // A promise does not stay untested merely because the tier asks no open questions, so only the ambiguities get
        // that reason.
        let ambiguous = |id: &&'static str| p.contract.catalogue.ambiguity(id).is_some();
        let open: Vec<&str> = serves.iter().copied().filter(ambiguous).collect();
        let of_tier = matches!(why, WhyNot::ProbeOnlyRefused | WhyNot::SmokeAsksNothing);
        p.cannot(if of_tier && !open.is_empty() { &open } else { serves }, &why);
    }

    /// Adds the case to the plan.
    ///
    /// # Errors
    /// Returns the reason if no account or catalog fits the order, or if the tier does not want it.
    pub(crate) fn try_add(mut self) -> Result<(), WhyNot> {
        self.plan()
    }

    fn plan(&mut self) -> Result<(), WhyNot> {
        let p = &mut *self.case.p;
        let refused;
        let mut draft = self.draft;
        if self.asked_elsewhere && !p.has_states() && p.tier >= Tier::Standard {
            refused = OrderDraft { count: p.contract.limits.min_items.saturating_sub(1), ..draft.clone() };
            self.case.title += ", with one item too few";
            draft = &refused;
        }
        let wish = OrderWish { draft: draft.clone(), watch: self.watch, only_refused: self.only_refused };
        // The map of a report has no column for an arbitrary balance.
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
            // A case that goes earlier may leave the wallet with the balance that this one needs.
            Err(WhyNot::Unmet(..)) if draft.balance != Balance::Plenty => {}
            Err(why) => return Err(why),
        }
        let draft = wish.draft.clone();
        self.case.put(coordinates, Some(&draft), Binding::Order(wish));
        Ok(())
    }
}

impl OrderWish {
    /// Finds the sender, given what the wallets hold at that point of the plan, and adds the readings around the order.
    ///
    /// # Errors
    /// Returns the reason if no account or catalog fits the order, or if the tier does not want it.
    pub(super) fn bind(&self, p: &mut Planner<'_>) -> Result<(Actor, Vec<Step>), WhyNot> {
        let mut numbers = p.numbers.clone();
        let (actor, rendered) = sender::find(p, &self.draft, &mut numbers)?;
        let outgoing = wanted(p, &actor, rendered, self.only_refused)?;
        p.numbers = numbers;
        let steps = around(p, &actor, outgoing, self.watch);
        Ok((actor, steps))
    }
}

/// Returns an order with what it may cost by the rules that judge it later, or the reason why the tier does not want
/// it.
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
        // The draft is hostile, but the rules still make it a valid order.
        cost.purchases = 1;
        cost.expected = total.unwrap_or_default();
    }
    if !allowed.sure.is_empty() {
        outgoing.refused_for.clone_from(&allowed.sure);
        return Ok(outgoing);
    }
    // A probe costs nothing on a conforming server, so it also leaves out what the pages allow a server to accept.
    if p.tier == Tier::Probe || only_refused {
        return Err(WhyNot::ProbeOnlyRefused);
    }
    if cost.purchases == 0 {
        // Open questions are asked once the boundaries are known to hold, so not in a smoke test.
        if p.tier == Tier::Smoke {
            return Err(WhyNot::SmokeAsksNothing);
        }
        cost.open = total.unwrap_or_default();
    }
    Ok(outgoing)
}

/// Returns the steps of an order: the order itself and the readings that show its effect.
fn around(p: &Planner<'_>, actor: &Actor, outgoing: Outgoing, watch: Watch) -> Vec<Step> {
    if *actor == Actor::Nobody {
        return vec![Step::Order(outgoing)];
    }
    let before = matches!(actor, Actor::Fixed(_)) && outgoing.key.is_own();
    // Orders that the pages leave a server free to accept count as accepted here: what was created shows whether the
    // order was processed as sent.
    let accepted = outgoing.cost.purchases > 0 || outgoing.cost.open > Pesewas::ZERO;
    let mut steps = Vec::new();
    let list = Step::List { actor: 0, limit: None, follow: false };
    if before {
        steps.push(Step::Wallet(0));
        // Others use the account too, so its list is only meaningful when compared with the list before the order.
        if watch == Watch::Everything && !accepted {
            steps.push(list.clone());
        }
    }
    // The wallet is also read after a request with a changed key: the account whose key was changed must not have paid.
    steps.extend([Step::Order(outgoing), Step::Wallet(0)]);
    if watch == Watch::Everything {
        if accepted {
            steps.extend([true, false].map(|status| Step::Read { actor: 0, nth: 0, status }));
        }
        steps.push(list);
    }
    p.offered(steps)
}
