//! Whether a purchase was asked for as the page shows it, and whether an answer says that it was made.

use spec::Contract;

use super::reading;
use crate::history::{Request, Response};

/// Headers by which a request asks for something else than its method and path say.
const OVERRIDES: [&str; 1] = ["x-http-method-override"];

/// Whether a purchase was asked for by another method, path or place of the key than the documented ones.
#[must_use]
pub(crate) fn is_another(contract: &Contract, request: &Request) -> bool {
    let buy = contract.buy();
    let other = |name: &str| {
        OVERRIDES.iter().any(|it| name.eq_ignore_ascii_case(it))
            || name.eq_ignore_ascii_case(&contract.key.header)
    };
    request.method != buy.method
        || request.path != buy.path
        || request.headers.iter().any(|(name, _)| other(name))
}

/// Whether an answer says that an order was created. What comes by another way than the documented one succeeds in other
/// ways too: OPTIONS, say, with no order made. There only a summary counts.
#[must_use]
pub(crate) fn is_created(contract: &Contract, request: &Request, response: &Response) -> bool {
    let made = || reading::summary(contract, response).is_some_and(|it| it.order_id.is_some());
    reading::is_success(response.status) && (!is_another(contract, request) || made())
}
