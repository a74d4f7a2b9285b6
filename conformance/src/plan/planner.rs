//! What checks and generators plan with: who can be had, what can be bought, what is left in fixed wallets, and the cases
//! so far.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Pesewas};

use super::case::{Actor, Case, Outgoing, Step};
use super::draft::Draft;
use super::meet::meet;
use super::proposal::{Binding, Proposal};
use super::render::{Numbers, Rendered, Stock, choose, render, render_items};
use super::shop::Shop;
use super::why_not::WhyNot;
use crate::history::{PackageFacts, Power, Tier, World};
use crate::order::rule::{Allowed, Rule};

/// What an account is given whose orders have no known price: enough for the longest run of them.
pub const FUND_UNPRICED: Pesewas = Pesewas::new(10_000_000);

/// Collects the cases of a plan.
#[derive(Debug)]
pub struct Planner<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// What is known of the server.
    pub world: &'a World,
    /// How much is tried.
    pub tier: Tier,
    /// Seed of every random choice.
    pub seed: u64,
    /// What can be bought.
    pub shop: Shop,
    /// Next recipients.
    pub numbers: Numbers,
    /// The plan, in the order in which it goes: what was proposed, once it is scheduled.
    pub cases: Vec<Case>,
    /// What was proposed so far.
    pub(super) proposals: Vec<Proposal>,
    /// Check or generator that plans right now.
    pub origin: &'static str,
    /// Why cases of an id could not be planned.
    unplanned: BTreeMap<&'static str, BTreeSet<WhyNot>>,
    /// What fixed accounts will hold when everything planned so far went as it should.
    projected: Vec<Option<Pesewas>>,
    taken: BTreeSet<String>,
    /// Every reason to refuse an order.
    rules: Vec<&'static Rule>,
}

impl<'a> Planner<'a> {
    /// An empty plan; `refusals` are the rules that tell what a server may refuse.
    #[must_use]
    pub fn new(
        contract: &'a Contract,
        world: &'a World,
        refusals: Vec<&'static Rule>,
        tier: Tier,
        seed: u64,
    ) -> Self {
        Self {
            contract,
            world,
            tier,
            seed,
            shop: Shop::of(world.catalog.as_ref(), &contract.msisdn),
            numbers: Numbers::new(seed),
            cases: Vec::new(),
            proposals: Vec::new(),
            origin: "",
            unplanned: BTreeMap::new(),
            projected: world.accounts.iter().map(|account| account.balance).collect(),
            taken: BTreeSet::new(),
            rules: refusals,
        }
    }

