//! Faults of keys that change while they are in use, and of requests after a pause.

use super::fault::{Fault, Need};
use super::tools::{NOT_CREATED, crash, is_purchase, memory, slot};
use crate::answer::Cause;
use crate::json::Json;
use crate::keys::authenticate;

const GROUP: &str = "time";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "time-revoked-key-remembered",
        group: GROUP,
        wrong: "a key that has been used still works once it is revoked",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[Need::RevokedKey, Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                authenticate(contract, keys, call).or_else(|cause| {
                    let key = call.headers.get(contract.key.header.as_str()).and_then(|it| it.to_str().ok());
                    let known = key.and_then(|key| keys.get(key)).filter(|_| cause == Cause::RevokedKey);
                    let used = |account: &crate::keys::Account| {
                        account.requests.load(std::sync::atomic::Ordering::Relaxed) > 0
                    };
                    known.map(|(account, _)| account.clone()).filter(|it| used(it)).ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "time-second-key-dies-with-the-first",
        group: GROUP,
        wrong: "once one key of a profile is revoked the profile's other keys get 500",
        breaks: NOT_CREATED,
        needs: &[Need::RevokedKey, Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref().filter(|_| is_purchase(exchange))?;
                let mut revoked = false;
                exchange.app.with_keys(|keys| {
                    revoked = keys.iter().any(|(_, (it, revoked))| *revoked && it.profile == account.profile);
                });
                revoked.then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "time-order-after-a-pause-crash",
        group: GROUP,
        wrong: "an account's order a tenth of a second after its last request gets 500, as from a connection that died",
        breaks: NOT_CREATED,
        needs: &[Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref()?;
                let now = exchange.app.clock.now().0;
                let before = memory(&exchange.app).insert(slot(account, "last"), Json::Int(now));
                let paused = matches!(before, Some(Json::Int(before)) if now - before > 100_000);
                (is_purchase(exchange) && paused).then(|| crash(exchange))
            });
        },
    },
];
