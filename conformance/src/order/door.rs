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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Bytes, KeyUse, Transport};

    fn request(contract: &Contract) -> Request {
        Request {
            method: contract.buy().method.clone(),
            path: contract.buy().path.clone(),
            headers: vec![("content-type".into(), "application/json".into())],
            key: KeyUse::Own,
            transport: Transport::Plain,
            body: Bytes::default(),
        }
    }

    fn response(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: Bytes(body.into()), cut: false, held_key: false }
    }

    #[test]
    fn another_method_path_or_header_is_another_way() {
        let contract = spec::embedded().unwrap();
        let plain = request(&contract);
        assert!(!is_another(&contract, &plain));
        let header = |name: &str| Request { headers: vec![(name.into(), "POST".into())], ..plain.clone() };
        let slash = format!("{}/", plain.path);
        for other in [
            Request { method: "PUT".into(), ..plain.clone() },
            Request { path: slash, ..plain.clone() },
            header("X-HTTP-Method-Override"),
            header("x-api-key"),
        ] {
            assert!(is_another(&contract, &other), "{other:?}");
        }
        assert!(!is_another(&contract, &header("accept")));
    }

    #[test]
    fn what_succeeds_by_another_way_is_an_order_only_with_a_summary() {
        let contract = spec::embedded().unwrap();
        let plain = request(&contract);
        let options = Request { method: "OPTIONS".into(), ..plain.clone() };
        let made = response(200, r#"{"success":true,"data":{"orderId":"kr7"}}"#);
        let empty = response(204, "");
        assert!(is_created(&contract, &plain, &made) && is_created(&contract, &plain, &empty));
        assert!(is_created(&contract, &options, &made) && !is_created(&contract, &options, &empty));
        assert!(!is_created(&contract, &options, &response(405, "")));
    }
}
