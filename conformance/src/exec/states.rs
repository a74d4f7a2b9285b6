//! Provider states (the Pact convention): accounts and a catalog on demand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spec::{Contract, Pesewas};
use url::Url;

use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts};
use crate::secret::Secret;

/// What went wrong with a provider state.
#[derive(Debug, thiserror::Error)]
#[error("provider state `{state}` at {url}: {message}")]
pub struct StateError {
    /// State.
    pub state: String,
    /// Handler.
    pub url: String,
    /// What happened.
    pub message: String,
    /// Whether the handler could not be reached at all.
    pub unreachable: bool,
}

/// A handler of provider states.
#[derive(Debug, Clone)]
pub struct States {
    http: reqwest::Client,
    url: Url,
    prefixes: [String; 2],
    /// What a recipient's number is called.
    msisdn: String,
}

#[derive(Serialize)]
struct Setup<'a, P> {
    state: &'a str,
    action: &'static str,
    params: P,
}

/// An account that was made.
#[derive(Debug)]
pub struct Made {
    /// Its key.
    pub key: Secret,
    /// Id of its profile, if told.
    pub profile: Option<String>,
}

#[derive(Serialize)]
struct AccountParams<'a> {
    role: &'a str,
    balance: Pesewas,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    revoked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeAnswer {
    api_key: String,
    profile_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CatalogAnswer {
    operators: Vec<OperatorAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperatorAnswer {
    operator_id: String,
    #[serde(default)]
    recipient_prefix: Option<String>,
    products: Vec<ProductAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductAnswer {
    product_id: String,
    #[serde(default)]
    status: Option<String>,
    packages: Vec<PackageAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageAnswer {
    package_id: String,
    #[serde(default)]
    price: BTreeMap<String, Pesewas>,
    #[serde(default)]
    status: Option<String>,
}

impl States {
    /// A handler at a URL; nothing is sent yet.
    ///
    /// # Errors
    /// The TLS set-up of this machine is of no use.
    pub fn new(url: Url, contract: &Contract) -> Result<Self, super::client::ClientError> {
        _ = rustls::crypto::ring::default_provider().install_default();
        let http = super::client::careful(std::time::Duration::from_secs(30)).build()?;
        Ok(Self {
            http,
            url,
            prefixes: [contract.key.test_prefix.clone(), contract.key.live_prefix.clone()],
            msisdn: contract.fields.item.msisdn.clone(),
        })
    }

    async fn setup<P: Serialize>(&self, state: &str, params: P) -> Result<Vec<u8>, StateError> {
        let error = |message: String, unreachable| StateError {
            state: state.to_owned(),
            url: self.url.to_string(),
            message,
            unreachable,
        };
        let body = serde_json::to_vec(&Setup { state, action: "setup", params })
            .map_err(|it| error(it.to_string(), false))?;
        let mut wait = std::time::Duration::from_millis(20);
        // Making an account twice harms nobody, so unlike a purchase it is tried again.
        for attempt in 0.. {
            let request = self
                .http
                .post(self.url.clone())
                .header("content-type", "application/json")
                .body(body.clone());
            let failed = match request.send().await {
                Ok(response) => {
                    let status = response.status();
                    match response.bytes().await {
                        Ok(bytes) if status.is_success() => return Ok(bytes.to_vec()),
                        Ok(bytes) if status.as_u16() != 429 || attempt == 4 => {
                            let text: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
                            return Err(error(format!("answered {status}: {text}"), false));
                        }
                        Ok(_) => error(format!("answered {status}"), false),
                        Err(lost) => error(lost.to_string(), false),
                    }
                }
                Err(lost) => error(describe(&lost), lost.is_connect()),
            };
            if attempt == 4 || failed.unreachable {
                return Err(failed);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(error("no answer".into(), false))
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, state: &str, bytes: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(bytes).map_err(|error| StateError {
            state: state.to_owned(),
            url: self.url.to_string(),
            // The answer may hold a key, so it is not shown.
            message: format!("the answer is not what the convention says: {error}"),
            unreachable: false,
        })
    }

    /// Makes an account.
    ///
    /// # Errors
    /// The handler can't be reached, refuses, or answers otherwise than the convention says.
    pub async fn account(&self, role: &str, balance: Pesewas, revoked: bool) -> Result<Made, StateError> {
        let bytes = self.setup("account", AccountParams { role, balance, revoked }).await?;
        self.made("account", &bytes)
    }

    /// Makes another key of a profile.
    ///
    /// # Errors
    /// As [`States::account`].
    pub async fn second_key(&self, profile: &str) -> Result<Made, StateError> {
        let bytes = self.setup("key", BTreeMap::from([("profileId", profile)])).await?;
        self.made("key", &bytes)
    }

    fn made(&self, state: &str, bytes: &[u8]) -> Result<Made, StateError> {
        let answer: MadeAnswer = self.read(state, bytes)?;
        let prefixes = [self.prefixes[0].as_str(), self.prefixes[1].as_str()];
        Ok(Made { key: Secret::new(answer.api_key, &prefixes), profile: answer.profile_id })
    }

    /// A number fails when it is submitted.
    ///
    /// # Errors
    /// As [`States::account`].
    pub async fn fail_recipient(&self, msisdn: &str) -> Result<(), StateError> {
        self.setup("recipient", BTreeMap::from([(self.msisdn.as_str(), msisdn), ("outcome", "failed")]))
            .await
            .map(drop)
    }

    /// What can be bought.
    ///
    /// # Errors
    /// As [`States::account`].
    pub async fn catalog(&self, contract: &Contract) -> Result<Catalog, StateError> {
        let bytes = self.setup("catalog", BTreeMap::<&str, &str>::new()).await?;
        let answer: CatalogAnswer = self.read("catalog", &bytes)?;
        let is = |status: &Option<String>, good: &str| status.as_deref().is_none_or(|it| it == good);
        let operators = answer.operators.into_iter().map(|operator| OperatorFacts {
            id: operator.operator_id,
            recipient_prefix: operator.recipient_prefix,
            products: operator
                .products
                .into_iter()
                .map(|product| ProductFacts {
                    available: is(&product.status, &contract.product_status.0),
                    id: product.product_id,
                    packages: product
                        .packages
                        .into_iter()
                        .map(|package| PackageFacts {
                            active: is(&package.status, &contract.package_status.0),
                            id: package.package_id,
                            price: package.price,
                        })
                        .collect(),
                })
                .collect(),
        });
        Ok(Catalog { operators: operators.collect() })
    }
}

fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}
