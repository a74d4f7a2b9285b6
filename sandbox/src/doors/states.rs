//! `POST /_states`: provider states by the convention of Pact. A tester can request accounts, and the operator can
//! change their contents.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use spec::Pesewas;

use super::answered::{Answered, refused, unavailable};
use crate::app::App;
use crate::catalog::{Catalog, Package};
use crate::json::{Json, Object};
use crate::keys::Account;
use crate::provoke::{Provocation, ProvokeError};
use crate::store::accounts::NewProfile;
use crate::store::{StoreError, wallet};

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

/// The parameters that identify what a setup created: its response is sent back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeParams {
    api_key: Option<String>,
    profile_id: Option<String>,
}

/// The number whose next submission fails, and optionally the profile.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarkedParams {
    beneficiary_msisdn: Option<String>,
    profile_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecipientParams {
    beneficiary_msisdn: String,
    outcome: Outcome,
    /// The profile whose orders are affected; `None` for the first order of any profile.
    profile_id: Option<String>,
}

/// The amount that is added to a wallet; a negative amount is removed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopUpParams {
    profile_id: String,
    amount: Pesewas,
}

/// The new prices of a package, and whether it can be bought.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageParams {
    package_id: String,
    #[serde(default)]
    price: BTreeMap<String, Pesewas>,
    active: Option<bool>,
}

/// The behaviour for the next requests of an account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvokeParams {
    profile_id: String,
    directives: String,
    #[serde(default = "once")]
    times: usize,
}

const fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Failed,
}

const KNOWN: [&str; 9] =
    ["account", "key", "catalog", "recipient", "top-up", "revoke", "package", "provoke", "reset"];

/// Answers a provider-state request with a status and a body.
pub(super) async fn answer(app: &App, body: &[u8]) -> Answered {
    match handle(app, body).await {
        Ok(data) => (StatusCode::OK, data.into()),
        // The status is not one of the contract's, since this endpoint is not part of the API.
        Err(Problem::Store(error)) => unavailable(&error),
        Err(problem) => refused(StatusCode::NOT_IMPLEMENTED, problem.to_string()),
    }
}

/// The reason why a state can't be set up.
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
    #[error("no package `{0}`")]
    Package(String),
    #[error("{0} GHS is less than nothing")]
    Negative(Pesewas),
    #[error(transparent)]
    Provoke(#[from] ProvokeError),
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// Undoes a state. If the request does not name what was created, nothing is undone.
async fn teardown(app: &App, request: &Request<'_>) -> Result<Object, Problem> {
    match request.state.as_str() {
        state @ ("account" | "key") => {
            let made: MadeParams = params(request)?;
            // The teardown of an account revokes all of its keys.
            let profile = made.profile_id.filter(|_| state == "account");
            app.revoke(made.api_key.as_deref(), profile.as_deref()).await?;
        }
        "recipient" => {
            let MarkedParams { beneficiary_msisdn, profile_id } = params(request)?;
            let profile = profile_id.map(|id| account(app, id)).transpose()?.map(|it| it.profile);
            if let Some(msisdn) = beneficiary_msisdn {
                app.unmark(profile, normal(app, msisdn)).await?;
            }
        }
        "package" => app.sell_as_at_first(),
        "provoke" => {
            let made: MadeParams = params(request)?;
            if let Some(id) = made.profile_id {
                account(app, id)?.provoke("", 0);
            }
        }
        _ => {}
    }
    Ok(Object::new())
}

async fn setup(app: &App, request: &Request<'_>) -> Result<Object, Problem> {
    match request.state.as_str() {
        "account" => open_account(app, params(request)?).await,
        "key" => {
            let KeyParams { profile_id } = params(request)?;
            let account = account(app, profile_id)?;
            Ok(Object::new().with("apiKey", app.open_key(&account).await?))
        }
        "recipient" => {
            let params: RecipientParams = params(request)?;
            let Outcome::Failed = params.outcome;
            let profile = params.profile_id.map(|id| account(app, id)).transpose()?.map(|it| it.profile);
            app.mark_failing(profile, normal(app, params.beneficiary_msisdn)).await?;
            Ok(Object::new())
        }
        "top-up" => top_up(app, params(request)?).await,
        "revoke" => {
            let made: MadeParams = params(request)?;
            let count = app.revoke(made.api_key.as_deref(), made.profile_id.as_deref()).await?;
            Ok(Object::new().with("revoked", count as i64))
        }
        "package" => change_package(app, params(request)?),
        "provoke" => {
            let params: ProvokeParams = params(request)?;
            Provocation::parse(&params.directives)?.rules(&app.contract)?;
            account(app, params.profile_id)?.provoke(&params.directives, params.times.min(MOST_TIMES));
            Ok(Object::new())
        }
        "reset" => {
            app.reset().await?;
            Ok(Object::new())
        }
        _ => Ok(Object::new().with("operators", catalog(app, &app.catalog()))),
    }
}

/// The maximum number of requests for which one call can set a behaviour.
const MOST_TIMES: usize = 10_000;

fn account(app: &App, profile_id: String) -> Result<Arc<Account>, Problem> {
    app.with_keys(|keys| keys.profile(&profile_id)).ok_or(Problem::Profile(profile_id))
}

async fn open_account(app: &App, params: AccountParams) -> Result<Object, Problem> {
    let roles = &app.contract.roles.all;
    if !roles.contains(&params.role) {
        return Err(Problem::Role { role: params.role, known: roles.join(", ") });
    }
    if params.balance < Pesewas::ZERO {
        return Err(Problem::Negative(params.balance));
    }
    let profile = NewProfile { name: None, role: params.role, balance: params.balance };
    let opened = app.open_account(profile, params.revoked, None).await?;
    Ok(Object::new().with("apiKey", opened.key).with("profileId", opened.profile_id))
}

/// Adds money to a wallet, or removes it; fails if more is removed than the balance.
async fn top_up(app: &App, params: TopUpParams) -> Result<Object, Problem> {
    let (account, amount, now) = (account(app, params.profile_id)?, params.amount, app.clock.now());
    let changed = app.store.call(move |connection| {
        if amount < Pesewas::ZERO {
            wallet::debit(connection, account.profile, -amount, now)
        } else {
            wallet::add(connection, account.profile, amount, now)
        }
    });
    Ok(Object::new().with("balance", changed.await?.after))
}

fn change_package(app: &App, params: PackageParams) -> Result<Object, Problem> {
    let roles = &app.contract.roles.all;
    if let Some((role, price)) =
        params.price.iter().find(|(role, price)| !roles.contains(role) || **price < Pesewas::ZERO)
    {
        return Err(if roles.contains(role) {
            Problem::Negative(*price)
        } else {
            Problem::Role { role: role.clone(), known: roles.join(", ") }
        });
    }
    let mut found = false;
    app.sell(|catalog| {
        found = catalog.change(&params.package_id, |package| {
            package.prices.extend(params.price.clone());
            package.active = params.active.unwrap_or(package.active);
        });
    });
    if found { Ok(Object::new()) } else { Err(Problem::Package(params.package_id)) }
}

/// Returns the form of a number that is used to compare orders: the international form, if it has one.
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
