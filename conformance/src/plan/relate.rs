//! Orders that belong together: runs of one account, accounts in turn, and pairs whose totals must agree.
//!
//! A single order can't show what depends on those before it. Each account is funded for exactly what a conforming server
//! charges it, so that a wrong debit shows in the next order even where the wallet can't be read.

use spec::{OperationId, Pesewas};

use super::case::{Actor, Outgoing, Step};
use super::draft::{Draft, ItemFault, Mix, NumberForm};
use super::planner::Planner;
use super::render::{Rendered, render_items};
use crate::history::{PackageFacts, Tier};

/// What an account is given where prices are not known.
const FUND_UNPRICED: Pesewas = Pesewas::new(10_000_000);

/// How often, by the tier: orders of a long run, rounds of everything else.
const fn sizes(tier: Tier) -> (usize, usize) {
    match tier {
        Tier::Probe => (0, 0),
        Tier::Smoke => (5, 0),
        Tier::Standard => (32, 1),
        Tier::Full => (128, 4),
    }
}

/// Plans the runs and the pairs.
pub fn plan(p: &mut Planner<'_>) {
    let (run, rounds) = sizes(p.tier);
    let buyers = p.buyers();
    let Some(role) = buyers.first().cloned().filter(|_| run > 0 && !p.shop.shelves.is_empty()) else {
        return;
    };
    // With fixed accounts every order is somebody's money.
    let run = if p.has_states() { run } else { run.min(4) };
    for role in &buyers {
        long_run(p, role, run);
    }
    for round in 0..rounds {
        in_turn_with_refusals(p, &role, round);
        twice(p, &role, round);
        for role in &buyers {
            permuted(p, role, round);
            split(p, role, round);
        }
        if let [one, other, ..] = &buyers[..] {
            both_roles(p, one, other, round);
        }
        if p.has_states() {
            two_accounts(p, &role, round, Second::Account);
            if p.world.extra_states.iter().any(|it| it == "key") {
                two_accounts(p, &role, round, Second::Key);
            }
        }
    }
}

/// A story: orders in a row, with who sends each and whether a conforming server accepts it.
struct Story<'p, 'a> {
    p: &'p mut Planner<'a>,
    steps: Vec<Step>,
    /// By actor, what a conforming server charges.
    due: Vec<Pesewas>,
    priced: bool,
}

impl<'p, 'a> Story<'p, 'a> {
    fn new(p: &'p mut Planner<'a>, actors: usize) -> Self {
        let mut story = Self { p, steps: Vec::new(), due: vec![Pesewas::ZERO; actors], priced: true };
        if !story.p.has_states() {
            story.read(0);
        }
        story
    }

    fn read(&mut self, actor: usize) {
        if !self.p.world.lacks(OperationId::Wallet) {
            self.steps.push(Step::Wallet(actor));
        }
    }

    fn send(&mut self, outgoing: Outgoing, total: Option<Pesewas>) {
        let actor = outgoing.actor;
        if outgoing.cost.purchases > 0 {
            match total {
                Some(total) => self.due[actor] += total,
                None => self.priced = false,
            }
        }
        self.steps.push(Step::Order(outgoing));
        self.read(actor);
    }

    fn order(&mut self, draft: &Draft, actor: usize) {
        if let Some(Rendered { outgoing, total }) = self.p.render(draft, actor) {
            self.send(outgoing, total);
        }
    }

    /// An order of these packages of a shelf.
    fn basket(&mut self, draft: &Draft, shelf: usize, packages: &[usize], actor: usize) {
        let shelf = self.p.shop.shelves[shelf].clone();
        let packages: Vec<&PackageFacts> =
            packages.iter().map(|at| &shelf.active[at % shelf.active.len()]).collect();
        let mut numbers = self.p.numbers.clone();
        let rendered = render_items(self.p.stock(), draft, &shelf, &packages, actor, &mut numbers);
        self.p.numbers = numbers;
        if let Some(Rendered { outgoing, total }) = rendered {
            self.send(outgoing, total);
        }
    }

    /// What an account needs: exactly what it will be charged, where that is known.
    fn fund(&self, actor: usize) -> Pesewas {
        if self.priced || !self.p.has_states() { self.due[actor] } else { FUND_UNPRICED }
    }

