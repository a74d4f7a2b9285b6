//! Routing: finds the contract's operation for a method and a path.

use spec::{Contract, OperationId};

/// The method and path pattern of each operation.
#[derive(Debug)]
pub(crate) struct Routes(Vec<(OperationId, String, Vec<String>)>);

/// The result of routing a method and a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// An operation, with the values of the path's parameters.
    Found(OperationId, Vec<String>),
    /// A known path with another method; the value lists the allowed methods, as in the `Allow` header.
    WrongMethod(String),
    /// An unknown path.
    Unknown,
}

impl Routes {
    /// Creates the routes of a contract.
    pub(crate) fn new(contract: &Contract) -> Self {
        let route = |id| {
            let operation = contract.operation(id);
            (id, operation.method.clone(), operation.path.split('/').map(str::to_owned).collect())
        };
        Self(OperationId::ALL.into_iter().map(route).collect())
    }

    /// Finds the route of a method and a path.
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
        // HEAD is supported wherever GET is.
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
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
        assert_eq!(routes.find("POST", "/api/v1/orders"), Route::WrongMethod("GET, HEAD".into()));
        assert_eq!(
            routes.find("GET", "/api/v1/orders/"),
            Route::Found(OperationId::Order, vec![String::new()])
        );
        assert_eq!(routes.find("GET", "/"), Route::Unknown);
    }
}
