//! `POST /_states`: provider states by the convention of Pact, so that a tester can ask for any account.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use spec::Pesewas;

use crate::app::App;
use crate::catalog::{Catalog, Package};
use crate::json::{Json, Object};
use crate::store::StoreError;

/// Where the states are asked for.
pub(crate) const PATH: &str = "/_states";

#[derive(Deserialize)]
struct Request<'a> {
    state: String,
    #[serde(default)]
    action: Action,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize, Default, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Setup,
    Teardown,
}

#[derive(Deserialize)]
struct AccountParams {
    role: String,
    balance: Pesewas,
    #[serde(default)]
    revoked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyParams {
    profile_id: String,
}

/// Which key opens nothing any more.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevokedParams {
    api_key: String,
}

/// What was answered when it was set up.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeParams {
    api_key: Option<String>,
    profile_id: Option<String>,
}

/// Whose next submission fails.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarkedParams {
    beneficiary_msisdn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecipientParams {
    beneficiary_msisdn: String,
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Failed,
}

const KNOWN: [&str; 5] = ["account", "key", "revoked", "catalog", "recipient"];

/// Answers a provider-state request: a status and a body.
pub(crate) async fn answer(app: &App, body: &[u8]) -> (StatusCode, Json) {
    match handle(app, body).await {
        Ok(data) => (StatusCode::OK, data.into()),
        Err(problem) => (problem.status(), Object::new().with("error", problem.to_string()).into()),
    }
}

/// Why a state can't be set up.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("not a provider-state request: {0}")]
    Request(#[source] serde_json::Error),
    #[error("unknown state `{0}`; the states are {known}", known = KNOWN.join(", "))]
    State(String),
    #[error("params of the state `{state}`: {error}")]
    Params { state: String, error: serde_json::Error },
    #[error("`{role}` is not a role; the roles are {known}")]
    Role { role: String, known: String },
    #[error("no profile `{0}`")]
    Profile(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Problem {
    /// Not one of the contract's own statuses: this door is not part of the API.
    const fn status(&self) -> StatusCode {
        match self {
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

async fn handle(app: &App, body: &[u8]) -> Result<Object, Problem> {
    let request: Request<'_> = serde_json::from_slice(body).map_err(Problem::Request)?;
    if !KNOWN.contains(&request.state.as_str()) {
        return Err(Problem::State(request.state));
    }
    match request.action {
        Action::Setup => setup(app, &request).await,
        Action::Teardown => teardown(app, &request).await,
    }
}

/// Undoes a state. Without a word of what was made there is nothing to undo.
async fn teardown(app: &App, request: &Request<'_>) -> Result<Object, Problem> {
    match request.state.as_str() {
        state @ ("account" | "key") => {
            let made: MadeParams = params(request)?;
            // An account goes with all of its keys.
            let profile = made.profile_id.filter(|_| state == "account");
            app.revoke(|key, account| {
                made.api_key.as_deref() == Some(key) || profile.as_ref() == Some(&account.profile_id)
            })
            .await?;
        }
        "recipient" => {
            let MarkedParams { beneficiary_msisdn } = params(request)?;
            if let Some(msisdn) = beneficiary_msisdn {
                app.take_failing(&normal(app, msisdn));
            }
        }
        _ => {}
    }
    Ok(Object::new())
}

async fn setup(app: &App, request: &Request<'_>) -> Result<Object, Problem> {
    match request.state.as_str() {
        "account" => {
            let params: AccountParams = params(request)?;
            let roles = &app.contract.roles.all;
            if !roles.contains(&params.role) {
                return Err(Problem::Role { role: params.role, known: roles.join(", ") });
            }
            let row = app.open_account(&params.role, params.balance, params.revoked, None).await?;
            Ok(Object::new().with("apiKey", row.key).with("profileId", row.profile_id))
        }
        "key" => {
            let params: KeyParams = params(request)?;
            let account = app.with_keys(|keys| keys.profile(&params.profile_id));
            let account = account.ok_or(Problem::Profile(params.profile_id))?;
            let row = app.open_key(&account).await?;
            Ok(Object::new().with("apiKey", row.key))
        }
        "revoked" => {
            let params: RevokedParams = params(request)?;
            app.revoke(|key, _| key == params.api_key).await?;
            Ok(Object::new())
        }
        "recipient" => {
            let params: RecipientParams = params(request)?;
            let Outcome::Failed = params.outcome;
            app.mark_failing(normal(app, params.beneficiary_msisdn));
            Ok(Object::new())
        }
        _ => Ok(Object::new().with("operators", catalog(app, &app.catalog))),
    }
}

/// A number as orders are compared by.
fn normal(app: &App, msisdn: String) -> String {
    crate::msisdn::normalise(&app.contract.msisdn, &msisdn).unwrap_or(msisdn)
}

fn params<'a, T: Deserialize<'a>>(request: &Request<'a>) -> Result<T, Problem> {
    let text = request.params.map_or("{}", RawValue::get);
    serde_json::from_str(text).map_err(|error| Problem::Params { state: request.state.clone(), error })
}

fn catalog(app: &App, catalog: &Catalog) -> Vec<Json> {
    let (contract, fields) = (&app.contract, &app.contract.fields);
    let package = |package: &Package| {
        let buyers = contract.roles.buyers.iter();
        let prices = buyers.fold(Object::new(), |prices, role| prices.with(role, package.price(role)));
        let (yes, no) = &contract.package_status;
        Json::from(
            Object::new()
                .with(&fields.item.package, package.id.as_str())
                .with(&fields.package_read.price, prices)
                .with(&fields.package_read.status, if package.active { yes.as_str() } else { no.as_str() }),
        )
    };
    let operators = catalog.operators.iter().map(|operator| {
        let products = operator.products.iter().map(|product| {
            let packages: Vec<Json> = product.packages.iter().map(|it| package(it)).collect();
            let (yes, no) = &contract.product_status;
            Json::from(
                Object::new()
                    .with(&fields.order.product, product.id.as_str())
                    .with(
                        &fields.product_read.status,
                        if product.available { yes.as_str() } else { no.as_str() },
                    )
                    .with("packages", packages),
            )
        });
        let products: Vec<Json> = products.collect();
        Json::from(
            Object::new().with(&fields.order.operator, operator.id.as_str()).with("products", products),
        )
    });
    operators.collect()
}
