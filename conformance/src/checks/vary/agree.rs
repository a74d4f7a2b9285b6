//! Plans reads of wallet and profile before and after each kind of refusal, which must leave both unchanged.

use super::means::{poorest, spenders};
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
    for role in &spenders {
        let last = limits.min_items - 1;
        let kinds = [
            ("few", OrderDraft::good(role, last), "COUNT-LOW"),
            ("many", OrderDraft::good(role, limits.max_items + 1), "COUNT-HIGH"),
            ("operator", good(role).parent(ParentFault::UnknownOperator), "PRE-OPERATOR"),
            ("package", good(role).item(last, ItemFault::UnknownPackage), "PRE-PACKAGE"),
            ("number", good(role).item(last, ItemFault::Number(NumberForm::Letters)), "PRE-MSISDN"),
            ("body", good(role).body(BodyFault::Truncated(60)), "BODY-JSON"),
        ];
        for (kind, draft, id) in kinds {
            around(p, kind, &draft, id);
        }
    }
    for role in p.buyers() {
        around(p, "short", &good(&role).balance(Balance::Short), "BALANCE-SHORT");
    }
    let buyers = p.buyers();
    // A server may check the balance of orders of most sizes and forget one.
    for (nth, count) in (limits.min_items + 1..=limits.max_items).enumerate() {
        if let Some(role) = buyers.get(nth % buyers.len().max(1)) {
            around(
                p,
                &format!("short/{count}"),
                &OrderDraft::good(role, count).balance(Balance::Short),
                "BALANCE-SHORT",
            );
        }
    }
    after_many(p, first);
    for role in p.others() {
        around(p, "role", &good(&role), "ROLE-OTHER");
    }
}

/// The number of reads of the profile before an order that it must show.
const MANY: usize = 4;

/// Plans an order after several reads of the profile: it may be right at first and stop following.
fn after_many(p: &mut Planner<'_>, role: &str) {
    let Some(rendered) = p.render(&p.smallest(role), 0) else { return };
    let Some(actor) = p.actor_with(role, rendered.price() * 2) else { return };
    let reads = [const { Step::Profile(0) }; MANY].into_iter();
    let steps = reads.chain([Step::Order(rendered.outgoing), Step::Wallet(0), Step::Profile(0)]);
    let steps = p.offered(steps);
    p.case(format!("many-reads/{role}"))
        .title(format!("{role} orders after {MANY} reads of the profile, and reads it again"))
        .serves(&["PROFILE-CONSISTENT", "MONEY-DEBIT"])
        .actor(actor)
        .steps(steps)
        .add();
}

fn around(p: &mut Planner<'_>, kind: &str, draft: &OrderDraft, id: &'static str) {
    let is_short = draft.balance == Balance::Short;
    let Some(mut rendered) = p.render(draft, 0) else { return };
    let price = rendered.price();
    let holds = if is_short { price - Pesewas::ONE } else { price * 2 };
    rendered.outgoing.cost.refused();
    // Of fixed accounts, one may become too poor.
    let needs_poorer = is_short && !p.has_states();
    let actor = if needs_poorer { poorest(p, &draft.role) } else { p.actor_with(&draft.role, holds) };
    let Some(actor) = actor else { return };
    let (wallet, profile) = (Step::Wallet(0), Step::Profile(0));
    let order = Step::Order(rendered.outgoing);
    let smallest = draft.count <= p.contract.limits.min_items;
    let steps = match is_short && !smallest {
        // What the profile shows, the smallest order has shown.
        true => p.offered([wallet.clone(), order, wallet]),
        false => p.offered([wallet.clone(), profile.clone(), order, profile, wallet]),
    };
    let ids = [id, "MONEY-REJECT", "PROFILE-CONSISTENT"];
    let case = p
        .case(format!("{kind}/{}", draft.role))
        .title(format!("wallet and profile of {} around an order that is refused", draft.role))
        .serves(&ids)
        .actor(actor)
        .steps(steps);
    if needs_poorer { case.add_poorer(price) } else { case.add() }
}
