//! The companion endpoints: wallet, profile, packages, products.

use serde_json::{Value, json};
use spec::OperationId;

use crate::catalog::{NOBODYS, ghs, good};
use crate::said::Said;
use crate::stage::Stage;

fn wallet(change: impl FnOnce(&mut Value)) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.wallet_sent(agent).wallet_with(1_000, change);
    stage.judge()
}

#[test]
fn a_wallet_adds_up_and_is_ones_own() {
    let id = "WALLET-CONSISTENT";
    wallet(|_| ()).fails(&[]).shows(&[id]).says_nothing_of(&["MONEY-REJECT", "MONEY-DEBIT"]);
    for (field, value, cause) in [
        ("totalBalance", json!(9), "sum"),
        ("heldBalance", json!(0.01), "sum"),
        ("userProfileId", json!("pf9"), "profile"),
        ("currency", json!("USD"), "shape /data/currency"),
        ("heldBalance", json!(null), "shape /data/heldBalance"),
    ] {
        wallet(|it| it[field] = value).fails(&[id]).because(id, cause).in_findings(1);
    }
    // The page shows that an amount is a number without saying so: a text causes a warning, and is judged as the number
    // it spells.
    wallet(|it| it["availableBalance"] = json!("10"))
        .warns(&[id])
        .because(id, "unusual /data/availableBalance");
    wallet(|it| it["availableBalance"] = json!("9.99")).because(id, "sum");
    wallet(|it| drop(it.as_object_mut().unwrap().remove("userProfileId"))).fails(&[]);
    let said = wallet(|it| {
        it["availableBalance"] = json!(9);
        it["totalBalance"] = json!(9);
    });
    said.fails(&[id]).because(id, "opening").shows(&["STATUS-DOCUMENTED"]);
}

#[test]
fn only_a_new_account_is_known_to_hold_what_it_was_made_with() {
    for (fresh, ordered) in [(false, false), (true, true)] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.facts(agent).fresh = fresh;
        if ordered {
            case.order(agent, good(2)).created();
            case.wallet(agent, 780);
        } else {
            case.wallet(agent, 500);
        }
        stage.judge().fails(&[]).shows(&["WALLET-CONSISTENT"]);
    }
}

#[test]
fn what_is_held_comes_from_the_wallet_and_is_settled() {
    let id = "WALLET-CONSISTENT";
    // An order of 2.20 from a wallet of 10.00, and what is available and held afterwards.
    let held = |available: i64, held: i64, ended: bool| {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.wallet(agent, 1_000);
        let made = case.order(agent, good(2)).created();
        if ended {
            case.status(agent, &made, made.states(&["completed", "completed"]));
        }
        case.wallet_sent(agent).wallet_with(available, |it| {
            it["heldBalance"] = ghs(held);
            it["totalBalance"] = ghs(available + held);
        });
        stage.judge()
    };
    for ended in [false, true] {
        held(780, 0, ended).fails(&[]);
        held(780, 221, ended).fails(&[id]).because(id, "money created");
        held(780, -220, ended).fails(&[id]).because(id, "held below zero");
    }
    held(780, 220, false).fails(&[]);
    held(780, 220, true).warns(&[id]).because(id, "stays held");
}

fn profile(spent: bool, change: impl FnOnce(&mut Value)) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    if spent {
        case.order(agent, good(2)).created();
    }
    let held = if spent { 780 } else { 1_000 };
    let mut data = json!({
        "_id": "pf0", "role": "Agent", "status": "Active",
        "availableBalance": ghs(held), "heldBalance": 0, "totalBalance": ghs(held),
    });
    change(&mut data);
    case.get(OperationId::Profile, agent, "").ok(data);
    stage.judge()
}

#[test]
fn a_profile_agrees_with_wallet_and_key() {
    let id = "PROFILE-CONSISTENT";
    profile(false, |_| ()).fails(&[]).shows(&[id]);
    profile(true, |_| ()).fails(&[]).shows(&[id]);
    let bare = |it: &mut Value| *it = json!({"role": "Agent", "status": "Active"});
    profile(true, bare).fails(&[]).shows(&[id]);
    for (spent, field, value, cause) in [
        (false, "role", json!("SuperAgent"), "role"),
        (false, "role", json!("King"), "shape /data/role"),
        (false, "totalBalance", json!(11), "sum"),
        (true, "status", json!(1), "shape /data/status"),
    ] {
        profile(spent, |it| it[field] = value).fails(&[id]).because(id, cause).in_findings(1);
    }
    // No page says what the key of a suspended profile may do.
    let suspended = profile(false, |it| it["status"] = json!("Suspended"));
    suspended.warns(&[id]);
    // A stale balance, before and after an order.
    for spent in [false, true] {
        let said = profile(spent, |it| {
            it["availableBalance"] = json!(9);
            it["totalBalance"] = json!(9);
        });
        said.fails(&[id]).because(id, "balance");
    }
}

