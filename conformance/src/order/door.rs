//! Decides whether an order was requested in the documented way, and whether an answer says that it was created.

use spec::Contract;

use super::json::Json;
use super::reading;
use crate::history::{Request, Response};

/// Headers that make a request ask for something else than its method and path say.
const OVERRIDES: [&str; 1] = ["x-http-method-override"];

/// Returns true if an order was requested by another method, path or place of the key than the documented ones.
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

/// Whether an order was created, as far as its answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// The order was created.
    Yes,
    /// The order was not created.
    No,
    /// The order was requested in another way than the documented one, and the answer is a success that can't be read.
    Unclear,
}

/// Returns whether an answer says that an order was created. A request in another way than the documented one can also
/// succeed without an order: OPTIONS, for example, or a page that is shown for every path. There only an order summary
/// counts.
#[must_use]
pub(crate) fn made(contract: &Contract, request: &Request, response: &Response) -> Made {
    if !reading::is_success(response.status) || is_denied(contract, response) {
        return Made::No;
    }
    let summary = || reading::summary(contract, response).is_some_and(|it| it.order_id.is_some());
    if !is_another(contract, request) || summary() {
        return Made::Yes;
    }
    let body = response.body.0.trim_ascii();
    let is_page = body.first() == Some(&b'<');
    let asks = ["OPTIONS", "HEAD"].contains(&request.method.as_str());
    if body.is_empty() || is_page || asks { Made::No } else { Made::Unclear }
}

/// Returns true if an answer has a status that says success, and a body that says the opposite: `success: false` with an
/// error, and no order.
#[must_use]
pub(crate) fn is_denied(contract: &Contract, response: &Response) -> bool {
    let fields = &contract.fields;
    let denies = |json: &Json| {
        json.get(&fields.success) == Some(&Json::Bool(false))
            && json.get(&fields.error).is_some_and(|it| *it != Json::Null)
    };
    reading::is_success(response.status)
        && reading::json(response).is_some_and(|it| denies(&it))
        && reading::summary(contract, response).is_none_or(|it| it.order_id.is_none())
}

/// Returns true if a request in another way than the documented one succeeded without creating an order.
#[must_use]
pub(crate) fn bought_nothing(contract: &Contract, request: &Request, response: &Response) -> bool {
    reading::is_success(response.status)
        && is_another(contract, request)
        && made(contract, request, response) == Made::No
}

/// Returns true if an answer says for certain that an order was created.
#[must_use]
pub(crate) fn is_created(contract: &Contract, request: &Request, response: &Response) -> bool {
    made(contract, request, response) == Made::Yes
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

    #[test]
    fn an_error_in_a_success_is_no_order() {
        let contract = spec::embedded().unwrap();
        for (body, wanted) in [
            (r#"{"success":false,"error":{"message":"No.","code":"X"}}"#, Made::No),
            (r#"{"success":false,"error":null}"#, Made::Yes),
            (r#"{"success":false,"data":{"orderId":"kr7"},"error":{}}"#, Made::Yes),
            (r#"{"success":true,"error":{}}"#, Made::Yes),
        ] {
            assert_eq!(made(&contract, &request(&contract), &response(200, body)), wanted, "{body}");
        }
    }

    #[test]
    fn a_success_by_another_way_that_nobody_can_read_leaves_it_open() {
        let contract = spec::embedded().unwrap();
        let slash = Request { path: format!("{}/", contract.buy().path), ..request(&contract) };
        let options = Request { method: "OPTIONS".into(), ..request(&contract) };
        for (request, body, wanted) in [
            (&slash, r#"{"success":true,"data":null}"#, Made::Unclear),
            (&slash, "\u{fffe}", Made::Unclear),
            (&slash, "", Made::No),
            (&slash, "\n<!doctype html>", Made::No),
            (&slash, r#"{"success":true,"data":{"orderId":"kr7"}}"#, Made::Yes),
            (&options, "POST", Made::No),
        ] {
            assert_eq!(made(&contract, request, &response(200, body)), wanted, "{body}");
        }
        assert_eq!(made(&contract, &slash, &response(404, "{}")), Made::No);
    }
}
