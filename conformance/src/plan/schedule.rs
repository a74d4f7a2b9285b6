//! Puts the cases of a plan in sequence ([`sequence`](super::sequence)), and finds which fixed account pays for each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::mem::take;

use spec::{Level, Pesewas};

use super::case::{Actor, Case, Turn, cost_of};
use super::planner::Planner;
use super::proposal::{Binding, Proposal};
use super::race;
use super::sequence::{Place, Sequence, is_promise};
use super::why_not::WhyNot;

impl Planner<'_> {
    /// Puts the proposals in order, and finds who pays for each case, given what the wallets hold at that point of the
    /// plan.
    pub(crate) fn schedule(&mut self) {
        let proposals = take(&mut self.proposals);
        let mut sequence = Sequence::of(self, &proposals);
        if !self.has_states() {
            sequence.until = self.last_before_emptying(&sequence, &proposals);
            for _ in 0..2 {
                let unpaid = self.clone().put(&proposals, sequence.places());
                sequence.bring_forward(&unpaid);
            }
        }
        self.put(&proposals, sequence.places());
    }

    /// Returns after how many of the accepted cases a wallet is best brought to a certain balance, or to nothing: so that
    /// as many requirements as possible are exercised, then for the least money, then as late as possible.
    fn last_before_emptying(&self, sequence: &Sequence, proposals: &[Proposal]) -> usize {
        let mut begun = self.clone();
        begun.put(proposals, sequence.before());
        let shown = |until: usize| {
            let mut trial = begun.clone();
            trial.put(proposals, sequence.covering(until));
            let served = trial.served();
            let promised = served.iter().filter(|id| is_promise(self, id)).count();
            let documented = served.iter().filter(|id| self.is_documented(id)).count();
            let price: Pesewas = trial.cases.iter().map(Case::price).sum();
            (documented, promised, Reverse(price), until)
        };
        sequence.choices().map(shown).max().map(|(.., until)| until).unwrap_or_default()
    }

    fn is_documented(&self, id: &str) -> bool {
        self.contract.catalogue.requirement(id).is_some_and(|it| it.level == Level::Documented)
    }

    /// Returns what the cases in the plan so far are to exercise.
    fn served(&self) -> BTreeSet<&'static str> {
        self.cases.iter().flat_map(Case::exercises).collect()
    }

    /// Adds proposals to the plan, in this order. Returns those that could not be added.
    fn put<'s>(
        &mut self,
        proposals: &[Proposal],
        places: impl Iterator<Item = &'s Place>,
    ) -> BTreeSet<usize> {
        let (mut added, mut failed) = (BTreeSet::new(), BTreeSet::new());
        for Place { at, turn, only_if_new } in places {
            let proposal = &proposals[*at];
            if added.contains(at) {
                continue;
            }
            let tried = if *only_if_new {
                let served = self.served();
                let new = |id: &&'static str| is_promise(self, id) && !served.contains(id);
                let new: Vec<&'static str> = proposal.case.serves.iter().copied().filter(new).collect();
                if new.is_empty() {
                    continue;
                }
                self.add(proposal, Turn::Covers(new))
            } else {
                self.add(proposal, turn.clone())
            };
            match tried {
                Ok(()) => _ = added.insert(*at),
                // It has another place later.
                Err(_) if *only_if_new => {}
                Err(why) => {
                    self.cannot(&proposal.case.serves, &why);
                    failed.insert(*at);
                }
            }
        }
        failed
    }

    /// Adds a case at the end of the plan.
    ///
    /// # Errors
    /// Returns the reason if no account can pay for it at this point of the plan.
    fn add(&mut self, proposal: &Proposal, turn: Turn) -> Result<(), WhyNot> {
        let mut case = Case { turn, ..proposal.case.clone() };
        self.bind(&mut case, &proposal.binding)?;
        for (position, actor) in case.actors.iter().enumerate() {
            if let Actor::Fixed(at) = actor {
                self.spend(*at, case.due(position));
            }
        }
        case.cost = cost_of(&case.steps);
        case.index = self.cases.len() as u64;
        self.cases.push(case);
        Ok(())
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
            Binding::Race(emptying) => race::bind(self, case, emptying),
            Binding::Poorer(than) => self.find_poorer(case, *than),
        }
    }

    /// Replaces the only actor of a case by a fixed account of the same role whose wallet holds less than a sum. Cases that
    /// go earlier may have made it that poor.
    fn find_poorer(&self, case: &mut Case, than: Pesewas) -> Result<(), WhyNot> {
        let [Actor::Fixed(at)] = case.actors[..] else { return Ok(()) };
        let role = self.environment.accounts[at].role.clone().unwrap_or_default();
        let poorer = |(_, left): &(usize, Option<Pesewas>)| left.is_some_and(|left| left < than);
        let found = self.fixed_accounts(&role).find(poorer);
        let (at, _) = found.ok_or(WhyNot::NonePoorer(role, than))?;
        case.actors = vec![Actor::Fixed(at)];
        Ok(())
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
            let role = self.environment.accounts[at].role.clone().unwrap_or_default();
            let others: Vec<usize> = case.fixed().filter(|other| *other != at).collect();
            let free = |at: usize| {
                others.iter().all(|it| self.environment.wallet(*it) != self.environment.wallet(at))
            };
            let payer = self.payer(&role, |at, left| pays(left) && free(at));
            case.actors[position] = Actor::Fixed(payer.ok_or(WhyNot::Spent(role, Some(due)))?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use spec::Contract;

    use super::*;
    use crate::history::{AccountFacts, Capability, Environment, Tier};

    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());

    /// Returns a environment with these roles and balances, each of a profile of its own.
    fn environment(wallets: &[(&str, i64)]) -> Environment {
        let plain = super::super::tests::environment(Capability::Accounts);
        let account = |(at, (role, balance)): (usize, &(&str, i64))| AccountFacts {
            name: format!("{role} {at}"),
            role: Some((*role).to_owned()),
            balance: Some(Pesewas::new(*balance)),
            profile: Some(format!("profile {at}")),
            ..plain.accounts[0].clone()
        };
        Environment { accounts: wallets.iter().enumerate().map(account).collect(), ..plain.clone() }
    }

    fn planned(environment: &Environment) -> Planner<'_> {
        let mut planner = Planner::new(&CONTRACT, environment, crate::checks::rules(), Tier::Standard, 1);
        crate::checks::plan(&mut planner, 0, &[]);
        planner
    }

    #[test]
    fn one_order_of_each_kind_comes_before_the_many_refusals() {
        let environment = environment(&[("Agent", 20_000), ("SuperAgent", 20_000), ("Customer", 5_000)]);
        let planner = planned(&environment);
        let last = planner.cases.iter().rposition(|it| matches!(it.turn, Turn::Covers(_))).unwrap();
        let (early, late) = planner.cases.split_at(last + 1);
        let refused = |cases: &[Case]| cases.iter().filter(|it| it.turn == Turn::Refused).count();
        assert!(refused(early) * 4 < refused(late), "{} and {}", refused(early), refused(late));
        let served = |cases: &[Case]| -> BTreeSet<&str> {
            cases.iter().flat_map(Case::exercises).filter(|id| is_promise(&planner, id)).collect()
        };
        assert_eq!(served(early), served(&planner.cases), "nothing is new after them");
    }

    /// A wallet that the plain orders would spend is met exactly before they do, and refusals that it could not pay for
    /// afterwards come before them.
    #[test]
    fn poor_wallets_show_what_they_can() {
        for wallets in [&[("Agent", 1_985)][..], &[("Agent", 535), ("SuperAgent", 700)]] {
            let environment = environment(wallets);
            let planner = planned(&environment);
            let served = planner.served();
            for id in
                ["BALANCE-EXACT", "BALANCE-SHORT", "MONEY-RACE", "COUNT-LOW", "PRE-PACKAGE", "ITEM-MSISDN"]
            {
                assert!(served.contains(id), "{wallets:?}: {id}");
            }
        }
    }
}
