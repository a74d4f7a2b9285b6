//! The committed contract loads, and what programs read from it is there for review; broken ones say where and why.

use spec::{Meaning, OperationId};

const OPENAPI: &str = include_str!("../openapi.yaml");
const REQUIREMENTS: &str = include_str!("../requirements.yaml");

fn load(openapi: &str, requirements: &str) -> Result<spec::Contract, spec::Problems> {
    spec::from_texts(("openapi.yaml", openapi), ("requirements.yaml", requirements))
}

/// A changed limit, status or role shows up here before it shows up anywhere else.
#[test]
fn what_the_contract_says() {
    let contract = spec::embedded().expect("the committed contract loads");
    let operations: Vec<String> = OperationId::ALL
        .into_iter()
        .map(|id| {
            let operation = contract.operation(id);
            let responses: Vec<String> =
                operation.responses.iter().map(|it| format!("{} {:?}", it.status, it.meaning)).collect();
            format!("{} {}: {}", operation.method, operation.path, responses.join(", "))
        })
        .collect();
    let requirements: Vec<String> = contract
        .catalogue
        .requirements
        .iter()
        .map(|it| format!("{} [{:?}] {}", it.id, it.level, it.statement))
        .collect();
    insta::assert_debug_snapshot!((
        &contract.revision,
        &contract.limits,
        &contract.roles,
        &contract.key,
        &contract.states,
        operations,
        requirements,
        &contract.catalogue.ambiguities,
    ));
}

#[test]
fn a_lower_limit_reaches_statements_and_limits() {
    let contract = load(&OPENAPI.replace("maxItems: 20", "maxItems: 25"), REQUIREMENTS).unwrap();
    assert_eq!(contract.limits.max_items, 25);
    assert!(contract.catalogue.statement("COUNT-HIGH").contains("25"));
}

#[test]
fn every_requirement_is_cited_by_the_document() {
    let contract = spec::embedded().unwrap();
    let uncited: Vec<&str> = contract
        .catalogue
        .requirements
        .iter()
        .map(|it| it.id.as_str())
        .filter(|id| contract.cited_at(id).is_empty())
        .collect();
    assert!(uncited.is_empty(), "cited nowhere in openapi.yaml: {uncited:?}");
}

#[test]
fn all_mistakes_at_once_each_with_its_place() {
    let openapi = OPENAPI
        .replace("x-meaning: count", "x-meaning: number")
        .replace("x-field: reference", "x-field: shortref")
        .replace("maxItems: 20", "maxItems: many")
        .replace("x-requirements: [REV-STATUS]", "x-requirements: [REV-STATUSES]");
    let requirements = REQUIREMENTS.replace("role: SuperAgent", "role: Superagent");
    insta::assert_snapshot!(load(&openapi, &requirements).unwrap_err());
}

#[test]
fn a_key_that_stands_twice_is_found() {
    let openapi =
        OPENAPI.replace("          minItems: 2\n", "          minItems: 2\n          minItems: 3\n");
    insta::assert_snapshot!(load(&openapi, REQUIREMENTS).unwrap_err());
}

#[test]
fn neither_yaml_nor_openapi() {
    insta::assert_snapshot!("not_yaml", load("a: [", REQUIREMENTS).unwrap_err());
    assert!(load("hello", REQUIREMENTS).unwrap_err().to_string().contains("not an OpenAPI 3.0 document"));
    assert!(load(&OPENAPI.replace("3.0.3", "3.1.0"), REQUIREMENTS).is_err());
    assert!(load(OPENAPI, "requirements: 5\nambiguities: []\n").is_err());
}

#[test]
fn statuses_are_known_by_meaning() {
    let contract = spec::embedded().unwrap();
    assert_eq!(contract.status(Meaning::Accepted), 200);
    assert_eq!(contract.operation(OperationId::Wallet).status(Meaning::Ok), Some(200));
    assert_eq!(contract.operation(OperationId::Wallet).status(Meaning::Count), None);
    assert_eq!(
        contract.operation(OperationId::Retry).path_with(&["o1", "3"]),
        "/api/v1/orders/o1/recipients/3/retry"
    );
}

#[test]
fn states_move_forward() {
    let contract = spec::embedded().unwrap();
    assert!(contract.states.may_become("PENDING", "completed"));
    assert!(contract.states.may_become("failed", "failed"));
    assert!(!contract.states.may_become("completed", "processing"));
    // What only a refund follows has ended.
    let moves = ["pending", "PROCESSING", "completed", "failed", "reversed", "queued"];
    let moves = moves.map(|state| contract.states.is_under_way(state));
    assert_eq!(moves, [true, true, false, false, false, false]);
    assert_eq!(contract.states.delivered.as_deref(), Some("completed"));
    let wrong = OPENAPI.replace("x-expected: completed", "x-expected: done");
    assert!(load(&wrong, REQUIREMENTS).unwrap_err().to_string().contains("`done` is expected"));
}
