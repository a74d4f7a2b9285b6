//! Which of several refusals a server was seen to prefer.

use spec::Meaning;

use crate::catalog::{Order, good};
use crate::stage::Stage;

#[test]
fn precedence_is_told_where_it_is_one() {
    let zero = |role: &str, order: Order, status: u16, stage: &mut Stage| {
        let mut case = stage.case();
        let actor = case.account(role, 0);
        case.order(actor, order).refused(status);
    };
    let mut stage = Stage::new();
    zero("Customer", good(21), 403, &mut stage);
    zero("Agent", good(21), 422, &mut stage);
    let said = stage.judge();
    said.fails(&[]);
    assert_eq!(said.0.precedence, [Meaning::Forbidden, Meaning::Count, Meaning::Insufficient]);
    let choices = &said.0.ambiguities.iter().find(|it| it.id == "AMB-PRECEDENCE").unwrap().choices;
    let told: Vec<(&str, u64)> = choices.iter().map(|it| (it.0.as_str(), it.1)).collect();
    // The price is unknown for a role that may not buy, so nothing is reported about 403 and 402.
    assert_eq!(told, [("403 before 422", 1), ("422 before 402", 1)]);
    // Now the order is reversed: no precedence explains both, but that of 403 still holds.
    zero("Agent", good(21), 402, &mut stage);
    let said = stage.judge();
    assert_eq!(said.0.precedence, [Meaning::Forbidden]);
    assert_eq!(said.0.unordered, [Meaning::Insufficient, Meaning::Count]);
}
