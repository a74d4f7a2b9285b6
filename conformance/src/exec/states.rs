//! Provider states (the Pact convention): accounts and a catalog on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use spec::{Contract, Pesewas};
use url::Url;

use super::http::{Http, OutboundRequest, SendError, SetupError, without_credentials};
use super::patience::Patience;
use super::stop::Stop;
use crate::bounds;
use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts, Transport};
use crate::secret::{Redactor, Secret};
use crate::sut::access::Access;
use crate::sut::{shown, shown_location};

/// Statuses of a proxy whose server does not answer (RFC 9110, 15.6.3 to 15.6.5).
pub(super) const NOT_UP: [u16; 3] = [502, 503, 504];

/// How long a handler may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How a handler says that it does not know a state or an action, beside 4xx.
pub(super) const NOT_IMPLEMENTED: u16 = 501;

/// Told to wait: the statuses of the contract do not speak of provider states.
const THROTTLED: u16 = 429;

/// The pause before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// What went wrong with a provider state.
#[derive(Debug, thiserror::Error)]
#[error("provider state `{state}` at {url}: {trouble}")]
pub struct StateError {
    /// State.
    pub state: String,
    /// Handler, without credentials.
    pub url: String,
    /// What happened.
    #[source]
    pub trouble: StateTrouble,
}

/// What can happen to a request for a provider state.
#[derive(Debug, thiserror::Error)]
pub enum StateTrouble {
    /// What is asked for can't be written as JSON.
    #[error("{0}")]
    Unwritable(#[source] serde_json::Error),
    /// No answer.
    #[error("{0}")]
    Unanswered(#[source] SendError),
    /// The run was stopped first.
    #[error("the run was stopped")]
    Stopped,
    /// Another answer than success.
    #[error("answered {status}{said}", said = said(.excerpt))]
    Refused {
        /// Status.
        status: u16,
        /// How the answer begins.
        excerpt: String,
        /// How long it asks to wait, if it says so.
        asked: Option<Duration>,
    },
    /// The answer is not what the convention says. It may hold a key, so it is not shown.
    #[error("the answer is not what the convention says: {0}")]
    Unreadable(#[source] serde_json::Error),
}

/// What an answer says, behind its status.
fn said(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") }
}

impl StateTrouble {
    /// How often a request is sent that meets with this, before it is told.
    fn tries(&self) -> u32 {
        match self {
            Self::Unanswered(error) if error.never_left() => 1,
            // Each costs the whole time limit.
            Self::Unanswered(SendError::Timeout(_)) => 2,
            Self::Unanswered(_) => 5,
            // As long as there is patience.
            Self::Refused { status: THROTTLED, .. } => u32::MAX,
            Self::Unwritable(_) | Self::Stopped | Self::Refused { .. } | Self::Unreadable(_) => 1,
        }
    }
}

impl StateTrouble {
    /// Whether something may have been set up all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unanswered(error) => !error.never_left(),
            Self::Refused { status, .. } => *status >= 500 && *status != NOT_IMPLEMENTED,
            Self::Stopped | Self::Unreadable(_) => true,
            Self::Unwritable(_) => false,
        }
    }
}

impl StateError {
    /// Whether nothing answers there at all, or a proxy alone.
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match &self.trouble {
            StateTrouble::Unanswered(error) => error.never_left(),
            StateTrouble::Refused { status, .. } => NOT_UP.contains(status),
            _ => false,
        }
    }
}

/// A handler of provider states.
#[derive(Debug, Clone)]
pub struct States {
    http: Http,
    url: Url,
    /// What lets us in at all is masked in whatever is told of an answer.
    access: Redactor,
    prefixes: [String; 2],
    /// What a recipient's number is called.
    msisdn: String,
    stop: Stop,
    patience: Arc<Patience>,
    /// What was set up, for the end of the run.
    pub(super) set_up: Arc<Mutex<Vec<SetUp>>>,
}

/// A state that was set up, or may have been: its answer was lost.
#[derive(Debug)]
pub(super) struct SetUp {
    /// State.
    pub(super) state: &'static str,
    /// What was asked for, as JSON.
    pub(super) params: Box<RawValue>,
    /// What was made, if an account or a key was.
    pub(super) made: Option<Made>,
}

/// A request to set a state up or to tear it down.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    /// State.
    pub(super) state: &'a str,
    /// `setup` or `teardown`.
    pub(super) action: &'static str,
    /// What distinguishes it.
    pub(super) params: &'a RawValue,
}

