//! Orders in a row, with who sends each and what a conforming server charges them.
//!
//! Each account is funded for exactly that, so that a wrong debit shows in the next order even where the wallet can't be
//! read.

use spec::Pesewas;

use super::case::{Actor, Outgoing, Step};
use super::draft::Draft;
use super::planner::{FUND_UNPRICED, Planner};
use super::render::Rendered;

/// A case of several orders that is being put together.
#[derive(Debug)]
pub struct Story<'p, 'a> {
    p: &'p mut Planner<'a>,
    steps: Vec<Step>,
    /// By actor, what a conforming server charges.
    due: Vec<Pesewas>,
    priced: bool,
}

impl<'p, 'a> Story<'p, 'a> {
    /// Nothing yet, of so many actors.
    #[must_use]
    pub fn new(p: &'p mut Planner<'a>, actors: usize) -> Self {
        let mut story = Self { p, steps: Vec::new(), due: vec![Pesewas::ZERO; actors], priced: true };
        if !story.p.has_states() {
            // What an account made for the case holds is known; of a fixed one it has to be read.
            (0..actors).for_each(|actor| story.step(Step::Wallet(actor)));
        }
        story
    }

    /// A step, where the server has the endpoint for it.
    pub fn step(&mut self, step: Step) {
        if self.p.offers(&step) {
            self.steps.push(step);
        }
    }

    /// Renders an order and sends it.
    pub fn order(&mut self, draft: &Draft, actor: usize) {
        let rendered = self.p.render(draft, actor);
        self.send(rendered);
    }

    /// The same with these packages of its shelf, by position.
    pub fn basket(&mut self, draft: &Draft, packages: &[usize], actor: usize) {
        let rendered = self.p.render_basket(draft, packages, actor);
        self.send(rendered);
    }

    /// The same order, byte for byte, so many times.
    pub fn repeated(&mut self, draft: &Draft, actor: usize, times: usize) {
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

    /// What an account needs: exactly what it will be charged, where that is known.
    fn funds(&self, due: Pesewas) -> Pesewas {
        if self.priced || !self.p.has_states() { due } else { FUND_UNPRICED }
    }

    /// Plans it for accounts with these roles; nothing, where one of them can't be had.
    pub fn end(self, address: &str, title: &str, serves: &[&'static str], roles: &[&str]) {
        let mut actors = Vec::new();
        for (role, due) in roles.iter().zip(&self.due) {
            match self.p.actor_with(role, self.funds(*due)) {
                Some(actor) => actors.push(actor),
                None => return,
            }
        }
        self.add(address, title, serves, actors);
    }

    /// Plans it for two keys of one account that was made for it.
    pub fn end_of_one(self, address: &str, title: &str, serves: &[&'static str], role: &str) {
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
