//! Faults of routing, media types and the transmission of bodies.

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use spec::OperationId;

use super::fault::{Fault, Need, ids};
use super::meeting::{arrive, witness};
use super::tools::{NOT_CREATED, crash, is_buyer, is_purchase, reset, silence};
use crate::answer::{Answer, Cause, Refusal};
use crate::exchange::Exchange;
use crate::http::call::Payload;
use crate::purchase::book;

const GROUP: &str = "transport";

/// The place at which an order arrives that finds the pool exhausted.
const DRY: &str = "the pool ran dry";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "route-trailing-slash",
        group: GROUP,
        wrong: "the purchase is redirected to its path with a slash at the end, where nothing is",
        breaks: NOT_CREATED,
        needs: &[],
        plant: |rules| rules.instead(|exchange| is_purchase(exchange).then(|| redirect(exchange))),
    },
    Fault {
        id: "route-form-only",
        group: GROUP,
        wrong: "application/json gets 415",
        breaks: NOT_CREATED,
        needs: &[],
        plant: |rules| {
            rules.instead(|exchange| {
                let json = is_purchase(exchange) && media_type(exchange).starts_with("application/json");
                json.then(|| stray(exchange, StatusCode::UNSUPPORTED_MEDIA_TYPE))
            });
        },
    },
    Fault {
        id: "route-hidden-from-second-buyer",
        group: GROUP,
        wrong: "the purchase is 404 for the second of the roles that may buy",
        breaks: NOT_CREATED,
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.instead(|exchange| {
                let hidden = is_purchase(exchange) && is_buyer(exchange, 1);
                hidden.then(|| stray(exchange, StatusCode::NOT_FOUND))
            });
        },
    },
    Fault {
        id: "chunked-read-as-empty",
        group: GROUP,
        wrong: "a body without a length is read as an empty one",
        breaks: ids![NOT_CREATED, "COUNT-LOW", "COUNT-HIGH", "BALANCE-SHORT", "ERR-CODE"],
        needs: &[Need::RawHttp],
        plant: |rules| {
            rules.receive(|call| {
                if call.headers.contains_key(header::TRANSFER_ENCODING) {
                    call.body = Payload::Whole(Bytes::new());
                }
            });
        },
    },
    Fault {
        id: "connection-tenth-request",
        group: GROUP,
        wrong: "every tenth request on a connection gets 500",
        breaks: NOT_CREATED,
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.instead(|exchange| {
                let tenth = exchange.call.on_connection.is_multiple_of(10);
                (exchange.is(OperationId::BuyBulk) && tenth).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "connection-sixth-at-once-unanswered",
        group: GROUP,
        wrong: "a purchase that comes while five requests are being answered gets no answer, as from a pool that ran dry",
        breaks: &["STATUS-DOCUMENTED"],
        needs: &[Need::Concurrency],
        plant: |rules| {
            rules.steps.book = |booking, purchase| {
                Box::pin(async move {
                    // Waits until the pool is exhausted.
                    witness(&booking.app, DRY).await;
                    book(booking, purchase).await
                })
            };
            rules.instead(|exchange| {
                let dry = is_purchase(exchange) && exchange.at_once > 5;
                dry.then(|| {
                    arrive(&exchange.app, DRY);
                    silence(exchange)
                })
            });
        },
    },
    Fault {
        id: "media-type-missing-crash",
        group: GROUP,
        wrong: "a body without a media type gets 500",
        breaks: &["STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| media_type(exchange).is_empty()),
    },
    Fault {
        id: "large-body-crash",
        group: GROUP,
        wrong: "a body above 64 KiB gets 500",
        breaks: &["STATUS-DOCUMENTED", "COUNT-HIGH"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| exchange.call.length() > 64 << 10),
    },
    Fault {
        id: "large-body-reset",
        group: GROUP,
        wrong: "the connection is dropped at a body above 256 KiB",
        breaks: &["STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.instead(|exchange| {
                (is_purchase(exchange) && exchange.call.length() > 256 << 10).then(|| reset(exchange))
            });
        },
    },
];

fn media_type(exchange: &Exchange) -> &str {
    exchange.call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

fn stray(exchange: &Exchange, status: StatusCode) -> Answer {
    let refusal = Refusal::new(Cause::MediaType, "Not here");
    let answer = Answer::refusal(&exchange.app.contract, Some(exchange.call.operation), &refusal);
    Answer { status: status.as_u16(), ..answer }
}

fn redirect(exchange: &Exchange) -> Answer {
    let path = format!("{}/", exchange.app.contract.buy().path);
    let answer = stray(exchange, StatusCode::TEMPORARY_REDIRECT);
    Answer { headers: vec![(header::LOCATION.as_str(), path)], ..answer }
}
