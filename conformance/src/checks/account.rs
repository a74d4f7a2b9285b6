//! The companion pages: wallet, profile and catalog agree with each other and with what was bought.

use spec::{Meaning, OperationId, Pesewas};

use super::Check;
use crate::history::Tier;
use crate::judge::findings::Bench;
use crate::judge::findings::ghs;
use crate::judge::scene::{Scene, Seen};
use crate::order::reading::{self, Amount, Balances};
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
            OperationId::Wallet if found => wallet(scene, seen, bench),
            OperationId::Profile if found => profile(scene, seen, bench),
            OperationId::Package => package(scene, seen, found, bench),
            OperationId::Products => products(scene, seen, found, bench),
            _ => {}
        }
    }
}

/// Whether an answer has its documented shape; a finding if not.
fn shaped(seen: &Seen<'_>, id: &str, bench: &mut Bench<'_>) -> bool {
    let Some(response) = seen.response() else { return false };
    let differences = bench
        .shapes
        .differences(seen.exchange.operation, response.status, &response.body.0)
        .unwrap_or_default();
    let Some(first) = differences.first() else { return true };
    bench
        .fail(&[id], &format!("shape {}", first.pointer), "the answer has another shape than documented")
        .at(seen)
        .wanted("the documented fields", id)
        .differences(&differences)
        .put();
    false
}

fn adds_up(balances: &Balances) -> Option<bool> {
    let held = balances.held.as_ref()?.pesewas()?;
    let total = balances.total.as_ref()?.pesewas()?;
    Some(balances.available.pesewas()? + held == total)
}

fn wallet(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let id = "WALLET-CONSISTENT";
    if !shaped(seen, id, bench) {
        return;
    }
    let Some(balances) = seen.wallet(scene.contract) else { return };
    let mut wrong = Vec::new();
    if adds_up(&balances) != Some(true) {
        wrong.push(("sum", "available and held do not add up to the total".to_owned()));
    }
    let account = seen.exchange.actor.map(|actor| &scene.case.accounts[actor]);
    if let (Some(said), Some(own)) = (&balances.profile, account.and_then(|it| it.profile.as_ref()))
        && said != own
    {
        wrong.push(("profile", "the wallet is of another profile".to_owned()));
    }
    for (cause, summary) in &wrong {
        bench
            .fail(&[id], cause, summary.clone())
            .at(seen)
            .wanted("total = available + held, of one's own profile", id)
            .put();
    }
    if wrong.is_empty() {
        bench.pass(id);
    }
    // Right after an account was made, its wallet holds what it was made with.
    let untouched = scene.seen[..seen.at].iter().all(|it| !it.is_order());
    if let (Some(available), true, Some(account)) = (balances.available.pesewas(), untouched, account)
        && account.fresh
        && account.balance.is_some_and(|balance| balance != available)
    {
        bench
            .fail(&[id], "opening", format!("a new account's wallet holds {}", ghs(available)))
            .at(seen)
            .wanted(account.balance.map(ghs).unwrap_or_default(), id)
            .put();
    }
}

fn profile(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let id = "PROFILE-CONSISTENT";
    if !shaped(seen, id, bench) {
        return;
    }
    let Some(profile) = seen.response().and_then(|it| reading::profile(scene.contract, it)) else { return };
    let Some(account) = seen.exchange.actor.map(|actor| &scene.case.accounts[actor]) else { return };
    let mut fine = true;
    let mut wrong = |cause: &str, summary: String, wanted: String| {
        fine = false;
        bench.fail(&[id], cause, summary).at(seen).wanted(wanted, id).put();
    };
    if let (Some(said), Some(role)) = (&profile.role, &account.role)
        && said != role
    {
        wrong("role", format!("the profile's role is {said}"), role.clone());
    }
    if profile.status.as_deref() != Some(&scene.contract.profile_status) {
        let said = format!("the status of a profile whose key works is {:?}", profile.status);
        wrong("status", said, scene.contract.profile_status.clone());
    }
    if let Some(balances) = &profile.balances {
        if adds_up(balances) == Some(false) {
            wrong(
                "sum",
                "available and held do not add up to the total".into(),
                "total = available + held".into(),
            );
        }
        let available = balances.available.pesewas();
        // What the wallet says beside it is what the profile has to agree with; without one, what it must hold by now.
        let undisturbed = |it: &&Seen<'_>| it.exchange.actor == seen.exchange.actor;
        let near = |it: &Seen<'_>| it.wallet(scene.contract).and_then(|it| it.available.pesewas());
        let until_order = |it: &&Seen<'_>| !it.is_order();
        let behind =
            scene.seen[..seen.at].iter().rev().take_while(until_order).filter(undisturbed).find_map(near);
        let ahead = scene.seen[seen.at..].iter().take_while(until_order).filter(undisturbed).find_map(near);
        let wallet = behind.or(ahead);
        if let Some(available) = available
            && wallet.map_or_else(|| !seen.before.may_be(available), |wallet| wallet != available)
            && !scene.refundable.values().flatten().any(|it| *it > Pesewas::ZERO)
            && seen.exchange.actor.is_none_or(|actor| scene.hidden(actor) == Pesewas::ZERO)
        {
            let held = match wallet {
                Some(wallet) => format!("{}, as the wallet shows beside it", ghs(wallet)),
                None => seen.before.possible().into_iter().map(ghs).collect::<Vec<_>>().join(" or "),
            };
            wrong("balance", format!("the profile shows {}", ghs(available)), held);
        }
    }
    if fine {
        bench.pass(id);
    }
}

