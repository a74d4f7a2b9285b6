//! The companion pages: wallet, profile and catalog agree with each other and with what was bought.

mod catalog;
mod profile;
mod shaped;
mod wallet;

use spec::{Meaning, OperationId, Pesewas};

use super::check::Check;
use crate::history::Tier;
use crate::judge::findings::Bench;
use crate::judge::scene::Scene;
use crate::order::reading;
use crate::plan::case::Step;
use crate::plan::draft::Draft;
use crate::plan::planner::Planner;
use crate::sut::NOBODYS_ID;

/// The check.
pub const CHECK: Check = Check {
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

/// Everything that can be read without buying.
fn read_only(p: &mut Planner<'_>, role: &str) {
    let Some(actor) = p.actor_with(role, if p.has_states() { Pesewas::new(12_345) } else { Pesewas::ZERO })
    else {
        return;
    };
    let mut steps = vec![Step::Wallet(0), Step::Profile(0), Step::Wallet(0)];
    for shelf in p.shop.shelves.iter().take(2) {
        steps.push(Step::Products(0, shelf.operator.clone()));
        let inactive = shelf.inactive.iter().take(1);
        for package in shelf.active.iter().take(if p.tier >= Tier::Standard { 8 } else { 2 }).chain(inactive)
        {
            steps.push(Step::Package(0, package.id.clone()));
        }
    }
    steps.push(Step::Products(0, NOBODYS_ID.into()));
    steps.push(Step::Package(0, NOBODYS_ID.into()));
    let lacks = |step: &Step| match step {
        Step::Wallet(_) => p.world.lacks(OperationId::Wallet),
        Step::Profile(_) => p.world.lacks(OperationId::Profile),
        Step::Products(..) => p.world.lacks(OperationId::Products),
        Step::Package(..) => p.world.lacks(OperationId::Package),
        _ => false,
    };
    steps.retain(|step| !lacks(step));
    if !steps.is_empty() {
        p.push(
            &format!("read/{role}"),
            &format!("what {role} can read"),
            CHECK.cites,
            None,
            vec![actor],
            steps,
            None,
        );
    }
}

/// Wallet and profile around a purchase.
fn bought(p: &mut Planner<'_>, role: &str) {
    let Some(rendered) = p.render(&Draft::good(role, p.contract.limits.min_items), 0) else { return };
    let total = rendered.total.unwrap_or(Pesewas::new(100_000));
    let Some(actor) = p.actor_with(role, total) else { return };
    let order = Step::Order(rendered.outgoing);
    let mut steps =
        vec![Step::Wallet(0), Step::Profile(0), order, Step::Profile(0), Step::Wallet(0), Step::Profile(0)];
    steps.retain(|step| match step {
        Step::Wallet(_) => !p.world.lacks(OperationId::Wallet),
        Step::Profile(_) => !p.world.lacks(OperationId::Profile),
        _ => true,
    });
    let ids = ["WALLET-CONSISTENT", "PROFILE-CONSISTENT"];
    p.push(
        &format!("bought/{role}"),
        "wallet and profile around a purchase",
        &ids,
        None,
        vec![actor],
        steps,
        None,
    );
}

fn judge(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for seen in scene.seen.iter().filter(|it| it.authorised(scene.case)) {
        let operation = scene.contract.operation(seen.exchange.operation);
        let Some(response) = seen.response() else { continue };
        if reading::is_throttle(scene.contract, response.status) {
            continue;
        }
        let found = Some(response.status) == operation.status(Meaning::Ok);
        match seen.exchange.operation {
            OperationId::Wallet if found => wallet::wallet(scene, seen, bench),
            OperationId::Profile if found => profile::profile(scene, seen, bench),
            OperationId::Package => catalog::package(scene, seen, found, bench),
            OperationId::Products => catalog::products(scene, seen, found, bench),
            _ => {}
        }
    }
}
