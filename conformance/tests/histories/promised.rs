//! Nothing undocumented can fail a run: what no page says causes at most a warning, whatever the check reports.

use std::collections::BTreeSet;

use conformance::checks;
use conformance::judge::summary;
use conformance::judge::verdict::{Judgement, Outcome, Verdict};
use spec::Contract;

use crate::catalog::{contract, good};
use crate::stage::Stage;

const OPENAPI: (&str, &str) = ("spec/openapi.yaml", include_str!("../../../spec/openapi.yaml"));
const REQUIREMENTS: &str = include_str!("../../../spec/requirements.yaml");

/// Returns the contract as if no page stated this requirement.
fn without_a_page(id: &str) -> Contract {
    let mut of_it = false;
    let mut in_quotes = false;
    let mut text = String::new();
    for line in REQUIREMENTS.lines() {
        if let Some(name) = line.strip_prefix("  - id: ") {
            of_it = name == id;
        }
        if of_it && line == "    quotes:" {
            in_quotes = true;
            text += "    quotes: []\n";
        } else if !(in_quotes && line.starts_with("      ")) {
            in_quotes = false;
            text += line;
            text.push('\n');
        }
    }
    let contract = spec::from_texts(OPENAPI, ("spec/requirements.yaml", &text)).unwrap();
    assert!(!contract.catalogue.requirement(id).unwrap().can_fail(), "{id}");
    contract
}

/// Judges a server that accepts 21 items, by a contract.
fn takes_too_many(contract: &Contract) -> Judgement {
    let mut stage = Stage::not_deaf();
    let mut case = stage.case();
    let buyer = case.account("Agent", 100_000);
    case.order(buyer, good(21)).created();
    let judge = checks::judge(contract).unwrap();
    summary::judge(&judge, &stage.header, &stage.cases, &stage.footer, &stage.unplanned)
}

#[test]
fn every_requirement_that_a_check_cites_has_a_sentence_or_can_only_warn() {
    let catalogue = &contract().catalogue;
    let cited: BTreeSet<&str> = checks::ALL.iter().flat_map(|it| it.cites).copied().collect();
    for id in cited {
        let Some(requirement) = catalogue.requirement(id) else {
            assert!(
                catalogue.ambiguity(id).is_some(),
                "a check cites {id}, which the catalogue does not have"
            );
            continue;
        };
        let quotes =
            requirement.quotes.as_ref().unwrap_or_else(|| panic!("{id} does not say what is quoted"));
        for quote in quotes {
            assert!(quote.address().is_some(), "{id}: no page says {:?}", quote.text);
        }
        assert_eq!(requirement.can_fail(), !quotes.is_empty(), "{id}");
    }
}

#[test]
fn the_same_finding_fails_a_run_only_where_a_page_says_so() {
    let said = takes_too_many(contract());
    let outcome =
        |said: &Judgement| said.requirements.iter().find(|it| it.id == "COUNT-HIGH").unwrap().outcome;
    assert_eq!((said.verdict, outcome(&said)), (Verdict::NotConformant, Outcome::Fail));

    let said = takes_too_many(&without_a_page("COUNT-HIGH"));
    assert_ne!(said.verdict, Verdict::NotConformant);
    assert_eq!(outcome(&said), Outcome::Warning);
    let [finding] = &said.findings[..] else { panic!("{:#?}", said.findings) };
    assert!(finding.example.warning, "{}", finding.example.summary);
}
