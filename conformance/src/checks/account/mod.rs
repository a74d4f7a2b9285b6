//! The companion endpoints: wallet, profile and catalog agree with each other and with what was bought.

mod catalog;
mod held;
mod profile;
mod shaped;
mod wallet;

use spec::{Meaning, OperationId, Pesewas};

use super::check::Check;
use crate::history::Tier;
use crate::judge::findings::Findings;
use crate::judge::scene::Scene;
use crate::order::reading;
use crate::plan::case::Step;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use crate::sut::NOBODYS_ID;

/// The check of wallet, profile and catalog.
pub(crate) const CHECK: Check = Check {
    name: "account",
    cites: &["WALLET-CONSISTENT", "PROFILE-CONSISTENT", "CATALOG-PRICE", "CATALOG-SCOPE"],
    plan: Some(plan),
    judge: Some(judge),
    ..Check::NOTHING
};

fn plan(p: &mut Planner<'_>) {
    for role in p.contract.roles.all.clone() {
        if p.buyers().contains(&role) || p.others().contains(&role) {
            read_only(p, &role);
        }
    }
    if p.tier > Tier::Probe {
        for role in p.buyers() {
            bought(p, &role);
        }
    }
}

/// Plans everything that can be read without buying.
fn read_only(p: &mut Planner<'_>, role: &str) {
    let balance = if p.has_states() { Pesewas::new(12_345) } else { Pesewas::ZERO };
    let Some(actor) = p.actor_with(role, balance) else { return };
    // No order can show what a role that may not buy would be charged.
    let shown = if p.tier >= Tier::Standard && p.buyers().contains(&role.to_owned()) { 8 } else { 2 };
    let mut steps = vec![Step::Wallet(0), Step::Profile(0), Step::Wallet(0)];
    for (at, line) in p.catalog.lines.iter().take(2).enumerate() {
        // Two lines may belong to one operator.
        if p.catalog.lines[..at].iter().all(|it| it.operator != line.operator) {
            steps.push(Step::Products(0, line.operator.clone()));
        }
        let packages = line.active.iter().take(shown).chain(line.inactive.iter().take(1));
        steps.extend(packages.map(|package| Step::Package(0, package.id.clone())));
    }
    steps.push(Step::Products(0, NOBODYS_ID.into()));
    steps.push(Step::Package(0, NOBODYS_ID.into()));
    let steps = p.offered(steps);
    if !steps.is_empty() {
        p.case(format!("read/{role}"))
            .title(format!("what {role} can read"))
            .serves(CHECK.cites)
            .actor(actor)
            .steps(steps)
            .add();
    }
}

/// Plans reads of the wallet and the profile around a purchase.
fn bought(p: &mut Planner<'_>, role: &str) {
    let Some(rendered) = p.render(&OrderDraft::good(role, p.contract.limits.min_items), 0) else { return };
    let shown = ["WALLET-CONSISTENT", "PROFILE-CONSISTENT"];
    let Some(actor) = p.funded(role, rendered.price(), &shown) else { return };
    let order = Step::Order(rendered.outgoing);
    let (wallet, profile) = (Step::Wallet(0), Step::Profile(0));
    let steps = p.offered([wallet.clone(), profile.clone(), order, profile.clone(), wallet, profile]);
    p.case(format!("bought/{role}"))
        .title("wallet and profile around a purchase")
        .serves(&shown)
        .actor(actor)
        .steps(steps)
        .add();
}

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for seen in scene.seen.iter().filter(|it| it.authorised(scene.case)) {
        let operation = scene.contract.operation(seen.exchange.operation);
        let Some(response) = seen.response() else { continue };
        if reading::is_throttle(scene.contract, response.status) {
            continue;
        }
        let found = Some(response.status) == operation.status(Meaning::Ok);
        match seen.exchange.operation {
            OperationId::Wallet if found => wallet::wallet(scene, seen, findings),
            OperationId::Profile if found => profile::profile(scene, seen, findings),
            OperationId::Package => catalog::package(scene, seen, found, findings),
            OperationId::Products => catalog::products(scene, seen, found, findings),
            _ => {}
        }
    }
    held::held(scene, findings);
}
