//! Plans what is read back: several orders at the same time, orders repeatedly after their end, pages around every
//! boundary of a page, lists by state, and lists from a cursor of another account.

use spec::{OperationId, Pesewas};

use super::means::spenders;
use crate::plan::ask::Ask;
use crate::plan::case::Step;
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    if p.environment.lacks(OperationId::OrderStatus) {
        return;
    }
    let buyers = p.buyers();
    for (at, role) in spenders(p).iter().enumerate() {
        overlapping(p, role);
        rested(p, role);
        // Lists do not depend on the role, so only one role pages through them.
        if at == 0 {
            edges(p, role);
            shifted(p, role);
            strange_cursor(p, role, buyers.last().unwrap_or(role));
        }
    }
}

/// Returns orders for one actor, each with other packages than the one before, and what they cost in all.
fn orders(p: &mut Planner<'_>, role: &str, count: usize, many: usize) -> Option<(Vec<Step>, Pesewas)> {
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for nth in 0..many {
        let packages: Vec<usize> = (0..count).map(|item| nth + item).collect();
        let rendered = p.render_basket(&OrderDraft::good(role, count), &packages, 0)?;
        funds += rendered.price();
        steps.push(Step::Order(rendered.outgoing));
    }
    Some((steps, funds))
}

const fn read(nth: usize, status: bool) -> Step {
    Step::Read { actor: 0, nth, status }
}

/// Returns true if lists are followed to their last page. A fixed account may have many orders of other cases.
fn turns_pages(p: &Planner<'_>) -> bool {
    p.has_states()
}

/// Returns a reading of a list, page after page where pages are turned.
fn pages(p: &Planner<'_>, ask: Ask) -> Step {
    Step::Ask(if turns_pages(p) { ask.follow() } else { ask })
}

/// Returns a reading of the orders in a state.
fn by_state(state: &str, limit: &str) -> Ask {
    Ask::new(0, OperationId::Orders).query("state", state).query("limit", limit)
}

/// Plans several orders that are all created before the first is read.
fn overlapping(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items + 1;
    let Some((mut steps, mut funds)) = orders(p, role, count, 3) else { return };
    let dear =
        OrderDraft::good(role, p.contract.limits.max_items).mix(Mix::Dearest).line(p.catalog.dearest(role));
    let Some(rendered) = p.render(&dear, 0) else { return };
    funds += rendered.price();
    steps.push(Step::Order(rendered.outgoing));
    let order = [0, 3, 2, 1, 0];
    steps.extend(order.map(|nth| read(nth, true)));
    steps.extend(order.map(|nth| read(nth, false)));
    steps.push(Step::List { actor: 0, limit: None, follow: false });
    let Some(actor) = p.actor_with(role, funds) else { return };
    let steps = p.offered(steps);
    p.case(format!("overlapping/{role}"))
        .title(format!("{role} reads four orders once all are made"))
        .serves(&["ORDER-RECIPIENTS", "ORDER-STATUS", "ORDER-SAME"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans repeated reads of an order that has ended: nothing changes, and both endpoints and the list agree.
fn rested(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items;
    let Some((mut steps, funds)) = orders(p, role, count, 1) else { return };
    steps.push(Step::Watch { actor: 0, nth: 0 });
    let list = Step::List { actor: 0, limit: None, follow: false };
    for _ in 0..2 {
        steps.extend([read(0, false), list.clone(), read(0, true)]);
    }
    steps.extend(p.contract.states.next.keys().map(|state| pages(p, by_state(state, "1"))));
    if let (false, Some(state)) = (turns_pages(p), &p.contract.states.delivered) {
        let page = || by_state(state, "1");
        steps.extend([Step::Ask(page()), Step::Ask(page().cursor_of(0))]);
    }
    let Some(actor) = p.actor_with(role, funds) else { return };
    let steps = p.offered(steps);
    p.case(format!("rested/{role}"))
        .title(format!("{role} reads an order again and again after its end"))
        .serves(&["ORDER-PROGRESS", "ORDER-LIST", "ORDER-SAME"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans pages with exactly as many places as orders, one fewer and one more; and the same by state.
fn edges(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items;
    let Some((orders, funds)) = orders(p, role, count, 6) else { return };
    // Orders that are made at once may have the same time, which must not make a page skip one of them.
    let mut steps = vec![Step::Batch(orders)];
    let follow = turns_pages(p);
    let list = |limit| Step::List { actor: 0, limit: Some(limit), follow };
    steps.extend([6, 5, 7, 3, 2].map(list));
    steps.push(Step::Watch { actor: 0, nth: 5 });
    steps.extend((0..5).map(|nth| read(nth, true)));
    if let Some(state) = &p.contract.states.delivered {
        steps.extend(["6", "2"].map(|limit| pages(p, by_state(state, limit))));
    }
    let Some(actor) = p.actor_with(role, funds) else { return };
    let steps = p.offered(steps);
    p.case("edges")
        .title("pages around the number of orders, and by state")
        .serves(&["ORDER-LIST"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans an order that is created between two pages.
fn shifted(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items;
    let Some((mut steps, funds)) = orders(p, role, count, 5) else { return };
    let Some(last) = steps.pop() else { return };
    let page = || Ask::new(0, OperationId::Orders).query("limit", "2");
    steps.extend([Step::Ask(page()), last, pages(p, page().cursor_of(0))]);
    let Some(actor) = p.actor_with(role, funds) else { return };
    let steps = p.offered(steps);
    p.case("shifted")
        .title("an order is made between two pages")
        .serves(&["ORDER-LIST"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans a cursor used by another account, and one used with another limit and state.
fn strange_cursor(p: &mut Planner<'_>, role: &str, other: &str) {
    let count = p.contract.limits.min_items;
    let Some((mut steps, funds)) = orders(p, role, count, 3) else { return };
    let page = |actor| Ask::new(actor, OperationId::Orders);
    let first = || Step::Ask(page(0).query("limit", "1"));
    steps.extend([
        first(),
        Step::Ask(page(1).query("limit", "1").cursor_of(0)),
        Step::Ask(page(1).cursor_of(0)),
        first(),
        Step::Ask(page(0).query("limit", "2").cursor_of(0)),
        first(),
        Step::Ask(page(0).query("state", "failed").cursor_of(0)),
    ]);
    let Some(actor) = p.actor_with(role, funds) else { return };
    let Some(second) = p.actor_beside(&actor, other, Pesewas::new(1_000)) else {
        return;
    };
    let steps = p.offered(steps);
    p.case("strange-cursor")
        .title("a cursor of somebody else, and one under another limit")
        .serves(&["ORDER-PRIVATE", "ORDER-LIST"])
        .actor(actor)
        .actor(second)
        .steps(steps)
        .add();
}
