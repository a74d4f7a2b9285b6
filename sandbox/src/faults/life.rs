//! Faults over the whole life of long orders, and of readings without a valid key.

use axum::http::StatusCode;
use spec::{OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{error_detail, is_purchase, memory, slot};
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::json::Json;
use crate::keys::{Keys, authenticate};
use crate::progress::State;

const GROUP: &str = "life";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "life-given-back-at-the-end",
        group: GROUP,
        wrong: "what an order of eleven recipients and more cost is given back once it has ended",
        breaks: &["MONEY-DEBIT", "WALLET-CONSISTENT", "PROFILE-CONSISTENT"],
        needs: &[Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.created(|exchange, answer| {
                let names = exchange.app.contract.fields.summary.clone();
                let Some(account) = &exchange.account else { return };
                let Some(data) = super::tools::data(exchange, answer) else { return };
                let (count, total) = (data.get(&names.count), data.get(&names.total).and_then(Json::money));
                if let (Some(Json::Int(count @ 11..)), Some(total)) = (count, total) {
                    let end = exchange.app.clock.now().after(exchange.app.pause, 2 * count);
                    let due = Json::List(vec![Json::Int(end.0), total.into()]);
                    memory(&exchange.app).insert(slot(account, "ends"), due);
                }
            });
            rules.steps.wallet = |exchange, mut wallet| {
                wallet.available += given_back(exchange);
                wallet
            };
        },
    },
    Fault {
        id: "life-late-recipients-go-back",
        group: GROUP,
        wrong: "past the tenth a recipient that was shown as completed goes back to processing",
        breaks: &["ORDER-PROGRESS", "ORDER-SAME"],
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            for operation in [OperationId::Order, OperationId::OrderStatus] {
                rules.data(operation, |exchange, order| {
                    let names = &exchange.app.contract.fields;
                    let list = order.get_mut(&names.order_read.recipients).and_then(Json::list);
                    let mut memory = memory(&exchange.app);
                    for (at, recipient) in list.into_iter().flatten().enumerate().skip(10) {
                        let Some(recipient) = recipient.object() else { continue };
                        let state = recipient.get(&names.recipient.state).and_then(Json::text);
                        let key = format!("late {} {at}", exchange.call.param(0));
                        if state == Some(State::Completed.name()) && memory.insert(key, Json::Null).is_some()
                        {
                            recipient.set(&names.recipient.state, State::Processing.name());
                        }
                    }
                });
            }
        },
    },
    Fault {
        id: "life-revoked-key-reads",
        group: GROUP,
        wrong: "a revoked key still reads",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[Need::RevokedKey, Need::Variation],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let key = call.headers.get(contract.key.header.as_str()).and_then(|it| it.to_str().ok());
                let known =
                    key.and_then(|key| keys.get(key)).filter(|_| call.operation != OperationId::BuyBulk);
                authenticate(contract, keys, call)
                    .or_else(|cause| known.map(|(account, _)| account.clone()).ok_or(cause))
            };
        },
    },
    Fault {
        id: "life-wallet-without-key",
        group: GROUP,
        wrong: "without a key the wallet of the first account is shown",
        breaks: &["AUTH-MISSING", "AUTH-UNKNOWN"],
        needs: &[Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                authenticate(contract, keys, call).or_else(|cause| {
                    anybody(keys, call.operation == OperationId::Wallet && cause == Cause::MissingKey)
                        .ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "life-reads-forbidden",
        group: GROUP,
        wrong: "reads without a key that works are refused as forbidden",
        breaks: &["AUTH-MISSING", "AUTH-UNKNOWN"],
        needs: &[Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let keyless = [Cause::MissingKey, Cause::UnknownKey, Cause::RevokedKey];
                if !is_purchase(exchange) && answer.cause.is_some_and(|it| keyless.contains(&it)) {
                    answer.status = StatusCode::FORBIDDEN.as_u16();
                    if let Some(detail) = error_detail(exchange, answer) {
                        detail.set(&exchange.app.contract.fields.error_detail.code, "FORBIDDEN");
                    }
                }
            });
        },
    },
    Fault {
        id: "life-packages-with-any-key",
        group: GROUP,
        wrong: "packages are shown to any key at all",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[Need::Packages, Need::Variation],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                authenticate(contract, keys, call).or_else(|cause| {
                    anybody(keys, call.operation == OperationId::Package && cause == Cause::UnknownKey)
                        .ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "life-reads-with-key-in-query",
        group: GROUP,
        wrong: "a key in the query, as X-API-KEY or as api_key, is as good as one in the header, for readings",
        breaks: &["AUTH-MISSING"],
        needs: &[Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                authenticate(contract, keys, call).or_else(|cause| {
                    let named = |(name, _): &&(String, String)| {
                        name == "api_key" || name.eq_ignore_ascii_case(&contract.key.header)
                    };
                    let mut query = call.query.iter().filter(|_| call.operation != OperationId::BuyBulk);
                    let known = query.find(named).and_then(|(_, key)| keys.get(key));
                    known.filter(|(_, revoked)| !revoked).map(|(account, _)| account.clone()).ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "life-twins-go-back",
        group: GROUP,
        wrong: "of two recipients with one number the second is pending again once it has completed",
        breaks: &["ORDER-PROGRESS", "ORDER-SAME"],
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            for operation in [OperationId::Order, OperationId::OrderStatus] {
                rules.data(operation, |exchange, order| {
                    let names = &exchange.app.contract.fields;
                    let list = order.get_mut(&names.order_read.recipients).and_then(Json::list);
                    let mut seen = std::collections::BTreeSet::new();
                    for recipient in list.into_iter().flatten().filter_map(Json::object) {
                        let number = recipient.get(&names.recipient.msisdn).and_then(Json::text);
                        let new = number.is_none_or(|number| seen.insert(number.to_owned()));
                        let state = recipient.get(&names.recipient.state).and_then(Json::text);
                        if !new && state == Some(State::Completed.name()) {
                            recipient.set(&names.recipient.state, State::Pending.name());
                        }
                    }
                });
            }
        },
    },
];

/// Returns the amount that has been wrongly returned to the caller's wallet by now.
fn given_back(exchange: &Exchange) -> Pesewas {
    let Some(account) = &exchange.account else { return Pesewas::ZERO };
    let memory = memory(&exchange.app);
    let Some(Json::List(due)) = memory.get(&slot(account, "ends")) else { return Pesewas::ZERO };
    match due[..] {
        [Json::Int(end), Json::Money(total)] if exchange.app.clock.now().0 > end => total,
        _ => Pesewas::ZERO,
    }
}

/// Returns any account, if one is wanted.
fn anybody(keys: &Keys, wanted: bool) -> Option<std::sync::Arc<crate::keys::Account>> {
    let mut all = keys.iter().filter(|(_, (_, revoked))| wanted && !revoked);
    all.next().map(|(_, (account, _))| account.clone())
}
