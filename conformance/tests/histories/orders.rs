//! Orders after their creation: read back, followed, listed, requested by others, retried.

use serde_json::{Value, json};
use spec::OperationId;

use crate::catalog::{Made, NOBODYS, ghs, good, of};
use crate::said::Said;
use crate::stage::{Scene, Stage};

/// Creates an order of 1.10 and 2.35 from a wallet of 10.00, and adds what follows.
pub(crate) fn after(follow: impl FnOnce(&mut Scene<'_>, usize, &Made)) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made = case.order(agent, of(&["pa", "pb"])).created();
    follow(&mut case, agent, &made);
    stage.judge()
}

pub(crate) fn put(path: &str, value: Value) -> impl FnOnce(&mut Value) {
    move |it| *it.pointer_mut(path).unwrap() = value
}

#[test]
fn an_order_read_back_is_the_one_that_was_created() {
    for (operation, id) in [(OperationId::OrderStatus, "ORDER-STATUS"), (OperationId::Order, "ORDER-SAME")] {
        let read = |json: fn(&Made) -> Value| {
            after(|case, agent, made| {
                case.get(operation, agent, &made.id).ok(json(made));
            })
        };
        read(|made| made.json.clone()).fails(&[]).shows(&[id, "ORDER-RECIPIENTS"]);
        read(|made| made.with(put("/orderId", json!("other")))).fails(&[id]).because(id, "id");
        read(|made| made.with(put("/shortReference", json!("999999")))).fails(&[id]).because(id, "reference");
        read(|made| made.with(put("/amount", json!(3.46)))).fails(&[id]).because(id, "amount");
        read(|made| made.with(put("/amount", json!(3.450)))).fails(&[]);
        read(|made| made.with(put("/amount", json!("3.45")))).fails(&[]);
        read(|made| made.with(put("/amount", json!("3.46")))).fails(&[id]).because(id, "amount");
        read(|made| made.with(put("/state", json!("lost")))).fails(&["ORDER-PROGRESS"]);
        read(|made| made.with(put("/state", json!("PENDING")))).fails(&[]);
        read(|made| made.with(|it| drop(it["recipients"].as_array_mut().unwrap().pop())))
            .fails(&["ORDER-RECIPIENTS"])
            .because("ORDER-RECIPIENTS", "count");
        read(|made| made.with(|it| drop(it.as_object_mut().unwrap().remove("recipients"))))
            .fails(&[])
            .is_inconclusive_on(&["ORDER-RECIPIENTS"]);
        for (status, fails) in [(404, &[id][..]), (401, &[id]), (500, &["STATUS-DOCUMENTED"]), (429, &[])] {
            let said = after(|case, agent, made| case.get(operation, agent, &made.id).refused(status));
            said.fails(fails);
        }
    }
}

#[test]
fn a_wrong_amount_beside_a_wrong_total_is_one_mistake() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made = case.order(agent, good(2)).created_with(|it| it["totalAmount"] = ghs(230));
    case.status(agent, &made, made.with(put("/amount", ghs(220))));
    stage.judge().fails(&["RESP-TOTAL"]);
}

#[test]
fn an_order_and_its_status_agree() {
    for (path, value) in [
        ("/shortReference", json!("999999")),
        ("/amount", json!(3.46)),
        ("/orderId", json!("other")),
        ("/recipients", json!([{"index": 0, "state": "pending"}])),
    ] {
        let said = after(|case, agent, made| {
            case.status(agent, made, made.json.clone());
            case.get(OperationId::Order, agent, &made.id).ok(made.with(put(path, value)));
        });
        assert!(said.0.findings.iter().any(|it| it.example.cause == "disagree".into()), "{path}");
    }
    let said = after(|case, agent, made| {
        case.status(agent, made, made.json.clone());
        case.get(OperationId::Order, agent, &made.id).ok(made.states(&["completed", "failed"]));
    });
    said.fails(&[]).shows(&["ORDER-SAME"]);
    // Two different orders need not agree.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let (one, other) = (case.order(agent, good(2)).created(), case.order(agent, good(3)).created());
    case.status(agent, &one, one.json.clone());
    case.get(OperationId::Order, agent, &other.id).ok(other.json.clone());
    stage.judge().fails(&[]);
}

