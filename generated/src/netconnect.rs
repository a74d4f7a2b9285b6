//! The layer that a partner's program talks to: one method per operation, typed errors, checks before sending.

use spec::OperationId;

use crate::client::Client;
use crate::error::{Error, InputError, outcome};
use crate::transport::{SetupError, Timeouts, transport};
use crate::{BulkOrder, Key, contract, types};

/// Environment variable that [`NetConnect::from_env`] takes the key from.
pub const KEY_VARIABLE: &str = "NETCONNECT_API_KEY";

/// Environment variable that [`NetConnect::from_env`] takes the base URL from, instead of production's.
pub const URL_VARIABLE: &str = "NETCONNECT_URL";

/// The API as one profile sees it. Cheap to clone; clones share their connections.
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
    /// The key to call with; without one, that of [`KEY_VARIABLE`].
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Where the API is; without one, [`URL_VARIABLE`]'s, or else production.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// How long to wait.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Connections shared with other clients, made by [`transport()`]; the timeouts are then theirs.
    #[must_use]
    pub fn transport(mut self, transport: reqwest::Client) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The client.
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

/// The base URL without a slash at its end, if it is one.
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
    /// A client from [`KEY_VARIABLE`] and, unless production is meant, [`URL_VARIABLE`].
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn from_env() -> Result<Self, SetupError> {
        Self::builder().build()
    }

    /// A client from parts.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The generated client: every operation with nothing checked.
    #[must_use]
    pub const fn raw(&self) -> &Client {
        &self.client
    }

    /// The same connections for one call, whose status nobody else's call can change.
    fn call(&self) -> Client {
        Client { inner: self.client.inner.fresh(), ..self.client.clone() }
    }

    /// Buys: creates one order and pays for all of its recipients.
    ///
    /// It is sent once. If [`Error::outcome_unknown`] says so, look for it with [`orders`](Self::orders) before trying
    /// again.
    ///
    /// # Errors
    /// The order breaks a limit (nothing is sent), the server refuses it, or the answer got lost.
    pub async fn buy(&self, order: &BulkOrder) -> Result<types::BulkOrderSummary, Error> {
        let request = order.check().map_err(Error::Input)?;
        let client = self.call();
        let result = client.buy_bulk().body(request).send().await;
        let answer = outcome(OperationId::BuyBulk, &client.inner, result).await?;
        // The one boolean that must be true: a status of success around a refusal is no receipt.
        if answer.success && answer.data.success {
            Ok(answer.data)
        } else {
            Err(Error::OutcomeUnknown(format!("accepted, yet unsuccessful: {}", answer.data.message)))
        }
    }

    /// Who the key belongs to.
    ///
    /// # Errors
    /// The key is not accepted, or the answer is not one of the contract's.
    pub async fn profile(&self) -> Result<types::Profile, Error> {
        let client = self.call();
        let result = client.get_profile().send().await;
        Ok(outcome(OperationId::Profile, &client.inner, result).await?.data)
    }

    /// What is in the wallet.
    ///
    /// # Errors
    /// As [`profile`](Self::profile).
    pub async fn wallet(&self) -> Result<types::Wallet, Error> {
        let client = self.call();
        let result = client.get_wallet_balance().send().await;
        Ok(outcome(OperationId::Wallet, &client.inner, result).await?.data)
    }

    /// What an operator sells.
    ///
    /// # Errors
    /// There is no such operator; else as [`profile`](Self::profile).
    pub async fn products(&self, operator: &str) -> Result<Vec<types::Product>, Error> {
        let client = self.call();
        let operator = id(contract::OPERATOR, operator)?;
        let result = client.list_products().operator_id(operator).send().await;
        Ok(outcome(OperationId::Products, &client.inner, result).await?.data)
    }

    /// A package, with the price that this profile is charged.
    ///
    /// # Errors
    /// There is no such package; else as [`profile`](Self::profile).
    pub async fn package(&self, package: &str) -> Result<types::Package, Error> {
        let client = self.call();
        let result = client.get_package().package_id(id(contract::PACKAGE, package)?).send().await;
        Ok(outcome(OperationId::Package, &client.inner, result).await?.data)
    }

    /// One page of this profile's orders, newest first. The next page starts at the answer's
    /// [`next`](types::OrderPage::next), if there is one.
    ///
    /// # Errors
    /// The limit is outside the contract's (nothing is sent); else as [`profile`](Self::profile).
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

    /// An order; its [`recipients`](types::Order::recipients) have the state of each, where the server shows it.
    ///
    /// # Errors
    /// This profile has no such order; else as [`profile`](Self::profile).
    pub async fn order(&self, order: &str) -> Result<types::Order, Error> {
        let client = self.call();
        let result = client.get_order_status().order_id(id(contract::ORDER, order)?).send().await;
        Ok(outcome(OperationId::OrderStatus, &client.inner, result).await?.data)
    }

    /// Submits one failed recipient again, by its position in the order from 0. It is sent once, as a purchase is.
    ///
    /// # Errors
    /// The recipient has not failed, the wallet can't pay for it again, or as [`buy`](Self::buy).
    pub async fn retry(&self, order: &str, recipient: u32) -> Result<types::Order, Error> {
        let client = self.call();
        let order = id(contract::ORDER, order)?;
        let result = client.retry_recipient().order_id(order).recipient_index(recipient).send().await;
        Ok(outcome(OperationId::Retry, &client.inner, result).await?.data)
    }
}

impl types::OrderPage {
    /// Where the next page starts, to be given to [`NetConnect::orders`]; nothing after the last page.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        // A cursor is the server's own affair: a text or a number, and on the last page null, empty or not there.
        let cursor = match self.continue_cursor.as_ref()? {
            serde_json::Value::String(text) => text.clone(),
            number @ serde_json::Value::Number(_) => number.to_string(),
            _ => return None,
        };
        Some(cursor).filter(|cursor| !self.is_done && !cursor.is_empty())
    }
}

/// An id that goes into a path; an empty one would be another path.
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
