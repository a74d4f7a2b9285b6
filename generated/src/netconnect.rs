//! The layer that partner programs use: one method per operation, typed errors, and checks before sending.

use spec::OperationId;

use crate::client::Client;
use crate::error::{Error, InputError, outcome};
use crate::transport::{SetupError, Timeouts, transport};
use crate::{BulkOrder, Key, contract, types};

/// Environment variable from which [`NetConnect::from_env`] takes the key.
pub const KEY_VARIABLE: &str = "NETCONNECT_API_KEY";

/// Environment variable from which [`NetConnect::from_env`] takes the base URL; production if it is not set.
pub const URL_VARIABLE: &str = "NETCONNECT_URL";

/// The API as one profile sees it. Cloning is cheap; clones share their connections.
#[derive(Debug, Clone)]
pub struct NetConnect {
    client: Client,
}

/// Collects what a [`NetConnect`] is made of.
///
/// ```no_run
/// use std::time::Duration;
/// use generated::{Key, NetConnect, Timeouts};
///
/// # fn setup() -> Result<(), generated::SetupError> {
/// let api = NetConnect::builder()
///     .key(Key::new("netconnect_test_...")?)
///     .base_url("https://staging.example.com")
///     .timeouts(Timeouts { call: Duration::from_secs(30), ..Timeouts::default() })
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    key: Option<Key>,
    url: Option<String>,
    timeouts: Timeouts,
    transport: Option<reqwest::Client>,
}

impl Builder {
    /// Sets the key; without it, that of [`KEY_VARIABLE`] is used.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the base URL; without it, that of [`URL_VARIABLE`] is used, or else production.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets how long to wait.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets connections that are shared with other clients, made by [`transport()`]; their timeouts apply.
    #[must_use]
    pub fn transport(mut self, transport: reqwest::Client) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// There is no key or no usable base URL, or a live key would travel in clear text.
    pub fn build(self) -> Result<NetConnect, SetupError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let key = match self.key {
            Some(key) => key,
            None => Key::new(&variable(KEY_VARIABLE).ok_or(SetupError::NoKey)?)?,
        };
        let url = self.url.or_else(|| variable(URL_VARIABLE));
        let url = url.or_else(|| contract::PRODUCTION_URL.map(str::to_owned)).ok_or(SetupError::NoUrl)?;
        let url = base_url(&url, &key)?;
        let connections = match self.transport {
            Some(connections) => connections,
            None => transport(self.timeouts)?,
        };
        Ok(NetConnect { client: Client::new_with_client(&url, connections, key.into()) })
    }
}