#[test]
fn a_profile_after_a_lost_order_shows_either_balance() {
    for (shown, fails) in [(1_000, &[][..]), (780, &[]), (900, &["PROFILE-CONSISTENT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).lost();
        case.get(OperationId::Profile, agent, "").ok(json!({
            "role": "Agent", "status": "Active", "availableBalance": ghs(shown), "heldBalance": 0,
            "totalBalance": ghs(shown),
        }));
        stage.judge().fails(fails);
    }
}

fn package(id: &str, data: Value) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.account("SuperAgent", 1_000);
    case.get(OperationId::Package, agent, id).ok(data);
    stage.judge()
}

#[test]
fn a_package_is_shown_as_it_is_and_with_ones_own_price() {
    let shown = |id: &str, price: Value, status: &str| json!({"_id": id, "price": price, "status": status});
    let said = package("pb", shown("pb", json!(2.2), "Active"));
    said.fails(&[]).shows(&["CATALOG-PRICE", "CATALOG-SCOPE"]);
    package("px", shown("px", json!(9.59), "Inactive")).fails(&[]);
    for (id, data, fails, cause) in [
        ("pb", shown("pb", json!(2.35), "Active"), "CATALOG-PRICE", "another price"),
        ("pb", shown("pb", json!(2.2000001), "Active"), "CATALOG-PRICE", "another price"),
        ("pb", shown("pa", json!(2.2), "Active"), "CATALOG-SCOPE", "another package"),
        ("px", shown("px", json!(9.59), "Active"), "CATALOG-SCOPE", "another package"),
        ("pb", shown("pb", json!(2.2), "Inactive"), "CATALOG-SCOPE", "another package"),
        ("pb", shown("pb", json!("2.35"), "Active"), "CATALOG-PRICE", "another price"),
    ] {
        package(id, data).fails(&[fails]).because(fails, cause);
    }
    package("pb", shown("pb", json!("2.2"), "Active")).warns(&["CATALOG-PRICE"]);
    // A price that is not known can't be wrong.
    package("elsewhere", shown("elsewhere", json!(1), "Active"))
        .fails(&[])
        .says_nothing_of(&["CATALOG-PRICE"]);
}

fn catalog_answer(operation: OperationId, id: &str, status: u16) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.get(operation, agent, id).refused(status);
    stage.judge()
}

#[test]
fn what_is_sold_is_found_and_what_is_not_is_not() {
    catalog_answer(OperationId::Package, "pa", 404)
        .fails(&["CATALOG-PRICE"])
        .because("CATALOG-PRICE", "not found");
    catalog_answer(OperationId::Products, "op1", 404)
        .fails(&["CATALOG-SCOPE"])
        .because("CATALOG-SCOPE", "operator not found");
    catalog_answer(OperationId::Products, "elsewhere", 404).fails(&[]).says_nothing_of(&["CATALOG-SCOPE"]);
    for operation in [OperationId::Package, OperationId::Products] {
        catalog_answer(operation, NOBODYS, 404).fails(&[]).shows(&["CATALOG-SCOPE"]);
        catalog_answer(operation, NOBODYS, 429).fails(&[]).says_nothing_of(&["CATALOG-SCOPE"]);
        catalog_answer(operation, NOBODYS, 401).fails(&["CATALOG-SCOPE"]);
        catalog_answer(operation, NOBODYS, 400).fails(&[]).says_nothing_of(&["CATALOG-SCOPE"]);
        catalog_answer(operation, NOBODYS, 405).fails(&[]).says_nothing_of(&["CATALOG-SCOPE"]);
        catalog_answer(operation, NOBODYS, 502).fails(&["STATUS-DOCUMENTED"]);
    }
}

#[test]
fn an_operators_products_are_its_own() {
    let product = |id: &str, operator: &str| json!({"_id": id, "name": "Data", "operatorId": operator, "status": "Available"});
    for (list, fails) in [
        (json!([product("pr1", "op1"), product("pr2", "op1"), product("pu", "op1")]), &[][..]),
        (
            json!([
                product("pr1", "op1"),
                product("pr2", "op1"),
                product("pu", "op1"),
                product("new", "op1")
            ]),
            &[],
        ),
        // A product that is not on sale need not be listed.
        (json!([product("pr1", "op1"), product("pr2", "op1")]), &[]),
        (json!([product("pr1", "op1"), product("pu", "op1")]), &["CATALOG-SCOPE"]),
        (
            json!([
                product("pr1", "op1"),
                product("pr2", "op1"),
                product("pu", "op1"),
                product("pr3", "op2")
            ]),
            &["CATALOG-SCOPE"],
        ),
        (json!([]), &["CATALOG-SCOPE"]),
        (json!({}), &["CATALOG-SCOPE"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.get(OperationId::Products, agent, "op1").ok(list);
        let said = stage.judge();
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["CATALOG-SCOPE"]);
        }
    }
}

#[test]
fn reads_have_documented_statuses_too() {
    for (status, fails) in [
        (401, &[][..]),
        (404, &[]),
        (405, &[]),
        (501, &[]),
        (400, &[]),
        (500, &["STATUS-DOCUMENTED"]),
        (302, &["STATUS-DOCUMENTED"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.wallet_sent(agent).refused(status);
        stage.judge().fails(fails);
    }
    // A 404 without an envelope means that the server does not have the endpoint.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.get(OperationId::Package, agent, NOBODYS).bytes(404, Some("text/html"), "<h1>Not found</h1>");
    stage.judge().fails(&[]).says_nothing_of(&["ERR-ENVELOPE"]);
}
