//! Finds out which companion endpoints a server has: which answers show that one exists, which that it does not, and
//! which leave it open.

use futures::future::join_all;
use spec::{Meaning, OperationId};

use super::absent::{Absent, NOT_SERVED, beside};
use super::keys::refuses;
use super::scout::Scout;
use crate::history::{Catalog, Environment, Response};
use crate::order::path::encode;
use crate::order::reading;
use crate::secret::Secret;
use crate::sut::NOBODYS_ID;

/// The endpoints about an order. If all 404 answers of a server look the same, only an existing order can show them.
pub(crate) const OF_AN_ORDER: [OperationId; 3] =
    [OperationId::Order, OperationId::OrderStatus, OperationId::Retry];

/// Finds out which companion endpoints exist. Those for which no answer shows either are left out.
pub(super) async fn endpoints(scout: &Scout<'_>, environment: &mut Environment, key: &Secret) {
    // An endpoint that another account has shown to exist is not tried again.
    let open = OperationId::ALL.into_iter().filter(|it| *it != OperationId::BuyBulk && !environment.has(*it));
    let catalog = environment.catalog.as_ref();
    let open: Vec<OperationId> = open.collect();
    let mut asked = Vec::new();
    for operation in &open {
        asked.push(endpoint(scout, *operation, catalog, key));
    }
    for (operation, has) in open.iter().zip(join_all(asked).await) {
        if let Some(has) = has {
            environment.endpoints.insert(*operation, has);
        }
    }
}

/// Returns whether one endpoint exists; `None` if that is unknown.
async fn endpoint(
    scout: &Scout<'_>,
    operation: OperationId,
    catalog: Option<&Catalog>,
    key: &Secret,
) -> Option<bool> {
    let (id, exists) = id(catalog, operation)?;
    let spec = scout.contract.operation(operation);
    let path = spec.path_with(&[&encode(&id), "0"]);
    let response = scout.ask(&spec.method, &path, Some(key)).await.ok()?;
    presence(scout, operation, &path, &response, exists, key).await
}

/// Returns the id to use in the request, and whether something with that id exists; `None` if no id is known.
fn id(catalog: Option<&Catalog>, operation: OperationId) -> Option<(String, bool)> {
    let operators = || catalog.into_iter().flat_map(|it| &it.operators);
    match operation {
        OperationId::Products => operators().next().map(|it| (it.id.clone(), true)),
        OperationId::Package => {
            let package = operators().flat_map(|it| &it.products).flat_map(|it| &it.packages).next();
            package.map(|it| (it.id.clone(), true))
        }
        operation => Some((NOBODYS_ID.to_owned(), !OF_AN_ORDER.contains(&operation))),
    }
}

/// Returns whether an endpoint exists, by its answer to a path: a success shows that it does, and so does every
/// answer that differs from those to nonexistent paths beside it. If something with that id `exists` but the answer
/// is that of a nonexistent path, the endpoint does not exist, and neither does one whose answer says so.
pub(in crate::exec) async fn presence(
    scout: &Scout<'_>,
    operation: OperationId,
    path: &str,
    response: &Response,
    exists: bool,
    key: &Secret,
) -> Option<bool> {
    let spec = scout.contract.operation(operation);
    let ok = spec.status(Meaning::Ok) == Some(response.status);
    if ok && reading::json(response).is_some_and(|it| reading::data(scout.contract, &it).is_some()) {
        return Some(true);
    }
    if NOT_SERVED.contains(&response.status) {
        return Some(false);
    }
    let paths = [beside(&spec.path, path), beside(&spec.path, path)];
    let first = scout.ask(&spec.method, &paths[0], Some(key)).await.ok()?;
    let second = scout.ask(&spec.method, &paths[1], Some(key)).await.ok()?;
    if Absent::new((&paths[0], &first), (&paths[1], &second)).differs(path, response) {
        return Some(true);
    }
    // An answer that refuses the key, or a server error, shows nothing about the endpoint. A success does: many servers answer
    // a path that they do not have with a page for people.
    let unclear = refuses(scout, response) || response.status >= 500;
    (exists && !unclear).then_some(false)
}
