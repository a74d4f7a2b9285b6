//! A partner's client that uses only reqwest, in a correct form and with single mistakes. It tests the judge of clients
//! (`conformance/tests/clients/rust`). Do not use it as an example: `generated::NetConnect` is the client for partners.

use std::process::ExitCode;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// Exit codes that the task defines.
const DONE: u8 = 0;
const NOT_DONE: u8 = 1;
const UNKNOWN: u8 = 2;
const NOT_OFFERED: u8 = 3;

/// Maximum number of seconds to wait when a server asks for it.
const LONGEST_WAIT: u64 = 5;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is only read to be refused")]
struct Strict {
    success: bool,
    message: String,
    order_id: String,
    short_reference: String,
    total_amount: f64,
    recipient_count: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wrong = std::env::args().nth(1).unwrap_or_default();
    if variable("NETCONNECT_TASK") != "buy" {
        return ExitCode::from(NOT_OFFERED);
    }
    ExitCode::from(buy(&wrong).await)
}

fn client(wrong: &str) -> reqwest::Result<Client> {
    _ = rustls::crypto::ring::default_provider().install_default();
    let seconds = variable("NETCONNECT_TIMEOUT").parse().unwrap_or(2);
    let mut builder = Client::builder().no_proxy();
    if wrong != "redirects" {
        builder = builder.redirect(Policy::none());
    }
    if wrong != "no-timeout" {
        builder = builder.timeout(Duration::from_secs(seconds));
    }
    builder.danger_accept_invalid_certs(wrong == "insecure").build()
}

fn order() -> Value {
    let (numbers, packages) = (variable("NETCONNECT_RECIPIENTS"), variable("NETCONNECT_PACKAGE_IDS"));
    let items = numbers.split(',').zip(packages.split(','));
    let items: Vec<Value> =
        items.map(|(number, id)| json!({"packageId": id, "beneficiaryMsisdn": number})).collect();
    json!({"operatorId": variable("NETCONNECT_OPERATOR_ID"), "productId": variable("NETCONNECT_PRODUCT_ID"), "items": items})
}

async fn post(client: &Client, wrong: &str) -> reqwest::Result<Response> {
    let mut url = format!("{}/api/v1/data-bundles/buy-bulk", variable("NETCONNECT_URL"));
    if wrong == "query-key" {
        url = format!("{url}?key={}", variable("NETCONNECT_API_KEY"));
    }
    let mut request = client.post(url).body(order().to_string());
    if wrong != "query-key" {
        request = request.header("x-api-key", variable("NETCONNECT_API_KEY"));
    }
    if wrong != "raw-body" {
        request = request.header("content-type", "application/json");
    }
    request.send().await
}

async fn buy(wrong: &str) -> u8 {
    let Ok(client) = client(wrong) else { return NOT_DONE };
    for _ in 0..3 {
        let mut sent = post(&client, wrong).await;
        if wrong == "retry" {
            let again = |it: &reqwest::Result<Response>| match it {
                Ok(answer) => {
                    answer.status().is_server_error() && answer.status() != StatusCode::SERVICE_UNAVAILABLE
                }
                Err(error) => error.is_timeout(),
            };
            if again(&sent) {
                sent = post(&client, wrong).await;
            }
        }
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return NOT_DONE,
            Err(_) => return UNKNOWN,
        };
        let waits =
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&answer.status());
        let asked = answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
        match asked {
            Some(seconds) if waits && seconds <= LONGEST_WAIT => {
                tokio::time::sleep(Duration::from_secs(seconds)).await
            }
            _ if waits => return NOT_DONE,
            _ => return told(answer, wrong).await,
        }
    }
    NOT_DONE
}

async fn told(answer: Response, wrong: &str) -> u8 {
    let status = answer.status();
    if wrong == "expect" {
        assert!(!status.is_client_error(), "the order was refused");
    }
    if status.is_server_error() {
        return UNKNOWN;
    }
    if !status.is_success() {
        return NOT_DONE;
    }
    let Ok(body) = answer.json::<Value>().await else { return UNKNOWN };
    let data = body["data"].clone();
    if wrong == "deny-unknown-fields" && serde_json::from_value::<Strict>(data.clone()).is_err() {
        return UNKNOWN;
    }
    if wrong == "integer-total" && data["totalAmount"].as_i64().is_none() {
        return UNKNOWN;
    }
    if body["success"] == json!(true) { DONE } else { UNKNOWN }
}
