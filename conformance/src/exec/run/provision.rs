//! Provides the actors of a case: accounts that are made for it, fixed accounts, and the keys of both.

use super::cut_short::CutShort;
use super::runner::Runner;
use crate::exec::states::States;
use crate::history::AccountFacts;
use crate::plan::case::{Actor, Case, Step};
use crate::secret::{Redactor, Secret};

/// The actors of a case, by position.
#[derive(Debug, Default)]
pub(super) struct Actors {
    /// What is known about each.
    pub(super) facts: Vec<AccountFacts>,
    /// The key of each, if it has one.
    pub(super) keys: Vec<Option<Secret>>,
}

impl Actors {
    /// Makes the accounts that the case needs, and looks up the others. After an error, the actors before it are
    /// provided.
    pub(super) async fn provision(&mut self, runner: &Runner, case: &Case) -> Result<(), CutShort> {
        for actor in &case.actors {
            let (facts, key) = match actor {
                Actor::Fresh { role, balance, revoked } => {
                    let made = states(runner)?.account(role, *balance, *revoked).await?;
                    let facts = AccountFacts {
                        name: role.clone(),
                        role: Some(role.clone()),
                        balance: Some(*balance),
                        profile: made.profile,
                        revoked: *revoked,
                        fresh: true,
                        wallet: None,
                        earlier: None,
                    };
                    (facts, Some(made.key))
                }
                Actor::SecondKey { of } => {
                    let facts = self.facts.get(*of).cloned().ok_or(CutShort::Nobody("actor"))?;
                    let profile = facts.profile.as_deref().ok_or(CutShort::UnknownProfile)?;
                    let made = states(runner)?.second_key(profile).await?;
                    (facts, Some(made.key))
                }
                Actor::Fixed(at) => {
                    let known = runner.environment.accounts.get(*at).cloned();
                    let mut facts = known.ok_or(CutShort::Nobody("account"))?;
                    facts.balance = runner.balances.lock().await[*at];
                    (facts, runner.target.accounts.get(*at).map(|(_, key)| key.clone()))
                }
                Actor::Revoked { of } => {
                    let facts = self.facts.get(*of).cloned().ok_or(CutShort::Nobody("actor"))?;
                    (AccountFacts { revoked: true, ..facts }, self.keys.get(*of).cloned().flatten())
                }
                Actor::Nobody => (AccountFacts::unknown("nobody"), None),
            };
            self.facts.push(facts);
            self.keys.push(key);
        }
        Ok(())
    }

    /// Returns the key of an actor, if it has one.
    pub(super) fn key(&self, actor: usize) -> Option<&Secret> {
        self.keys.get(actor).and_then(Option::as_ref)
    }

    /// Returns a redactor for everything that is received: for the keys, and for those derived from them by changing
    /// a character.
    pub(super) fn redactor(&self, runner: &Runner, case: &Case) -> Redactor {
        let orders = case.steps.iter().flat_map(Step::orders).map(|it| (&it.key, it.actor));
        let asks = case.steps.iter().filter_map(|step| match step {
            Step::Ask(ask) => Some((&ask.key, ask.actor)),
            _ => None,
        });
        let keys = orders.chain(asks);
        let derived: Vec<Secret> =
            keys.filter_map(|(key, actor)| key.derived(&runner.contract.key, self.key(actor))).collect();
        Redactor::new(self.keys.iter().flatten().chain(&derived))
    }
}

pub(super) fn states(runner: &Runner) -> Result<&States, CutShort> {
    runner.states.as_ref().ok_or(CutShort::NoStates)
}
