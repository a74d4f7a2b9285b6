//! The accounts that a run could use on the server, in sentences.

use serde::Serialize;
use spec::Contract;

use crate::history::{AccountFacts, Capability, Header};
use crate::report::text::{count, visible};

/// The accounts that a run could use, and what the server offers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EnvironmentView {
    /// A summary in one sentence.
    pub(crate) summary: String,
    /// Each fixed account in one line.
    pub(crate) accounts: Vec<String>,
    /// The operations that the server has.
    pub(crate) endpoints: Vec<String>,
    /// The operations that the server lacks.
    pub(crate) lacking: Vec<String>,
}

pub(super) fn environment(contract: &Contract, header: &Header) -> EnvironmentView {
    let environment = &header.environment;
    let names = |there: bool| -> Vec<String> {
        let found = environment.endpoints.iter().filter(|(_, has)| **has == there);
        found
            .map(|(id, _)| {
                let operation = contract.operation(*id);
                format!("{} {}", operation.method, operation.path)
            })
            .collect()
    };
    let summary = match environment.capability {
        Capability::None => {
            "no key; with CONFORMANCE_API_KEY, --accounts or --states, more could be judged".to_owned()
        }
        Capability::States => "any role with any balance, by provider states".to_owned(),
        Capability::Accounts => count(environment.accounts.len() as u64, "fixed account", "fixed accounts"),
    };
    EnvironmentView {
        summary,
        accounts: environment.accounts.iter().map(account).collect(),
        endpoints: names(true),
        lacking: names(false),
    }
}

/// Returns an account in one line: `agent-1: Agent with 250.00 GHS`.
fn account(account: &AccountFacts) -> String {
    format!("{}: {}", visible(&account.name), sender(account))
}

/// Returns the role and balance of a sending account: `Agent with 250.00 GHS`.
pub(crate) fn sender(account: &AccountFacts) -> String {
    let role = account.role.as_deref().map_or_else(|| "unknown role".to_owned(), visible);
    let balance =
        account.balance.map_or_else(|| "unknown balance".to_owned(), |balance| format!("{balance} GHS"));
    format!("{role} with {balance}{}", if account.revoked { ", key revoked" } else { "" })
}
