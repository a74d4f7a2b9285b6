//! Takes products out of the catalog that the server shows as unavailable, whatever the accounts file or a provider state says.

use futures::future::join_all;
use spec::OperationId;

use super::scout::Scout;
use crate::history::{Environment, OperatorFacts};
use crate::order::path::encode;
use crate::order::reading;
use crate::secret::Secret;

/// Marks products as unavailable that the server shows so, unless that would leave no product available.
pub(super) async fn unavailable(scout: &Scout<'_>, environment: &mut Environment, key: &Secret) {
    if environment.lacks(OperationId::Products) {
        return;
    }
    let Some(catalog) = &mut environment.catalog else { return };
    let before = catalog.operators.clone();
    join_all(catalog.operators.iter_mut().map(|it| of_operator(scout, it, key))).await;
    let sells = |it: &OperatorFacts| it.products.iter().any(|product| product.available);
    if !catalog.operators.iter().any(sells) {
        catalog.operators = before;
    }
}

async fn of_operator(scout: &Scout<'_>, operator: &mut OperatorFacts, key: &Secret) {
    let path = scout.contract.operation(OperationId::Products).path_with(&[&encode(&operator.id)]);
    let read = scout.shown(OperationId::Products, &path, key).await;
    let Some(list) = read.and_then(|it| reading::products(scout.contract, &it)) else { return };
    let off = &scout.contract.product_status.1;
    let is_off = |id: &str| {
        let own = list.iter().find(|it| it.id.as_deref() == Some(id));
        own.and_then(|it| it.status.as_ref()).is_some_and(|status| status.eq_ignore_ascii_case(off))
    };
    for product in &mut operator.products {
        product.available &= !is_off(&product.id);
    }
}
