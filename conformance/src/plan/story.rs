//! Stories: sequences of orders, with the sender of each and what a conforming server charges for it.
//!
//! Each account is funded with exactly that sum, so that a wrong debit shows in the next order even if the wallet can't
//! be read.

use spec::Pesewas;

use super::case::{Actor, Outgoing, Step};
use super::order_draft::OrderDraft;
use super::planner::{FUND_UNPRICED, Planner};
use super::render::Rendered;

/// A case of several orders that is being built.
#[derive(Debug)]
pub(crate) struct Story<'p, 'a> {
    p: &'p mut Planner<'a>,
    steps: Vec<Step>,
    /// What a conforming server charges each actor, by index.
    due: Vec<Pesewas>,
    priced: bool,
}

impl<'p, 'a> Story<'p, 'a> {
    /// Creates an empty story with this many actors.
    #[must_use]
    pub(crate) fn new(p: &'p mut Planner<'a>, actors: usize) -> Self {
        let mut story = Self { p, steps: Vec::new(), due: vec![Pesewas::ZERO; actors], priced: true };
        if !story.p.has_states() {
            // The balance of a created account is known; that of a fixed account has to be read.
            (0..actors).for_each(|actor| story.step(Step::Wallet(actor)));
        }
        story
    }

    /// Adds a step, if the server may have its endpoint.
    pub(crate) fn step(&mut self, step: Step) {
        if self.p.offers(&step) {
            self.steps.push(step);
        }
    }

    /// Renders an order and adds it.
    pub(crate) fn order(&mut self, draft: &OrderDraft, actor: usize) {
        let rendered = self.p.render(draft, actor);
        self.send(rendered);
    }

    /// As [`Self::order`], with these packages of the draft's line, by position.
    pub(crate) fn basket(&mut self, draft: &OrderDraft, packages: &[usize], actor: usize) {
        let rendered = self.p.render_basket(draft, packages, actor);
        self.send(rendered);
    }

    /// Adds the same order, byte for byte, this many times.
    pub(crate) fn repeated(&mut self, draft: &OrderDraft, actor: usize, times: usize) {
        let rendered = self.p.render(draft, actor);
        (0..times).for_each(|_| self.send(rendered.clone()));
    }

    fn send(&mut self, rendered: Option<Rendered>) {
        let Some(Rendered { outgoing, total }) = rendered else { return };
        let actor = outgoing.actor;
        self.charge(&outgoing, total);
        self.steps.push(Step::Order(outgoing));
        self.step(Step::Wallet(actor));
    }

    fn charge(&mut self, outgoing: &Outgoing, total: Option<Pesewas>) {
        if outgoing.cost.purchases > 0 {
            match total {
                Some(total) => self.due[outgoing.actor] += total,
                None => self.priced = false,
            }
        }
    }

    /// Returns the balance that an account needs: exactly what it will be charged, if that is known.
    fn funds(&self, due: Pesewas) -> Pesewas {
        if self.priced || !self.p.has_states() { due } else { FUND_UNPRICED }
    }

    /// Plans the story for accounts of these roles; plans nothing if one of them is not available.
    pub(crate) fn end(self, address: &str, title: &str, serves: &[&'static str], roles: &[&str]) {
        let mut actors = Vec::new();
        for (role, due) in roles.iter().zip(&self.due) {
            match self.p.actor_with(role, self.funds(*due)) {
                Some(actor) => actors.push(actor),
                None => return,
            }
        }
        self.add(address, title, serves, actors);
    }

    /// Plans the story for two keys of one account that is created for it.
    pub(crate) fn end_of_one(self, address: &str, title: &str, serves: &[&'static str], role: &str) {
        let all = self.due.iter().copied().sum();
        let actors = vec![Actor::fresh(role, self.funds(all)), Actor::SecondKey { of: 0 }];
        self.add(address, title, serves, actors);
    }

    fn add(self, address: &str, title: &str, serves: &[&'static str], actors: Vec<Actor>) {
        let mut case = self.p.case(address).title(title).serves(serves).steps(self.steps);
        for actor in actors {
            case = case.actor(actor);
        }
        case.add();
    }
}
