//! Which companion endpoints a server has: what shows one, what shows that it is not there, and what leaves it open.

use futures::future::join_all;
use spec::{Meaning, OperationId};

use super::absent::{Absent, beside};
use super::keys::refuses;
use super::scout::Scout;
use crate::history::{Catalog, Response, World};
use crate::order::path::encode;
use crate::order::reading;
use crate::secret::Secret;
use crate::sut::NOBODYS_ID;

/// Endpoints about an order, which only an order that exists can show where every 404 of a server looks the same.
pub const OF_AN_ORDER: [OperationId; 3] = [OperationId::Order, OperationId::OrderStatus, OperationId::Retry];

/// Finds out which companion endpoints there are. Those that nothing shows, one way or the other, are left out.
pub(super) async fn endpoints(scout: &Scout<'_>, world: &mut World, key: &Secret) {
    // What another account has shown to be there is there.
    let open = OperationId::ALL.into_iter().filter(|it| *it != OperationId::BuyBulk && !world.has(*it));
    let catalog = world.catalog.as_ref();
    let open: Vec<OperationId> = open.collect();
    let mut asked = Vec::new();
    for operation in &open {
        asked.push(endpoint(scout, *operation, catalog, key));
    }
    for (operation, has) in open.iter().zip(join_all(asked).await) {
        if let Some(has) = has {
            world.endpoints.insert(*operation, has);
        }
    }
}

/// Whether one endpoint is there; `None` where nothing shows it.
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

/// The id to ask with, and whether there is something of that id; `None` where nobody knows any.
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

/// Whether an endpoint is there, by its answer to a path: success shows it, and so does every answer that a path beside it
/// does not get. Where something of that id `exists` and is answered as nothing is, the endpoint is not there.
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
    let paths = [beside(&spec.path, path), beside(&spec.path, path)];
    let first = scout.ask(&spec.method, &paths[0], Some(key)).await.ok()?;
    let second = scout.ask(&spec.method, &paths[1], Some(key)).await.ok()?;
    if Absent::new((&paths[0], &first), (&paths[1], &second)).differs(path, response) {
        return Some(true);
    }
    // Whoever is not let in anywhere, or where nothing works, learns nothing.
    let unclear = refuses(scout, response) || response.status >= 500 || reading::is_success(response.status);
    (exists && !unclear).then_some(false)
}
