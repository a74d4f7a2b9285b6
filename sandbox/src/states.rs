//! `POST /_states`: provider states by the convention of Pact, so that a tester can ask for any account.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use spec::Pesewas;

use crate::app::App;
use crate::catalog::{Catalog, Package};
use crate::json::{Json, Object};

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

const KNOWN: [&str; 4] = ["account", "key", "catalog", "recipient"];

/// Answers a provider-state request: a status and a body.
pub(crate) async fn answer(app: &App, body: &[u8]) -> (StatusCode, Json) {
    match handle(app, body).await {
        Ok(data) => (StatusCode::OK, data.into()),
        Err(Problem::Request(message)) => {
            // Not one of the contract's own statuses: this door is not part of the API.
            (StatusCode::NOT_IMPLEMENTED, Object::new().with("error", message).into())
        }
        Err(Problem::Store(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Object::new().with("error", error.to_string()).into())
        }
    }
}

enum Problem {
    Request(String),
    Store(crate::store::StoreError),
}

impl From<crate::store::StoreError> for Problem {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Store(error)
    }
}

async fn handle(app: &App, body: &[u8]) -> Result<Object, Problem> {
    let request: Request<'_> = serde_json::from_slice(body)
        .map_err(|error| Problem::Request(format!("not a provider-state request: {error}")))?;
    let state = request.state.as_str();
    if !KNOWN.contains(&state) {
        let known = KNOWN.join(", ");
        return Err(Problem::Request(format!("unknown state `{state}`; the states are {known}")));
    }
    if request.action == Action::Teardown {
        return Ok(Object::new());
    }
    match state {
        "account" => {
            let params: AccountParams = params(&request)?;
            let roles = &app.contract.roles.all;
            if !roles.contains(&params.role) {
                let message = format!("`{}` is not a role; the roles are {}", params.role, roles.join(", "));
                return Err(Problem::Request(message));
            }
            let row = app.open_account(&params.role, params.balance, params.revoked, None).await?;
            Ok(Object::new().with("apiKey", row.key).with("profileId", row.profile_id))
        }
        "key" => {
            let params: KeyParams = params(&request)?;
            let account = app.with_keys(|keys| keys.profile(&params.profile_id));
            let unknown = || Problem::Request(format!("no profile `{}`", params.profile_id));
            let row = app.open_key(&*account.ok_or_else(unknown)?).await?;
            Ok(Object::new().with("apiKey", row.key))
        }
        "recipient" => {
            let params: RecipientParams = params(&request)?;
            let Outcome::Failed = params.outcome;
            let number = crate::msisdn::normalise(&app.contract.msisdn, &params.beneficiary_msisdn);
            app.mark_failing(number.unwrap_or(params.beneficiary_msisdn));
            Ok(Object::new())
        }
        _ => Ok(Object::new().with("operators", catalog(app, &app.catalog))),
    }
}

fn params<'a, T: Deserialize<'a>>(request: &Request<'a>) -> Result<T, Problem> {
    let text = request.params.map_or("{}", RawValue::get);
    serde_json::from_str(text)
        .map_err(|error| Problem::Request(format!("params of the state `{}`: {error}", request.state)))
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
