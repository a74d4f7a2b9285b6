//! Where checks and generators put their cases: finds actors for them, adds the reads that show effects, and counts cost.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, OperationId, Pesewas};

use super::allowed::allowed;
use super::case::{Actor, Case, Cost, Outgoing, Step};
use super::draft::{Balance, Draft, Key};
use super::render::{Numbers, Rendered, Stock, choose, render, render_items};
use super::shop::{Shelf, Shop};
use crate::history::{Coordinates, PackageFacts, Power, Tier, World};
use crate::order::rule::Rule;

/// What an unpriced order is funded with.
const FUND_UNPRICED: Pesewas = Pesewas::new(1_000_000);

/// How much to look at after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// The wallet.
    Wallet,
    /// The wallet, the order and the list.
    Everything,
}

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
    /// What was planned so far.
    pub cases: Vec<Case>,
    /// Check that plans right now.
    pub origin: &'static str,
    /// Leave out whatever a conforming server may accept: with fixed accounts money is for the boundaries.
    pub only_refused: bool,
    /// Why cases of an id could not be planned.
    pub unplanned: BTreeMap<&'static str, BTreeSet<String>>,
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
        let rules = &contract.msisdn;
        let prefix = format!("{}{}", rules.country_code, rules.sample_prefix);
        Self {
            contract,
            world,
            tier,
            seed,
            shop: Shop::of(world.catalog.as_ref(), &prefix),
            numbers: Numbers::new(seed),
            cases: Vec::new(),
            origin: "",
            only_refused: false,
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
        let has =
            |role: &str| self.world.accounts.iter().any(|it| !it.revoked && it.role.as_deref() == Some(role));
        self.contract
            .roles
            .all
            .iter()
            .filter(|role| wanted(self.contract, role) && (self.world.power == Power::States || has(role)))
            .cloned()
            .collect()
    }

    /// Whether accounts of any role and balance can be had.
    #[must_use]
    pub fn has_states(&self) -> bool {
        self.world.power == Power::States
    }

    /// Says why nothing was planned for some ids.
    pub fn cannot(&mut self, ids: &[&'static str], why: &str) {
        for id in ids {
            self.unplanned.entry(id).or_default().insert(why.to_owned());
        }
    }

    /// Plans a case around one order; where it can't be had or the tier does not want it, says why for the ids it serves.
    pub fn order(
        &mut self,
        address: &str,
        title: &str,
        serves: &[&'static str],
        draft: &Draft,
        watch: Watch,
    ) {
        if let Err(why) = self.try_order(address, title, serves, draft, watch) {
            self.cannot(serves, &why);
        }
    }

    /// Plans a case around one order.
    ///
    /// # Errors
    /// Why it can't be had, or is not wanted.
    pub fn try_order(
        &mut self,
        address: &str,
        title: &str,
        serves: &[&'static str],
        draft: &Draft,
        watch: Watch,
    ) -> Result<(), String> {
        let mut numbers = self.numbers.clone();
        let (actor, mut rendered) = if self.has_states() {
            self.fresh(draft, &mut numbers).map_err(|why| why.to_owned())?
        } else {
            self.fixed(draft, &mut numbers)?
        };
        let allowed =
            allowed(&self.rules, self.contract, self.world, &self.projected, &actor, &rendered.outgoing);
        let may_be = allowed.sure.is_empty();
        if allowed.is_valid() && rendered.outgoing.cost.purchases == 0 {
            // Odd as it was meant, and an order beyond reproach all the same.
            rendered.outgoing.cost.purchases = 1;
            rendered.outgoing.cost.expected = rendered.total.unwrap_or_default();
        }
        // A probe costs nothing on a conforming server, also where the pages leave open whether it accepts.
        if may_be && (self.tier == Tier::Probe || self.only_refused) {
            return Err("the probe tier sends only what a conforming server refuses".into());
        }
        if may_be && rendered.outgoing.cost.purchases == 0 {
            // An open question is asked once the boundaries are known to hold, not in a smoke test.
            if self.tier == Tier::Smoke {
                return Err("the smoke tier leaves open questions open".into());
            }
            rendered.outgoing.cost.open = rendered.total.unwrap_or_default();
        }
        self.numbers = numbers;
        let outgoing = rendered.outgoing;
        let cost = outgoing.cost;
        if let Actor::Fixed(at) = actor
            && let Some(balance) = &mut self.projected[at]
        {
            *balance -= cost.expected;
        }
        let readable = outgoing.key_is_own() && !matches!(&actor, Actor::Nobody);
        let mut steps = Vec::new();
        let fixed = matches!(actor, Actor::Fixed(_));
        if fixed && readable {
            self.push_if(&mut steps, OperationId::Wallet, Step::Wallet(0));
        }
        let accepted = cost.purchases > 0;
        steps.push(Step::Order(outgoing));
        // Also after a request with a bad key: the account whose key was changed must not have paid.
        if !matches!(actor, Actor::Nobody) {
            self.push_if(&mut steps, OperationId::Wallet, Step::Wallet(0));
            if watch == Watch::Everything {
                if accepted {
                    self.push_if(
                        &mut steps,
                        OperationId::OrderStatus,
                        Step::Read { actor: 0, nth: 0, status: true },
                    );
                    self.push_if(
                        &mut steps,
                        OperationId::Order,
                        Step::Read { actor: 0, nth: 0, status: false },
                    );
                }
                let list = Step::List { actor: 0, limit: None, follow: false };
                self.push_if(&mut steps, OperationId::Orders, list);
            }
        }
        let coordinates = draft.key.is_own().then(|| Coordinates {
            role: draft.role.clone(),
            count: draft.count,
            balance: draft.balance.name().to_owned(),
        });
        self.push(address, title, serves, coordinates, vec![actor], steps, Some(draft.clone()));
        Ok(())
    }

    fn push_if(&self, steps: &mut Vec<Step>, operation: OperationId, step: Step) {
        if !self.world.lacks(operation) {
            steps.push(step);
        }
    }

    /// Adds a case of any steps.
    #[expect(clippy::too_many_arguments, reason = "one call with everything that a case is")]
    pub fn push(
        &mut self,
        address: &str,
        title: &str,
        serves: &[&'static str],
        coordinates: Option<Coordinates>,
        actors: Vec<Actor>,
        steps: Vec<Step>,
        draft: Option<Draft>,
    ) {
        let mut id = format!("{}/{address}", self.origin);
        let mut again = 2;
        while !self.taken.insert(id.clone()) {
            id = format!("{}/{address}~{again}", self.origin);
            again += 1;
        }
        let cost = steps.iter().flat_map(Step::orders).map(|order| order.cost).sum::<Cost>();
        self.cases.push(Case {
            index: self.cases.len() as u64,
            id,
            origin: self.origin,
            title: title.to_owned(),
            serves: serves.to_vec(),
            coordinates,
            actors,
            steps,
            cost,
            draft,
        });
    }

    /// Renders an order with an account made for it.
    ///
    /// # Errors
    /// Why it can't be had.
    pub fn fresh(&self, draft: &Draft, numbers: &mut Numbers) -> Result<(Actor, Rendered), &'static str> {
        fresh(self.stock(), draft, numbers)
    }

    /// Renders one more order for an actor that a case already has.
    pub fn render(&mut self, draft: &Draft, actor: usize) -> Option<Rendered> {
        let mut numbers = self.numbers.clone();
        let rendered = render(self.stock(), draft, actor, &mut numbers);
        self.numbers = numbers;
        rendered
    }

    /// An actor with at least this balance, for cases of several orders.
    pub fn actor_with(&mut self, role: &str, at_least: Pesewas) -> Option<Actor> {
        if self.has_states() {
            return Some(Actor::Fresh { role: role.to_owned(), balance: at_least, revoked: false });
        }
        let at = self.account(role, |balance| balance.is_none_or(|balance| balance >= at_least))?;
        if let Some(balance) = &mut self.projected[at] {
            *balance -= at_least;
        }
        Some(Actor::Fixed(at))
    }

    /// What a fixed account will hold by now, where it is known.
    #[must_use]
    pub fn left(&self, at: usize) -> Option<Pesewas> {
        self.projected[at]
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
        meet(&priced, balance, Pesewas::ZERO, self.contract).is_some()
    }

    /// A conforming server will have charged this to a fixed account.
    pub fn spend(&mut self, at: usize, amount: Pesewas) {
        if let Some(balance) = &mut self.projected[at] {
            *balance -= amount;
        }
    }

    fn account(&self, role: &str, fits: impl Fn(Option<Pesewas>) -> bool) -> Option<usize> {
        let accounts = self.world.accounts.iter().enumerate();
        accounts
            .filter(|(at, it)| !it.revoked && it.role.as_deref() == Some(role) && fits(self.projected[*at]))
            .map(|(at, _)| at)
            // The richest: small wallets are kept for the boundaries.
            .max_by_key(|at| (self.projected[*at], std::cmp::Reverse(*at)))
    }

    /// Renders an order for a fixed account. With fixed balances the boundary is reached by choosing items.
    fn fixed(&self, draft: &Draft, numbers: &mut Numbers) -> Result<(Actor, Rendered), String> {
        let role = &draft.role;
        let no_items = "the server's catalog is not known; an accounts file may tell it";
        let nothing_known = self.world.power == Power::None || self.shop.shelves.is_empty();
        if matches!(draft.key, Key::Absent | Key::Unknown(_)) && nothing_known {
            let mut rendered = self.keyless(draft, numbers).ok_or(no_items)?;
            // There is no wallet that it could be charged to.
            rendered.outgoing.cost = Cost { orders: 1, ..Cost::default() };
            return Ok((Actor::Nobody, rendered));
        }
        if !self.world.accounts.iter().any(|it| !it.revoked && it.role.as_deref() == Some(role)) {
            return Err(format!("no key of role {role} was given"));
        }
        let shelf = self.shop.shelf(draft).ok_or(no_items)?;
        let render_at = |at: usize, packages: &[&PackageFacts], numbers: &mut Numbers| {
            render_items(self.stock(), draft, shelf, packages, 0, numbers)
                .map(|rendered| (Actor::Fixed(at), rendered))
                .ok_or_else(|| "the catalog has nothing to plan it with".to_owned())
        };
        if draft.balance == Balance::Plenty {
            let packages = choose(shelf, draft);
            let needed = shelf.cost(&packages, role);
            let at = self
                .account(role, |balance| match (balance, needed) {
                    (Some(balance), Some(needed)) => balance >= needed,
                    _ => true,
                })
                .ok_or_else(|| format!("no {role} account has enough left in its wallet"))?;
            return render_at(at, &packages, numbers);
        }
        let priced = shelf.priced(role);
        let mut why = format!("no {role} account has a balance that an order of this catalog meets");
        for (at, _) in self
            .world
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, it)| it.role.as_ref() == Some(role) && !it.revoked)
        {
            let Some(balance) = self.projected[at] else {
                why = format!("the balance of the {role} account is not known");
                continue;
            };
            let target = match draft.balance {
                Balance::Exact => balance,
                Balance::Over => balance - Pesewas::ONE,
                Balance::Short => balance + Pesewas::ONE,
                Balance::Zero if balance == Pesewas::ZERO => {
                    return render_at(at, &choose(shelf, draft), numbers);
                }
                _ => continue,
            };
            // Just above is as good as one pesewa above where the prices allow nothing closer.
            let reach = if draft.balance == Balance::Short { Pesewas::new(500) } else { Pesewas::ZERO };
            if let Some(packages) = meet(&priced, target, reach, self.contract) {
                return render_at(at, &packages, numbers);
            }
        }
        Err(why)
    }

    /// An order to be sent without any key of ours; its ids need not exist, since nobody gets to look them up.
    fn keyless(&self, draft: &Draft, numbers: &mut Numbers) -> Option<Rendered> {
        if !self.shop.shelves.is_empty() {
            return render(self.stock(), draft, 0, numbers);
        }
        let package = PackageFacts { id: "q34examplepackage".into(), active: true, price: BTreeMap::new() };
        let prefix = format!("{}{}", self.contract.msisdn.country_code, self.contract.msisdn.sample_prefix);
        let shelf = Shelf {
            operator: "k57exampleoperator".into(),
            product: "p22exampleproduct".into(),
            active: vec![package],
            inactive: Vec::new(),
            prefix,
        };
        let packages = choose(&shelf, draft);
        render_items(self.stock(), draft, &shelf, &packages, 0, numbers)
    }
}