/// Checks a base URL and returns it without a trailing slash.
fn base_url(text: &str, key: &Key) -> Result<String, SetupError> {
    let wrong = |reason: &str| SetupError::Url { url: text.to_owned(), reason: reason.to_owned() };
    let url = reqwest::Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => {}
        "http" if local || !key.is_live() => {}
        "http" => return Err(wrong("a live key is not sent in clear text; use https")),
        _ => return Err(wrong("neither https nor http")),
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("only scheme, host, port and path belong here"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

impl NetConnect {
    /// Builds a client from [`KEY_VARIABLE`] and [`URL_VARIABLE`], or for production if the latter is not set.
    ///
    /// # Errors
    /// The same as for [`Builder::build`].
    pub fn from_env() -> Result<Self, SetupError> {
        Self::builder().build()
    }

    /// Returns a builder for a client.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the generated client: every operation, without any checks.
    #[must_use]
    pub const fn raw(&self) -> &Client {
        &self.client
    }

    /// Returns a client for one call on the same connections, with a status that no other call can change.
    fn call(&self) -> Client {
        Client { inner: self.client.inner.fresh(), ..self.client.clone() }
    }

    /// Buys: creates one order and pays for all of its recipients.
    ///
    /// The order is sent once. If [`Error::outcome_unknown`] is true, look for it with [`orders`](Self::orders) before
    /// trying again.
    ///
    /// # Errors
    /// The order breaks a limit (nothing is sent), the server refuses it, or its outcome is unknown.
    pub async fn buy(&self, order: &BulkOrder) -> Result<types::BulkOrderSummary, Error> {
        let request = order.check().map_err(Error::Input)?;
        let client = self.call();
        let result = client.buy_bulk().body(request).send().await;
        let answer = outcome(OperationId::BuyBulk, &client.inner, result).await?;
        // Both booleans must be true: a success status with a failure inside is not a receipt.
        if answer.success && answer.data.success {
            Ok(answer.data)
        } else {
            Err(Error::OutcomeUnknown(format!("accepted, yet unsuccessful: {}", answer.data.message)))
        }
    }

    /// Returns the profile that the key belongs to.
    ///
    /// # Errors
    /// The key is not accepted, or the answer is not as the contract documents.
    pub async fn profile(&self) -> Result<types::Profile, Error> {
        let client = self.call();
        let result = client.get_profile().send().await;
        Ok(outcome(OperationId::Profile, &client.inner, result).await?.data)
    }

    /// Returns the balance of the wallet.
    ///
    /// # Errors
    /// The same as for [`profile`](Self::profile).
    pub async fn wallet(&self) -> Result<types::Wallet, Error> {
        let client = self.call();
        let result = client.get_wallet_balance().send().await;
        Ok(outcome(OperationId::Wallet, &client.inner, result).await?.data)
    }

    /// Returns the products of an operator.
    ///
    /// # Errors
    /// There is no such operator; otherwise the same as for [`profile`](Self::profile).
    pub async fn products(&self, operator: &str) -> Result<Vec<types::Product>, Error> {
        let client = self.call();
        let operator = id(contract::OPERATOR, operator)?;
        let result = client.list_products().operator_id(operator).send().await;
        Ok(outcome(OperationId::Products, &client.inner, result).await?.data)
    }

    /// Returns a package, with the price that this profile is charged.
    ///
    /// # Errors
    /// There is no such package; otherwise the same as for [`profile`](Self::profile).
    pub async fn package(&self, package: &str) -> Result<types::Package, Error> {
        let client = self.call();
        let result = client.get_package().package_id(id(contract::PACKAGE, package)?).send().await;
        Ok(outcome(OperationId::Package, &client.inner, result).await?.data)
    }

    /// Returns one page of this profile's orders, newest first. The next page starts at the answer's
    /// [`next`](types::OrderPage::next), if there is one.
    ///
    /// # Errors
    /// The limit is outside that of the contract (nothing is sent); otherwise the same as for
    /// [`profile`](Self::profile).
    pub async fn orders(&self, limit: Option<u32>, cursor: Option<&str>) -> Result<types::OrderPage, Error> {
        let client = self.call();
        let mut request = client.list_orders();
        if let Some(limit) = limit {
            if !(1..=contract::MAX_PAGE).contains(&limit) {
                let message = format!("{limit} is not from 1 to {}", contract::MAX_PAGE);
                return Err(Error::Input(vec![InputError { field: contract::LIMIT.to_owned(), message }]));
            }
            request = request.limit(limit);
        }
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let result = request.send().await;
        Ok(outcome(OperationId::Orders, &client.inner, result).await?.data)
    }

    /// Returns an order. Its [`recipients`](types::Order::recipients) have the state of each recipient, if the server
    /// shows it.
    ///
    /// # Errors
    /// This profile has no such order; otherwise the same as for [`profile`](Self::profile).
    pub async fn order(&self, order: &str) -> Result<types::Order, Error> {
        let client = self.call();
        let result = client.get_order_status().order_id(id(contract::ORDER, order)?).send().await;
        Ok(outcome(OperationId::OrderStatus, &client.inner, result).await?.data)
    }

    /// Submits one failed recipient again, given its position in the order from 0. Like a purchase, it is sent once.
    ///
    /// # Errors
    /// The recipient has not failed, the wallet can't pay for it again, or as for [`buy`](Self::buy).
    pub async fn retry(&self, order: &str, recipient: u32) -> Result<types::Order, Error> {
        let client = self.call();
        let order = id(contract::ORDER, order)?;
        let result = client.retry_recipient().order_id(order).recipient_index(recipient).send().await;
        Ok(outcome(OperationId::Retry, &client.inner, result).await?.data)
    }
}

impl types::OrderPage {
    /// Returns the cursor of the next page, to be passed to [`NetConnect::orders`]; `None` after the last page.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        // The server chooses the form of a cursor: a text or a number, and on the last page null, empty or absent.
        let cursor = match self.continue_cursor.as_ref()? {
            serde_json::Value::String(text) => text.clone(),
            number @ serde_json::Value::Number(_) => number.to_string(),
            _ => return None,
        };
        Some(cursor).filter(|cursor| !self.is_done && !cursor.is_empty())
    }
}

/// Checks an id that becomes part of a path; an empty one would give another path.
fn id<'id>(field: &str, id: &'id str) -> Result<&'id str, Error> {
    match id.trim() {
        "" => Err(Error::Input(vec![InputError { field: field.to_owned(), message: "empty".to_owned() }])),
        id => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_base_urls_that_keep_a_key_safe() {
        let test = Key::new("netconnect_test_x").unwrap();
        let live = Key::new("netconnect_live_x").unwrap();
        assert_eq!(base_url(" https://h.example/v/ ", &live).unwrap(), "https://h.example/v");
        assert_eq!(base_url("http://h.example", &test).unwrap(), "http://h.example");
        assert_eq!(base_url("http://127.0.0.1:8080/", &live).unwrap(), "http://127.0.0.1:8080");
        for (url, key) in [
            ("http://h.example", &live),
            ("h.example", &test),
            ("ftp://h.example", &test),
            ("https://h.example/?a=b", &test),
            ("https://me@h.example/", &test),
            ("", &test),
        ] {
            assert!(base_url(url, key).is_err(), "{url}");
        }
    }

    #[test]
    fn calls_can_be_spawned() {
        fn spawnable<T: Send>(_: T) {}
        let key = Key::new("netconnect_test_x").unwrap();
        let api = NetConnect::builder().key(key).base_url("http://localhost").build().unwrap();
        spawnable(api.buy(&BulkOrder::new("o", "p")));
        spawnable(api.orders(None, None));
    }
}
