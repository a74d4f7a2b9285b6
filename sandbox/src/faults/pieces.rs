//! Faults with bodies that arrive in pieces, and with many accounts at once.

use std::sync::Arc;

use axum::http::header;
use spec::OperationId;

use super::fault::{Fault, Need, ids};
use super::tools::{NOT_CREATED, crash, memory, slot};
use crate::json::Json;
use crate::keys::authenticate;
use crate::purchase::{Purchase, book};

const GROUP: &str = "pieces";
const NEEDS: &[Need] = &[Need::Variation];
const MIXED: &[Need] = &[Need::TwoAccounts, Need::Balance, Need::Variation];

/// The requirements that may be reported if an order is booked on another account.
const OF_ANOTHER: &[&str] = &[
    "MONEY-DEBIT",
    "MONEY-REJECT",
    "MONEY-RACE",
    "WALLET-CONSISTENT",
    "ORDER-PRIVATE",
    "ORDER-LIST",
    "ORDER-STATUS",
    "ORDER-SAME",
    "BALANCE-EXACT",
    "BALANCE-SHORT",
    "ROLE-OTHER",
    "RESP-TOTAL",
];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "pieces-account-of-the-last-head",
        group: GROUP,
        wrong: "an order whose body comes late is that of the account whose head came last",
        breaks: OF_ANOTHER,
        needs: MIXED,
        plant: |rules| {
            rules.hooks.head = Some(|app, headers| {
                let key = headers.get(app.contract.key.header.as_str()).and_then(|it| it.to_str().ok());
                if let Some(key) = key {
                    memory(app).insert("last head".into(), key.into());
                }
            });
            rules.lines(|exchange, _| {
                let last = memory(&exchange.app).get("last head").and_then(Json::text).map(str::to_owned);
                let profile =
                    exchange.app.with_keys(|keys| keys.get(&last?).map(|(it, _)| it.profile_id.clone()));
                let Some(account) = &exchange.account else { return };
                let mut memory = memory(&exchange.app);
                // Orders of other accounts may be under way.
                match profile {
                    Some(profile) => memory.insert(slot(account, "payer"), profile.into()),
                    None => memory.remove(&slot(account, "payer")),
                };
            });
            rules.steps.book = |booking, purchase| {
                let payer = memory(&booking.app).remove(&slot(&purchase.account, "payer"));
                let payer = payer.and_then(|it| it.text().map(str::to_owned));
                let other = booking.app.with_keys(|keys| keys.profile(&payer?));
                let account = other.unwrap_or_else(|| Arc::clone(&purchase.account));
                book(booking, Purchase { account, ..purchase })
            };
        },
    },
    Fault {
        id: "pieces-first-piece-only",
        group: GROUP,
        wrong: "of a body that comes in pieces the first is read",
        breaks: ids![NOT_CREATED, "COUNT-LOW", "COUNT-HIGH"],
        needs: NEEDS,
        plant: |rules| {
            rules.instead(|exchange| {
                let call = &exchange.call;
                let small = call.headers.contains_key(header::CONTENT_LENGTH) && call.length() < 4_000;
                (exchange.is(OperationId::BuyBulk) && small && call.pieces > 1).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "pieces-many-accounts-one-pays",
        group: GROUP,
        wrong: "where several requests are being answered at once an order is paid by the account that ordered before",
        breaks: OF_ANOTHER,
        needs: MIXED,
        plant: |rules| {
            rules.lines(|exchange, _| {
                let Some(account) = &exchange.account else { return };
                let own = Json::from(account.profile_id.as_str());
                let mut memory = memory(&exchange.app);
                let before = memory.insert("before".into(), own.clone());
                let payer = before.filter(|_| exchange.at_once > 1).unwrap_or(own);
                memory.insert("payer".into(), payer);
            });
            rules.steps.book = |booking, purchase| {
                let payer = memory(&booking.app).remove("payer").and_then(|it| it.text().map(str::to_owned));
                let other = booking.app.with_keys(|keys| keys.profile(&payer?));
                let same_role = other.filter(|it| it.role == purchase.account.role);
                let account = same_role.unwrap_or_else(|| Arc::clone(&purchase.account));
                Box::pin(async move {
                    // This gives other orders time to arrive.
                    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                    book(booking, Purchase { account, ..purchase }).await
                })
            };
        },
    },
    Fault {
        id: "pieces-late-body-without-key",
        group: GROUP,
        wrong: "an order whose body comes in pieces needs no key that works: the last one that did is taken",
        breaks: &["AUTH-UNKNOWN", "AUTH-MISSING"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.head = Some(|app, headers| {
                let key = headers.get(app.contract.key.header.as_str()).and_then(|it| it.to_str().ok());
                let works =
                    |key: &&str| app.with_keys(|keys| keys.get(key).is_some_and(|(_, revoked)| !revoked));
                if let Some(key) = key.filter(works) {
                    memory(app).insert("last good".into(), key.into());
                }
            });
            rules.receive(|call| {
                // The authentication step has no memory, so a query parameter tells it that the body arrived in pieces.
                if call.pieces > 1
                    && call.length() < 4_000
                    && call.headers.contains_key(header::CONTENT_LENGTH)
                {
                    call.query.push(("pieces".into(), String::new()));
                }
            });
            rules.steps.authenticate = |contract, keys, call| {
                authenticate(contract, keys, call).or_else(|cause| {
                    let late = call.query.iter().any(|(name, _)| name == "pieces");
                    let any = keys.iter().find(|(_, (_, revoked))| late && !revoked);
                    any.map(|(_, (account, _))| account.clone()).ok_or(cause)
                })
            };
        },
    },
];
