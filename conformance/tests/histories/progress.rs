//! The states of orders and of their recipients over time.

use serde_json::{Value, json};
use spec::OperationId;

use crate::catalog::Made;
use crate::orders::{after, put};

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
        case.get(OperationId::Order, agent, &made.id).ok(made.json.clone());
    });
    // Each endpoint was read once, so it is the two of them that disagree.
    said.fails(&["ORDER-SAME"]).because("ORDER-SAME", "order differs");
    let said = after(|case, agent, made| {
        for state in ["completed", "pending"] {
            case.get(OperationId::Order, agent, &made.id).ok(in_state(state, made.json.clone()));
            case.status(agent, made, in_state("completed", made.json.clone()));
        }
    });
    said.fails(&["ORDER-PROGRESS"]).because("ORDER-PROGRESS", "order moved back");
    after(|case, agent, made| case.status(agent, made, made.json.clone()))
        .fails(&[])
        .says_nothing_of(&["ORDER-PROGRESS"]);
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