fn last_step(seen: &Seen<'_>, back: usize) -> String {
    let path = seen.exchange.request.path.split('?').next().unwrap_or_default();
    path.rsplit('/').nth(back).unwrap_or_default().to_owned()
}

fn package(scene: &Scene<'_>, seen: &Seen<'_>, found: bool, bench: &mut Bench<'_>) {
    let wanted = last_step(seen, 0);
    if wanted == NOBODYS_ID {
        return unknown(scene, seen, bench);
    }
    if !found {
        return bench
            .fail(&["CATALOG-PRICE"], "not found", "a package of the catalog is not found")
            .at(seen)
            .wanted("the package", "CATALOG-PRICE")
            .put();
    }
    if !shaped(seen, "CATALOG-PRICE", bench) {
        return;
    }
    let Some(package) = seen.response().and_then(|it| reading::package(scene.contract, it)) else { return };
    let known = scene
        .world
        .catalog
        .iter()
        .flat_map(|it| &it.operators)
        .flat_map(|it| &it.products)
        .flat_map(|it| &it.packages);
    let Some(facts) = known.into_iter().find(|it| crate::encode(&it.id) == wanted) else { return };
    let role = seen.exchange.actor.and_then(|actor| scene.case.accounts[actor].role.as_ref());
    let price = package.price.as_ref().and_then(Amount::pesewas);
    let status =
        if facts.active { &scene.contract.package_status.0 } else { &scene.contract.package_status.1 };
    let mut fine = true;
    if package.id.as_deref() != Some(facts.id.as_str()) || package.status.as_ref() != Some(status) {
        fine = false;
        let said = format!(
            "asked for {}, which is {status}, it shows {:?}, {:?}",
            facts.id, package.id, package.status
        );
        bench
            .fail(&["CATALOG-SCOPE"], "another package", said)
            .at(seen)
            .wanted("the package as it is", "CATALOG-SCOPE")
            .put();
    }
    if let Some(charged) = role.and_then(|role| facts.price.get(role)) {
        if price == Some(*charged) {
            bench.pass("CATALOG-PRICE");
        } else {
            fine = false;
            let said = package.price.map_or("no amount".to_owned(), |it| it.text);
            bench
                .fail(&["CATALOG-PRICE"], "another price", format!("the price shown is {said}"))
                .at(seen)
                .wanted(ghs(*charged), "CATALOG-PRICE")
                .put();
        }
    }
    if fine {
        bench.pass("CATALOG-SCOPE");
    }
}

fn unknown(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(seen.exchange.operation);
    if operation.status(Meaning::NotFound) == Some(response.status) {
        return bench.pass("CATALOG-SCOPE");
    }
    if operation.response(response.status).is_none() {
        return;
    }
    bench
        .fail(
            &["CATALOG-SCOPE"],
            "unknown id found",
            format!("an id that nobody has is answered with {}", response.status),
        )
        .at(seen)
        .wanted("not found", "CATALOG-SCOPE")
        .put();
}

fn products(scene: &Scene<'_>, seen: &Seen<'_>, found: bool, bench: &mut Bench<'_>) {
    let operator = last_step(seen, 1);
    if operator == NOBODYS_ID {
        return unknown(scene, seen, bench);
    }
    let operators = scene.world.catalog.iter().flat_map(|it| &it.operators);
    let Some(facts) = operators.into_iter().find(|it| crate::encode(&it.id) == operator) else { return };
    if !found {
        return bench
            .fail(&["CATALOG-SCOPE"], "operator not found", "an operator of the catalog is not found")
            .at(seen)
            .wanted("its products", "CATALOG-SCOPE")
            .put();
    }
    if !shaped(seen, "CATALOG-SCOPE", bench) {
        return;
    }
    let Some(list) = seen.response().and_then(|it| reading::products(scene.contract, it)) else { return };
    let foreign = list.iter().any(|(_, of)| of.as_deref() != Some(facts.id.as_str()));
    let missing =
        facts.products.iter().any(|it| !list.iter().any(|(id, _)| id.as_deref() == Some(it.id.as_str())));
    if foreign || missing {
        let said = if foreign {
            "another operator's products are listed"
        } else {
            "a product of the operator is missing"
        };
        return bench
            .fail(&["CATALOG-SCOPE"], said, said)
            .at(seen)
            .wanted("exactly its own products", "CATALOG-SCOPE")
            .put();
    }
    bench.pass("CATALOG-SCOPE");
}