/// An account that was made.
#[derive(Debug, Clone)]
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
pub(super) struct MadeAnswer {
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
    /// TLS can't be set up on this machine, or not as the flags want it.
    pub fn new(
        url: Url,
        access: &Access,
        contract: &Contract,
        stop: Stop,
        patience: Arc<Patience>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            http: Http::new(&url, access, &access.states_headers, TIMEOUT)?.reading(bounds::STATE),
            access: access.redactor(),
            url,
            stop,
            patience,
            set_up: Arc::default(),
            prefixes: [contract.key.test_prefix.clone(), contract.key.live_prefix.clone()],
            msisdn: contract.fields.item.msisdn.clone(),
        })
    }

    /// Where it is, without credentials.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Whether the run is to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_set()
    }

    async fn setup<P: Serialize>(&self, state: &'static str, params: P) -> Result<Vec<u8>, StateError> {
        let error = |trouble| StateError { state: state.to_owned(), url: shown(&self.url), trouble };
        let written = serde_json::value::to_raw_value(&params).and_then(|params| {
            Ok((serde_json::to_vec(&Request { state, action: "setup", params: &params })?, params))
        });
        let (body, params) = written.map_err(|it| error(StateTrouble::Unwritable(it)))?;
        let remember = |made| self.remember(SetUp { state, params: params.clone(), made });
        let mut wait = FIRST_WAIT;
        let (mut tries, mut waited) = (1, Duration::ZERO);
        // Making an account twice harms nobody, so unlike a purchase it is tried again.
        loop {
            let answer = self.stop.unless_given_up(self.once(&body)).await;
            let trouble = match answer.unwrap_or(Err(StateTrouble::Stopped)) {
                Ok(bytes) => {
                    remember(serde_json::from_slice(&bytes).ok().map(|it| self.made(it)));
                    return Ok(bytes);
                }
                Err(trouble) => trouble,
            };
            if trouble.leaves_doubt() {
                remember(None);
            }
            let pause = match &trouble {
                StateTrouble::Refused { status: THROTTLED, asked, .. } => {
                    let pause = self.patience.wait(*asked, tries);
                    waited = waited.saturating_add(pause);
                    pause
                }
                _ => wait,
            };
            let enough = tries == trouble.tries() || waited > self.patience.max_wait;
            if enough || !self.stop.pause(pause).await {
                return Err(error(trouble));
            }
            tries += 1;
            wait = wait.saturating_mul(2);
        }
    }

    fn remember(&self, set_up: SetUp) {
        self.set_up.lock().unwrap_or_else(PoisonError::into_inner).push(set_up);
    }

    /// Sends one request.
    pub(super) async fn once(&self, body: &[u8]) -> Result<Vec<u8>, StateTrouble> {
        let request = OutboundRequest {
            method: "POST",
            url: &without_credentials(&self.url),
            headers: &[("content-type".to_owned(), "application/json".to_owned())],
            key: None,
            body,
            transport: Transport::Plain,
        };
        let response = self.http.send(&request).await.map_err(StateTrouble::Unanswered)?;
        if (200..300).contains(&response.status) {
            return Ok(response.body.0);
        }
        let asked = self.patience.asked(&response);
        if let (300..400, Some(location)) = (response.status, response.header("location")) {
            let excerpt = format!("it points to {}", shown_location(location));
            return Err(StateTrouble::Refused { status: response.status, excerpt, asked });
        }
        let text = response.body.text();
        // Masked before it is cut, where the half of a secret would no longer be found.
        let masked = self.access.redact_text(&text).unwrap_or_else(|| text.into_owned());
        let excerpt = masked.chars().take(bounds::EXCERPT).collect();
        Err(StateTrouble::Refused { status: response.status, excerpt, asked })
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, state: &str, bytes: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(bytes).map_err(|error| StateError {
            state: state.to_owned(),
            url: shown(&self.url),
            trouble: StateTrouble::Unreadable(error),
        })
    }

    /// Makes an account.
    ///
    /// # Errors
    /// The handler can't be reached, refuses, or answers otherwise than the convention says.
    pub async fn account(&self, role: &str, balance: Pesewas, revoked: bool) -> Result<Made, StateError> {
        let bytes = self.setup("account", AccountParams { role, balance, revoked }).await?;
        self.read("account", &bytes).map(|it| self.made(it))
    }

    /// Makes another key of a profile.
    ///
    /// # Errors
    /// As [`States::account`].
    pub async fn second_key(&self, profile: &str) -> Result<Made, StateError> {
        let bytes = self.setup("key", BTreeMap::from([("profileId", profile)])).await?;
        self.read("key", &bytes).map(|it| self.made(it))
    }

    fn made(&self, answer: MadeAnswer) -> Made {
        let prefixes = [self.prefixes[0].as_str(), self.prefixes[1].as_str()];
        Made { key: Secret::new(answer.api_key, &prefixes), profile: answer.profile_id }
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
        Ok(Catalog { operators: operators.collect(), ..Catalog::default() })
    }
}
