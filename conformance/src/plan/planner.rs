//! The planner that checks and generators use: the accounts and goods that are available, what is left in fixed
//! wallets, and the cases so far.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Pesewas};

use super::case::{Actor, Case, Outgoing, Step};
use super::catalog::{ProductLine, SortedCatalog};
use super::meet::meet;
use super::order_draft::OrderDraft;
use super::proposal::{Binding, Proposal};
use super::render::{Numbers, RenderContext, Rendered, choose, render, render_items};
use super::why_not::WhyNot;
use crate::history::{Capability, Environment, PackageFacts, Tier};
use crate::order::rule::{Allowed, Rule};

/// The balance, in pesewas, of an account whose orders have no known price: enough for the longest sequence of them.
pub(crate) const FUND_UNPRICED: Pesewas = Pesewas::new(10_000_000);

/// Collects the cases of a plan. A copy shows what would become of a plan without changing it.
#[derive(Debug, Clone)]
pub struct Planner<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// What is known about the server.
    pub environment: &'a Environment,
    /// The tier, which says how much is tried.
    pub tier: Tier,
    /// The seed of every random choice.
    pub seed: u64,
    /// The goods that can be bought.
    pub catalog: SortedCatalog,
    /// The source of recipients' numbers.
    pub numbers: Numbers,
    /// The plan, in the order of execution. It is empty until the proposals are scheduled.
    pub cases: Vec<Case>,
    /// The cases proposed so far.
    pub(super) proposals: Vec<Proposal>,
    /// The check or generator that is planning now.
    pub origin: &'static str,
    /// Whether that is a generator that varies one dimension.
    pub varies: bool,
    /// The number of that generator, by which generators take turns with the roles that may buy.
    pub turn: usize,
    /// What every order shows that is surely accepted, and around which the wallet is read.
    pub accepted: Vec<&'static str>,
    /// By id, why cases could not be planned.
    unplanned: BTreeMap<&'static str, BTreeSet<WhyNot>>,
    /// What each fixed account will hold if everything planned so far goes as expected; `None` where its balance is
    /// unknown.
    projected: Vec<Option<Pesewas>>,
    taken: BTreeSet<String>,
    /// The rules for refusing an order.
    rules: Vec<&'static Rule>,
}

impl<'a> Planner<'a> {
    /// Creates an empty plan. `refusals` are the rules that say what a server may refuse.
    #[must_use]
    pub(crate) fn new(
        contract: &'a Contract,
        environment: &'a Environment,
        refusals: Vec<&'static Rule>,
        tier: Tier,
        seed: u64,
    ) -> Self {
        Self {
            contract,
            environment,
            tier,
            seed,
            catalog: SortedCatalog::of(environment.catalog.as_ref(), &contract.msisdn),
            numbers: Numbers::new(seed),
            cases: Vec::new(),
            proposals: Vec::new(),
            origin: "",
            varies: false,
            turn: 0,
            accepted: Vec::new(),
            unplanned: BTreeMap::new(),
            projected: environment.accounts.iter().map(|account| account.balance).collect(),
            taken: BTreeSet::new(),
            rules: refusals,
        }
    }

