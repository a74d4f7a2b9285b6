//! The rules for clients of the API, read from `client-requirements.yaml`, each with the sentences that support it.

use serde::Deserialize;

use crate::contract::Limits;
use crate::pages::Quote;
use crate::requirement::Severity;

const RULES: &str = include_str!("../client-requirements.yaml");

/// A rule for clients of the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRule {
    /// The rule's id, such as `ONCE-LOST`.
    pub id: String,
    /// The section of a report in which the rule is listed.
    pub group: String,
    /// How bad it is to break the rule.
    pub severity: Severity,
    /// What a good client does, with the limits filled in.
    pub statement: String,
    /// The sentences that support the rule; empty if it is only good practice.
    pub quotes: Vec<Quote>,
    /// The line of the file at which it begins, from 1.
    #[serde(skip)]
    pub line: usize,
}

impl ClientRule {
    /// Returns true if breaking the rule can fail a run. A rule that no page supports is never more than a warning.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        !self.quotes.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    requirements: Vec<ClientRule>,
}

/// Returns the rules in the order of the file, with the contract's limits filled in.
///
/// # Errors
/// Returns an error if the embedded file does not parse; a test makes sure that it does.
pub fn client_rules(limits: &Limits) -> Result<Vec<ClientRule>, serde_yaml::Error> {
    let Rules { mut requirements } = serde_yaml::from_str(RULES)?;
    for rule in &mut requirements {
        let begins = format!("  - id: {}", rule.id);
        rule.line = RULES.lines().position(|it| it.trim_end() == begins).map_or(1, |at| at + 1);
        let filled = rule.statement.replace("{minItems}", &limits.min_items.to_string());
        rule.statement = filled.replace("{maxItems}", &limits.max_items.to_string());
    }
    Ok(requirements)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_and_sentences_that_stand_on_the_pages() {
        let rules = client_rules(&Limits { min_items: 2, max_items: 20 }).unwrap();
        let ids: BTreeSet<_> = rules.iter().map(|rule| &rule.id).collect();
        assert_eq!(ids.len(), rules.len());
        for rule in &rules {
            assert!(!rule.statement.contains('{'), "{}", rule.statement);
            assert!(rule.line > 1, "{}", rule.id);
            for quote in &rule.quotes {
                assert!(quote.address().is_some(), "{}: {}", rule.id, quote.text);
            }
        }
    }
}