    /// What rendering looks up.
    #[must_use]
    pub fn stock(&self) -> Stock<'_> {
        Stock { contract: self.contract, shop: &self.shop }
    }

    /// Roles that may buy and that we can be.
    #[must_use]
    pub fn buyers(&self) -> Vec<String> {
        self.roles(|contract, role| contract.roles.may_buy(role))
    }

    /// Roles that may not buy and that we can be.
    #[must_use]
    pub fn others(&self) -> Vec<String> {
        self.roles(|contract, role| !contract.roles.may_buy(role))
    }

    fn roles(&self, wanted: impl Fn(&Contract, &str) -> bool) -> Vec<String> {
        let had = |role: &str| self.has_states() || self.fixed_accounts(role).next().is_some();
        let all = self.contract.roles.all.iter();
        all.filter(|role| wanted(self.contract, role) && had(role)).cloned().collect()
    }

    /// Whether accounts of any role and balance can be had.
    #[must_use]
    pub fn has_states(&self) -> bool {
        self.world.power == Power::States
    }

    /// Fixed accounts of a role whose key is valid: where they stand in the world, and what they will hold by now.
    pub fn fixed_accounts(&self, role: &str) -> impl Iterator<Item = (usize, Option<Pesewas>)> {
        let accounts = self.world.accounts.iter().zip(&self.projected).enumerate();
        accounts
            .filter(move |(_, (it, _))| !it.revoked && it.role.as_deref() == Some(role))
            .map(|(at, (_, left))| (at, *left))
    }

    /// The fixed account of a role that pays: the richest that fits, for small wallets are kept for the boundaries.
    pub(super) fn payer(&self, role: &str, fits: impl Fn(usize, Option<Pesewas>) -> bool) -> Option<usize> {
        let fitting = self.fixed_accounts(role).filter(|(at, left)| fits(*at, *left));
        fitting.max_by_key(|(at, left)| (*left, std::cmp::Reverse(*at))).map(|(at, _)| at)
    }

    /// An actor with at least this balance, for cases of several orders.
    #[must_use]
    pub fn actor_with(&self, role: &str, at_least: Pesewas) -> Option<Actor> {
        if self.has_states() {
            return Some(Actor::fresh(role, at_least));
        }
        self.payer(role, |_, left| left.is_none_or(|left| left >= at_least)).map(Actor::Fixed)
    }

    /// A conforming server will have charged this to the wallet of a fixed account.
    pub(super) fn spend(&mut self, at: usize, amount: Pesewas) {
        let accounts = &self.world.accounts;
        for (other, left) in self.projected.iter_mut().enumerate() {
            if (other == at || accounts[other].shares_wallet_with(&accounts[at]))
                && let Some(left) = left
            {
                *left -= amount;
            }
        }
    }

    /// What the rules allow as an answer to a request of an actor.
    #[must_use]
    pub(super) fn allowed(&self, actor: &Actor, outgoing: &Outgoing) -> Allowed {
        super::allowed::allowed(&self.rules, self.contract, self.world, &self.projected, actor, outgoing)
    }

    /// What a fixed account will hold by now, where it is known.
    #[must_use]
    pub fn left(&self, at: usize) -> Option<Pesewas> {
        self.projected[at]
    }

    /// The smallest valid order of a role.
    #[must_use]
    pub fn smallest(&self, role: &str) -> Draft {
        Draft::good(role, self.contract.limits.min_items)
    }

    /// What an order costs, where prices are known.
    #[must_use]
    pub fn price(&self, draft: &Draft) -> Option<Pesewas> {
        let shelf = self.shop.shelf(draft)?;
        shelf.cost(&choose(shelf, draft), &draft.role)
    }

    /// Whether an order of the cheapest shelf costs a role exactly this much.
    #[must_use]
    pub fn meets(&self, role: &str, balance: Pesewas) -> bool {
        let priced = self.shop.shelves.first().map_or_else(Vec::new, |shelf| shelf.priced(role));
        meet(&priced, balance, Pesewas::ZERO, self.contract.limits).is_some()
    }

    /// Packages of the draft's shelf, by position, that together cost a role exactly this much.
    #[must_use]
    pub fn meeting(&self, draft: &Draft, total: Pesewas) -> Option<Vec<usize>> {
        let shelf = self.shop.shelves.get(draft.shelf)?;
        let met = meet(&shelf.priced(&draft.role), total, Pesewas::ZERO, self.contract.limits)?;
        met.iter().map(|it| shelf.active.iter().position(|own| own.id == it.id)).collect()
    }

    /// Renders one more order for an actor that a case already has.
    pub fn render(&mut self, draft: &Draft, actor: usize) -> Option<Rendered> {
        let stock = Stock { contract: self.contract, shop: &self.shop };
        render(stock, draft, actor, &mut self.numbers)
    }

    /// The same with these packages of the draft's shelf, by position; positions wrap around.
    pub fn render_basket(&mut self, draft: &Draft, packages: &[usize], actor: usize) -> Option<Rendered> {
        let stock = Stock { contract: self.contract, shop: &self.shop };
        let shelf = self.shop.shelves.get(draft.shelf)?;
        let packages: Vec<&PackageFacts> =
            packages.iter().map(|at| &shelf.active[at % shelf.active.len()]).collect();
        render_items(stock, draft, shelf, &packages, actor, &mut self.numbers)
    }

    /// Whether the server has the endpoint that a step reads.
    #[must_use]
    pub fn offers(&self, step: &Step) -> bool {
        step.reads().is_none_or(|operation| !self.world.lacks(operation))
    }

    /// Those steps for which the server has the endpoint.
    #[must_use]
    pub fn offered(&self, steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
        steps.into_iter().filter(|step| self.offers(step)).collect()
    }

    /// Says why nothing was planned for some ids.
    pub fn cannot(&mut self, ids: &[&'static str], why: &WhyNot) {
        for id in ids {
            self.unplanned.entry(id).or_default().insert(why.clone());
        }
    }

    /// Why cases of an id could not be planned.
    #[must_use]
    pub(super) const fn unplanned(&self) -> &BTreeMap<&'static str, BTreeSet<WhyNot>> {
        &self.unplanned
    }

    /// Why cases of an id could not be planned, as a report says it.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<String, BTreeSet<String>> {
        let texts = |whys: &BTreeSet<WhyNot>| {
            let least = whys.iter().filter(|why| !whys.iter().any(|other| why.outdone_by(other)));
            least.map(ToString::to_string).collect()
        };
        self.unplanned.iter().map(|(id, whys)| ((*id).to_owned(), texts(whys))).collect()
    }

    /// Proposes a case under an address of its own: where another has it, a number tells them apart.
    pub(super) fn propose(&mut self, mut case: Case, binding: Binding) {
        let address = format!("{}/{}", self.origin, case.id);
        let mut again = 1;
        case.id.clone_from(&address);
        while !self.taken.insert(case.id.clone()) {
            again += 1;
            case.id = format!("{address}~{again}");
        }
        case.origin = self.origin;
        self.proposals.push(Proposal { case, binding });
    }
}
