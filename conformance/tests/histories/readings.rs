//! Bodies that only a lenient parser can read: they are judged by the reading that the server processed.

use conformance::judge::verdict::{Outcome, Verdict};
use serde_json::json;

use crate::catalog::good;
use crate::requests::{answered, set};
use crate::stage::Stage;

/// A value of another type may be taken for what it spells: that causes a warning, and the order is judged as it was
/// read.
#[test]
fn values_of_another_type_may_be_taken_for_what_they_spell() {
    let item = |at: usize| good(2).json["items"][at].clone();
    for (order, id, what) in [
        (set("/items/0/packageId", json!(["pa"])), "ITEM-PACKAGE", "a list with one string"),
        (set("/items/1/beneficiaryMsisdn", json!(233_200_000_002_i64)), "ITEM-MSISDN", "a number"),
        (set("/operatorId", json!(" op1 ")), "PRE-OPERATOR", "blanks around it"),
        (set("/items", json!({"0": item(0), "1": item(1)})), "BODY-ITEMS", "the keys 0, 1, …"),
    ] {
        answered("Agent", &order, 400).fails(&[]).shows(&[id]);
        assert_eq!(answered("Agent", &order, 403).0.verdict, Verdict::NotConformant);
        // A server that processes the order charges for what it processed.
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(4_000);
        case.order(agent, order).created_with(|data| {
            data["totalAmount"] = json!(2.2);
            data["recipientCount"] = json!(2);
        });
        case.wallet(agent, 3_780);
        let said = stage.judge();
        said.warns(&[id]);
        let [only] = &said.0.findings[..] else { panic!("{:?}", said.0.findings) };
        assert!(only.example.summary.contains(what), "{only:?}");
    }
}

/// The count and the total in the answer show which reading the server processed, even if that order must be refused.
#[test]
fn an_order_is_judged_by_the_reading_that_was_processed() {
    let blanks = set("/items/0/packageId", json!(" pa "));
    let twice = good(2).json.to_string().replacen("\"items\"", "\"items\":[],\"items\"", 1);
    for (order, total, count, fails) in [
        (blanks.clone(), 2.2, 2, &[][..]),
        (blanks.clone(), 1.1, 2, &["PRE-PACKAGE"]),
        (blanks, 3.3, 2, &["RESP-TOTAL"]),
        (good(2).body(twice.clone()), 2.2, 2, &[]),
        (good(2).body(twice.clone()), 0.0, 0, &["COUNT-LOW"]),
        (good(2).body(twice), 2.2, 0, &["RESP-COUNT"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(4_000);
        case.order(agent, order).created_with(|data| {
            data["totalAmount"] = json!(total);
            data["recipientCount"] = json!(count);
        });
        let said = stage.judge();
        let of_requirements = said.0.requirements.iter().filter(|it| it.outcome == Outcome::Fail);
        assert_eq!(of_requirements.map(|it| it.id.as_str()).collect::<Vec<_>>(), fails, "{total} {count}");
    }
}
