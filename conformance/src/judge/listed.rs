//! What the lists of orders showed, and to whom: the facts by which the run as a whole tells that an order was shown to
//! another account, or was left out.

use std::collections::BTreeSet;

use spec::OperationId;

use super::place::Place;
use super::scene::Scene;
use crate::order::path::{encode, query};
use crate::order::reading;

/// The pages of one list that belong together, from the first one on.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The last page that was read.
    pub(crate) at: Place,
    /// The account that read them; `None` if it can't be told from others.
    pub(crate) owner: Option<String>,
    /// When the first page was requested, in microseconds since the start of the run.
    pub(crate) begun_us: u64,
    /// The ids that were shown.
    pub(crate) ids: BTreeSet<String>,
    /// Whether the list was followed to its end and shows orders in any state.
    pub(crate) whole: bool,
}

/// Returns a name for the account of an actor that no other account of the run has. Accounts of unknown profile that
/// were not created for the case have none, since two keys may open the same one.
#[must_use]
pub(super) fn owner(scene: &Scene<'_>, actor: usize) -> Option<String> {
    let case = scene.case;
    let wallet = case.wallet_of(actor);
    let account = case.accounts.get(wallet)?;
    let made = || account.fresh.then(|| format!("account {wallet} of {} ({})", case.id, case.index));
    account.profile.as_ref().map(|id| format!("profile {id}")).or_else(made)
}

/// Collects the lists that a case read with keys that must be accepted.
#[must_use]
pub(super) fn listed(scene: &Scene<'_>) -> Vec<Listed> {
    let contract = scene.contract;
    let names = &contract.operation(OperationId::Orders).query;
    let value = |path: &str, mark: &str| query(path, names.get(mark)?).map(str::to_owned);
    let mut lists: Vec<Listed> = Vec::new();
    let mut next: Vec<(usize, Option<String>)> = Vec::new();
    for seen in scene.seen.iter().filter(|it| it.exchange.operation == OperationId::Orders) {
        if !seen.authorised(scene.case) || !seen.is_ok(contract) {
            continue;
        }
        let Some(page) = seen.response().and_then(|it| reading::page(contract, it)) else { continue };
        let Some(actor) = seen.exchange.actor else { continue };
        let path = &seen.exchange.request.path;
        let cursor = value(path, "cursor").filter(|it| !it.is_empty());
        let goes_on = |it: &(usize, Option<String>)| it.0 == actor && it.1.is_some() && it.1 == cursor;
        let at = (scene.case.id.clone(), scene.case.index, seen.at);
        let ids = page.orders.iter().filter_map(|it| it.id.clone());
        let followed = next.iter().rposition(goes_on);
        let list = match followed {
            Some(list) => list,
            None => {
                lists.push(Listed {
                    at: at.clone(),
                    owner: owner(scene, actor),
                    begun_us: seen.exchange.sent_us,
                    ids: BTreeSet::new(),
                    whole: false,
                });
                next.push((actor, None));
                lists.len() - 1
            }
        };
        let begins = cursor.is_none() || followed.is_some();
        lists[list].at = at;
        lists[list].ids.extend(ids);
        lists[list].whole = begins && page.done && value(path, "state").is_none();
        next[list].1 = page.cursor.as_deref().filter(|_| begins).map(encode);
    }
    lists
}