/// Two endpoints that say the same wrong thing do not disagree.
#[test]
fn an_order_that_both_endpoints_show_wrongly_is_one_mistake() {
    for (path, value) in [("/shortReference", json!("999999")), ("/amount", json!(3.46))] {
        let said = after(|case, agent, made| {
            let wrong = made.with(put(path, value));
            case.status(agent, made, wrong.clone());
            case.get(OperationId::Order, agent, &made.id).ok(wrong);
        });
        said.fails(&["ORDER-STATUS"]).in_findings(1);
    }
}

#[test]
fn an_order_is_private() {
    for operation in [OperationId::OrderStatus, OperationId::Order] {
        for (status, fails) in [
            (404, &[][..]),
            (401, &["ORDER-PRIVATE"]),
            (500, &["STATUS-DOCUMENTED"]),
            (200, &["ORDER-PRIVATE"]),
        ] {
            let mut stage = Stage::new();
            let mut case = stage.case();
            let (owner, stranger) = (case.agent(1_000), case.agent(1_000));
            let made = case.order(owner, good(2)).created();
            let sent = case.get(operation, stranger, &made.id);
            if status == 200 {
                sent.ok(made.json.clone());
            } else {
                sent.refused(status);
            }
            let said = stage.judge();
            said.fails(fails);
            if status == 404 {
                said.shows(&["ORDER-PRIVATE"]);
            }
        }
    }
    // Another key of the same profile may read the order.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let owner = case.agent(1_000);
    let second = case.second_key(owner);
    let made = case.order(owner, good(2)).created();
    case.status(second, &made, made.json.clone());
    stage.judge().fails(&[]).shows(&["ORDER-STATUS"]).says_nothing_of(&["ORDER-PRIVATE"]);
    for (status, fails) in [(404, &[][..]), (403, &[]), (401, &["ORDER-PRIVATE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.get(OperationId::OrderStatus, agent, NOBODYS).refused(status);
        stage.judge().fails(fails);
    }
}

#[test]
fn nobody_lists_anothers_orders() {
    for (listed, fails) in [(false, &[][..]), (true, &["ORDER-PRIVATE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let (owner, stranger) = (case.agent(1_000), case.agent(1_000));
        case.facts(stranger).fresh = false;
        let made = case.order(owner, good(2)).created();
        let orders = if listed { vec![made.json.clone()] } else { Vec::new() };
        case.list(stranger, "", &orders, None);
        let said = stage.judge();
        said.fails(fails);
        if !listed {
            said.shows(&["ORDER-PRIVATE"]);
        }
    }
}

#[test]
fn the_list_has_an_order_at_once_and_rightly() {
    for (path, value, fails) in [
        ("/state", json!("completed"), &[][..]),
        ("/isBulkOrder", json!(false), &["ORDER-LIST"]),
        ("/amount", json!(3.44), &["ORDER-LIST"]),
        ("/amount", json!("3.45"), &[]),
        ("/amount", json!("3.46"), &["ORDER-LIST"]),
        ("/shortReference", json!("999999"), &["ORDER-LIST"]),
        ("/orderId", json!("other"), &["ORDER-LIST"]),
    ] {
        let said = after(|case, agent, made| case.list(agent, "", &[made.with(put(path, value))], None));
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["ORDER-LIST"]);
        }
    }
    let bare = |made: &Made| made.with(|it| drop(it.as_object_mut().unwrap().remove("isBulkOrder")));
    after(|case, agent, made| case.list(agent, "", &[bare(made)], None))
        .fails(&["ORDER-LIST"])
        .because("ORDER-LIST", "not said to be bulk");
    // A value of another type says so in its own way.
    let other = |made: &Made| made.with(put("/isBulkOrder", json!(1)));
    after(|case, agent, made| case.list(agent, "", &[other(made)], None)).shows(&["ORDER-LIST"]);
    after(|case, agent, _| case.list(agent, "", &[], None))
        .fails(&["ORDER-LIST"])
        .because("ORDER-LIST", "missing");
    let said = after(|case, agent, _| {
        case.get(OperationId::Orders, agent, "").ok(json!({"orders": {}, "isDone": true}));
    });
    said.fails(&["ORDER-LIST"]).because("ORDER-LIST", "shape");
}

#[test]
fn orders_that_nobody_made() {
    let extra = json!({"orderId": "x", "state": "pending", "shortReference": "1", "amount": 1});
    let said = after(|case, agent, made| case.list(agent, "", &[extra.clone(), made.json.clone()], None));
    said.fails(&["ORDER-LIST"]).because("ORDER-LIST", "an order too many");
    for (order, status, fails) in
        [(good(1), 422, "MONEY-REJECT"), (good(2).package(1, json!("nope")), 400, "PRE-ATOMIC")]
    {
        for listed in [false, true] {
            let mut stage = Stage::new();
            let mut case = stage.case();
            let agent = case.agent(1_000);
            case.order(agent, order.clone()).refused(status);
            let orders = if listed { vec![extra.clone()] } else { Vec::new() };
            case.list(agent, "", &orders, None);
            let said = stage.judge();
            if listed {
                said.fails(&[fails]).because(fails, "an order too many");
            } else {
                said.fails(&[]).shows(&["MONEY-REJECT"]);
            }
        }
    }
    // A refused order may be kept as failed, but one with a bad recipient creates nothing; and an entry that is no bulk order may
    // belong to a recipient.
    let failed = json!({"orderId": "x", "state": "failed", "shortReference": "1", "amount": 1});
    for (order, status, fails) in
        [(good(2), 402, &[][..]), (good(1), 422, &[]), (good(2).number(0, json!("")), 400, &["PRE-ATOMIC"])]
    {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(0);
        case.order(agent, order).refused(status);
        case.list(agent, "", std::slice::from_ref(&failed), None);
        stage.judge().fails(fails);
    }
    let child = json!({"orderId": "x", "state": "pending", "isBulkOrder": false, "amount": 1});
    after(|case, agent, made| case.list(agent, "", &[made.json.clone(), child.clone()], None)).fails(&[]);
    // A lost order may exist, and a fixed account may have older orders.
    for (fresh, lost) in [(true, true), (false, false)] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.facts(agent).fresh = fresh;
        if lost {
            case.order(agent, good(2)).lost();
        }
        case.list(agent, "", std::slice::from_ref(&extra), None);
        stage.judge().fails(&[]).says_nothing_of(&["MONEY-REJECT"]);
    }
}

/// Three orders, listed in pages that are given as positions.
fn paged(limit: usize, pages: &[&[usize]]) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made: Vec<Value> = (0..3).map(|_| case.order(agent, good(2)).created().json).collect();
    for (at, page) in pages.iter().enumerate() {
        let query = if at == 0 { format!("limit={limit}") } else { format!("limit={limit}&cursor=c{at}") };
        let orders: Vec<Value> = page.iter().map(|it| made[*it].clone()).collect();
        let cursor = (at + 1 < pages.len()).then(|| format!("c{}", at + 1));
        case.list(agent, &query, &orders, cursor.as_deref());
    }
    stage.judge()
}

