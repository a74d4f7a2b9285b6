//! What a client of the API does: the rules that `client-requirements.yaml` holds, each with the sentences behind it.

use serde::Deserialize;

use crate::contract::Limits;
use crate::pages::Quote;
use crate::requirement::Severity;

const RULES: &str = include_str!("../client-requirements.yaml");

/// One rule for clients.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRule {
    /// Its address: `ONCE-LOST`.
    pub id: String,
    /// The part of a report that it stands in.
    pub group: String,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What a good client does, with limits filled in.
    pub statement: String,
    /// The sentences that stand behind it; none for good practice.
    pub quotes: Vec<Quote>,
}

impl ClientRule {
    /// Whether breaking it can fail a run. What no page says is never more than a warning.
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

/// The rules, in the order of the file.
///
/// # Errors
/// The file is wrong; a test holds that it is not.
pub fn client_rules(limits: &Limits) -> Result<Vec<ClientRule>, serde_yaml::Error> {
    let Rules { mut requirements } = serde_yaml::from_str(RULES)?;
    for rule in &mut requirements {
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
            for quote in &rule.quotes {
                assert!(quote.address().is_some(), "{}: {}", rule.id, quote.text);
            }
        }
    }
}
