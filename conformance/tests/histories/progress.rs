//! The states of orders and of their recipients over time.

use serde_json::{Value, json};
use spec::OperationId;

use crate::orders::{after, put};
use crate::shop::Made;

/// Returns an order with this state of its own, whatever its recipients are.
fn in_state(state: &str, mut order: Value) -> Value {
    put("/state", json!(state))(&mut order);
    order
}

#[test]
fn states_only_move_forward() {
    for (first, second, fails) in [
        (["pending", "pending"], ["processing", "pending"], &[][..]),
        (["pending", "pending"], ["completed", "failed"], &[]),
        (["PENDING", "processing"], ["processing", "COMPLETED"], &[]),
        (["processing", "processing"], ["processing", "processing"], &[]),
        (["completed", "failed"], ["reversed", "failed"], &[]),
        (["processing", "pending"], ["pending", "pending"], &["ORDER-PROGRESS"]),
        (["completed", "pending"], ["processing", "pending"], &["ORDER-PROGRESS"]),
        (["failed", "completed"], ["completed", "completed"], &["ORDER-PROGRESS"]),
    ] {
        let said = after(|case, agent, made| {
            case.status(agent, made, made.states(&first));
            case.status(agent, made, made.states(&second));
        });
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["ORDER-PROGRESS"]);
        } else {
            said.because("ORDER-PROGRESS", "recipient moved back");
        }
    }
    let said = after(|case, agent, made| {
        case.status(agent, made, made.with(put("/state", json!("completed"))));
        case.status(agent, made, made.json.clone());
    });
    said.fails(&["ORDER-PROGRESS"]).because("ORDER-PROGRESS", "order moved back");
    after(|case, agent, made| case.status(agent, made, made.json.clone()))
        .fails(&[])
        .says_nothing_of(&["ORDER-PROGRESS"]);
}

#[test]
fn each_endpoint_is_followed_by_itself_and_both_agree_in_the_end() {
    type Reads = [(OperationId, &'static str)];
    let (status, order) = (OperationId::OrderStatus, OperationId::Order);
    let read = |reads: &Reads| {
        after(|case, agent, made| {
            for (operation, state) in reads {
                let shown = in_state(state, made.states(&[state, state]));
                case.get(*operation, agent, &made.id).ok(shown);
            }
        })
    };
    let rows: [&Reads; 4] = [
        // The status is stuck, the order is stuck, and each ends in another way.
        &[(status, "processing"), (order, "completed"), (status, "processing")],
        &[(order, "processing"), (status, "processing"), (status, "completed"), (order, "processing")],
        &[(status, "completed"), (order, "failed")],
        &[(order, "failed"), (status, "pending"), (order, "failed"), (status, "pending")],
    ];
    for reads in rows {
        read(reads).fails(&["ORDER-SAME"]).because("ORDER-SAME", "another state").in_findings(1);
    }
    // The order moved on between two reads.
    let moved =
        read(&[(status, "pending"), (order, "processing"), (status, "completed"), (order, "completed")]);
    moved.fails(&[]).shows(&["ORDER-SAME"]);
    let behind =
        read(&[(status, "completed"), (order, "processing"), (status, "completed"), (order, "completed")]);
    behind.warns(&["ORDER-SAME"]);
    let back =
        read(&[(order, "completed"), (status, "completed"), (order, "processing"), (status, "completed")]);
    back.fails(&["ORDER-PROGRESS"]);
}

#[test]
fn an_order_that_has_ended_has_submitted_its_recipients() {
    let first = |made: &Made| in_state("completed", made.states(&["completed", "pending"]));
    let again = |us: u64| {
        after(|case, agent, made| {
            case.status(agent, made, first(made));
            case.get(OperationId::OrderStatus, agent, &made.id).later(us).ok(first(made));
        })
    };
    again(4_000_000).fails(&["ORDER-PROGRESS"]).because("ORDER-PROGRESS", "never submitted");
    // A server may write an order and its recipients one after the other.
    again(400_000).fails(&[]);
    after(|case, agent, made| {
        case.status(agent, made, first(made));
        let ended = made.states(&["completed", "completed"]);
        case.get(OperationId::OrderStatus, agent, &made.id).later(4_000_000).ok(ended);
    })
    .fails(&[]);
}

#[test]
fn a_retry_may_show_late() {
    let failed = |made: &Made| in_state("failed", made.states(&["completed", "failed"]));
    let then = |retries: bool| {
        after(|case, agent, made| {
            case.status(agent, made, failed(made));
            if retries {
                case.retry(agent, made).ok(failed(made));
                case.status(agent, made, failed(made));
            }
            case.status(agent, made, made.states(&["completed", "completed"]));
        })
    };
    let said = then(true);
    assert!(!said.0.findings.iter().any(|it| it.requirement == "ORDER-PROGRESS"), "{:?}", said.0.findings);
    then(false).fails(&["ORDER-PROGRESS"]);
}
