//! Provider states, by the convention of Pact: accounts and a catalog on demand.

mod trouble;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use spec::{Contract, Pesewas};
use url::Url;

use self::trouble::THROTTLED;
pub(in crate::exec) use self::trouble::{NOT_IMPLEMENTED, NOT_UP};
pub(crate) use self::trouble::{StateError, StateTrouble};
use super::absence::Absence;
use super::http::{Http, OutboundRequest, SendError, SetupError, without_credentials};
use super::patience::Patience;
use super::stop::Stop;
use crate::bounds;
use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts, Transport};
use crate::secret::{Redactor, Secret};
use crate::sut::access::Access;
use crate::sut::{shown, shown_location};

/// The time limit for an answer of a handler.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long an answer is still waited for once the run is to stop.
const GRACE: Duration = Duration::from_secs(2);

/// The number of consecutive requests that time out, each after the whole of [`TIMEOUT`], before the handler is no
/// longer asked.
const MOST_UNANSWERED: u32 = 3;

/// The pause before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// A handler of provider states.
#[derive(Debug, Clone)]
pub(crate) struct States {
    http: Http,
    pub(super) url: Url,
    /// Masks the credentials for access to the server in what is shown of an answer.
    access: Redactor,
    prefixes: [String; 2],
    /// The name of the field with a recipient's number.
    msisdn: String,
    pub(super) stop: Stop,
    patience: Arc<Patience>,
    /// The number of consecutive requests that timed out.
    unanswered: Arc<AtomicU32>,
    /// Waits for a handler that is away; `None` if that is an error at once.
    absence: Option<Absence>,
    /// What was set up, for the teardown at the end of the run.
    pub(super) set_up: Arc<Mutex<Vec<SetUp>>>,
}

/// A state that was set up, or may have been because its answer was lost.
#[derive(Debug)]
pub(super) struct SetUp {
    /// The name of the state.
    pub(super) state: &'static str,
    /// The params of the setup, as JSON.
    pub(super) params: Box<RawValue>,
    /// The account or the key that was made, if any.
    pub(super) made: Option<Made>,
}

/// A request to set a state up or to tear it down.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    /// The name of the state.
    pub(super) state: &'a str,
    /// `setup` or `teardown`.
    pub(super) action: &'static str,
    /// The params of the state.
    pub(super) params: &'a RawValue,
}

/// An account that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The account's key.
    pub key: Secret,
    /// The id of its profile, if the answer has it.
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
    /// Returns a handler at a URL; nothing is sent yet.
    ///
    /// # Errors
    /// Returns an error if TLS can't be set up on this machine, or not as the flags ask.
    pub(crate) fn new(
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
            unanswered: Arc::default(),
            absence: None,
            set_up: Arc::default(),
            prefixes: [contract.key.test_prefix.clone(), contract.key.live_prefix.clone()],
            msisdn: contract.fields.item.msisdn.clone(),
        })
    }

    /// Returns the same handler for cases, whose requests wait for one to which no connection can be made.
    #[must_use]
    pub(crate) fn outlasting(self, absence: Absence) -> Self {
        Self { absence: Some(absence), ..self }
    }

    /// Returns the URL of the handler, with credentials masked.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Returns true if the run is to stop.
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
        // Making an account twice does no harm, so unlike a purchase this is tried again.
        loop {
            if let Some(gone) = self.gone() {
                return Err(error(gone));
            }
            let answer = self.stop.unless_overdue(self.once(&body), GRACE).await;
            let trouble = match answer.unwrap_or(Err(StateTrouble::Stopped)) {
                Ok(bytes) => {
                    self.unanswered.store(0, Ordering::Relaxed);
                    remember(serde_json::from_slice(&bytes).ok().map(|it| self.made(it)));
                    return Ok(bytes);
                }
                Err(trouble) => trouble,
            };
            if let StateTrouble::Unanswered(SendError::Timeout(_)) = trouble {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
            }
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

    /// Returns an error once too many consecutive requests have timed out.
    pub(super) fn gone(&self) -> Option<StateTrouble> {
        let unanswered = self.unanswered.load(Ordering::Relaxed);
        (unanswered >= MOST_UNANSWERED).then_some(StateTrouble::Gone(unanswered))
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
        let once = || self.http.send(&request);
        let first = once().await;
        let came = match &self.absence {
            Some(absence) => absence.outlast(first, |came| came.as_ref().err(), once).await,
            None => first,
        };
        let response = came.map_err(StateTrouble::Unanswered)?;
        if response.cut {
            return Err(StateTrouble::TooLong(response.body.0.len()));
        }
        if (200..300).contains(&response.status) {
            return Ok(response.body.0);
        }
        let asked = self.patience.asked(&response);
        if let (300..400, Some(location)) = (response.status, response.header("location")) {
            let excerpt = format!("it points to {}", shown_location(location));
            return Err(StateTrouble::Refused { status: response.status, excerpt, asked });
        }
        let text = response.body.text();
        // The text is masked before it is cut, since half a secret would no longer be recognised.
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
    /// Returns an error if the handler can't be reached, refuses, or gives an answer that does not follow the
    /// convention.
    pub(crate) async fn account(
        &self,
        role: &str,
        balance: Pesewas,
        revoked: bool,
    ) -> Result<Made, StateError> {
        let bytes = self.setup("account", AccountParams { role, balance, revoked }).await?;
        self.read("account", &bytes).map(|it| self.made(it))
    }

    /// Makes another key of a profile.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`States::account`].
    pub(crate) async fn second_key(&self, profile: &str) -> Result<Made, StateError> {
        let bytes = self.setup("key", BTreeMap::from([("profileId", profile)])).await?;
        self.read("key", &bytes).map(|it| self.made(it))
    }

    fn made(&self, answer: MadeAnswer) -> Made {
        let prefixes = [self.prefixes[0].as_str(), self.prefixes[1].as_str()];
        Made { key: Secret::new(answer.api_key, &prefixes), profile: answer.profile_id }
    }

    /// Makes deliveries to a number fail when they are submitted.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`States::account`].
    pub(crate) async fn fail_recipient(&self, msisdn: &str) -> Result<(), StateError> {
        self.setup("recipient", BTreeMap::from([(self.msisdn.as_str(), msisdn), ("outcome", "failed")]))
            .await
            .map(drop)
    }

    /// Sets up a catalog and returns it.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`States::account`].
    pub(crate) async fn catalog(&self, contract: &Contract) -> Result<Catalog, StateError> {
        let bytes = self.setup("catalog", BTreeMap::<&str, &str>::new()).await?;
        let answer: CatalogAnswer = self.read("catalog", &bytes)?;
        let is = |status: &Option<String>, good: &str| status.as_deref().is_none_or(|it| it == good);
        let operators = answer.operators.into_iter().map(|operator| OperatorFacts {
            id: operator.operator_id,
            recipient_prefix: operator.recipient_prefix,
            failing_recipient: None,
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
