//! Plans reads of wallet and profile before and after each kind of refusal, which must leave both unchanged.

use super::means::{opening, spenders};
use crate::plan::case::Step;
use crate::plan::defect::{BodyFault, ItemFault, NumberForm, ParentFault};
use crate::plan::order_draft::{Balance, OrderDraft};
use crate::plan::planner::Planner;
use spec::Pesewas;

pub(super) fn plan(p: &mut Planner<'_>) {
    let spenders = spenders(p);
    let Some(first) = spenders.first() else { return };
    let limits = p.contract.limits;
    let good = |role: &str| OrderDraft::good(role, limits.min_items);
    for role in spenders.clone() {
        let last = limits.min_items - 1;
        let kinds = [
            ("few", OrderDraft::good(&role, last), "COUNT-LOW"),
            ("many", OrderDraft::good(&role, limits.max_items + 1), "COUNT-HIGH"),
            ("operator", good(&role).parent(ParentFault::UnknownOperator), "PRE-OPERATOR"),
            ("package", good(&role).item(last, ItemFault::UnknownPackage), "PRE-PACKAGE"),
            ("number", good(&role).item(last, ItemFault::Number(NumberForm::Letters)), "PRE-MSISDN"),
            ("body", good(&role).body(BodyFault::Truncated(60)), "BODY-JSON"),
            ("short", good(&role).balance(Balance::Short), "BALANCE-SHORT"),
        ];
        for (kind, draft, id) in kinds {
            around(p, kind, &draft, id);
        }
    }
    after_each(p, first);
    for role in p.others() {
        around(p, "role", &good(&role), "ROLE-OTHER");
    }
}

/// The number of orders after each of which the profile is read.
const MANY: usize = 5;

/// Plans a read of wallet and profile after each of several orders: a profile may be right at first and stop following.
fn after_each(p: &mut Planner<'_>, role: &str) {
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for _ in 0..MANY {
        let Some(rendered) = p.render(&p.smallest(role), 0) else { return };
        funds += rendered.price();
        steps.extend([Step::Order(rendered.outgoing), Step::Wallet(0), Step::Profile(0)]);
    }
    let Some(actor) = p.actor_with(role, funds) else { return };
    let opening = opening(std::slice::from_ref(&actor)).into_iter().chain([Step::Profile(0)]);
    let steps = p.offered(opening.chain(steps));
    p.case(format!("each/{role}"))
        .title(format!("{role} reads wallet and profile after each of {MANY} orders"))
        .serves(&["PROFILE-CONSISTENT", "MONEY-DEBIT"])
        .actor(actor)
        .steps(steps)
        .add();
}

fn around(p: &mut Planner<'_>, kind: &str, draft: &OrderDraft, id: &'static str) {
    // No fixed account holds just less than the price.
    if draft.balance == Balance::Short && !p.has_states() {
        return;
    }
    let Some(mut rendered) = p.render(draft, 0) else { return };
    let price = rendered.price();
    let holds = if draft.balance == Balance::Short { price - Pesewas::ONE } else { price * 2 };
    rendered.outgoing.cost.refused();
    let Some(actor) = p.actor_with(&draft.role, holds) else { return };
    let (wallet, profile) = (Step::Wallet(0), Step::Profile(0));
    let order = Step::Order(rendered.outgoing);
    let steps = p.offered([wallet.clone(), profile.clone(), order, profile, wallet]);
    p.case(format!("{kind}/{}", draft.role))
        .title(format!("wallet and profile of {} around an order that is refused", draft.role))
        .serves(&[id, "MONEY-REJECT", "PROFILE-CONSISTENT"])
        .actor(actor)
        .steps(steps)
        .add();
}