    /// Ends a story of accounts with these roles.
    fn end(self, address: &str, title: &str, serves: &[&'static str], roles: &[&str]) {
        let mut actors = Vec::new();
        for (at, role) in roles.iter().enumerate() {
            match self.p.actor_with(role, self.fund(at)) {
                Some(actor) => actors.push(actor),
                None => return,
            }
        }
        self.p.push(address, title, serves, None, actors, self.steps, None);
    }
}

/// Many orders of one account: the first, every n-th, those that share a connection.
fn long_run(p: &mut Planner<'_>, role: &str, orders: usize) {
    let limits = p.contract.limits;
    let mut story = Story::new(p, 1);
    for order in 0..orders {
        // A longer one now and then: what depends on the one before shows where they differ.
        let count = if order % 4 == 3 { limits.min_items + 1 } else { limits.min_items };
        story.order(&Draft::good(role, count.min(limits.max_items)), 0);
    }
    let title = format!("{role} orders {orders} times in a row");
    story.end(&format!("run/{role}"), &title, &["MONEY-DEBIT", "RESP-ORDER-ID", "RESP-LINEAR"], &[role]);
}

/// Refused and accepted in turn: neither leaves anything behind for the other.
fn in_turn_with_refusals(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let good = || Draft::good(role, limits.min_items);
    let faulty = [
        good().item(limits.min_items - 1, ItemFault::UnknownPackage),
        Draft::good(role, limits.max_items + 1),
        good().item(0, ItemFault::Number(NumberForm::Letters)),
        Draft::good(role, limits.min_items.saturating_sub(1)),
        good().parent(super::draft::ParentFault::UnknownProduct),
        good().body(super::draft::BodyFault::Truncated(60)),
    ];
    let mut story = Story::new(p, 1);
    let faulty = if story.p.has_states() { &faulty[..] } else { &faulty[..2] };
    for (at, bad) in faulty.iter().enumerate() {
        if at % 2 == round % 2 {
            story.order(bad, 0);
            story.order(&good(), 0);
        } else {
            story.order(&good(), 0);
            story.order(bad, 0);
        }
    }
    let title = format!("{role} is refused and accepted in turn");
    story.end(&format!("turns/{role}/{round}"), &title, &["MONEY-REJECT", "PRE-ATOMIC"], &[role]);
}

/// The same bytes twice: two orders, each paid for.
fn twice(p: &mut Planner<'_>, role: &str, round: usize) {
    let draft = Draft::good(role, p.contract.limits.min_items + round % 3);
    let mut story = Story::new(p, 1);
    let Some(Rendered { outgoing, total }) = story.p.render(&draft, 0) else { return };
    story.send(outgoing.clone(), total);
    story.send(outgoing, total);
    let title = format!("{role} sends the same order twice");
    story.end(&format!("twice/{role}/{round}"), &title, &["RESP-ORDER-ID", "MONEY-DEBIT"], &[role]);
}

/// Baskets that mean the same in another order, and one item more.
fn permuted(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let count = (limits.min_items + 1 + round).min(limits.max_items - 1);
    let draft = Draft::good(role, count).mix(Mix::Distinct);
    let basket: Vec<usize> = (0..count).collect();
    let turned: Vec<usize> = basket.iter().rev().copied().collect();
    let rotated: Vec<usize> = basket.iter().map(|at| (at + 1) % count).collect();
    let more: Vec<usize> = basket.iter().copied().chain([0]).collect();
    let mut story = Story::new(p, 1);
    for packages in [&basket, &turned, &rotated, &more] {
        story.basket(&Draft { count: packages.len(), ..draft.clone() }, 0, packages, 0);
    }
    let title = format!("{role} orders {count} packages, the same in another order, and one more");
    story.end(&format!("permuted/{role}/{round}"), &title, &["RESP-LINEAR", "RESP-TOTAL"], &[role]);
}

/// An order, and the same in two parts.
fn split(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let half = limits.min_items + round;
    if half * 2 > limits.max_items {
        return;
    }
    let whole: Vec<usize> = (0..half * 2).map(|at| at / 2).collect();
    let mut story = Story::new(p, 1);
    for packages in [&whole[..], &whole[..half], &whole[half..]] {
        story.basket(&Draft::good(role, packages.len()), 0, packages, 0);
    }
    let title = format!("{role} orders {} packages at once and in two parts", half * 2);
    story.end(&format!("split/{role}/{round}"), &title, &["RESP-LINEAR", "RESP-TOTAL"], &[role]);
}

/// The same basket by two roles, each at its own prices.
fn both_roles(p: &mut Planner<'_>, one: &str, other: &str, round: usize) {
    let count = (p.contract.limits.min_items + 1 + round).min(p.contract.limits.max_items);
    let basket: Vec<usize> = (0..count).collect();
    let mut story = Story::new(p, 2);
    if !story.p.has_states() {
        story.read(1);
    }
    for (actor, role) in [(0, one), (1, other), (0, one), (1, other)] {
        story.basket(&Draft::good(role, count).mix(Mix::Distinct), 0, &basket, actor);
    }
    let title = format!("{one} and {other} order the same");
    story.end(&format!("roles/{round}"), &title, &["RESP-TOTAL", "RESP-LINEAR"], &[one, other]);
}

/// Who the second party of two in turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// Another account.
    Account,
    /// Another key of the same account.
    Key,
}

/// Two parties in turn, the second with other numbers: nobody pays for or sees the other.
fn two_accounts(p: &mut Planner<'_>, role: &str, round: usize, second: Second) {
    let limits = p.contract.limits;
    let mut story = Story::new(p, 2);
    for order in 0..3 {
        for actor in 0..2 {
            let count = limits.min_items + (order + actor + round) % 2;
            story.order(&Draft::good(role, count.min(limits.max_items)), actor);
            if !story.p.world.lacks(OperationId::OrderStatus) {
                let nth = order * 2 + actor;
                story.steps.push(Step::Read { actor, nth, status: true });
            }
        }
    }
    match second {
        Second::Account => {
            let title = format!("two {role} accounts order in turn");
            story.end(&format!("accounts/{round}"), &title, &["MONEY-DEBIT", "ORDER-PRIVATE"], &[role, role]);
        }
        Second::Key => {
            let all = if story.priced { story.due[0] + story.due[1] } else { FUND_UNPRICED };
            let actors = vec![
                Actor::Fresh { role: role.to_owned(), balance: all, revoked: false },
                Actor::SecondKey { of: 0 },
            ];
            let title = format!("two keys of one {role} account order in turn");
            let (p, steps) = (story.p, story.steps);
            p.push(&format!("keys/{round}"), &title, &["MONEY-DEBIT"], None, actors, steps, None);
        }
    }
}