#[test]
fn pages_show_every_order_once() {
    paged(2, &[&[2, 1], &[0]]).fails(&[]).shows(&["ORDER-LIST"]);
    paged(1, &[&[2], &[1], &[0]]).fails(&[]);
    paged(2, &[&[2, 1], &[1, 0]]).fails(&["ORDER-LIST"]).because("ORDER-LIST", "pages");
    paged(2, &[&[2, 1], &[]]).fails(&["ORDER-LIST"]).because("ORDER-LIST", "pages");
    paged(1, &[&[2, 1], &[0]]).fails(&["ORDER-LIST"]).because("ORDER-LIST", "page too long").in_findings(1);
    paged(3, &[&[2, 1, 0]]).fails(&[]);
    // A list that was not read to its end shows nothing.
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made = case.order(agent, good(2)).created();
    case.list(agent, "limit=1", &[made.json], Some("c1"));
    stage.judge().fails(&[]).says_nothing_of(&["ORDER-LIST"]);
}

/// The second of three recipients failed; it is retried, and the order is read again in these states. It cost 4.55.
fn retried(answer: Option<u16>, again: &[[&str; 3]], wallets: [i64; 2]) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made = case.order(agent, of(&["pa", "pb", "pa"])).created();
    case.status(agent, &made, made.states(&["completed", "failed", "processing"]));
    case.wallet(agent, wallets[0]);
    let sent = case.retry(agent, &made);
    match answer {
        None => sent.ok(made.states(&["completed", "processing", "processing"])),
        Some(status) => sent.refused(status),
    }
    again.iter().for_each(|states| case.status(agent, &made, made.states(states)));
    case.wallet(agent, wallets[1]);
    stage.judge()
}

