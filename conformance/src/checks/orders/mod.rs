//! Orders after their creation: status, recipients, progress, privacy, the list, and the retry of one recipient.

mod again;
mod list;
mod newcomer;
mod pages;
mod plan;
mod progress;
mod read;
mod recipients;
mod retry;
mod times;

use spec::OperationId;

use super::check::Check;
use crate::history::Tier;
use crate::judge::findings::Findings;
use crate::judge::scene::Scene;
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// The check of orders after their creation.
pub(crate) const CHECK: Check = Check {
    name: "orders",
    cites: &[
        "ORDER-STATUS",
        "ORDER-RECIPIENTS",
        "ORDER-PROGRESS",
        "ORDER-RETRY",
        "ORDER-PRIVATE",
        "ORDER-LIST",
        "ORDER-SAME",
    ],
    plan: Some(planned),
    judge: Some(judge),
    judge_run: Some(again::judge_run),
    ..Check::NOTHING
};

fn planned(p: &mut Planner<'_>) {
    if p.tier == Tier::Probe {
        return p.cannot(CHECK.cites, &WhyNot::ProbeBuysNothing);
    }
    let buyers = p.buyers();
    let Some(role) = p.richest_buyer() else {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    };
    let count = p.contract.limits.min_items + 1;
    // On fixed accounts, where each item costs money, one larger order is enough.
    let few = if p.has_states() { count } else { p.contract.limits.min_items };
    for (at, role) in buyers.iter().enumerate() {
        plan::followed(p, role, if at == 0 { count } else { few });
    }
    plan::private(p, &role, buyers.get(1).unwrap_or(&role), few);
    plan::pages(p, &role);
    plan::retried(p, &role, few);
    plan::old(p, &buyers);
}

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for seen in &scene.seen {
        if !seen.authorised(scene.case) || seen.exchange.batch.is_some() && seen.is_order() {
            continue;
        }
        match seen.exchange.operation {
            OperationId::Order | OperationId::OrderStatus => read::read(scene, seen, findings),
            OperationId::Orders => list::list(scene, seen, findings),
            OperationId::Retry => retry::retry(scene, seen, findings),
            _ => {}
        }
    }
    progress::progress(scene, findings);
    read::same(scene, findings);
    pages::paged(scene, findings);
}