/// Renders an order with an account made for it.
///
/// # Errors
/// Why it can't be had.
pub fn fresh(
    stock: Stock<'_>,
    draft: &Draft,
    numbers: &mut Numbers,
) -> Result<(Actor, Rendered), &'static str> {
    let rendered = render(stock, draft, 0, numbers).ok_or("the catalog has nothing to plan it with")?;
    let balance = match (draft.balance, rendered.total) {
        (Balance::Zero, _) => Pesewas::ZERO,
        (Balance::Plenty, Some(total)) => total * 4 + Pesewas::new(1_000),
        (Balance::Plenty, None) => FUND_UNPRICED,
        (_, None) => return Err("the packages' prices are not known"),
        (Balance::Exact, Some(total)) => total,
        (Balance::Over, Some(total)) => total + Pesewas::ONE,
        (Balance::Short, Some(total)) if total == Pesewas::ZERO => {
            return Err("an order of nothing is never short");
        }
        (Balance::Short, Some(total)) => total - Pesewas::ONE,
    };
    Ok((Actor::Fresh { role: draft.role.clone(), balance, revoked: false }, rendered))
}

/// A choice of packages, within the limits, whose sum is at least `target` and past it by at most `reach`; the closest.
fn meet<'p>(
    priced: &[(&'p PackageFacts, Pesewas)],
    target: Pesewas,
    reach: Pesewas,
    contract: &Contract,
) -> Option<Vec<&'p PackageFacts>> {
    let most = target + reach;
    let limits = contract.limits;
    let dearest = priced.iter().map(|(_, price)| *price).max()?;
    if target <= Pesewas::ZERO || dearest * (limits.max_items as i64) < target {
        return None;
    }
    // Sums reachable with so many items, each with the last package added; a thin table, since sums stay below `most`.
    let mut reachable: Vec<BTreeMap<Pesewas, usize>> = vec![BTreeMap::from([(Pesewas::ZERO, usize::MAX)])];
    for count in 1..=limits.max_items {
        let mut next = BTreeMap::new();
        for sum in reachable[count - 1].keys() {
            for (at, (_, price)) in priced.iter().enumerate() {
                let more = *sum + *price;
                if more <= most {
                    next.entry(more).or_insert(at);
                }
            }
        }
        reachable.push(next);
    }
    let (sum, count) = (limits.min_items..=limits.max_items)
        .flat_map(|count| reachable[count].range(target..=most).next().map(|(sum, _)| (*sum, count)))
        .min()?;
    let mut packages = Vec::with_capacity(count);
    let (mut sum, mut count) = (sum, count);
    while count > 0 {
        let (package, price) = priced[reachable[count][&sum]];
        packages.push(package);
        sum -= price;
        count -= 1;
    }
    Some(packages)
}

impl Outgoing {
    /// Whether it goes out with the actor's own key.
    #[must_use]
    pub fn key_is_own(&self) -> bool {
        self.key.is_own()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(id: &str) -> PackageFacts {
        PackageFacts { id: id.into(), active: true, price: BTreeMap::new() }
    }

    #[test]
    fn meets_a_balance_exactly_or_just_above() {
        let contract = spec::embedded().unwrap();
        let (a, b) = (package("a"), package("b"));
        let priced = [(&a, Pesewas::new(110)), (&b, Pesewas::new(235))];
        let sum = |packages: &[&PackageFacts]| -> i64 {
            packages.iter().map(|it| if it.id == "a" { 110 } else { 235 }).sum()
        };
        let exact = meet(&priced, Pesewas::new(110 * 3 + 235 * 2), Pesewas::ZERO, &contract).unwrap();
        assert_eq!(sum(&exact), 800);
        assert!(meet(&priced, Pesewas::new(221), Pesewas::ZERO, &contract).is_none());
        assert_eq!(sum(&meet(&priced, Pesewas::new(221), Pesewas::new(200), &contract).unwrap()), 330);
        assert!(meet(&priced, Pesewas::new(1_000_000), Pesewas::ZERO, &contract).is_none());
    }
}
