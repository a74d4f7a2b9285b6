//! Finds out whether the server accepts a key. One that it refuses is a mistake in our configuration and not the
//! server's fault.

use spec::{Meaning, OperationId};

use super::scout::Scout;
use crate::history::{RefusedAccount, Response};
use crate::secret::Secret;

/// What every key may read.
const READINGS: [OperationId; 3] = [OperationId::Profile, OperationId::Wallet, OperationId::Orders];

/// Returns true if an answer refuses the key itself, or the account that it belongs to.
pub(super) fn refuses(scout: &Scout<'_>, response: &Response) -> bool {
    [Meaning::Unauthorized, Meaning::Forbidden].iter().any(|it| scout.contract.status(*it) == response.status)
}

/// Returns the refusals of a key if every read that shows anything refuses it; `None` otherwise.
///
/// A server that compares the names of headers by their letters knows a key in the documented letter case alone. That is
/// its fault (AUTH-HEADER) and not the key's, so from then on all keys are sent in that letter case.
pub(super) async fn refused(scout: &Scout<'_>, account: &str, key: &Secret) -> Option<RefusedAccount> {
    let mut answers = Vec::new();
    for operation in READINGS {
        let path = &scout.contract.operation(operation).path;
        let Ok(response) = scout.read(path, Some(key)).await else { continue };
        if refuses(scout, &response) {
            if answers.is_empty() && is_known_as_documented(scout, path, key).await {
                scout.client.spell_as_documented();
                return None;
            }
            answers.push((format!("GET {path}"), response.status));
        } else if (200..300).contains(&response.status) {
            return None;
        }
    }
    (!answers.is_empty()).then(|| RefusedAccount { account: account.to_owned(), answers })
}

/// Returns true if a read is answered with success when the key's header has the documented letter case.
async fn is_known_as_documented(scout: &Scout<'_>, path: &str, key: &Secret) -> bool {
    let answer = scout.read_as_documented(path, key).await;
    answer.is_ok_and(|it| (200..300).contains(&it.status))
}
