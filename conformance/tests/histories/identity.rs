//! Order ids and references: when they stand for one order, and when for two.

use serde_json::json;

use crate::catalog::good;
use crate::stage::Stage;

#[test]
fn an_id_that_was_paid_for_twice_stands_for_two_orders() {
    for (left, fails) in [(560, &["RESP-ORDER-ID"][..]), (780, &["MONEY-DEBIT"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        let first = case.order(agent, good(2)).created();
        case.wallet(agent, 780);
        case.order(agent, good(2)).created_with(|data| data["orderId"] = json!(first.id));
        case.wallet(agent, left);
        stage.judge().fails(fails);
    }
}

#[test]
fn an_order_id_never_repeats_and_a_reference_may() {
    for (field, fails) in [("orderId", &["RESP-ORDER-ID"][..]), ("shortReference", &[])] {
        let mut stage = Stage::new();
        for _ in 0..3 {
            let mut case = stage.case();
            let agent = case.agent(220);
            case.order(agent, good(2)).created_with(|it| it[field] = json!("same"));
        }
        let said = stage.judge();
        said.fails(fails);
        let repeats = said.0.findings.iter().find(|it| it.requirement == "AMB-REFERENCE-UNIQUE");
        assert_eq!(repeats.is_some_and(|it| it.example.warning), fails.is_empty());
        // One order that is answered three times has one reference, which shows nothing about uniqueness.
        let seen: &[(&str, u64)] = if fails.is_empty() { &[("a reference repeats", 1)] } else { &[] };
        said.observes("AMB-REFERENCE-UNIQUE", seen);
        if !fails.is_empty() {
            said.because("RESP-ORDER-ID", "repeated");
            assert_eq!(said.0.findings[0].occurrences, 2);
        }
    }
}
