//! The rules that clients are judged by.

use spec::{ClientRule, Contract};

use crate::client::error::ClientError;

/// Returns the rules for clients under a contract.
///
/// # Errors
/// Returns an error if the rules can't be read, which is an internal error.
pub fn rules(contract: &Contract) -> Result<Vec<ClientRule>, ClientError> {
    spec::client_rules(&contract.limits).map_err(|error| ClientError::Rules(error.to_string()))
}