#[test]
fn a_failed_recipient_is_retried_alone() {
    let done = [["completed", "completed", "completed"]];
    retried(None, &done, [545, 545]).fails(&[]).shows(&["ORDER-RETRY"]);
    retried(None, &[["completed", "failed", "completed"]], [545, 545]).fails(&[]);
    retried(None, &[["processing", "completed", "completed"]], [545, 545])
        .fails(&["ORDER-RETRY"])
        .because("ORDER-RETRY", "touches others");
    for (status, fails) in [
        (409, &["ORDER-RETRY"][..]),
        (400, &["ORDER-RETRY"]),
        (404, &[]),
        (500, &["STATUS-DOCUMENTED"]),
        (405, &[]),
    ] {
        retried(Some(status), &[["completed", "failed", "completed"]], [545, 545]).fails(fails);
    }
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let made = case.order(agent, of(&["pa", "pb"])).created();
    let failed = made.states(&["completed", "failed"]);
    case.status(agent, &made, failed.clone());
    case.retry(agent, &made).ok(failed.clone());
    case.status(agent, &made, failed);
    stage.judge().fails(&["ORDER-RETRY"]).because("ORDER-RETRY", "nothing happens");
}

#[test]
fn a_retry_costs_nothing_or_takes_its_refund_back() {
    let done = [["completed", "completed", "completed"]];
    for (wallets, fails) in [
        ([545, 545], &[][..]),
        ([545 + 235, 545], &[]),
        ([545 + 235, 545 + 235], &[]),
        ([545, 545 - 235], &["ORDER-RETRY"]),
        ([545, 545 - 455], &["ORDER-RETRY"]),
        ([545 + 235, 545 + 125], &["ORDER-RETRY"]),
    ] {
        let said = retried(None, &done, wallets);
        said.fails(fails);
        if !fails.is_empty() {
            said.because("ORDER-RETRY", "debit");
        }
    }
}

/// A server may charge the retry before the refund of the failed recipient has arrived.
#[test]
fn a_refund_may_come_after_the_retry_that_takes_it_back() {
    for (last, fails) in [(545, &[][..]), (545 - 235, &["ORDER-RETRY"]), (545 - 110, &["ORDER-RETRY"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let made = case.order(agent, of(&["pa", "pb", "pa"])).created();
        case.status(agent, &made, made.states(&["completed", "failed", "completed"]));
        case.wallet(agent, 545);
        case.retry(agent, &made).ok(made.states(&["completed", "processing", "completed"]));
        case.wallet(agent, 545 - 235);
        case.status(agent, &made, made.states(&["completed", "completed", "completed"]));
        case.wallet(agent, last);
        stage.judge().fails(fails);
    }
}

#[test]
fn the_retry_of_what_has_not_failed_is_not_judged() {
    let said = after(|case, agent, made| {
        case.status(agent, made, made.states(&["completed", "completed"]));
        case.retry(agent, made).refused(409);
    });
    said.fails(&[]).says_nothing_of(&["ORDER-RETRY"]);
    // A retry moves its recipient back to an earlier state, which is allowed.
    retried(None, &[["completed", "pending", "processing"]], [545, 545]).fails(&[]);
}
