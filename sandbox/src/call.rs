//! A request as it was read: which operation, with what, and whose it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use futures::StreamExt as _;
use spec::{Contract, OperationId};

use crate::app::{Account, App};
use crate::tap::Tape;

/// Larger bodies are refused.
const LARGEST_BODY: usize = 1 << 20;
/// A body is read to its end before it is refused, so that the client gets to read the answer; but not past this.
const LARGEST_DRAINED: usize = 1 << 26;

/// A request's body.
#[derive(Debug)]
pub(crate) enum Payload {
    Whole(Bytes),
    /// So many bytes, of which none were kept.
    TooLarge(usize),
    /// The client went away in the middle.
    Broken,
}

impl Payload {
    pub(crate) async fn read(body: Body) -> Self {
        let mut stream = body.into_data_stream();
        let mut whole: Option<Bytes> = None;
        let mut joined = Vec::new();
        let mut size = 0;
        while let Some(part) = stream.next().await {
            let Ok(part) = part else { return Self::Broken };
            size += part.len();
            match (size, whole.take()) {
                (LARGEST_DRAINED.., _) => break,
                (size, _) if size > LARGEST_BODY => joined.clear(),
                (_, None) if joined.is_empty() => whole = Some(part),
                (_, first) => {
                    joined.extend_from_slice(&first.unwrap_or_default());
                    joined.extend_from_slice(&part);
                }
            }
        }
        if size > LARGEST_BODY {
            Self::TooLarge(size)
        } else {
            Self::Whole(whole.unwrap_or_else(|| joined.into()))
        }
    }
}

/// One connection: how many requests it has carried, and what came in, where a rule wants to see that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    requests: Arc<AtomicU64>,
    pub(crate) tape: Option<Tape>,
}

impl Connection {
    pub(crate) fn new(tape: Option<Tape>) -> Self {
        Self { tape, ..Self::default() }
    }

    pub(crate) fn next(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A request to one of the contract's operations.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: OperationId,
    /// Values of the path's parameters, in order.
    pub(crate) params: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// Its number on the server and on its connection, from 1.
    pub(crate) serial: u64,
    pub(crate) on_connection: u64,
    /// The bytes as they came in, where a rule wants to see them.
    pub(crate) raw: Vec<u8>,
}

impl Call {
    pub(crate) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    /// A query parameter by its mark in the contract.
    pub(crate) fn query(&self, contract: &Contract, mark: &str) -> Option<&str> {
        let name = contract.operation(self.operation).query.get(mark)?;
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How long the body was.
    pub(crate) fn length(&self) -> usize {
        match &self.body {
            Payload::Whole(bytes) => bytes.len(),
            Payload::TooLarge(size) => *size,
            Payload::Broken => 0,
        }
    }

    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Payload::Whole(bytes) => bytes,
            Payload::TooLarge(_) | Payload::Broken => &[],
        }
    }
}

/// A call with everything around it: what rules decide on.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) app: Arc<App>,
    pub(crate) call: Call,
    /// Whose key it is, if it is somebody's.
    pub(crate) account: Option<Arc<Account>>,
    /// Number of the request among its account's, from 1; 0 without an account.
    pub(crate) turn: u64,
}

impl Exchange {
    pub(crate) fn is(&self, operation: OperationId) -> bool {
        self.call.operation == operation
    }

    pub(crate) fn role(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.role)
    }
}

/// Which operation a method and path mean.
#[derive(Debug)]
pub(crate) struct Routes(Vec<(OperationId, String, Vec<String>)>);

/// What a method and path lead to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Found(OperationId, Vec<String>),
    /// With the methods that the path does take, as `Allow` lists them.
    WrongMethod(String),
    Unknown,
}

impl Routes {
    pub(crate) fn new(contract: &Contract) -> Self {
        let route = |id| {
            let operation = contract.operation(id);
            (id, operation.method.clone(), operation.path.split('/').map(str::to_owned).collect())
        };
        Self(OperationId::ALL.into_iter().map(route).collect())
    }

    pub(crate) fn find(&self, method: &str, path: &str) -> Route {
        let parts: Vec<&str> = path.split('/').collect();
        let mut allowed: Vec<&str> = Vec::new();
        for (id, wanted, pattern) in &self.0 {
            let Some(params) = matches(pattern, &parts) else { continue };
            if wanted == method {
                return Route::Found(*id, params);
            }
            allowed.push(wanted);
        }
        if allowed.is_empty() { Route::Unknown } else { Route::WrongMethod(allowed.join(", ")) }
    }
}

fn matches(pattern: &[String], parts: &[&str]) -> Option<Vec<String>> {
    if pattern.len() != parts.len() {
        return None;
    }
    let mut params = Vec::new();
    for (wanted, part) in pattern.iter().zip(parts) {
        if wanted.starts_with('{') {
            params.push(percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned());
        } else if wanted != part {
            return None;
        }
    }
    Some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let routes = Routes::new(&spec::embedded().unwrap());
        let order = Route::Found(OperationId::OrderStatus, vec!["a b".into()]);
        assert_eq!(routes.find("GET", "/api/v1/orders/a%20b/status"), order);
        assert_eq!(routes.find("POST", "/api/v1/orders"), Route::WrongMethod("GET".into()));
        assert_eq!(
            routes.find("GET", "/api/v1/orders/"),
            Route::Found(OperationId::Order, vec![String::new()])
        );
        assert_eq!(routes.find("GET", "/"), Route::Unknown);
    }
}
