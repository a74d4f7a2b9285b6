//! Whether the server lets a key in: one that it refuses is our configuration and not its fault.

use spec::{Meaning, OperationId};

use super::scout::Scout;
use crate::history::{RefusedKey, Response};
use crate::secret::Secret;

/// What every key may read.
const READINGS: [OperationId; 3] = [OperationId::Profile, OperationId::Wallet, OperationId::Orders];

/// Whether an answer refuses the key itself, or whoever holds it.
pub(super) fn refuses(scout: &Scout<'_>, response: &Response) -> bool {
    [Meaning::Unauthorized, Meaning::Forbidden].iter().any(|it| scout.contract.status(*it) == response.status)
}

/// Says of a key that it is refused where every reading that shows anything refuses it.
pub(super) async fn refused(scout: &Scout<'_>, account: &str, key: &Secret) -> Option<RefusedKey> {
    let mut answers = Vec::new();
    for operation in READINGS {
        let path = &scout.contract.operation(operation).path;
        let Ok(response) = scout.read(path, Some(key)).await else { continue };
        if refuses(scout, &response) {
            answers.push((format!("GET {path}"), response.status));
        } else if (200..300).contains(&response.status) {
            return None;
        }
    }
    (!answers.is_empty()).then(|| RefusedKey { account: account.to_owned(), answers })
}