    /// Returns what rendering needs to look up.
    #[must_use]
    pub(crate) fn context(&self) -> RenderContext<'_> {
        RenderContext { contract: self.contract, catalog: &self.catalog }
    }

    /// Returns the available roles that may buy.
    #[must_use]
    pub(crate) fn buyers(&self) -> Vec<String> {
        self.roles(|contract, role| contract.roles.may_buy(role))
    }

    /// Returns the available roles that may not buy.
    #[must_use]
    pub(crate) fn others(&self) -> Vec<String> {
        self.roles(|contract, role| !contract.roles.may_buy(role))
    }

    fn roles(&self, wanted: impl Fn(&Contract, &str) -> bool) -> Vec<String> {
        let had = |role: &str| self.has_states() || self.fixed_accounts(role).next().is_some();
        let all = self.contract.roles.all.iter();
        all.filter(|role| wanted(self.contract, role) && had(role)).cloned().collect()
    }

    /// Returns true if accounts of any role and balance can be created.
    #[must_use]
    pub(crate) fn has_states(&self) -> bool {
        self.environment.capability == Capability::States
    }

    /// Returns the fixed accounts of a role with a valid key: the index in the environment, and what the account will hold at
    /// this point of the plan.
    pub(crate) fn fixed_accounts(&self, role: &str) -> impl Iterator<Item = (usize, Option<Pesewas>)> {
        let accounts = self.environment.accounts.iter().zip(&self.projected).enumerate();
        accounts
            .filter(move |(_, (it, _))| !it.revoked && it.role.as_deref() == Some(role))
            .map(|(at, (_, left))| (at, *left))
    }

    /// Returns the fixed account of a role that pays: the richest that fits, since small wallets are kept for the
    /// boundaries.
    pub(super) fn payer(&self, role: &str, fits: impl Fn(usize, Option<Pesewas>) -> bool) -> Option<usize> {
        let fitting = self.fixed_accounts(role).filter(|(at, left)| fits(*at, *left));
        fitting.max_by_key(|(at, left)| (*left, std::cmp::Reverse(*at))).map(|(at, _)| at)
    }

    /// Returns the role that can best pay for orders of any role: with fixed accounts the one with the richest wallet, so that
    /// small ones are kept for the boundaries. Without a difference it is the first.
    #[must_use]
    pub(crate) fn richest_buyer(&self) -> Option<String> {
        let buyers = self.buyers().into_iter();
        buyers.reduce(|best, it| if self.richest(&it) > self.richest(&best) { it } else { best })
    }

    /// Returns what the richest fixed account of a role holds, as far as that is known.
    #[must_use]
    pub(crate) fn richest(&self, role: &str) -> Option<Pesewas> {
        self.fixed_accounts(role).filter_map(|(_, left)| left).max()
    }

    /// Returns an actor with at least this balance, for cases of several orders; `None` if there is none.
    #[must_use]
    pub(crate) fn actor_with(&self, role: &str, at_least: Pesewas) -> Option<Actor> {
        if self.has_states() {
            return Some(Actor::fresh(role, at_least));
        }
        self.payer(role, |_, left| left.is_none_or(|left| left >= at_least)).map(Actor::Fixed)
    }

    /// As [`Self::actor_with`], and the actor spends from another wallet than `beside`.
    #[must_use]
    pub(crate) fn actor_beside(&self, beside: &Actor, role: &str, at_least: Pesewas) -> Option<Actor> {
        if self.has_states() {
            return Some(Actor::fresh(role, at_least));
        }
        let wallet = |at: usize| self.environment.wallet(at);
        let taken = beside.fixed().map(wallet);
        let fits = |at: usize, left: Option<Pesewas>| {
            left.is_none_or(|left| left >= at_least) && Some(wallet(at)) != taken
        };
        self.payer(role, fits).map(Actor::Fixed)
    }

    /// As [`Self::actor_with`]; if there is none, that is the reason why nothing is planned for these ids.
    pub(crate) fn funded(&mut self, role: &str, at_least: Pesewas, ids: &[&'static str]) -> Option<Actor> {
        let actor = self.actor_with(role, at_least);
        if actor.is_none() {
            self.cannot(ids, &WhyNot::Spent(role.to_owned(), Some(at_least)));
        }
        actor
    }

    /// Deducts what a conforming server will have charged to the wallet of a fixed account.
    pub(super) fn spend(&mut self, at: usize, amount: Pesewas) {
        let accounts = &self.environment.accounts;
        for (other, left) in self.projected.iter_mut().enumerate() {
            if (other == at || accounts[other].shares_wallet_with(&accounts[at]))
                && let Some(left) = left
            {
                *left -= amount;
            }
        }
    }

    /// Returns what the rules allow as an answer to an actor's request.
    #[must_use]
    pub(super) fn allowed(&self, actor: &Actor, outgoing: &Outgoing) -> Allowed {
        super::allowed::allowed(
            &self.rules,
            self.contract,
            self.environment,
            &self.projected,
            actor,
            outgoing,
        )
    }

    /// Returns what a fixed account will hold at this point of the plan; `None` if that is unknown.
    #[must_use]
    pub(crate) fn left(&self, at: usize) -> Option<Pesewas> {
        self.projected[at]
    }

    /// Returns the smallest valid order of a role.
    #[must_use]
    pub(crate) fn smallest(&self, role: &str) -> OrderDraft {
        OrderDraft::good(role, self.contract.limits.min_items)
    }

    /// Returns what an order costs; `None` if a price is unknown or nothing is for sale.
    #[must_use]
    pub(crate) fn price(&self, draft: &OrderDraft) -> Option<Pesewas> {
        let line = self.catalog.line(draft)?;
        line.cost(&choose(line, draft), &draft.role)
    }

    /// Returns true if an order of some line can cost a role exactly this much.
    #[must_use]
    pub(crate) fn meets(&self, role: &str, balance: Pesewas) -> bool {
        let meets = |line: &ProductLine| {
            meet(&line.priced(role), balance, Pesewas::ZERO, self.contract.limits).is_some()
        };
        self.catalog.lines.iter().any(meets)
    }

    /// Returns packages of the draft's line, by position, that together cost a role exactly this much; `None` if none
    /// do.
    #[must_use]
    pub(crate) fn meeting(&self, draft: &OrderDraft, total: Pesewas) -> Option<Vec<usize>> {
        let line = self.catalog.lines.get(draft.line)?;
        let met = meet(&line.priced(&draft.role), total, Pesewas::ZERO, self.contract.limits)?;
        met.iter().map(|it| line.active.iter().position(|own| own.id == it.id)).collect()
    }

    /// Renders another order for an actor that a case already has; `None` if the catalog lacks what the draft needs.
    pub(crate) fn render(&mut self, draft: &OrderDraft, actor: usize) -> Option<Rendered> {
        let context = RenderContext { contract: self.contract, catalog: &self.catalog };
        render(context, draft, actor, &mut self.numbers)
    }

    /// As [`Self::render`], with these packages of the draft's line, by position; positions wrap around.
    pub(crate) fn render_basket(
        &mut self,
        draft: &OrderDraft,
        packages: &[usize],
        actor: usize,
    ) -> Option<Rendered> {
        let context = RenderContext { contract: self.contract, catalog: &self.catalog };
        let line = self.catalog.lines.get(draft.line)?;
        let packages: Vec<&PackageFacts> =
            packages.iter().map(|at| &line.active[at % line.active.len()]).collect();
        render_items(context, draft, line, &packages, actor, &mut self.numbers)
    }

    /// Returns true if the server may have the endpoint that a step calls.
    #[must_use]
    pub(crate) fn offers(&self, step: &Step) -> bool {
        step.reads().is_none_or(|operation| !self.environment.lacks(operation))
    }

    /// Returns the steps whose endpoint the server may have.
    #[must_use]
    pub(crate) fn offered(&self, steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
        steps.into_iter().filter(|step| self.offers(step)).collect()
    }

    /// Records why nothing was planned for some ids.
    pub(crate) fn cannot(&mut self, ids: &[&'static str], why: &WhyNot) {
        for id in ids {
            self.unplanned.entry(id).or_default().insert(why.clone());
        }
    }

    /// Returns, by id, why cases could not be planned.
    #[must_use]
    pub(super) const fn unplanned(&self) -> &BTreeMap<&'static str, BTreeSet<WhyNot>> {
        &self.unplanned
    }

    /// Returns, by id, why cases could not be planned, in the words of a report.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<String, BTreeSet<String>> {
        let texts = |whys: &BTreeSet<WhyNot>| {
            let least = whys.iter().filter(|why| !whys.iter().any(|other| why.outdone_by(other)));
            least.map(ToString::to_string).collect()
        };
        self.unplanned.iter().map(|(id, whys)| ((*id).to_owned(), texts(whys))).collect()
    }

    /// Proposes a case under a unique id: if the address is taken, a number is appended.
    pub(super) fn propose(&mut self, mut case: Case, binding: Binding) {
        let address = format!("{}/{}", self.origin, case.id);
        let mut again = 1;
        case.id.clone_from(&address);
        while !self.taken.insert(case.id.clone()) {
            again += 1;
            case.id = format!("{address}~{again}");
        }
        case.origin = self.origin;
        case.varies = self.varies;
        self.proposals.push(Proposal { case, binding });
    }
}
